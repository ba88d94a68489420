"""Which alerts a caller means: a query string."""

from __future__ import annotations

from dataclasses import dataclass

from rulesflow.api.runqueries import read_pairs, refused_query
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, pointer
from rulesflow.runtime.alerts import LIMIT, STATUSES

_KNOWN = ("status", "limit", "cursor")
_MOST = 1000
_SHOWN = 80  # characters of a caller's text that a message repeats


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """A page of alerts: of a ``status``, at most ``limit`` of them, behind the ``cursor``."""

    status: str = "open"
    limit: int = LIMIT
    cursor: str | None = None


def read_alert_query(query: bytes) -> AlertQuery:
    """The page that a query string means. Raises `FactsRefused`."""
    given: dict[str, str] = {}
    faults = []
    for name, value in read_pairs(query):
        at, shown = pointer(name[:_SHOWN]), name[:_SHOWN]
        if name not in _KNOWN:
            hint = did_you_mean(shown, _KNOWN) or f"known are {', '.join(_KNOWN)}"
            faults.append(Fault(at, "unknown-key", f"there is no {shown!r} here", hint))
        elif name in given:
            faults.append(Fault(at, "duplicate-key", f"{shown} stands twice", "give one value"))
        given[name] = value
    status, limit = given.get("status", "open"), given.get("limit", str(LIMIT))
    if status not in STATUSES:
        hint = did_you_mean(status[:_SHOWN], STATUSES) or f"known are {', '.join(STATUSES)}"
        faults.append(Fault("/status", "enum", f"there is no status {status[:_SHOWN]!r}", hint))
    if not (limit.isascii() and limit.isdecimal() and len(limit) <= 4 and 1 <= int(limit) <= _MOST):
        faults.append(Fault("/limit", "range", f"limit is a number from 1 to {_MOST}"))
    if faults:
        raise refused_query(faults)
    return AlertQuery(status, int(limit), given.get("cursor"))
