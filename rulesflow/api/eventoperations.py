"""What OpenAPI says of each call about events and patterns."""

from __future__ import annotations

from typing import Any, Final

from rulesflow.api import eventexamples as examples
from rulesflow.api.eventbodies import BATCH, SINGLE
from rulesflow.api.operations import READ, WRITE, Described, described, ok
from rulesflow.api.problems import (
    DATABASE_AWAY,
    DECISIONS_ONLY,
    FACTS_REFUSED,
    JSON_REFUSED,
    NOT_READY,
    OVERLOADED,
    TOO_LARGE,
    UNKNOWN_MATCH,
    UNKNOWN_PATTERN,
)
from rulesflow.api.routing import JSON
from rulesflow.api.runoperations import path_parameter, query_parameter
from rulesflow.api.schemas import array, ref
from rulesflow.runtime.eventquery import EVENT_STATUSES, MATCH_STATUSES

_EVENTS: Final = (NOT_READY, DECISIONS_ONLY, DATABASE_AWAY)
_READ: Final = (*READ, *_EVENTS, FACTS_REFUSED)
_WRITE: Final = (*WRITE, *_EVENTS, JSON_REFUSED, TOO_LARGE, FACTS_REFUSED)
_TEXT: Final[Described] = {"type": "string"}
_MOMENT: Final[Described] = {"type": "string", "format": "date-time"}
_PATTERN: Final = query_parameter("pattern", "the pattern's name", _TEXT, "card-testing")
_PAGE: Final = [
    query_parameter(
        "limit", "how many on a page", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, 50
    ),
    query_parameter("cursor", "`next` of the page before", _TEXT, examples.CURSOR),
]


def _header(name: str, description: str, example: str) -> Described:
    return {
        "name": f"ce-{name}",
        "in": "header",
        "description": f"{description}; in binary mode only",
        "schema": _TEXT,
        "example": example,
    }


def _statuses(names: tuple[str, ...], example: str) -> Described:
    return query_parameter(
        "status",
        "one of these; may be given several times, or with commas between",
        {"type": "array", "items": {"enum": list(names)}},
        [example],
    )


def _times(when: str) -> list[Described]:
    return [
        query_parameter("since", f"{when} at this time or later", _MOMENT, "2026-11-27T00:00:00Z"),
        query_parameter("until", f"{when} before this time", _MOMENT, "2026-11-28T00:00:00Z"),
    ]


def _either() -> Described:
    examples_: dict[str, Any] = {
        "one": {"summary": "one event", "value": examples.EVENT},
        "batch": {"summary": "a batch", "value": examples.BATCH},
        "data": {"summary": "binary mode: the data alone", "value": examples.EVENT["data"]},
    }
    either = {"anyOf": [ref("CloudEvent"), array(ref("CloudEvent")), {"type": "object"}]}
    return {
        "required": True,
        "content": {
            SINGLE: {"schema": ref("CloudEvent"), "example": examples.EVENT},
            BATCH: {"schema": array(ref("CloudEvent")), "example": examples.BATCH},
            JSON: {"schema": either, "examples": examples_},
        },
    }


SEND = described(
    "send_events",
    "Send events",
    "CloudEvents 1.0 over HTTP: one event in JSON, a batch, or one in binary mode (attributes as `ce-` "
    "headers, the body is the data). A body that is no `application/cloudevents…` and comes without such "
    "headers is one event or, if an array, a batch. The data must fit what `events.yaml` says of its type. "
    "All of a batch is taken in or none; 202 says that it is stored, and patterns look at it after that. An "
    "event that came in before, by `source` and `id`, is not taken in again, so a call may be repeated.",
    ok("What became of each", "EventsTaken", examples.TAKEN),
    (*_WRITE, OVERLOADED),
    "events",
    status=202,
    parameters=[
        _header("specversion", "1.0", "1.0"),
        _header("id", "the event's id", "p-3"),
        _header("source", "where it comes from, percent-encoded", examples.SOURCE),
        _header("type", "its type", "payment.declined"),
        _header("time", "when it happened", "2026-11-27T08:04:41.5Z"),
    ],
    requestBody=_either(),
)
SEND["responses"][OVERLOADED.status]["headers"] = {
    "Retry-After": {
        "description": "seconds after which another try makes sense",
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    }
}
LIST = described(
    "list_events",
    "Events",
    "Events that came in and fit every filter, the latest first, with what patterns have made of them.",
    ok("A page of events", "EventList", examples.LIST),
    _READ,
    "events",
    parameters=[
        query_parameter("type", "the type", _TEXT, "payment.declined"),
        query_parameter("source", "the source", _TEXT, examples.SOURCE),
        query_parameter("id", "the id", _TEXT, "p-3"),
        _statuses(EVENT_STATUSES, "failed"),
        _PATTERN | {"description": "a pattern that fails on them, or that they are part of a match of"},
        *_times("happened"),
        *_PAGE,
    ],
)
RETRY = described(
    "retry_events",
    "Try again what failed",
    "Every event on which a pattern failed, and every match that could not be followed, is tried at once.",
    ok("How many", "Retried", examples.RETRIED),
    _WRITE,
    "events",
)
MATCHES = described(
    "list_matches",
    "What patterns have found",
    "Matches that fit every filter, the latest first.",
    ok("A page of matches", "MatchList", examples.MATCHES),
    _READ,
    "events",
    parameters=[
        _PATTERN,
        query_parameter("key", "the value that its events share", _TEXT, "d-77"),
        _statuses(MATCH_STATUSES, "done"),
        *_times("found"),
        *_PAGE,
    ],
)
MATCH = described(
    "show_match",
    "One of them",
    "",
    ok("The match", "EventMatch", examples.MATCH),
    (*_READ, UNKNOWN_MATCH),
    "events",
    parameters=[path_parameter("match", "the match's id", examples.MATCH_ID)],
)
PATTERNS = described(
    "list_patterns",
    "Which patterns events are matched by",
    "Those of the active ruleset, and how each goes.",
    ok("The patterns", "PatternList", examples.PATTERNS),
    (*READ, *_EVENTS),
    "events",
)
RETRY_PATTERN = described(
    "retry_pattern",
    "Try a pattern again that failed",
    "Every event on which it failed, and every match of it that could not be followed, is tried at once.",
    ok("How many", "Retried", examples.RETRIED),
    (*_WRITE, UNKNOWN_PATTERN),
    "events",
    parameters=[path_parameter("pattern", "the pattern's name", "card-testing")],
)
