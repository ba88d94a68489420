"""``rulesflow schema``: JSON Schemas for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rulesflow.cli.arguments import RulesOption
from rulesflow.cli.console import fail, pretty, show
from rulesflow.cli.project import local_settings, working_project
from rulesflow.documents.jsontext import write_json
from rulesflow.patterns.editors import events_schema, pattern_cases_schema, pattern_schema
from rulesflow.rules.editors import DIALECT, JsonSchema, cases_schema, decision_schema, facts_schema
from rulesflow.rules.project import PROJECT_FILE
from rulesflow.runtime.project import LoadedProject, around_of
from rulesflow.watch.alerteditors import alerts_schema
from rulesflow.workflows.editors import workflow_cases_schema, workflow_schema

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class Subject(StrEnum):
    """What a schema describes."""

    FACTS = "facts"
    DECISION = "decision"
    WORKFLOW = "workflow"
    EVENTS = "events"
    PATTERN = "pattern"
    ALERTS = "alerts"
    CASES = "cases"


@app.command()
def schema(
    subject: Annotated[
        Subject,
        typer.Argument(
            help="What a request carries; the file of a decision, workflow, events, pattern, alerts or cases."
        ),
    ],
    rules: RulesOption = None,
) -> None:
    """Print a JSON Schema, by which an editor checks and completes files.

    With a project it knows your facts, decisions, workflows, plugins and types of events; print it anew when
    these change.
    Editors take it by a setting (`yaml.schemas` in VS Code), or by a first line in the file:
    `# yaml-language-server: $schema=decision.schema.json`

    Examples:

        rulesflow schema decision > decision.schema.json
        rulesflow schema facts --rules shop/rules
    """
    project = _project(rules)
    show(pretty(write_json(_schema(subject, project))))


def _project(rules: Path | None) -> LoadedProject | None:
    """The project that is meant; None where there is none and none was named."""
    root = local_settings(rules).rules
    return working_project(root) if rules or (root / PROJECT_FILE).exists() else None


def _schema(subject: Subject, project: LoadedProject | None) -> JsonSchema:
    ruleset = project.ruleset if project else None
    workflows = project.workflows if project else {}
    if subject is Subject.DECISION:
        return decision_schema(ruleset)
    if subject is Subject.WORKFLOW:
        return workflow_schema(project.surroundings if project else None, workflows)
    types = project.events if project else {}
    if subject is Subject.ALERTS:
        return alerts_schema()
    if subject is Subject.EVENTS:
        return events_schema()
    if subject is Subject.PATTERN:
        given = project.surroundings if project else None
        return pattern_schema(around_of(given, workflows) if given else None, types)
    if subject is Subject.CASES:
        of_pattern = pattern_cases_schema(project.patterns if project else (), types)
        return _cases(cases_schema(ruleset), workflow_cases_schema(workflows), of_pattern)
    if ruleset is None:
        fail("there is no project here, and facts are a project's own", "name its folder with --rules DIR")
    return facts_schema(ruleset.facts)


def _cases(of_decision: JsonSchema, of_workflow: JsonSchema, of_pattern: JsonSchema) -> JsonSchema:
    """One schema for all kinds of files; what is referred to stays at its root."""
    shared = {"$schema": DIALECT, "title": "Cases of a decision, a workflow or a pattern"}
    definitions = {"$defs": of_decision["$defs"]} if "$defs" in of_decision else {}
    decision, workflow, pattern = (
        {key: value for key, value in each.items() if key not in ("$schema", "$defs")}
        for each in (of_decision, of_workflow, of_pattern)
    )
    rest = {"if": {"required": ["pattern"]}, "then": pattern, "else": decision}
    return {**shared, "if": {"required": ["workflow"]}, "then": workflow, "else": rest, **definitions}
