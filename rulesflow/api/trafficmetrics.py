"""Metrics for Prometheus of what goes on: resources, runs and the backlog, as they were seen last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.api.resourceschemas import STATES
from rulesflow.runtime.catalog import now
from rulesflow.runtime.picture import Picture, ends_in
from rulesflow.runtime.traffic import Traffic


class TrafficCollector(Collector):
    """What `Traffic` has seen. It looks at nothing itself, so no scrape waits for a database here."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def collect(self) -> Iterable[Metric]:
        """What this process knows by itself, and what the database said last, if it ever did."""
        traffic, seen = self._traffic, self._traffic.seen
        yield GaugeMetricFamily(
            "rulesflow_runs_live", "Runs that have something to do, in this process.", traffic.running
        )
        yield _changes(traffic.changes())
        yield _calls(traffic.calls())
        yield GaugeMetricFamily(
            "rulesflow_traffic_age_seconds",
            "How old is what the database said of resources and what is parked.",
            seen.age if seen else inf,
        )
        if seen is not None:
            yield from _seen(seen)
            yield GaugeMetricFamily(
                "rulesflow_backlog",
                "Runs of this process that have something to do, and parked steps of all.",
                traffic.backlog,
            )
            yield GaugeMetricFamily(
                "rulesflow_backlog_seconds",
                "That the backlog takes with every resource well: the value of GET /v1/scale.",
                traffic.work,
            )


def _changes(changes: Mapping[tuple[str, str], int]) -> Metric:
    metric = CounterMetricFamily(
        "rulesflow_run_changes",
        "Runs that have started in this process, or come to another status in it.",
        labels=("workflow", "status"),
    )
    for pair, count in changes.items():
        metric.add_metric(pair, count)
    return metric


def _calls(calls: Mapping[str, Mapping[str, int]]) -> Metric:
    metric = CounterMetricFamily(
        "rulesflow_resource_calls",
        "Calls of this process by resource and outcome: ok, or the class of the error.",
        labels=("resource", "outcome"),
    )
    for resource, outcomes in calls.items():
        for outcome, count in outcomes.items():
            metric.add_metric((resource, outcome), count)
    return metric


def _seen(picture: Picture) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "rulesflow_runs_dormant", "Runs that rest in no process, of all.", picture.dormant
    )
    states = GaugeMetricFamily(
        "rulesflow_resource_state", "1 for the state of its breaker.", labels=("resource", "state")
    )
    parked = _gauge("parked", "Steps that rest until it is well.")
    rates = _gauge("drain_per_second", "Parked steps that go on just now.")
    ends = _gauge("expected_seconds", "Until nothing of it is parked; +Inf where nobody can tell.")
    for name, resource in picture.resources.items():
        for state in STATES:
            states.add_metric((name, state), resource["state"] == state)
        parked.add_metric((name,), resource["parked"])
        rates.add_metric((name,), resource["drain_rate"])
        ends.add_metric((name,), _expected(resource))
    yield from (states, parked, rates, ends)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rulesflow_resource_{name}", text, labels=("resource",))


def _expected(resource: Mapping[str, Any]) -> float:
    seconds = ends_in(resource, now())
    return inf if seconds is None else seconds
