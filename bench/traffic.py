"""Traffic of the sample shop on a Black Friday weekend: random orders, the same for the same seed.

The proportions are made up, but of the right kind: sums are log-normal, most customers are known, most goods
are on the shelf, few payments are suspicious.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

#: Region by share of the orders, with its currency, its country and the median of a private order there.
REGIONS: dict[str, tuple[float, str, str, float]] = {
    "eu": (0.15, "EUR", "NL", 55.0),
    "eu/de": (0.35, "EUR", "DE", 60.0),
    "eu/fr": (0.20, "EUR", "FR", 50.0),
    "us": (0.20, "USD", "US", 75.0),
    "br": (0.10, "BRL", "BR", 230.0),
}
#: Kind of customer by share, with the factor on the sum.
CUSTOMERS: dict[str, tuple[float, float]] = {
    "new": (0.30, 0.9),
    "regular": (0.45, 1.0),
    "vip": (0.15, 1.6),
    "business": (0.10, 6.0),
}
#: The decisions about each order, in the order in which a shop needs them; `refund` follows for some.
CHECKOUT = ("discount", "fraud", "stock", "shipping")
DECISIONS = (*CHECKOUT, "refund")

_FIRST = datetime(2026, 11, 26, tzinfo=UTC)
_DAYS = 6
_SPREAD = 1.0  # of the sums: the standard deviation of their logarithm
_REFUNDS = 1 / 6  # of the orders come back with a request for money
_METHODS = {
    "eu": {"card": 40, "wallet": 35, "bank_transfer": 15, "voucher": 10},
    "eu/de": {"card": 25, "wallet": 35, "invoice": 25, "bank_transfer": 15},
    "eu/fr": {"card": 70, "wallet": 25, "voucher": 5},
    "us": {"card": 70, "wallet": 25, "voucher": 5},
    "br": {"card": 55, "bank_slip": 20, "debit_card": 10, "wallet": 15},
}
_CHANNELS = {"web": 55, "app": 35, "phone": 3, "marketplace": 7}
_REASONS = {"changed_mind": 60, "damaged": 12, "wrong_item": 8, "not_as_described": 12, "never_arrived": 8}
_CATEGORIES = {"clothes": 45, "home": 25, "toys": 15, "phones": 8, "consoles": 4, "gift_cards": 3}
_STATES = {"SP": 42, "RJ": 13, "MG": 12, "PR": 6, "RS": 6, "BA": 4, "SC": 4, "PE": 3, "GO": 3, "PA": 2}


@dataclass(frozen=True, slots=True)
class Order:
    """An order: its facts, when it was placed (RFC 3339), and the decisions that are asked about it."""

    region: str
    customer: str
    total: Decimal
    at: str
    facts: dict[str, Any]
    decisions: tuple[str, ...]

    def body(self, decision: str) -> dict[str, Any]:
        """The body of the request for a decision. Only the refund desk sends ``refund``."""
        facts = {name: part for name, part in self.facts.items() if name != "refund" or decision == "refund"}
        return {"facts": facts, "at": self.at}


def orders(count: int, seed: int) -> Iterator[Order]:
    """Random orders, earliest first."""
    random = Random(seed)
    step = timedelta(days=_DAYS) / max(count, 1)
    for number in range(count):
        yield _order(random, number, _FIRST + step * number)


def _order(random: Random, number: int, placed: datetime) -> Order:
    region = _pick(random, {name: part[0] for name, part in REGIONS.items()})
    customer = _pick(random, {name: part[0] for name, part in CUSTOMERS.items()})
    _, _, country, middle = REGIONS[region]
    total = round(middle * CUSTOMERS[customer][1] * random.lognormvariate(0, _SPREAD), 2)
    at = f"{placed:%Y-%m-%dT%H:%M:%SZ}"
    facts = {
        "order": _order_facts(random, number, region, total, at),
        "customer": _customer_facts(random, customer, country),
        "payment": _payment_facts(random, region, country),
        "stock": _stock_facts(random),
    }
    if random.random() < 0.004:
        facts["device"] = {"card_testing": True}
    decisions: tuple[str, ...] = CHECKOUT
    if random.random() < _REFUNDS:
        facts["refund"] = _refund_facts(random)
        decisions = DECISIONS
    return Order(region, customer, Decimal(str(total)), at, facts, decisions)


def _order_facts(random: Random, number: int, region: str, total: float, at: str) -> dict[str, Any]:
    pieces = 1 + min(int(random.expovariate(0.6)), 20)
    facts: dict[str, Any] = {
        "id": f"A-{100_000 + number}",
        "total": total,
        "currency": "USD" if random.random() < 0.01 else REGIONS[region][1],
        "region": region,
        "channel": _pick(random, _CHANNELS),
        "placed_at": at,
        "items": pieces,
        "lines": [_line(random, pieces, total)],
    }
    if random.random() < 0.1:
        facts["sellers"] = 2
    if random.random() < 0.1:
        facts["express"] = True
    if random.random() < 0.85:  # the rest the warehouse has not weighed yet
        facts["weight_kg"] = round(0.05 + random.lognormvariate(0.2, 1.4), 2)
    if region == "br":
        facts["ship_to"] = {"country": "BR", "state": _pick(random, _STATES)}
    if region == "eu/fr" and random.random() < 0.3:
        facts["pickup_point"] = True
    if random.random() < 0.05:
        facts["coupon"] = "WELCOME10"
    return facts


def _line(random: Random, pieces: int, total: float) -> dict[str, Any]:
    return {
        "sku": f"sku-{random.randrange(100_000):05}",
        "category": _pick(random, _CATEGORIES),
        "quantity": pieces,
        "price": round(total / pieces, 2),
    }


def _customer_facts(random: Random, customer: str, country: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": f"c-{random.randrange(50_000)}", "type": customer, "home": country}
    if customer != "new":
        facts["tenure_days"] = random.randrange(30, 3_000)
        facts["orders_365d"] = random.randrange(1, 60 if customer == "vip" else 12)
        facts["refunds_90d"] = min(int(random.expovariate(1.2)), 9)
    if customer == "business":
        facts["vat_id"] = f"{country}{random.randrange(10**9):09}" if random.random() < 0.9 else None
    if random.random() < 0.003:
        facts["blocked"] = True
    return facts


def _payment_facts(random: Random, region: str, country: str) -> dict[str, Any]:
    method = _pick(random, _METHODS[region])
    facts: dict[str, Any] = {
        "method": method,
        "score": round(random.betavariate(1, 7), 2),
    }
    if declined := min(int(random.expovariate(1.2)), 6):
        facts["declined_1h"] = declined
    if method in ("card", "debit_card"):
        facts["card_country"] = country if random.random() < 0.93 else "GB"
        facts["three_d_secure"] = random.random() < (0.8 if region.startswith("eu") else 0.3)
        if region == "br":
            facts["installments"] = random.choice((1, 1, 2, 3, 6, 10, 12))
    return facts


def _stock_facts(random: Random) -> dict[str, Any]:
    if random.random() < 0.87:
        return {"missing": 0}
    facts = {"missing": random.randint(1, 3), "reserve": random.randint(0, 3)}
    if random.random() < 0.8:
        facts["restock_days"] = random.randint(1, 40)
    return facts


def _refund_facts(random: Random) -> dict[str, Any]:
    reason = _pick(random, _REASONS)
    if reason == "never_arrived":
        return {"reason": reason}
    return {"reason": reason, "days_since_delivery": min(int(random.expovariate(1 / 10)), 60)}


def _pick(random: Random, shares: dict[str, float] | dict[str, int]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]
