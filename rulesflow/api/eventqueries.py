"""Which events, and which matches, the query string of a caller means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from rulesflow.api.runqueries import gathered, page_of, read_pairs, refused_query
from rulesflow.model.errors import FactsRefused
from rulesflow.runtime.eventquery import EventQuery, MatchQuery

_Query = TypeVar("_Query", EventQuery, MatchQuery)


def read_event_query(query: bytes) -> EventQuery:
    """A page of events. Raises `FactsRefused`."""
    return _read(query, EventQuery.of)


def read_match_query(query: bytes) -> MatchQuery:
    """A page of matches. Raises `FactsRefused`."""
    return _read(query, MatchQuery.of)


def _read(text: bytes, of: Callable[[Mapping[str, str]], _Query]) -> _Query:
    given, faults = gathered(read_pairs(text))
    page = page_of(given, faults)
    try:
        query = of(given)
    except FactsRefused as error:
        faults.extend(error.faults)
        raise refused_query(faults) from None
    if faults:
        raise refused_query(faults)
    return replace(query, **page)
