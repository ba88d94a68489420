"""A scenario: orders and faults, drawn from a seed alone, so that whatever it finds can be played again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.chaos.orders import Order, draw_orders

DATABASES = ("sqlite", "postgresql")
_LONGEST = 0.35  # of the scenario that one fault may last
_EVERY = 2.5  # seconds of the scenario in which a fault begins, on average
_FEWEST = 4
_HOW = ("status", "close", "garble")
_TRIES = 50  # to find a fault a place where its lane is free


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. It lasts ``shortest`` to ``longest`` seconds; two of one ``lane`` never overlap."""

    lane: str
    shortest: float
    longest: float
    draw: Callable[[Random], Mapping[str, Any]] = lambda _: {}


def _share(chance: Random) -> dict[str, Any]:
    return {"share": round(chance.uniform(0.3, 1), 2)}


#: What may go wrong. The numbers of those on a service's lane are its words for ``POST /control``.
KINDS: Mapping[str, Kind] = {
    "server killed": Kind("server", 0.2, 4),
    "server ended": Kind("server", 0.2, 4),
    "server frozen": Kind("server", 0.5, 8),
    "second server, then killed": Kind("second", 3, 12),
    "second server, then ended": Kind("second", 3, 12),
    "database killed": Kind("database", 0.2, 6),
    "payment down": Kind("payment", 2, 12, lambda chance: {"down": {"share": 1.0}}),
    "payment falters": Kind("payment", 2, 12, lambda chance: {"fail": {**_share(chance), "status": 503}}),
    "payment hangs up": Kind("payment", 2, 8, lambda chance: {"drop": _share(chance)}),
    "payment slow": Kind(
        "payment",
        2,
        8,
        lambda chance: {"lag": {**_share(chance), "seconds": round(chance.uniform(0.3, 3), 2)}},
    ),
    "payment answers wrongly": Kind(
        "payment", 1, 6, lambda chance: {"wrong": {**_share(chance), "how": chance.choice(_HOW)}}
    ),
    "payment does everything twice": Kind("payment", 2, 12, lambda chance: {"repeat": {"share": 1.0}}),
    "payment declines": Kind("payment", 1, 6, lambda chance: {"decline": _share(chance)}),
    "score down": Kind("score", 1, 6, lambda chance: {"down": {"share": 1.0}}),
    "score slow": Kind("score", 1, 6, lambda chance: {"lag": {**_share(chance), "seconds": 2.0}}),
    "label disk full": Kind("disk", 2, 10),
    "clock steps": Kind(
        "clock", 2, 10, lambda chance: {"step": chance.choice((-1, 1)) * chance.randint(5, 45)}
    ),
}
_ONLY_POSTGRESQL = "database"  # a lane: SQLite lives in the server


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong ``begin`` seconds after the beginning, for so many ``seconds``."""

    kind: str
    begin: float
    seconds: float
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        """What it strikes."""
        return KINDS[self.kind].lane

    @property
    def end(self) -> float:
        """When it is over, in seconds from the beginning."""
        return self.begin + self.seconds

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.numbers.items())
        return f"{self.begin:6.2f} s to {self.end:6.2f} s  {self.kind}{f' ({told})' if told else ''}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played in ``seconds``: the faults earliest first, the orders likewise."""

    seed: int
    database: str
    seconds: float
    orders: tuple[Order, ...]
    faults: tuple[Fault, ...]


def draw(seed: int, database: str, orders: int, seconds: float) -> Scenario:
    """The scenario of a seed, always the same."""
    chance = Random(f"{seed} {database}")
    drawn = draw_orders(chance, orders, seconds)
    faults = sorted(_faults(chance, database, seconds), key=lambda fault: fault.begin)
    return Scenario(seed, database, seconds, drawn, tuple(faults))


def _faults(chance: Random, database: str, seconds: float) -> Iterator[Fault]:
    taken: list[Fault] = []
    for kind in _kinds(chance, database, max(_FEWEST, round(seconds / _EVERY))):
        fault = _placed(chance, kind, seconds, taken)
        if fault is not None:
            taken.append(fault)
            yield fault


def _kinds(chance: Random, database: str, count: int) -> list[str]:
    """Of every kind before one comes again."""
    known = [
        name for name, kind in KINDS.items() if database == "postgresql" or kind.lane != _ONLY_POSTGRESQL
    ]
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += chance.sample(known, len(known))
    return drawn[:count]


def _placed(chance: Random, name: str, seconds: float, taken: list[Fault]) -> Fault | None:
    """A fault where its lane is free; None where no place was found."""
    kind = KINDS[name]
    longest = max(kind.shortest, min(kind.longest, seconds * _LONGEST))
    numbers = kind.draw(chance)
    for _ in range(_TRIES):
        begin, lasts = chance.uniform(0, seconds * 0.9), chance.uniform(kind.shortest, longest)
        fault = Fault(name, round(begin, 2), round(lasts, 2), numbers)
        if not any(other.lane == fault.lane and _meet(fault, other) for other in taken):
            return fault
    return None


def _meet(one: Fault, other: Fault) -> bool:
    return one.begin < other.end and other.begin < one.end
