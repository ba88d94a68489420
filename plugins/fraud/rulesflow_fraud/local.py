"""A score without a service: signs of fraud, each with a weight.

The weights are taken as independent chances: two signs of 0.5 make 0.75. They are a start for a shop that
has no score service; whoever has a history of frauds should learn them from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rulesflow_fraud.functions import is_disposable

_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known, read without minding what is missing."""

    given: Mapping[str, Any]
    domains: frozenset[str]

    def get(self, path: str) -> Any:
        value: Any = self.given
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def number(self, path: str) -> Decimal:
        value = self.get(path)
        usable = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return Decimal(value) if usable else Decimal(0)

    def differ(self, one: str, other: str) -> bool:
        first, second = self.get(one), self.get(other)
        return bool(first and second) and first != second


def _throw_away(facts: _Facts) -> bool:
    address = facts.get("customer.email")
    return isinstance(address, str) and is_disposable(address, facts.domains)


def _large_first(facts: _Facts) -> bool:
    return facts.get("customer.type") == "new" and facts.number("order.total") > 400


_Sign = tuple[str, Decimal, Callable[[_Facts], bool]]
_SIGNS: tuple[_Sign, ...] = (
    ("the account is blocked", Decimal("0.95"), lambda facts: facts.get("customer.blocked") is True),
    ("cards were tried out", Decimal("0.9"), lambda facts: facts.get("device.card_testing") is True),
    ("declined payments", Decimal("0.4"), lambda facts: facts.number("payment.declined_1h") >= 3),
    ("throw-away mail", Decimal("0.35"), _throw_away),
    (
        "the card is from abroad",
        Decimal("0.25"),
        lambda facts: facts.differ("payment.card_country", "customer.home"),
    ),
    ("it goes abroad", Decimal("0.1"), lambda facts: facts.differ("order.ship_to.country", "customer.home")),
    ("a large first order", Decimal("0.2"), _large_first),
    ("the bank did not check", Decimal("0.1"), lambda facts: facts.get("payment.three_d_secure") is False),
)


def local_score(given: Mapping[str, Any], domains: frozenset[str]) -> tuple[Decimal, list[str]]:
    """The chance of fraud, 0 to 1, and the signs that speak for it.

    ``given``: order, customer, payment and device as far as they are known. The gateway's own score, where
    there is one, counts like a sign.
    """
    facts = _Facts(given, domains)
    found = [(reason, weight) for reason, weight, holds in _SIGNS if holds(facts)]
    gateway = min(max(facts.number("payment.score"), Decimal(0)), Decimal(1))
    if gateway:
        found.append(("the gateway's score", gateway))
    innocent = Decimal(1)
    for _, weight in found:
        innocent *= 1 - weight
    return (1 - innocent).quantize(_PLACES), [reason for reason, _ in found]
