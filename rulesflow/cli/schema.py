"""``rulesflow schema``: JSON Schemas for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rulesflow.cli.arguments import RulesOption
from rulesflow.cli.console import fail, pretty, show
from rulesflow.cli.project import local_settings, working_ruleset
from rulesflow.documents.jsontext import write_json
from rulesflow.rules import Ruleset
from rulesflow.rules.editors import JsonSchema, cases_schema, decision_schema, facts_schema
from rulesflow.rules.project import PROJECT_FILE

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class Subject(StrEnum):
    """What a schema describes."""

    FACTS = "facts"
    DECISION = "decision"
    CASES = "cases"


@app.command()
def schema(
    subject: Annotated[
        Subject, typer.Argument(help="What a request carries, a decision's file, or a file of cases.")
    ],
    rules: RulesOption = None,
) -> None:
    """Print a JSON Schema, by which an editor checks and completes files.

    With a project it knows your facts, decisions and answers; print it anew when these change. Editors take
    it by a setting (`yaml.schemas` in VS Code), or by a first line in the file:
    `# yaml-language-server: $schema=decision.schema.json`

    Examples:

        rulesflow schema decision > decision.schema.json
        rulesflow schema facts --rules shop/rules
    """
    ruleset = _ruleset(rules)
    show(pretty(write_json(_schema(subject, ruleset))))


def _ruleset(rules: Path | None) -> Ruleset | None:
    """The ruleset of the project that is meant; None where there is no project and none was named."""
    root = local_settings(rules).rules
    return working_ruleset(root) if rules or (root / PROJECT_FILE).exists() else None


def _schema(subject: Subject, ruleset: Ruleset | None) -> JsonSchema:
    if subject is Subject.DECISION:
        return decision_schema(ruleset)
    if subject is Subject.CASES:
        return cases_schema(ruleset)
    if ruleset is None:
        fail("there is no project here, and facts are a project's own", "name its folder with --rules DIR")
    return facts_schema(ruleset.facts)
