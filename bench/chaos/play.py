"""One scenario, from the first order to the verdict."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bench.chaos.checkout import Checkout
from bench.chaos.ending import Ending, read_ending
from bench.chaos.healing import Healer, NotHealed
from bench.chaos.orders import shelf
from bench.chaos.premises import Bank, Premises, bank, opened
from bench.chaos.promises import Broken, judge
from bench.chaos.scenario import Fault, Scenario
from bench.chaos.striking import Say, striking

#: Seconds within which everything ends once the faults are over: the longest delay of a retry, several times.
_HEALED_WITHIN: Final = 240.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario. ``figures``: what it was like, for who wonders whether it tried anything."""

    scenario: Scenario
    broken: Sequence[Broken]
    ending: Ending
    figures: str


def play(scenario: Scenario, folder: Path, say: Say, *, open_bank: Bank = bank) -> Outcome:
    """Play a scenario in a folder of its own. Raises `ServiceFailed` and `ServerFailed`."""
    pieces = shelf(scenario.orders)
    with opened(folder, scenario.database, scenario.seed, pieces, open_bank=open_bank) as premises:
        for lane, reason in premises.missing.items():
            say(f"skipped: faults of the {lane}, since {reason}")
        checkout = Checkout(premises.urls, Random(scenario.seed))
        with striking(premises, scenario.faults, say) as struck:
            asyncio.run(checkout.place_all(scenario.orders))
            struck()
        healer = Healer(premises, say)
        late = _healed(healer, _longest(scenario.faults))
        wrong = any(fault.lane == "clock" for fault in scenario.faults)
        ending = read_ending(premises, checkout.placed, pieces, clock_was_wrong=wrong)
        broken = [*late, *judge(ending)]
        return Outcome(scenario, broken, ending, _figures(ending, healer, premises))


def _longest(faults: Sequence[Fault]) -> float:
    """What waits by a clock that was wrong waits as much longer."""
    return _HEALED_WITHIN + max((abs(each.numbers.get("step", 0)) for each in faults), default=0)


def _healed(healer: Healer, seconds: float) -> list[Broken]:
    try:
        healer.heal(seconds)
    except NotHealed as late:
        return [Broken("everything comes to its end once it can", None, str(late))]
    return []


def _figures(ending: Ending, healer: Healer, premises: Premises) -> str:
    statuses = Counter(str(shown["status"]) for shown in ending.runs.values())
    tries = sum(placed.tries for placed in ending.placed.values())
    accepted = sum(1 for placed in ending.placed.values() if placed.runs)
    parked = sum(1 for entries in ending.histories.values() if "parked" in _types(entries))
    told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    return (
        f"{len(ending.placed)} orders placed in {tries} tries, {accepted} accepted; {told}; "
        f"{parked} were parked, {healer.retried} retried by operators; "
        f"{len(ending.charges)} charges, {len(ending.refunds)} refunds"
    )


def _types(entries: Sequence[object]) -> set[str]:
    return {str(each["type"]) for each in entries if isinstance(each, dict)}
