"""What a played weekend brought: counts, money and times by region and kind of customer, and their tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.traffic import CUSTOMERS, REGIONS, Order

#: By decision, the property of the result that is counted, and its values in the order of the columns.
OUTCOMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fraud": ("verdict", ("approve", "review", "reject")),
    "stock": ("action", ("allocate", "back-order", "reject")),
    "shipping": ("carrier", ("post", "parcel", "express", "haulier")),
    "refund": ("route", ("auto", "review", "deny")),
}


#: By decision, what a result must have to be counted.
NEEDED: Mapping[str, frozenset[str]] = {
    **{decision: frozenset({name}) for decision, (name, _) in OUTCOMES.items()},
    "discount": frozenset({"percent"}),
    "shipping": frozenset({"carrier", "price"}),
    "refund": frozenset({"route", "limit"}),
}


@dataclass(slots=True)
class Group:
    """The orders of one region and kind of customer. Sums are in the region's currency, times in seconds."""

    orders: int = 0
    goods: Decimal = Decimal(0)
    discounts: Decimal = Decimal(0)
    delivery: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def decided(self, order: Order, decision: str, result: Mapping[str, Any]) -> None:
        """Count a decision about an order of this group."""
        if decision == "discount":
            self.orders += 1
            self.goods += order.total
            self.discounts += order.total * result["percent"] / 100
            return
        outcome = result[OUTCOMES[decision][0]]
        self.outcomes[decision, outcome] += 1
        if decision == "shipping":
            self.delivery += result["price"]
        elif decision == "refund" and outcome == "auto":
            self.refunds += result["limit"]


@dataclass(slots=True)
class Takings:
    """All groups. ``digests``: the rulesets that decided. ``seconds``: from the first to the last answer."""

    groups: dict[tuple[str, str], Group] = field(default_factory=lambda: defaultdict(Group))
    digests: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def decided(self, order: Order, decision: str, answer: Mapping[str, Any], seconds: float) -> None:
        """Count an answer of the service, which took that long."""
        group = self.groups[order.region, order.customer]
        group.decided(order, decision, answer["result"])
        group.times.append(seconds)
        self.digests.add(answer["digest"])


def show(takings: Takings, console: Console) -> None:
    """Print what was decided, what money it moved, and how long the answers took."""
    times = [seconds for group in takings.groups.values() for seconds in group.times]
    console.print(_table("What was decided", _decided_columns(), _decided, takings))
    console.print(_table("Money, in the region's currency, and time", _MONEY, _money, takings))
    console.print(
        f"{len(times):,} decisions in {takings.seconds:.1f} s, {len(times) / takings.seconds:,.0f} a second; "
        f"p50 {_millis(times, 0.5)} ms, p95 {_millis(times, 0.95)} ms, p99 {_millis(times, 0.99)} ms",
        highlight=False,
    )
    console.print(
        f"decided by ruleset {', '.join(sorted(each[:12] for each in takings.digests))}", highlight=False
    )


_MONEY = ("goods", "discounts", "delivery", "refunded", "p50 ms", "p95 ms")


def _decided_columns() -> list[str]:
    return ["orders", *(f"{name}\n" + "\n".join(words) for name, (_, words) in OUTCOMES.items())]


def _table(title: str, columns: Iterable[str], row: Any, takings: Takings) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("region", "customer"):
        table.add_column(name)
    for name in columns:
        table.add_column(name, justify="right")
    for region in REGIONS:
        for customer in CUSTOMERS:
            if (region, customer) in takings.groups:
                table.add_row(region, customer, *row(region, takings.groups[region, customer]))
        table.add_section()
    return table


def _decided(_: str, group: Group) -> list[str]:
    counts = (
        "/".join(str(group.outcomes[decision, word]) for word in words)
        for decision, (_, words) in OUTCOMES.items()
    )
    return [f"{group.orders:,}", *counts]


def _money(region: str, group: Group) -> list[str]:
    sums = (group.discounts, group.delivery, group.refunds)
    times = (_millis(group.times, 0.5), _millis(group.times, 0.95))
    return [f"{group.goods:,.0f} {REGIONS[region][1]}", *(f"{each:,.0f}" for each in sums), *times]


def _millis(times: Sequence[float], quantile: float) -> str:
    return f"{sorted(times)[int(len(times) * quantile)] * 1000:.1f}"
