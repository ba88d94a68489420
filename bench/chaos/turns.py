"""Turns: of one customer's parked orders the older one goes on first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from bench.chaos.ending import Ending
from rulesflow.model.times import SECOND, Timestamp, parse_timestamp

#: Seconds by which a later order may come first: what is let go together is recorded one by one.
SLACK: Final = 1.5


@dataclass(frozen=True, slots=True)
class Rest:
    """A step of a run that was parked from ``begin`` to ``end``.

    ``held``: for its resource alone, so that nothing but its turn kept it. ``age``: when the run began.
    """

    run: str
    age: Timestamp
    resource: str
    held: bool
    begin: Timestamp
    end: Timestamp


def overtaken(ending: Ending) -> Iterator[tuple[str | None, str]]:
    """The runs that were let go before an older one of the same customer, which went on resting."""
    if ending.clock_was_wrong:  # then the moments in the histories cannot be compared
        return
    for (customer, resource), rests in _by_customer(ending).items():
        for older, younger in combinations(sorted(rests, key=lambda rest: rest.age), 2):
            if older.run != younger.run and _overtakes(younger, older) and not _orphaned(older, ending.kills):
                late = (older.end - younger.end) / SECOND
                yield (
                    younger.run,
                    f"of customer {customer} it was let go to {resource} {late:.1f} s before {older.run}, "
                    "which is older and was parked as well",
                )


def _by_customer(ending: Ending) -> Mapping[tuple[str, str], list[Rest]]:
    found: defaultdict[tuple[str, str], list[Rest]] = defaultdict(list)
    for run, entries in ending.histories.items():
        customer = ending.runs[run]["input"]["customer"]["id"]
        for rest in rests_of(run, entries):
            found[customer, rest.resource].append(rest)
    return found


def rests_of(run: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[Rest]:
    """The rests of a run that ended by its being let go."""
    parked: dict[str, Mapping[str, Any]] = {}
    age = _at(entries[:1])
    for entry in entries:
        if entry["type"] == "parked":
            parked[entry["key"]] = entry
        elif entry["type"] == "released" and entry["key"] in parked:
            begun = parked.pop(entry["key"])
            resource = entry["step"].split(".")[0]  # as the shop's plugins name theirs
            yield Rest(run, age, resource, begun["held"], _at([begun]), _at([entry]))


def _at(entries: Iterable[Mapping[str, Any]]) -> Timestamp:
    return next((parse_timestamp(entry["at"]) for entry in entries), Timestamp(0))


def _orphaned(rest: Rest, kills: Iterable[Timestamp]) -> bool:
    """Whether it may have been in the hands of a server that was killed meanwhile.

    Then it rests until another one takes its runs over, and nobody who does not know of it waits for it.
    """
    return any(rest.begin < at < rest.end for at in kills)


def _overtakes(younger: Rest, older: Rest) -> bool:
    """Whether the older one was ready when the younger one was let go, and had to rest on."""
    slack = SLACK * SECOND
    return older.held and older.begin + slack < younger.end and younger.end + slack < older.end
