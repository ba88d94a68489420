"""Resources whose state a test sets, shown as the service sees them, beside steps that are really parked."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

from rulesflow.runtime.database import PARKED, Database

LIMITS = {"concurrency": None, "rate": None, "drain": 50.0}
BREAKER = {
    "window": 10.0,
    "calls": 5,
    "failures": 0.5,
    "slow": None,
    "errors": ["unavailable", "timeout"],
    "rest": 2.0,
    "longest_rest": 30.0,
}
WINDOW: dict[str, Any] = {"calls": 0, "failed": 0, "slow": 0, "by_class": {}, "p50": None, "p95": None}
RESOURCE: dict[str, Any] = {
    "name": "payment",
    "state": "closed",
    "since": None,
    "problem": None,
    "forced": False,
    "next_probe": None,
    "limits": LIMITS,
    "breaker": BREAKER,
    "window": WINDOW,
    "in_flight": 0,
    "waiting": 0,
    "drain_rate": 0.0,
}


class ShownResources:
    """Shows what it is given; remembers what is ordered. ``looks``: how often it was looked at.

    ``gate``: it answers only while this is set. ``error``: what it raises instead.
    """

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.resources = {each["name"]: RESOURCE | each for each in resources}
        self.orders: list[tuple[str, str, str]] = []
        self.counted: dict[str, dict[str, int]] = {}
        self.looks = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def shown(self) -> list[dict[str, Any]]:
        self.looks += 1
        self.gate.wait(60)
        if self.error is not None:
            raise self.error
        return [dict(each) for each in self.resources.values()]

    def order(self, name: str, action: str, reason: str) -> None:
        self.orders.append((name, action, reason))
        state = {"open": "open", "close": "closed"}.get(action, self.resources[name]["state"])
        self.resources[name] |= {"state": state, "forced": action == "open"}

    def calls(self) -> dict[str, dict[str, int]]:
        return self.counted


def park(database: Database, resource: str, count: int, since: int = 1_000_000) -> None:
    """Park so many steps; ``since``: of the oldest, in microseconds."""
    rows = [
        {
            "run": f"{resource} {number}",
            "command": "park",
            "resource": resource,
            "priority": 5.0,
            "age": since,
            "since": since + number,
        }
        for number in range(count)
    ]
    with database.writing() as connection:
        connection.execute(sa.insert(PARKED), rows)
