"""``rulesflow eval``: expressions at the prompt, or in batches."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from rulesflow.cli.arguments import (
    AtOption,
    FactsOption,
    JsonOption,
    RulesOption,
    read_facts,
    read_moment,
    reason,
)
from rulesflow.cli.batch import answers, evaluated
from rulesflow.cli.console import fail, point_out, show_json
from rulesflow.cli.evaluator import Evaluator, problems_of
from rulesflow.cli.project import local_settings, working_ruleset
from rulesflow.conditions import ConditionError, EvaluationError
from rulesflow.documents.jsontext import Json
from rulesflow.documents.nodes import span_of
from rulesflow.model.diagnostics import Diagnostic
from rulesflow.rules import COST_LIMIT
from rulesflow.runtime.catalog import now

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


# An expression may begin with a minus, so what looks like an unknown option is taken for one.
@app.command("eval", context_settings={"ignore_unknown_options": True})
def evaluate(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPRESSION",
            help="The expression; with --batch a file of them instead, by default standard input.",
            show_default=False,
        ),
    ] = None,
    facts: FactsOption = None,
    at: AtOption = None,
    rules: RulesOption = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Answer lines of JSON, each with an expression and its facts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Evaluate a condition or any other expression.

    The language is that of conditions in rules. Without `--rules` the facts may be anything, types are found
    out on the way, and `at` is known only if it is given; with it, names and types are those of the
    project's facts. The value is printed as JSON. Exits with 1 if the expression is wrong or fails.

    With `--batch`, each line holds an `expr` and, if it needs them, `facts`; it is answered by a line with a
    `value`, or an `error` with code, message, line and column in the expression. A wrong line stops nothing.

    Examples:

        rulesflow eval '0.1 + 0.2 == 0.3'
        rulesflow eval 'order.total > 100 && customer.type == "vip"' --facts order.json --rules rules
        echo '{"expr": "a + 1", "facts": {"a": 2}}' | rulesflow eval --batch
    """
    evaluator = _evaluator(rules, at)
    if batch:
        _batch(text, evaluator, None if facts is None else read_facts(facts))
        return
    if text is None:
        raise typer.BadParameter("give an expression, or --batch", param_hint="'EXPRESSION'")
    _evaluate(_encodable(text), evaluator, None if facts is None else read_facts(facts), as_json)


def _evaluator(rules: Path | None, at: str | None) -> Evaluator:
    if rules is None:
        return Evaluator(None, read_moment(at, UTC), COST_LIMIT)
    settings = local_settings(rules)
    ruleset = working_ruleset(settings.rules)
    return Evaluator(ruleset, read_moment(at, ruleset.zone) or now(), settings.cost_limit)


def _evaluate(expression: str, evaluator: Evaluator, facts: Json, as_json: bool) -> None:
    if as_json:
        answer = evaluated(evaluator, expression, facts)
        show_json(answer)
        raise typer.Exit(int("error" in answer))
    try:
        value = evaluator.value(expression, facts)
    except (ConditionError, EvaluationError) as error:
        _point_out(expression, error)
        raise typer.Exit(1) from None
    show_json(value)


def _point_out(expression: str, error: ConditionError | EvaluationError) -> None:
    """The problems, each with a mark under its place in the expression."""
    name = "expression"
    found = [
        Diagnostic(each.code, each.message, span_of(name, expression, each.start, each.end), each.hint)
        for each in problems_of(error)
    ]
    point_out(found, {name: expression.encode()})


def _encodable(text: str) -> str:
    if not text.isascii() and text != text.encode(errors="replace").decode():
        raise typer.BadParameter("the expression is not UTF-8", param_hint="'EXPRESSION'")
    return text


def _batch(source: str | None, evaluator: Evaluator, facts: Json) -> None:
    """Answer each line at once, so that a program may wait for an answer before it asks on."""
    output = sys.stdout.buffer
    with _lines(source) as lines:
        for answer in answers(lines, evaluator, facts):
            output.write(answer)
            output.flush()


def _lines(source: str | None) -> AbstractContextManager[BinaryIO]:
    if source is None or source == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except (OSError, ValueError) as error:
        fail(f"cannot read {source}: {reason(error)}")
