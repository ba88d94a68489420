"""Metrics for Prometheus of events, and of the patterns that are matched on them.

Labels are types and patterns that a project has declared, so callers cannot make up any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.runtime.eventcounts import EventCounts


class EventCollector(Collector):
    """The figures of one process. ``counters`` gives them from memory, so no scrape waits for a database."""

    def __init__(self, counters: Callable[[], EventCounts]) -> None:
        self._counters = counters

    def collect(self) -> Iterable[Metric]:
        """What has become of events and matches, and what waits."""
        counts = self._counters()
        yield _pairs(
            "rulesflow_events",
            "Events that came to this process, by type and outcome: accepted, duplicate or passed-over.",
            ("type", "outcome"),
            counts.events,
        )
        yield _pairs(
            "rulesflow_event_matches",
            "Matches by pattern and the status that they came to in this process.",
            ("pattern", "status"),
            counts.matches,
        )
        failures = CounterMetricFamily(
            "rulesflow_event_failures",
            "Attempts of this process to match a pattern that failed.",
            labels=("pattern",),
        )
        for pattern, count in counts.failures.items():
            failures.add_metric((pattern,), count)
        yield failures
        yield CounterMetricFamily(
            "rulesflow_event_worker_losses",
            "Processes of the pattern engine that died, or that had to be ended.",
            counts.losses,
        )
        if counts.waiting is not None:
            yield GaugeMetricFamily(
                "rulesflow_events_waiting",
                "Events that patterns have yet to look at, of all processes.",
                counts.waiting,
            )


def _pairs(
    name: str, text: str, labels: tuple[str, str], counts: Mapping[tuple[str, str], int]
) -> CounterMetricFamily:
    metric = CounterMetricFamily(name, text, labels=labels)
    for pair, count in counts.items():
        metric.add_metric(pair, count)
    return metric
