"""Lengths of time in files of workflows and patterns: ``10s``, ``1h30m``, ``2d``."""

from __future__ import annotations

from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.times import SECOND, Duration, TimeRefused, parse_duration

_HINT = "a number and a unit: 500ms, 10s, 5m, 24h, 2d"


def read_period(node: Node, what: str, findings: Findings, *, some: bool = False) -> Duration | None:
    """A length of time that is not negative; None and an error (RF716) where it is none.

    ``some``: it must be more than nothing.
    """
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        message = f"{what} is a length of time, not {describe(node)}"
        findings.error("RF716", message, node.span, _HINT)
        return None
    try:
        period = parse_duration(node.value)
    except TimeRefused:
        findings.error("RF716", f"{what}: {node.text[:40]!r} is no length of time", node.span, _HINT)
        return None
    if period < 0:
        findings.error("RF716", f"{what} is negative: {node.text}", node.span, _HINT)
        return None
    if some and not period:
        findings.error("RF716", f"{what} must be more than nothing", node.span, _HINT)
        return None
    return period


def read_seconds(node: Node, what: str, findings: Findings, *, some: bool = False) -> float | None:
    """The same in seconds."""
    period = read_period(node, what, findings, some=some)
    return None if period is None else int(period) / SECOND
