"""The file of alerts: what is shipped, what a project changes of it, and its schema for editors."""

from __future__ import annotations

from typing import Any

import jsonschema
import yaml

from rulesflow.documents.shape import Findings
from rulesflow.watch.alerteditors import alerts_schema
from rulesflow.watch.alertfacts import facts_of
from rulesflow.watch.alertfile import load_alerts, shipped_alerts
from rulesflow.watch.alertrule import AlertRule
from rulesflow.watch.measures import Measured, ResourceMeasures, ServiceMeasures

_TEXT = """
alerts:
  backlog: {when: backlog > 50, say: "${ backlog } runs", severity: info}
  slow-step: {enabled: false}
  own: {title: Own, of: step, when: 'has(run) && run.p95 > 2.5', say: "p95 ${ run.p95 } s"}
"""


def _load(text: str) -> dict[str, AlertRule]:
    findings = Findings()
    rules = load_alerts(text.encode(), findings)
    assert not findings.items
    return dict(rules)


def test_without_a_file_there_is_what_is_shipped() -> None:
    rules = load_alerts(None, Findings())
    assert rules == shipped_alerts()
    assert {each.source for each in rules.values()} == {"shipped"}
    assert all(each.enabled and each.hold > 0 and each.clear_hold > 0 for each in rules.values())


def test_an_entry_of_a_shipped_name_replaces_the_members_that_it_gives() -> None:
    rules, shipped = _load(_TEXT), shipped_alerts()
    assert not rules["slow-step"].enabled
    backlog = rules["backlog"]
    assert (backlog.when_text, backlog.severity, backlog.source) == ("backlog > 50", "info", "project")
    assert (backlog.title, backlog.hold) == (shipped["backlog"].title, shipped["backlog"].hold)
    assert backlog.clear is None, "the shipped one closes by another condition than the new one opens by"
    assert (backlog.span.file, backlog.span.line) == ("alerts.yaml", 3)


def test_conditions_and_texts_read_exact_facts() -> None:
    rule = _load(_TEXT)["backlog"]
    measured = Measured(0, 60.0, (), (), ServiceMeasures(backlog=51, drain_rate=0.1 + 0.2))
    ((subject, facts),) = facts_of(measured, "service")
    assert (subject, str(facts["drain_rate"])) == ("service", "0.3")
    assert rule.when(facts) is True
    assert rule.say(facts) == "51 runs"


def test_the_schema_for_editors_takes_what_the_loader_takes() -> None:
    schema: Any = alerts_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(_TEXT), schema)
    refused = [{"alerts": {"own": {"title": "Own"}}}, {"alerts": {"backlog": {"whn": "x"}}}, {}]
    assert not any(jsonschema.Draft202012Validator(schema).is_valid(each) for each in refused)


def _hints(text: str) -> list[tuple[str, str | None]]:
    findings = Findings()
    load_alerts(text.encode(), findings)
    return [(each.code, each.hint) for each in findings.items]


def test_a_slip_in_a_shipped_name_is_told() -> None:
    assert {*_hints("alerts: {slow-stepp: {enabled: false}}")} == {("RF103", "did you mean slow-step?")}


def test_an_alert_cannot_close_by_what_it_opens_by() -> None:
    ((code, _),) = _hints("alerts: {backlog: {when: backlog > 5, clear: backlog > 5, say: x}}")
    assert code == "RF866"


def test_a_resource_that_a_person_holds_back_is_told_only_if_steps_wait_for_it() -> None:
    rules = shipped_alerts()

    def raised(**more: Any) -> list[str]:
        resource = ResourceMeasures(resource="payment", window=60.0, state="open", **more)
        measured = Measured(0, 60.0, (), (resource,), ServiceMeasures())
        ((_, facts),) = facts_of(measured, "resource")
        return [rule.name for rule in rules.values() if rule.of == "resource" and rule.when(facts) is True]

    assert raised() == ["resource-open"]
    assert raised(forced=True) == []
    assert raised(forced=True, parked=3) == ["resource-held"]
