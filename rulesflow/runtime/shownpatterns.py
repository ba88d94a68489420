"""Patterns as callers see them."""

from __future__ import annotations

from typing import Any

from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.followup import FollowUp, SendSignal, StartRun, Where


def shown_pattern(pattern: EventPattern, failing: str | None) -> dict[str, Any]:
    """What a reply tells of a pattern. ``failing``: why it fails again and again; None while it does not."""
    compiled = pattern.compiled.pattern
    return {
        "name": pattern.name,
        "title": pattern.title,
        "by": ".".join(compiled.by),
        "within": compiled.within,
        "types": sorted(pattern.types),
        "then": _then(pattern.then),
        "because": pattern.because,
        "file": pattern.span.file,
        "line": pattern.span.line,
        "failing": failing,
    }


def _then(then: FollowUp) -> dict[str, Any]:
    """What follows a match, without the values that are worked out of it."""
    if isinstance(then, SendSignal):
        return {"signal": then.signal, "where": _paths(then.where)}
    if isinstance(then, StartRun):
        return {"start": then.workflow}
    return {"fact": ".".join(then.fact), "where": _paths(then.where), "for": then.lasts}


def _paths(where: Where) -> list[str]:
    return [".".join(path) for path, _ in where]
