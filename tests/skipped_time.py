"""A service whose time is skipped: real statistics, rules and alerts, and calls that are made up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import exp
from typing import Any

from rulesflow.model.times import Timestamp
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import Database
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.statsight import Seen
from rulesflow.watch.alertfile import shipped_alerts
from rulesflow.watch.measures import ServiceMeasures

LOOK = 5  # seconds between two looks
STEPS = {"reserve": "stock", "charge": "payment", "ship": "shipping"}
BEGIN = 1_795_800_000 * MICROS


@dataclass
class Traffic:
    """Calls of each step: ``rate`` a second, of ``median`` seconds, of which a share fails."""

    rate: float = 3.0
    median: Mapping[str, float] = field(
        default_factory=lambda: {"reserve": 0.03, "charge": 0.15, "ship": 0.08}
    )
    spread: float = 0.5
    errors: float = 0.01
    steps: Mapping[str, str] = field(default_factory=lambda: STEPS)


class SkippedTime:
    """``told``: each opening and closing, with the seconds since ``since``."""

    def __init__(self, database: Database, seed: int = 1) -> None:
        self.now = BEGIN
        self.since = BEGIN
        self.told: list[tuple[float, str, str, str, str]] = []
        self.random = random.Random(seed)
        self.service = ServiceMeasures()
        self.database = database
        self.begin()

    def begin(self) -> None:
        """Start the process, anew if there was one."""
        self.stats = Stats(self.database, lambda: self.now)
        self.stats.see = self._see
        self.alerts = Alerts(self.database, self.stats, shipped_alerts, self._hear, None)

    def end(self) -> None:
        """Stop the process."""
        self.alerts.stop()
        self.stats.flush()
        self.stats.stop()

    def go(self, seconds: int, traffic: Traffic, *, look: bool = True) -> None:
        """Let time pass, with these calls and a look at the alerts every few seconds."""
        with asyncio.Runner() as runner:
            for _ in range(seconds // LOOK):
                self._pass(traffic)
                self.stats.flush()
                if look:
                    runner.run(self.alerts.look())

    def _pass(self, traffic: Traffic) -> None:
        burst = 3.0 if self.random.random() < 0.03 else 1.0
        for step, resource in traffic.steps.items():
            rate = traffic.rate * self.random.uniform(0.7, 1.3) * burst
            expected = rate * LOOK
            calls = int(expected) + (self.random.random() < expected % 1)
            for _ in range(calls):
                ran = traffic.median[step] * exp(self.random.gauss(0, traffic.spread))
                failed = self.random.random() < traffic.errors
                queued = 0.001 * exp(self.random.gauss(0, 1))
                self.stats.count(step, resource, queued, ran, "unavailable" if failed else None)
        self.now += LOOK * MICROS

    async def _see(self) -> Seen:
        return Seen(steps=STEPS, service=self.service, slots=50)

    def _hear(self, kind: str, subject: str, at: Timestamp, alert: Mapping[str, Any]) -> None:
        seconds = (int(at) // 1000 - self.since) / MICROS
        self.told.append((seconds, kind, alert["alert"], subject, alert["text"]))


def slower(traffic: Traffic, step: str, times: float) -> Traffic:
    """The same, with calls of one step that take so many times as long."""
    return replace(traffic, median={**traffic.median, step: traffic.median[step] * times})


Begin = Callable[[int], SkippedTime]
