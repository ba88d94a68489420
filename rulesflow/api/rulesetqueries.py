"""Which ruleset a caller means who wants another than the one that is active."""

from __future__ import annotations

from rulesflow.api.runqueries import read_pairs, refused_query
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, pointer

_RULESET = "ruleset"
_SHOWN = 80  # characters of a caller's text that a message repeats


def read_ruleset(query: bytes) -> str | None:
    """``ruleset=…`` of a query string; None where it has none. Raises `FactsRefused`."""
    named: str | None = None
    faults = []
    for name, value in read_pairs(query):
        at, shown = pointer(name[:_SHOWN]), name[:_SHOWN]
        if name != _RULESET:
            hint = did_you_mean(shown, (_RULESET,)) or "known is ruleset"
            faults.append(Fault(at, "unknown-key", f"there is no {shown!r} here", hint))
        elif named is not None:
            faults.append(Fault(at, "duplicate-key", f"{shown} stands twice", "give one value"))
        named = value if name == _RULESET else named
    if faults:
        raise refused_query(faults)
    return named
