"""Events as the sample shop has them, the same for the same seed; and the project that has patterns for them.

Of a hundred events 15 are those of card testers, three declined cards each, so that five complete a match.
The rest are orders from the checkout to the door, single declined cards, and changes of addresses.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

#: The pattern that card testers complete.
PATTERN = "card-testing"
_SHOP = Path(__file__).parents[1] / "rules"
_CARDS = 3
_OF_TESTERS = 0.05  # of all events complete a match
_SPREAD = 30  # places by which what belongs together stands apart
_CUSTOMERS = 50_000
_DECLINED, _CHANGED, _RETURNED = 0.15, 0.05, 0.03  # of the orders
_DELIVERED = 0.6


class Made(NamedTuple):
    """An event's type and data."""

    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stream:
    """Events in the order in which they are sent, and how many matches of `PATTERN` they make up."""

    events: list[Made]
    matches: int


def write_event_project(root: Path) -> Path:
    """The sample shop; but a device is known for a minute only, not for a day.

    A run takes minutes: what is known at a time is to be as much at its end as soon after its beginning.
    """
    shutil.copytree(_SHOP, root)
    file = root / "patterns" / f"{PATTERN}.yaml"
    text, changed = re.subn(r"(?m)^( +for:) \w+", r"\1 1m", file.read_text(encoding="utf-8"))
    if changed != 1:
        raise ValueError(f"{file} does not say for how long a device is known")
    file.write_text(text, encoding="utf-8")
    return root


def stream(count: int, seed: int) -> Stream:
    """So many events. The last completes a match, so that all were looked at soon after it is found."""
    random = Random(seed)
    testers = max(round(count * _OF_TESTERS), 1)
    placed: list[tuple[float, Made]] = []
    for number in range(testers - 1):
        placed += _apart(random, count, _tester(f"t-{seed}-{number}"))
    rest = count - testers * _CARDS
    number = 0
    while rest > 0:
        few = [*_order(random, f"{seed}-{number}")][:rest]
        placed += _apart(random, count, few)
        rest -= len(few)
        number += 1
    placed.sort(key=lambda each: each[0])
    last = _tester(f"t-{seed}-{testers - 1}")
    return Stream([*(made for _, made in placed), *last], testers)


def _apart(random: Random, count: int, made: list[Made]) -> Iterator[tuple[float, Made]]:
    """Events that follow each other, somewhere among so many."""
    place = random.uniform(0, max(count - _SPREAD * len(made), 0))
    for each in made:
        yield place, each
        place += random.uniform(1, _SPREAD)


def _tester(device: str) -> list[Made]:
    return [Made("payment.declined", {"device_id": device, "card": f"card-{card}"}) for card in range(_CARDS)]


def _order(random: Random, name: str) -> Iterator[Made]:
    """An order, and what happens to it and to its customer."""
    order, customer, device = f"A-{name}", f"c-{random.randrange(_CUSTOMERS)}", f"d-{name}"
    total = round(60 * random.lognormvariate(0, 1), 2)
    if random.random() < _CHANGED:
        yield Made("address.changed", {"customer_id": customer, "country": "DE"})
    placed = {"order_id": order, "customer_id": customer, "device_id": device, "method": "card"}
    yield Made("order.started", {**placed, "total": total, "currency": "EUR"})
    if random.random() < _DECLINED:
        yield Made("payment.declined", {"device_id": device, "card": "card-0", "order_id": order})
    yield Made("payment.captured", {"order_id": order, "amount": total, "currency": "EUR"})
    if random.random() < _DELIVERED:
        yield Made("parcel.delivered", {"order_id": order, "tracking": f"T-{name}"})
        if random.random() < _RETURNED:
            yield Made(
                "refund.started", {"order_id": order, "customer_id": customer, "reason": "changed_mind"}
            )
