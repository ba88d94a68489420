"""Real orders as facts for the sample shop: a trial of its rules on what customers really bought.

The orders (877 of a Brazilian marketplace, December 2017 and January 2018) are not part of the project. Where
the file is there, ``python tests/shop/orders.py`` prints how the shop would have decided on them, in each of
its regions and, for Brazil, by the customer's state.

The mapping adds nothing to the data but what is named ``TRIAL_…`` below. What the data lacks stays absent
(weights, gateway scores, coupons, devices), so rules that ask for it do not match.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rulesflow.documents.folder import read_folder
from rulesflow.model.times import Timestamp, parse_timestamp
from rulesflow.rules import Answer, Ruleset, load

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
ORDERS = ROOT.parent / "shared" / "data" / "orders.ndjson"

REGIONS = ("br", "us", "eu/de", "eu/fr")
DECISIONS = ("discount", "fraud", "refund", "shipping", "stock")

# The property of each decision's outcome that its counts are about.
OUTCOME = {
    "discount": "percent",
    "fraud": "verdict",
    "refund": "route",
    "shipping": "carrier",
    "stock": "action",
}

# The data's clock has no offset. It is Brazilian: São Paulo's, where nearly all the sellers are.
CLOCK = ZoneInfo("America/Sao_Paulo")

# Amounts are taken as they stand, in the currency of the region that the trial pretends the order came from:
# the trial is about rules, not about exchange rates, and reais anywhere but in Brazil are a `wrong_currency`.
CURRENCY = {"br": "BRL", "us": "USD", "eu/de": "EUR", "eu/fr": "EUR"}

# The data's four means of payment, in the words of facts.yaml.
METHOD = {"credit_card": "card", "debit_card": "debit_card", "boleto": "bank_slip", "voucher": "voucher"}

# Categories that a rule of the shop asks for, in the shop's words. All others keep the data's own word.
CATEGORY = {"telefonia": "phones", "consoles_games": "consoles"}

# TRIAL: the warehouse's word is not in the data, but decision `stock` requires it. We conclude it from what
# became of the order: goods that left were there; those not yet sent arrive in five days; those of a
# cancelled order never do.
TRIAL_STOCK_LEFT = ("delivered", "shipped")
TRIAL_STOCK_AWAITED = ("invoiced", "processing")
TRIAL_RESTOCK_DAYS = 5

# TRIAL: nobody asked for a refund in the data, but decision `refund` requires a reason. We pretend that every
# customer asks: who got the goods has changed their mind ten days later, who did not says that nothing came.
TRIAL_REFUND_ARRIVED = {"reason": "changed_mind", "days_since_delivery": 10}
TRIAL_REFUND_MISSING = {"reason": "never_arrived"}


@dataclass(frozen=True)
class Trial:
    """One real order as a request: ``at`` is when it was placed, ``state`` the customer's, for the counts."""

    state: str
    facts: dict[str, Any]
    at: Timestamp


def read_orders(path: Path = ORDERS) -> list[dict[str, Any]]:
    """The orders in the order of the file, which is that of their dates."""
    # One JSON object a line. Prices are strings in the data, so nothing is rounded here.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def trials(orders: Iterable[dict[str, Any]], region: str) -> Iterator[Trial]:
    """Every order as if it had been placed in ``region``."""
    # When each customer was seen, oldest first: an order only knows the orders before it.
    seen: dict[str, list[datetime]] = {}
    for order in orders:
        # The wall clock of São Paulo; its summer time (-02:00 until February 2018) is in the zone.
        placed = datetime.fromisoformat(order["purchased_at"]).replace(tzinfo=CLOCK)
        earlier = seen.setdefault(order["customer"]["id"], [])
        facts = {
            "order": order_facts(order, region, placed),
            "customer": customer_facts(order, earlier, placed),
            "payment": payment_facts(order["payments"]),
            "stock": stock_facts(order),
            "refund": refund_facts(order),
        }
        # Only now, so that the order does not count as its own predecessor.
        earlier.append(placed)
        # RFC 3339 with the offset, as the service would receive it.
        yield Trial(order["customer"]["state"], facts, parse_timestamp(placed.isoformat()))


def order_facts(order: dict[str, Any], region: str, placed: datetime) -> dict[str, Any]:
    """``order``: what was bought."""
    lines = order["lines"]
    facts: dict[str, Any] = {
        "id": order["order_id"],
        # `total` is the goods alone: the data holds delivery apart, as facts.yaml does. Decimals sum exactly.
        "total": sum(Decimal(line["price"]) for line in lines),
        "currency": CURRENCY[region],
        "region": region,
        # The orders come from a marketplace, whichever shop front it was.
        "channel": "marketplace",
        "placed_at": placed.isoformat(),
        # The data has one line for each piece, so lines are pieces.
        "items": len(lines),
        "sellers": seller_count(order),
        "freight": sum(Decimal(line["freight"]) for line in lines),
        "lines": [line_facts(line) for line in lines],
    }
    # A Brazilian state means nothing elsewhere (PA is Pará and Pennsylvania): other regions get no address.
    if region == "br":
        facts["ship_to"] = {"country": "BR", "state": order["customer"]["state"]}
    # Absent, since the data has none: weight_kg, express, pickup_point, coupon.
    return facts


def line_facts(line: dict[str, Any]) -> dict[str, Any]:
    """``order.lines[…]``: one piece."""
    facts = {"sku": line["sku"], "quantity": 1, "price": Decimal(line["price"]), "seller": line["seller"]}
    # An empty category in the data means that it is not known: then the field is absent, not "".
    if line["category"]:
        facts["category"] = CATEGORY.get(line["category"], line["category"])
    return facts


def customer_facts(order: dict[str, Any], earlier: list[datetime], placed: datetime) -> dict[str, Any]:
    """``customer``: who bought, as far as the two months of the data tell."""
    facts: dict[str, Any] = {
        "id": order["customer"]["id"],
        "type": customer_type(seller_count(order), len(earlier)),
        # All customers of the data live in Brazil.
        "home": "BR",
        # A lower bound: what was ordered before December 2017 is not in the data.
        "orders_365d": len(earlier),
    }
    # Whole days since the first order that we saw; absent for a first order.
    if earlier:
        facts["tenure_days"] = (placed - earlier[0]).days
    # Absent, since the data has none: refunds_90d, blocked, vat_id.
    return facts


def customer_type(sellers: int, earlier: int) -> str:
    """How well we would have known the customer, from the sellers in this order and the orders before it."""
    # Whoever buys from several sellers at once is taken for a company: it is the data's only hint of one.
    if sellers > 1:
        return "business"
    # No order before this one: new. One: regular. More: one of our best.
    return ("new", "regular", "vip")[min(earlier, 2)]


def seller_count(order: dict[str, Any]) -> int:
    """How many sellers the lines come from."""
    return len({line["seller"] for line in order["lines"]})


def payment_facts(payments: list[dict[str, Any]]) -> dict[str, Any]:
    """``payment``: the means that paid most, where there are several (a voucher and a card, say)."""
    main = max(payments, key=lambda payment: Decimal(payment["value"]))
    # Absent, since the data has none: score, card_country, three_d_secure, declined_1h, device_id.
    return {"method": METHOD[main["type"]], "installments": main["installments"]}


def stock_facts(order: dict[str, Any]) -> dict[str, Any]:
    """``stock``, supplied by the trial: see TRIAL_STOCK_LEFT."""
    # The goods left the warehouse, so they were there.
    if order["status"] in TRIAL_STOCK_LEFT:
        return {"missing": 0}
    # The order waits: every piece is on its way in.
    if order["status"] in TRIAL_STOCK_AWAITED:
        return {"missing": len(order["lines"]), "restock_days": TRIAL_RESTOCK_DAYS}
    # It was cancelled: no delivery is planned, so restock_days is absent.
    return {"missing": len(order["lines"])}


def refund_facts(order: dict[str, Any]) -> dict[str, Any]:
    """``refund``, supplied by the trial: see TRIAL_REFUND_ARRIVED."""
    # `delivered` is the only status that says that the goods arrived.
    return dict(TRIAL_REFUND_ARRIVED if order["status"] == "delivered" else TRIAL_REFUND_MISSING)


def shop() -> Ruleset:
    """The sample shop's rules, loaded."""
    loaded = load(read_folder(RULES).files)
    assert loaded.ruleset is not None, loaded.diagnostics
    return loaded.ruleset


def decide_all(
    ruleset: Ruleset, orders: Iterable[dict[str, Any]], region: str
) -> Iterator[tuple[Trial, Answer]]:
    """Every order through every decision, at the time when the order was placed."""
    for trial in trials(orders, region):
        for decision in DECISIONS:
            yield trial, ruleset.decide(decision, trial.facts, trial.at)


def outcome(answer: Answer) -> str:
    """The answer in a word, such as ``fraud review``."""
    return f"{answer.decision} {answer.result[OUTCOME[answer.decision]]}"


def print_table(title: str, rows: dict[str, Counter[str]]) -> None:
    """Counts: one row for each group of orders, one column for each outcome, headed by decision and word."""
    columns = sorted({name for counts in rows.values() for name in counts})
    print(f"\n{title}")
    for part in (0, 1):
        print(f"{'':6}" + "".join(f"{name.split()[part]:>11}" for name in columns))
    for group, counts in rows.items():
        print(f"{group:6}" + "".join(f"{counts[name] or '-':>11}" for name in columns))


def main() -> None:
    """Print the outcomes by region and, for Brazil, by the customer's state."""
    ruleset, orders = shop(), read_orders()
    by_region: dict[str, Counter[str]] = {region: Counter() for region in REGIONS}
    by_state: dict[str, Counter[str]] = {}
    for region in REGIONS:
        for trial, answer in decide_all(ruleset, orders, region):
            by_region[region][outcome(answer)] += 1
            if region == "br":
                by_state.setdefault(trial.state, Counter())[outcome(answer)] += 1
    print_table(f"{len(orders)} orders, by region", by_region)
    largest = sorted(by_state, key=lambda state: -by_state[state].total())
    print_table("region br, by the customer's state", {state: by_state[state] for state in largest})


if __name__ == "__main__":
    main()
