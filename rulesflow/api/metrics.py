"""Metrics for Prometheus: decisions by outcome, their time, and the state of the rules.

Each process counts for itself. With several workers a scrape reaches one of them, whichever takes the
connection; run one worker a container where the sums matter.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import Catalog

#: Seconds. A decision takes microseconds, a large batch item or a cold layer stack some milliseconds.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
#: Stands for every name that no decision has, so that callers cannot make up labels.
UNKNOWN = "-"
DECIDED = "decided"


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._registry = CollectorRegistry()
        self._outcomes = Counter(
            "rulesflow_decisions",
            "Decisions asked for, by outcome: decided, or the name of the problem.",
            ("decision", "outcome"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rulesflow_decision_seconds",
            "Time from the body's last byte to the reply's first.",
            ("decision",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._children: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._registry.register(_Rules(catalog))
        ProcessCollector(registry=self._registry)

    def count(self, decision: str, outcome: str, seconds: float) -> None:
        """Count one decision, with the time it took."""
        bound = self._children.get((decision, outcome))
        if bound is None:
            bound = self._bind(decision, outcome)
        bound[0].inc()
        bound[1].observe(seconds)

    def _bind(self, decision: str, outcome: str) -> tuple[Counter, Histogram]:
        """The children for these labels; looked up once, since that costs more than counting."""
        snapshot = self._catalog.state.snapshot
        known = snapshot is not None and decision in snapshot.ruleset.decisions
        label = decision if known else UNKNOWN
        bound = self._outcomes.labels(label, outcome), self._seconds.labels(label)
        if known:
            self._children[decision, outcome] = bound
        return bound

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics as text, in the format that ``accept`` prefers, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class _Rules(Collector):
    """What the catalog tells, read when it is asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterable[Metric]:
        """The state of the rules."""
        state = self._catalog.state
        loads = CounterMetricFamily("rulesflow_loads", "Attempts to load the rules.", labels=("result",))
        loads.add_metric(("activated",), state.activations)
        loads.add_metric(("refused",), state.refusals)
        yield loads
        yield _gauge("rulesflow_rules_error", "1 while the last attempt to load failed.", bool(state.failure))
        yield _gauge("rulesflow_rules_ready", "1 once a ruleset is active.", bool(state.snapshot))
        if state.attempted_at is not None:
            yield _time("rulesflow_last_load", "When the rules were last loaded.", state.attempted_at)
        if state.snapshot is not None:
            ruleset = state.snapshot.ruleset
            yield _time(
                "rulesflow_activated", "When the active digest took charge.", state.snapshot.activated_at
            )
            info = {"digest": ruleset.digest, "project": ruleset.project}
            yield InfoMetricFamily("rulesflow_ruleset", "The active ruleset.", info)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _time(name: str, text: str, at: Timestamp) -> Metric:
    return GaugeMetricFamily(f"{name}_timestamp_seconds", text, int(at) / SECOND)
