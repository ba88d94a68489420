"""Metrics for Prometheus of the calls of steps of this process: how long they were queued, and ran."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.runtime.stats import Stats
from rulesflow.runtime.tallies import BINS, Histogram

_ENDS: Final = [*map(str, BINS), "+Inf"]
_LABELS: Final = ("step", "resource")


class StepCollector(Collector):
    """What `Stats` has counted in this process since it began."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    def collect(self) -> Iterable[Metric]:
        """Times and failures by step."""
        runs = _histogram("run", "Time that calls of a step took.")
        queues = _histogram("queue", "Time from which a call was wanted until it was admitted.")
        errors = CounterMetricFamily(
            "rulesflow_step_errors",
            "Calls that failed, by the class of the error.",
            labels=(*_LABELS, "class"),
        )
        for tally in self._stats.tallies():
            labels = tally.step, tally.resource
            run, queue = tally.histograms()
            _add(runs, labels, run)
            _add(queues, labels, queue)
            for name, count in [*tally.by_class.items()]:
                errors.add_metric((*labels, name), count)
        yield from (runs, queues, errors)


def _histogram(name: str, text: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"rulesflow_step_{name}_duration_seconds", text, labels=_LABELS)


def _add(family: HistogramMetricFamily, labels: tuple[str, str], counted: Histogram) -> None:
    upto = list(zip(_ENDS, accumulate(counted.bins), strict=True))
    family.add_metric(labels, upto, counted.seconds)
