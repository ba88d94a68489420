"""What a played weekend brought: routes, money and times by region and kind of customer, and their table."""

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
from rulesflow.model.times import SECOND, parse_timestamp

#: How an order may end, in the order of the columns: its status, or the code by which it failed.
ENDS = ("completed", "rejected", "no-stock", "declined", "other", "open")
#: What may happen on the way.
WAYS = ("reviewed", "back-ordered", "split", "retried", "parked")
_ENDED = ("completed", "failed", "cancelled")


@dataclass(slots=True)
class Group:
    """The orders of one region and kind of customer. Sums are in the region's currency, times in seconds.

    ``routes`` counts `ENDS`, of which each order has one, and `WAYS`, of which it may have several.
    """

    orders: int = 0
    routes: Counter[str] = field(default_factory=Counter)
    goods: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    run_times: list[float] = field(default_factory=list)
    decision_times: list[float] = field(default_factory=list)

    def ended(self, order: Order, run: Mapping[str, Any], *, parked: bool) -> None:
        """Count an order by the run that it became, which may have ``parked`` on the way."""
        self.orders += 1
        self.goods += order.total
        self.routes[end(run)] += 1
        self.routes.update(ways(run) | ({"parked"} if parked else set()))
        if run["status"] == "completed":
            self.charged += run["output"]["charged"]
        if run["status"] in _ENDED:
            took = parse_timestamp(run["updated_at"]) - parse_timestamp(run["created_at"])
            self.run_times.append(took / SECOND)


def end(run: Mapping[str, Any]) -> str:
    """Which of `ENDS` a run has come to."""
    if run["status"] == "completed":
        return "completed"
    if run["status"] not in _ENDED:
        return "open"
    code = (run["problem"] or {}).get("code")
    return code if code in ENDS else "other"


def ways(run: Mapping[str, Any]) -> set[str]:
    """Which of `WAYS` a run went, as far as the run tells: not whether it parked."""
    paths = {each["path"] for each in run["path"]}
    found = {"reviewed": "review", "back-ordered": "back_order", "split": "split"}
    tried = {"retried"} if any(each["attempt"] > 1 for each in run["attempts"]) else set()
    return {way for way, path in found.items() if path in paths} | tried


@dataclass(slots=True)
class Takings:
    """All groups. ``digests``: the rules that decided. ``seconds``: from the first order to the last end."""

    groups: dict[tuple[str, str], Group] = field(default_factory=lambda: defaultdict(Group))
    digests: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def group(self, order: Order) -> Group:
        """Where an order belongs."""
        return self.groups[order.region, order.customer]

    def ended(self, order: Order, run: Mapping[str, Any], *, parked: bool = False) -> None:
        """Count an order by the run that it became, which may have ``parked`` on the way."""
        self.group(order).ended(order, run, parked=parked)
        self.digests.add(run["digest"])

    @property
    def orders(self) -> int:
        """How many there were."""
        return sum(group.orders for group in self.groups.values())

    def as_dict(self) -> dict[str, Any]:
        """The form of ``--json``: times in milliseconds, money as text, since it is exact."""
        return {
            "orders": self.orders,
            "seconds": round(self.seconds, 3),
            "digests": sorted(self.digests),
            "groups": [
                {
                    "region": region,
                    "customer": customer,
                    "currency": REGIONS[region][1],
                    "orders": group.orders,
                    "routes": {name: group.routes[name] for name in (*ENDS, *WAYS)},
                    "goods": str(group.goods),
                    "charged": str(group.charged),
                    "run_ms": quantiles(group.run_times),
                    "decision_ms": quantiles(group.decision_times),
                }
                for (region, customer), group in _sorted(self)
            ],
        }


def show(takings: Takings, console: Console) -> None:
    """Print the routes, what money they moved, and how long they took."""
    console.print(_table("How they ended, and what happened on the way", _ROUTES, _routes, takings))
    console.print(_table("Money, in the region's currency, and times in ms", _MONEY, _money, takings))
    runs = [seconds for group in takings.groups.values() for seconds in group.run_times]
    decisions = [seconds for group in takings.groups.values() for seconds in group.decision_times]
    console.print(
        f"{takings.orders:,} orders in {takings.seconds:.1f} s, "
        f"{takings.orders / takings.seconds:,.0f} a second\n"
        f"runs: {_told(runs)}; decisions: {_told(decisions)}",
        highlight=False,
    )
    console.print(
        f"decided by ruleset {', '.join(sorted(each[:12] for each in takings.digests))}", highlight=False
    )


_ROUTES = (
    *("all", "done", "fraud", "no\nstock", "de-\nclined", "else"),  # `ENDS` but the last: nothing stays open
    *("re-\nview", "back-\norder", "split", "re-\ntried", "parked"),  # `WAYS`
)
_MONEY = ("goods", "charged", "run\np50", "run\np95", "decision\np50", "decision\np95")


def _sorted(takings: Takings) -> list[tuple[tuple[str, str], Group]]:
    keys = [(region, customer) for region in REGIONS for customer in CUSTOMERS]
    return [(key, takings.groups[key]) for key in keys if key in takings.groups]


def _table(title: str, columns: Iterable[str], row: Any, takings: Takings) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    for name in ("region", "customer"):
        table.add_column(name, no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right")
    last = None
    for (region, customer), group in _sorted(takings):
        if last not in (None, region):
            table.add_section()
        last = region
        table.add_row(region, customer, *row(region, group))
    return table


def _routes(_: str, group: Group) -> list[str]:
    return [f"{group.orders:,}", *(f"{group.routes[name] or ''}" for name in (*ENDS[:-1], *WAYS))]


def _money(region: str, group: Group) -> list[str]:
    money = [f"{group.goods:,.0f} {REGIONS[region][1]}", f"{group.charged:,.2f}"]
    return [*money, *_shown(group.run_times), *_shown(group.decision_times)]


def _shown(times: Sequence[float]) -> list[str]:
    found = quantiles(times)
    return ["-" if value is None else f"{value:,.1f}" for value in found.values()]


def _told(times: Sequence[float]) -> str:
    p50, p95 = _shown(times)
    return f"p50 {p50} ms, p95 {p95} ms"


def quantiles(times: Sequence[float]) -> dict[str, float | None]:
    """Milliseconds by name: p50 and p95, None where there are no times."""
    ordered = sorted(times)
    return {
        name: round(ordered[int(len(ordered) * share)] * 1000, 2) if ordered else None
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
