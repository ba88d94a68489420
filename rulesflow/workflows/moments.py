"""Moments in workflow files: a timestamp that is written, or computed."""

from __future__ import annotations

from rulesflow.conditions.types import TIMESTAMP
from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.times import TimeRefused, parse_timestamp
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions, constant
from rulesflow.values.fitting import misfit
from rulesflow.values.parts import read_value


def read_moment(node: Node, what: str, expressions: Expressions, findings: Findings) -> Expression | None:
    """A timestamp, computed or written; one without an offset is local to the project's time zone."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and "${" not in node.value:
        try:
            return constant(parse_timestamp(node.value, expressions.scope.zone))
        except TimeRefused as refused:
            findings.error("RF716", f"{what}: {refused}", node.span)
            return None
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.error("RF716", f"{what} is a timestamp, not {describe(node)}", node.span)
        return None
    part = read_value(node, expressions)
    found = misfit(part.type, TIMESTAMP, f"'{what}'")
    if found is not None:
        findings.error("RF719", found.message, part.span, found.hint)
        return None
    return part.expression
