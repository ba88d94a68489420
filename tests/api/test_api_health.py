from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from serving import Server


def metrics(server: Server) -> dict[tuple[str, ...], float]:
    """Each sample by its name and label values."""
    families = text_string_to_metric_families(server.get("/metrics").text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_decisions_are_counted_by_outcome(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    server.decide("fee", {})
    server.decide("fee", {"total": "1"})
    server.post("/v1/decisions/fee", content="{")
    server.post("/v1/decisions/fee/batch", content='[{"facts": {}}, {"facts": {}}, 1]')
    counted = metrics(server)
    assert counted["rulesflow_decisions_total", "fee", "decided"] == 3
    assert counted["rulesflow_decisions_total", "fee", "facts-refused"] == 2
    assert counted["rulesflow_decisions_total", "fee", "json-refused"] == 1
    assert counted["rulesflow_decision_duration_seconds_count", "fee"] == 6
    assert counted["rulesflow_decision_duration_seconds_sum", "fee"] > 0


def test_callers_cannot_make_up_labels(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    for name in ("a", "b", "c"):
        server.decide(name, {})
    counted = metrics(server)
    assert counted["rulesflow_decisions_total", "-", "unknown-decision"] == 3
    assert {labels[1] for labels in counted if labels[0] == "rulesflow_decisions_total"} == {"-"}


def test_the_state_of_the_rules_is_measured(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    status = server.status()
    measured = metrics(server)
    assert measured["rulesflow_rules_loads_total", "activated"] == 1
    assert measured["rulesflow_rules_error",] == 0
    assert measured["rulesflow_rules_ready",] == 1
    assert ("rulesflow_ruleset_info", status["digest"], "small") in measured
    (project / "base" / "fee.yaml").write_text("decision: fee\n")
    server.post("/v1/ruleset/reload")
    measured = metrics(server)
    assert measured["rulesflow_rules_loads_total", "refused"] >= 1
    assert measured["rulesflow_rules_error",] == 1
    assert (
        measured["rulesflow_rules_last_load_timestamp_seconds",]
        > measured["rulesflow_rules_activated_timestamp_seconds",]
    )


def test_openmetrics_is_given_to_who_asks(serve: Any, project: Path) -> None:
    server = serve(rules=project)
    plain = server.get("/metrics")
    modern = server.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")


def test_two_applications_count_apart(serve: Any, project: Path) -> None:
    one, other = serve(rules=project), serve(rules=project)
    one.decide("fee", {})
    assert ("rulesflow_decisions_total", "fee", "decided") not in metrics(other)
