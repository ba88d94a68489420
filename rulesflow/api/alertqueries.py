"""Which alerts a caller means: a query string."""

from __future__ import annotations

from dataclasses import dataclass

from rulesflow.api.runqueries import once, read_pairs, refused_query, whole
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault
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
    given, faults = once(read_pairs(query), _KNOWN)
    status, limit = given.get("status", "open"), whole(given, "limit", LIMIT, 1, _MOST, faults)
    if status not in STATUSES:
        hint = did_you_mean(status[:_SHOWN], STATUSES) or f"known are {', '.join(STATUSES)}"
        faults.append(Fault("/status", "enum", f"there is no status {status[:_SHOWN]!r}", hint))
    if faults:
        raise refused_query(faults)
    return AlertQuery(status, limit, given.get("cursor"))
