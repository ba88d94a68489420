"""A batch of expressions: NDJSON in, NDJSON out, one answer for each line that is not blank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rulesflow.cli.evaluator import Evaluator, problems_of
from rulesflow.conditions import ConditionError, EvaluationError
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.documents.nodes import span_of
from rulesflow.model.errors import FactsRefused, Fault, RequestRefused

_SHAPE = 'a line is {"expr": "…", "facts": {…}}'


def answers(lines: Iterable[bytes], evaluator: Evaluator, facts: Json) -> Iterator[bytes]:
    """``{"value": …}`` or ``{"error": …}`` for each line, in order, each with its line end.

    ``facts``: for the lines that bring none.
    """
    for line in lines:
        if line.strip():
            yield write_json(_answer(line, evaluator, facts)) + b"\n"


def _answer(line: bytes, evaluator: Evaluator, facts: Json) -> dict[str, Any]:
    try:
        body = read_json(line.rstrip(b"\r\n"))
        expression = _expression(body)
    except RequestRefused as refused:
        return refusal(refused)
    return evaluated(evaluator, expression, body.get("facts", facts))


def _expression(body: Json) -> str:
    if not isinstance(body, dict):
        raise _refused("", "type", "this is no object")
    if "expr" not in body:
        raise _refused("/expr", "required", "there is no expr")
    if not isinstance(body["expr"], str):
        raise _refused("/expr", "type", "expr must be a string")
    if not isinstance(body.get("facts", {}), dict):
        raise _refused("/facts", "type", "facts must be an object")
    expression: str = body["expr"]
    return expression


def _refused(pointer: str, code: str, message: str) -> FactsRefused:
    return FactsRefused(_SHAPE, (Fault(pointer, code, message, _SHAPE),))


def evaluated(evaluator: Evaluator, expression: str, facts: Json) -> dict[str, Any]:
    """``{"value": …}`` or ``{"error": {code, message, line, column}}``; the place is in the expression."""
    try:
        return {"value": evaluator.value(expression, facts)}
    except (ConditionError, EvaluationError) as error:
        first = problems_of(error)[0]
        place = span_of("", expression, first.start, first.end)
        return _error(first.code, first.message, first.hint, place.line, place.column)
    except FactsRefused as refused:
        return refusal(refused)


def refusal(refused: RequestRefused) -> dict[str, Any]:
    """The error for what is no expression, or no facts for one: it has no place in the expression."""
    fault = refused.faults[0] if refused.faults else Fault("", "refused", refused.detail)
    where = f"{fault.pointer}: " if fault.pointer else ""
    return _error(fault.code, where + fault.message, fault.hint)


def _error(
    code: str, message: str, hint: str | None, line: int | None = None, column: int | None = None
) -> dict[str, Any]:
    shown = f"{message}; {hint}" if hint else message
    return {"error": {"code": code, "message": shown, "line": line, "column": column}}
