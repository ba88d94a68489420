"""The orders of a scenario: of several customers, of all kinds, some of more goods than there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

#: Articles by how often they are bought.
_ARTICLES = {"MUG": 8, "CAP": 4, "PEN": 2, "BAG": 1}
_REGIONS = {"eu/de": "EUR", "eu/fr": "EUR", "us": "USD", "br": "BRL"}
_KINDS = ("new", "regular", "vip")
_CUSTOMERS = 8
_DEAR = 0.15  # of the orders; a person looks at most of them
_SPLIT = 0.1  # of the orders are sent by two sellers
_TWICE = 0.1  # of the orders are placed twice at once, by a finger that is too quick
_REGRETTED = 0.08  # of the orders are cancelled by who placed them
_REGRET = 6.0  # seconds after which, at most
_ON_THE_SHELF = 0.8  # of what is wanted of the article that is wanted most


@dataclass(frozen=True, slots=True)
class Order:
    """An order, and when it is placed: ``at`` seconds from the beginning.

    ``twice``: by two requests at once. ``regret``: seconds after which its customer cancels it, None for
    never. ``given``: the input of its run.
    """

    id: str
    customer: str
    at: float
    twice: bool
    regret: float | None
    given: dict[str, Any]

    @property
    def key(self) -> str:
        """The ``Idempotency-Key`` under which it is placed, however often that takes."""
        return f"order-{self.id}"

    @property
    def pieces(self) -> Counter[str]:
        """How many of each article."""
        counted: Counter[str] = Counter()
        for line in self.given["order"]["lines"]:
            counted[line["sku"]] += line["quantity"]
        return counted


def draw_orders(chance: Random, count: int, seconds: float) -> tuple[Order, ...]:
    """Orders over so many seconds, earliest first."""
    customers = [_customer(chance, number) for number in range(_CUSTOMERS)]
    moments = sorted(chance.uniform(0, seconds) for _ in range(count))
    return tuple(_order(chance, number, at, chance.choice(customers)) for number, at in enumerate(moments))


def shelf(orders: Iterable[Order]) -> int:
    """How many pieces there are of each article: too few of the one that is wanted most."""
    wanted = sum((order.pieces for order in orders), Counter[str]())
    return max(1, int(max(wanted.values(), default=0) * _ON_THE_SHELF))


def _customer(chance: Random, number: int) -> dict[str, Any]:
    region = chance.choice(list(_REGIONS))
    return {"id": f"C-{number}", "type": chance.choice(_KINDS), "region": region}


def _order(chance: Random, number: int, at: float, customer: dict[str, Any]) -> Order:
    price = chance.randint(300, 900) if chance.random() < _DEAR else 10
    split = chance.random() < _SPLIT
    lines = [_line(chance, price) for _ in range(2 if split else chance.randint(1, 3))]
    region = customer["region"]
    order = {
        "id": f"A-{number}",
        "total": sum(line["quantity"] * line["price"] for line in lines),
        "currency": _REGIONS[region],
        "region": region,
        "lines": lines,
        **({"sellers": 2} if split else {}),
    }
    buyer = {"id": customer["id"], "type": customer["type"], "tenure_days": 400}
    given = {"order": order, "customer": buyer}
    twice = chance.random() < _TWICE
    regret = round(chance.uniform(0, _REGRET), 3) if chance.random() < _REGRETTED else None
    return Order(order["id"], buyer["id"], round(at, 3), twice, regret, given)


def _line(chance: Random, price: int) -> dict[str, Any]:
    sku = chance.choices(list(_ARTICLES), list(_ARTICLES.values()))[0]
    return {"sku": sku, "quantity": chance.randint(1, 3), "price": price}
