"""Which ruleset a caller means who wants another than the one that is active."""

from __future__ import annotations

from rulesflow.api.runqueries import once, read_pairs, refused_query


def read_ruleset(query: bytes) -> str | None:
    """``ruleset=…`` of a query string; None where it has none. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("ruleset",))
    if faults:
        raise refused_query(faults)
    return given.get("ruleset")
