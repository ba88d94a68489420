"""What a shop that really runs tells Prometheus, read by its own parsers and held against its conventions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from math import inf

import pytest
from busyshop import OPENMETRICS, families, scraped
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from serving import ROOT
from shopfront import Shop

GRAFANA = ROOT / "deploy" / "grafana"
#: Of these there may be nothing to tell: failures, and matches where the engine of patterns is not installed.
_SILENT = {"rulesflow_event_failures_total", "rulesflow_event_matches_total"}
#: Units that are no base units, and abbreviations of those that are.
_NO_UNITS = {
    "ms",
    "us",
    "ns",
    "sec",
    "secs",
    "milliseconds",
    "microseconds",
    "minutes",
    "hours",
    "kb",
    "mb",
    "percent",
}
_ENDINGS = ("_total", "_count", "_sum", "_bucket", "_info", "_created")
_KINDS = {"gauge", "counter", "histogram", "summary", "metric"}


@pytest.mark.parametrize(("accept", "read"), [("text/plain", read_text), (OPENMETRICS, read_openmetrics)])
def test_prometheus_reads_every_family_with_its_help_and_type(
    busy: Shop, accept: str, read: Callable[[str], list[Metric]]
) -> None:
    text = scraped(busy, accept)
    for family in read(text):
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram", "info"), family.name
    named = re.findall(r"^(?:# (?:HELP|TYPE) )?([a-z_]+)", text, re.MULTILINE)
    assert named
    helps, types = (Counter(re.findall(rf"^# {word} (\S+)", text, re.MULTILINE)) for word in ("HELP", "TYPE"))
    assert helps == types
    assert set(helps.values()) == {1}


def test_names_keep_to_the_conventions_of_prometheus(busy: Shop) -> None:
    for family in families(busy).values():
        name = family.name
        assert re.fullmatch(r"(rulesflow|process)(_[a-z0-9]+)+", name), name
        assert not _NO_UNITS & set(name.split("_")), name
        assert not _KINDS & set(name.split("_")), name
        assert not name.endswith(_ENDINGS), name
        for sample in family.samples:
            ends = {"counter": ("_total", "_created"), "info": ("_info",)}.get(family.type, ("",))
            if family.type != "histogram":
                assert sample.name in [name + end for end in ends], sample.name
            if family.type == "info":
                assert sample.value == 1
        if family.type == "histogram":
            assert name.endswith("_duration_seconds") or name.endswith(("_seconds", "_bytes")), name
        if "timestamp" in name:
            assert name.endswith("_timestamp_seconds")


def test_histograms_are_cumulative_and_end_with_all(busy: Shop) -> None:
    found = 0
    for family in families(busy).values():
        if family.type != "histogram":
            continue
        found += 1
        buckets: dict[object, list[tuple[float, float]]] = defaultdict(list)
        counts = {}
        for sample in family.samples:
            labels = frozenset((k, v) for k, v in sample.labels.items() if k != "le")
            if sample.name == f"{family.name}_bucket":
                buckets[labels].append((float(sample.labels["le"]), sample.value))
            elif sample.name == f"{family.name}_count":
                counts[labels] = sample.value
        assert buckets.keys() == counts.keys()
        for labels, steps in buckets.items():
            assert steps == sorted(steps)
            assert [value for _, value in steps] == sorted(value for _, value in steps)
            assert steps[-1] == (inf, counts[labels])
    assert found >= 1


def test_labels_hold_what_a_project_declares_and_nothing_that_callers_make_up(busy: Shop) -> None:
    def shown(what: str, name: str = "name") -> set[str]:
        return {each[name] for each in busy.client.get(f"/v1/{what}").json()[what]}

    declared = {
        "decision": {*shown("decisions", "decision"), "-"},
        "workflow": shown("workflows"),
        "resource": shown("resources"),
    }
    seen = defaultdict(set)
    for family in families(busy).values():
        for sample in family.samples:
            for label, value in sample.labels.items():
                assert re.fullmatch(r"[a-z]+(_[a-z]+)*", label), label
                seen[label].add(value)
    for label, values in declared.items():
        assert seen[label] <= values, label
    assert seen["decision"] >= {"shipping", "discount", "-"}
    assert "made-up" not in scraped(busy)


def test_runs_are_counted_once_for_each_status_that_they_come_to(busy: Shop) -> None:
    counted = {
        (sample.labels["workflow"], sample.labels["status"]): sample.value
        for sample in families(busy)["rulesflow_run_changes"].samples
        if sample.name.endswith("_total")
    }
    runs = busy.client.get("/v1/runs/count", params={"workflow": "order"}).json()
    assert counted["order", "started"] == runs["count"]
    for status in ("completed", "failed", "parked"):
        assert counted.get(("order", status), 0) == runs["by_status"].get(status, 0), status


def test_the_dashboard_is_what_its_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import build; print(build.text(), end='')"],
        check=True,
        cwd=GRAFANA,
        capture_output=True,
        text=True,
    )
    assert (GRAFANA / "rulesflow.json").read_text() == done.stdout


def test_the_panels_of_the_dashboard_lie_side_by_side() -> None:
    panels = json.loads((GRAFANA / "rulesflow.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


def test_the_dashboard_asks_only_for_metrics_and_labels_that_a_service_tells(busy: Shop) -> None:
    told: dict[str, set[str]] = {}
    for family in families(busy).values():
        total = {f"{family.name}_total"} if family.type == "counter" else {family.name}
        for name in total:
            told.setdefault(name, set())
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    asked = 0
    for expression in _expressions():
        names = set(re.findall(r"\b(?:rulesflow|process)_[a-z0-9_]+", expression))
        labels = set(re.findall(r'\b([a-z]+)\s*(?:=~|!~|!=|=)\s*"', expression))
        for group in re.findall(r"\bby \(([^)]*)\)", expression):
            labels |= {label.strip() for label in group.split(",")}
        for name in names:
            asked += 1
            assert name in told, f"{name} in {expression}"
            known = told[name]
            if known or name not in _SILENT:
                assert labels - {"instance"} <= known, f"{labels} of {name} in {expression}"
    assert asked > 20


def _expressions() -> Iterator[str]:
    """Every query of the dashboard."""
    dashboard = json.loads((GRAFANA / "rulesflow.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"].removeprefix("label_values(").removesuffix(", instance)")
