"""Metrics for Prometheus: decisions by outcome, their time, the state of the rules, and what goes on.

Each process counts for itself. With several workers a scrape reaches one of them, whichever takes the
connection; run one worker a container where the sums matter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.api.alertmetrics import AlertCollector
from rulesflow.api.eventmetrics import EventCollector
from rulesflow.api.stepmetrics import StepCollector
from rulesflow.api.trafficmetrics import TrafficCollector
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.eventcounts import EventCounts
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.traffic import Traffic

#: Seconds; each is the end of a bucket, and part of it. A decision takes microseconds, a large batch item or
#: a cold layer stack some milliseconds.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
#: Stands for every name that no decision has, so that callers cannot make up labels.
UNKNOWN = "-"
DECIDED = "decided"


@dataclass(slots=True)
class _Tally:
    """Of one decision: how often each problem, how many times fell into each bucket (the last is open)."""

    problems: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0

    @property
    def outcomes(self) -> dict[str, int]:
        """How often each outcome: what met no problem was decided."""
        decided = sum(self.buckets) - sum(self.problems.values())
        return ({DECIDED: decided} if decided else {}) | self.problems


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(
        self,
        catalog: Catalog,
        traffic: Traffic | None = None,
        counters: Callable[[], EventCounts] | None = None,
        alerts: Alerts | None = None,
        stats: Stats | None = None,
    ) -> None:
        self._catalog = catalog
        self._traffic = traffic
        self._tallies: dict[str, _Tally] = {}
        self._registry = CollectorRegistry()
        self._registry.register(_Decisions(self._tallies))
        self._registry.register(_Rules(catalog))
        if traffic is not None:
            self._registry.register(TrafficCollector(traffic))
        if counters is not None:
            self._registry.register(EventCollector(counters))
        if alerts is not None:
            self._registry.register(AlertCollector(alerts))
        if stats is not None:
            self._registry.register(StepCollector(stats))
        ProcessCollector(registry=self._registry)

    def count(self, decision: str, outcome: str, seconds: float) -> None:
        """Count one decision, with the time it took. Only one thread, the event loop's, may call this."""
        tally = self._tallies.get(decision) or self._tally(decision)
        if outcome != DECIDED:
            tally.problems[outcome] = tally.problems.get(outcome, 0) + 1
        tally.buckets[bisect_left(BUCKETS, seconds)] += 1
        tally.seconds += seconds

    def _tally(self, decision: str) -> _Tally:
        snapshot = self._catalog.state.snapshot
        known = snapshot is not None and decision in snapshot.ruleset.decisions
        return self._tallies.setdefault(decision if known else UNKNOWN, _Tally())

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics as text, in the format that ``accept`` prefers, and its media type.

        Where the database does not answer at once, what it said last is told, and how old that is.
        """
        if self._traffic is not None:
            await self._traffic.glance()
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class _Decisions(Collector):
    """The tallies as metrics. Counting is in every request's way, so all else waits until it is asked for."""

    def __init__(self, tallies: Mapping[str, _Tally]) -> None:
        self._tallies = tallies

    def collect(self) -> Iterable[Metric]:
        """Counts by decision and outcome, times by decision."""
        counts = CounterMetricFamily(
            "rulesflow_decisions",
            "Decisions asked for, by outcome: decided, or the name of the problem.",
            labels=("decision", "outcome"),
        )
        times = HistogramMetricFamily(
            "rulesflow_decision_duration_seconds",
            "Time from the body's last byte to the reply's first.",
            labels=("decision",),
        )
        ends = [*map(str, BUCKETS), "+Inf"]
        for decision, tally in self._tallies.items():
            for outcome, count in tally.outcomes.items():
                counts.add_metric((decision, outcome), count)
            upto = list(zip(ends, accumulate(tally.buckets), strict=True))
            times.add_metric((decision,), upto, tally.seconds)
        yield counts
        yield times


class _Rules(Collector):
    """What the catalog tells, read when it is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterable[Metric]:
        """The state of the rules."""
        state = self._catalog.state
        loads = CounterMetricFamily(
            "rulesflow_rules_loads", "Attempts to load the rules.", labels=("result",)
        )
        loads.add_metric(("activated",), state.activations)
        loads.add_metric(("refused",), state.refusals)
        loads.add_metric(("pending",), state.holds)
        yield loads
        yield _gauge("rulesflow_rules_error", "1 while the last attempt to load failed.", bool(state.failure))
        yield _gauge("rulesflow_rules_ready", "1 once a ruleset is active.", bool(state.snapshot))
        if state.attempted_at is not None:
            yield _time("rulesflow_rules_last_load", "When the rules were last loaded.", state.attempted_at)
        if state.snapshot is not None:
            ruleset = state.snapshot.ruleset
            yield _time(
                "rulesflow_rules_activated",
                "When the active digest took charge.",
                state.snapshot.activated_at,
            )
            info = {"digest": ruleset.digest, "project": ruleset.project}
            yield InfoMetricFamily("rulesflow_ruleset", "The active ruleset.", info)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _time(name: str, text: str, at: Timestamp) -> Metric:
    return GaugeMetricFamily(f"{name}_timestamp_seconds", text, int(at) / SECOND)
