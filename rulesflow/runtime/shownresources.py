"""Resources as people see them."""

from __future__ import annotations

from typing import Any, Final

from rulesflow.model.times import Timestamp
from rulesflow.runtime.breakers import CLOSED, OPEN
from rulesflow.runtime.lane import Lane
from rulesflow.runtime.window import Counts
from rulesflow.workflows.resource import Breaker, Resource

_NANOS: Final = 1000  # of a microsecond


def shown_resource(lane: Lane) -> dict[str, Any]:
    """A resource, over all processes: how it stands, its limits, its calls of late; times as `Timestamp`."""
    circuit, view = lane.circuit, lane.circuit.view
    limit = circuit.resource.drain_limit
    probed = view.state == OPEN and not view.forced
    return {
        "name": lane.name,
        "state": view.state,
        "since": _time(view.since) if view.since else None,
        "problem": view.problem.as_dict() if view.problem else None,
        "forced": view.forced,
        "next_probe": _time(view.probe_at) if probed else None,
        "limits": _limits(circuit.resource),
        "breaker": _breaker(circuit.resource.breaker),
        "window": _window(circuit.counts()),
        "in_flight": lane.calls + sum(each.get("in_flight", 0) for each in circuit.others),
        "waiting": lane.waiting + sum(each.get("waiting", 0) for each in circuit.others),
        "drain_rate": min(view.drain_rate or limit, limit) if view.state == CLOSED else 0.0,
    }


def _limits(resource: Resource) -> dict[str, Any]:
    return {"concurrency": resource.concurrency, "rate": resource.rate, "drain": resource.drain_limit}


def _breaker(breaker: Breaker) -> dict[str, Any]:
    return {
        "window": breaker.window,
        "calls": breaker.calls,
        "failures": breaker.failures,
        "slow": breaker.slow,
        "errors": [str(each) for each in breaker.errors],
        "rest": breaker.rest,
        "longest_rest": breaker.longest_rest,
    }


def _window(counts: Counts) -> dict[str, Any]:
    return {
        "calls": counts.calls,
        "failed": counts.failed,
        "slow": counts.slow,
        "by_class": dict(counts.by_class),
        "p50": counts.latency_at(0.5),
        "p95": counts.latency_at(0.95),
    }


def _time(micros: int) -> Timestamp:
    return Timestamp(micros * _NANOS)
