"""Writes ``rulesflow.json``, the dashboard for Grafana: ``python deploy/grafana/build.py``.

Queries stand here once, with what they show; places on the page follow from their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUT = Path(__file__).with_name("rulesflow.json")
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24  # columns of a page
_HEIGHT = 8  # rows of a panel; those of a single figure have half
_CHOSEN = '{instance=~"$instance"}'
_FAILED = ', outcome!="ok"'


@dataclass(frozen=True)
class Panel:
    """A panel: ``queries`` are pairs of an expression and a legend. ``unit`` is one of Grafana's names."""

    title: str
    about: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    width: int = 8
    kind: str = "timeseries"
    stacked: bool = False
    red_from: float | None = None


def rate(metric: str, *by: str, where: str = "") -> str:
    """What a counter grows by in a second, summed over the processes."""
    matched = f'{{instance=~"$instance"{where}}}'
    return f"sum by ({', '.join(by)}) (rate({metric}{matched}[$__rate_interval]))"


def quantile(share: float, metric: str, *by: str) -> str:
    """A quantile of a histogram, over the processes."""
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', 'le', *by)})"


def gauge(metric: str, how: str, *by: str) -> str:
    """A gauge over the processes: each tells its own (``sum``), or all tell the same (``max``)."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"{how}{grouped} ({metric}{_CHOSEN})"


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "At a glance",
        (
            Panel(
                "Alerts open",
                "What the built-in watch has opened and not closed yet.",
                ((f"sum({gauge('rulesflow_alerts_open', 'max', 'alert', 'severity')})", "open"),),
                width=4,
                kind="stat",
                red_from=1,
            ),
            Panel(
                "Rules that do not load",
                "1 while the last attempt to load failed; the last good rules serve on.",
                ((gauge("rulesflow_rules_error", "max"), "error"),),
                width=4,
                kind="stat",
                red_from=1,
            ),
            Panel(
                "Age of the rules",
                "Since the active digest took charge.",
                ((f"time() - {gauge('rulesflow_rules_activated_timestamp_seconds', 'max')}", "age"),),
                unit="s",
                width=4,
                kind="stat",
            ),
            Panel(
                "Backlog",
                "Runs that have something to do, and parked steps.",
                ((gauge("rulesflow_backlog", "sum"), "backlog"),),
                width=4,
                kind="stat",
            ),
            Panel(
                "Time to drain",
                "Seconds that the backlog takes: what KEDA scales by.",
                ((gauge("rulesflow_backlog_seconds", "max"), "seconds"),),
                unit="s",
                width=4,
                kind="stat",
            ),
            Panel(
                "Resources that are not well",
                "Breakers that are open, or that are being tried.",
                (
                    (
                        'count(max by (resource) (rulesflow_resource_state{instance=~"$instance", '
                        'state!="closed"}) == 1) or vector(0)',
                        "not well",
                    ),
                ),
                width=4,
                kind="stat",
                red_from=1,
            ),
        ),
    ),
    (
        "Decisions",
        (
            Panel(
                "Decisions a second",
                "Asked for over REST, by decision.",
                ((rate("rulesflow_decisions_total", "decision"), "{{decision}}"),),
                unit="reqps",
            ),
            Panel(
                "Latency",
                "From a request's last byte to its reply's first.",
                (
                    (quantile(0.5, "rulesflow_decision_duration_seconds"), "p50"),
                    (quantile(0.95, "rulesflow_decision_duration_seconds"), "p95"),
                    (quantile(0.99, "rulesflow_decision_duration_seconds"), "p99"),
                ),
                unit="s",
            ),
            Panel(
                "Decisions that were not taken",
                "By the problem that callers were told.",
                (
                    (
                        rate("rulesflow_decisions_total", "outcome", where=', outcome!="decided"'),
                        "{{outcome}}",
                    ),
                ),
                unit="reqps",
            ),
        ),
    ),
    (
        "Runs",
        (
            Panel(
                "Runs by status",
                "How many a second start, and come to another status.",
                ((rate("rulesflow_run_changes_total", "status"), "{{status}}"),),
                unit="ops",
            ),
            Panel(
                "Runs by workflow",
                "How many a second start.",
                (
                    (
                        rate("rulesflow_run_changes_total", "workflow", where=', status="started"'),
                        "{{workflow}}",
                    ),
                ),
                unit="ops",
            ),
            Panel(
                "Backlog",
                "Runs with something to do, runs that rest, and the backlog.",
                (
                    (gauge("rulesflow_runs_live", "sum"), "live"),
                    (gauge("rulesflow_runs_dormant", "max"), "resting"),
                    (gauge("rulesflow_backlog", "sum"), "backlog"),
                ),
            ),
        ),
    ),
    (
        "Steps",
        (
            Panel(
                "Run time, p95",
                "Of the calls themselves.",
                ((quantile(0.95, "rulesflow_step_run_duration_seconds", "step"), "{{step}}"),),
                unit="s",
            ),
            Panel(
                "Queue time, p95",
                "From when a step is to be called until it is.",
                ((quantile(0.95, "rulesflow_step_queue_duration_seconds", "step"), "{{step}}"),),
                unit="s",
            ),
            Panel(
                "Calls that fail",
                "As a share of all calls, by resource.",
                (
                    (
                        f"{rate('rulesflow_resource_calls_total', 'resource', where=_FAILED)}"
                        f" / {rate('rulesflow_resource_calls_total', 'resource')}",
                        "{{resource}}",
                    ),
                ),
                unit="percentunit",
            ),
        ),
    ),
    (
        "Resources",
        (
            Panel(
                "State",
                "Of the breakers: which are not closed.",
                (
                    (
                        'max by (resource, state) (rulesflow_resource_state{instance=~"$instance"}) == 1',
                        "{{resource}} {{state}}",
                    ),
                ),
            ),
            Panel(
                "Parked",
                "Steps that rest until their resource is well.",
                ((gauge("rulesflow_resource_parked", "max", "resource"), "{{resource}}"),),
                stacked=True,
            ),
            Panel(
                "Drain",
                "Parked steps a second that go on.",
                ((gauge("rulesflow_resource_drain_per_second", "max", "resource"), "{{resource}}"),),
                unit="ops",
            ),
        ),
    ),
    (
        "Events",
        (
            Panel(
                "Events a second",
                "That came, by what became of them.",
                ((rate("rulesflow_events_total", "outcome"), "{{outcome}}"),),
                unit="ops",
            ),
            Panel(
                "Matches a second",
                "Of patterns, by the status that they came to.",
                ((rate("rulesflow_event_matches_total", "pattern", "status"), "{{pattern}} {{status}}"),),
                unit="ops",
            ),
            Panel(
                "Events that wait",
                "For patterns to look at them; and attempts that failed.",
                (
                    (gauge("rulesflow_events_waiting", "max"), "waiting"),
                    (rate("rulesflow_event_failures_total", "pattern"), "{{pattern}} fails a second"),
                ),
            ),
        ),
    ),
    (
        "Processes",
        (
            Panel(
                "Processor",
                "Cores that each process takes.",
                ((rate("process_cpu_seconds_total", "instance"), "{{instance}}"),),
                width=12,
            ),
            Panel(
                "Memory",
                "That each process holds.",
                ((gauge("process_resident_memory_bytes", "sum", "instance"), "{{instance}}"),),
                unit="bytes",
                width=12,
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana imports it."""
    return {
        "__requires": [
            {"type": "grafana", "id": "grafana", "name": "Grafana", "version": "10.0.0"},
            {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
        ],
        "uid": "rulesflow",
        "title": "rulesflow",
        "description": "Decisions, runs, steps, resources, rules and events of a rulesflow service.",
        "tags": ["rulesflow"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "",
        "annotations": {"list": [_activations()]},
        "templating": {"list": [*_variables()]},
        "panels": [*_panels()],
    }


def _activations() -> dict[str, Any]:
    """A line wherever other rules took charge."""
    return {
        "name": "rules activated",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": f"changes(rulesflow_rules_activated_timestamp_seconds{_CHOSEN}[1m]) > 0",
        "step": "60s",
        "titleFormat": "other rules",
    }


def _variables() -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    query = "label_values(rulesflow_rules_ready, instance)"
    yield {
        "name": "instance",
        "label": "Process",
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "instances"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for title, panels in ROWS:
        number += 1
        place = {"x": 0, "y": top, "w": _WIDTH, "h": 1}
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }
        height = _HEIGHT // 2 if panels[0].kind == "stat" else _HEIGHT
        left = 0
        for panel in panels:
            number += 1
            place = {"x": left, "y": top + 1, "w": panel.width, "h": height}
            yield _panel(panel, number, place)
            left += panel.width
        top += 1 + height


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": {"stacking": {"mode": "normal" if panel.stacked else "none"}, "showPoints": "never"},
    }
    if panel.kind == "stat":
        del defaults["custom"]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _OPTIONS[panel.kind],
        "targets": [*_targets(panel.queries)],
    }


def _targets(queries: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for letter, (expression, legend) in zip("ABCDEF", queries, strict=False):
        yield {
            "refId": letter,
            "datasource": _SOURCE,
            "expr": expression,
            "legendFormat": legend,
            "range": True,
        }


_OPTIONS: dict[str, dict[str, Any]] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "area",
    },
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
}


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    OUT.write_text(text())
