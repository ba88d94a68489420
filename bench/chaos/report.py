"""What a scenario prints: its plan, its verdict, and all that is known of broken promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from bench.chaos.ending import Ending
from bench.chaos.play import Outcome
from bench.chaos.scenario import Scenario

_IN_FULL: Final = 3  # runs whose history is told
_MOST: Final = 30  # broken promises that are told at all
_LONGEST: Final = 300  # characters of a line of a history
_LEFT_OUT: Final = frozenset({"digest", "input", "layers", "matched"})  # of an entry


def plan(scenario: Scenario) -> Iterator[str]:
    """What is going to happen."""
    yield (
        f"seed {scenario.seed} on {scenario.database}: {len(scenario.orders)} orders of "
        f"{len({order.customer for order in scenario.orders})} customers in {scenario.seconds:g} s"
    )
    yield from (f"  {fault}" for fault in scenario.faults)


def verdict(outcome: Outcome) -> Iterator[str]:
    """What came of it."""
    yield outcome.figures
    scenario = outcome.scenario
    name = f"seed {scenario.seed} on {scenario.database}"
    if not outcome.broken:
        yield f"{name}: every promise was kept"
        return
    yield f"{name}: {len(outcome.broken)} times a promise was BROKEN"
    for broken in outcome.broken[:_MOST]:
        yield f"- {broken.promise}: {f'run {broken.run}: ' if broken.run else ''}{broken.what}"
    runs = dict.fromkeys(broken.run for broken in outcome.broken if broken.run)
    for run in list(runs)[:_IN_FULL]:
        yield from _evidence(run, outcome.ending)


def _evidence(run: str, ending: Ending) -> Iterator[str]:
    """What the books and the history know of a run."""
    order = ending.order(run)
    yield f"run {run} of order {order}, {ending.runs[run]['status'] if run in ending.runs else 'gone'}"
    for charge in ending.charges:
        if run == charge.run or charge.reference == order:
            yield f"  ledger: charge {charge.id} {charge.key} {charge.amount} for {charge.reference}"
            for refund in ending.refunds:
                if refund.charge == charge.id:
                    yield f"  ledger: refund of charge {charge.id} {refund.key} {refund.amount}"
    for held in ending.reservations:
        if held.run == run:
            yield f"  stock: {held.key} {dict(held.pieces)}{' released' if held.released else ''}"
    for entry in ending.histories.get(run, ()):
        shown = {name: value for name, value in entry.items() if name not in _LEFT_OUT}
        yield f"  history: {json.dumps(shown)[:_LONGEST]}"
