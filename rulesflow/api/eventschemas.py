"""JSON Schemas of the bodies about events, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import ANY, COUNT, LINE, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.runtime.eventquery import EVENT_STATUSES, MATCH_STATUSES

_NEXT: Final = says(maybe(TEXT), "the `cursor` of the next page; null on the last")
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255}
_EVENT: Final[Schema] = {"enum": list(EVENT_STATUSES)}
_MATCH: Final[Schema] = {
    "enum": list(MATCH_STATUSES),
    "description": "waiting: what would forbid it may still come; pending: it is to be followed; done: it "
    "was; failed: it could not be; throttled: another was followed shortly before; refuted: it was forbidden",
}

EVENT_SCHEMAS: Final[dict[str, Schema]] = {
    "CloudEvent": {
        "type": "object",
        "description": "An event of CloudEvents 1.0. `source` and `id` together are its name: what came in "
        "before under the same name is not taken in again. Members of other names are extensions.",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _NAME,
            "source": says(_NAME | {"maxLength": 400}, "where it comes from, such as a path or a URI"),
            "type": says(_NAME, "one that events.yaml declares"),
            "subject": says(TEXT, "what it is about"),
            "time": says(TIME, "when it happened, by which patterns go; when it comes in, if left out"),
            "datacontenttype": says(TEXT, "a type of JSON"),
            "dataschema": TEXT,
            "data": says(ANY, "as events.yaml describes it"),
            "data_base64": says(TEXT, "the data as the base64 of JSON, for who cannot send it otherwise"),
        },
        "required": ["specversion", "id", "source", "type"],
        "additionalProperties": {"type": ["string", "boolean", "integer", "null"]},
    },
    "EventsTaken": record(
        "What became of the events.",
        (),
        accepted=says(COUNT, "those that are new"),
        duplicates=says(COUNT, "those that came in before"),
        events=array(
            record("An event.", (), source=TEXT, id=TEXT, status={"enum": ["accepted", "duplicate"]}),
            "each of them, in order",
        ),
    ),
    "EventList": record(
        "Events, and where the list goes on.", (), events=array(ref("StoredEvent")), next=_NEXT
    ),
    "StoredEvent": record(
        "An event that came in, and how far patterns are with it.",
        (),
        number=says(COUNT, "grows in the order in which events came in"),
        source=TEXT,
        id=TEXT,
        type=TEXT,
        subject=maybe(TEXT),
        time=says(TIME, "when it happened"),
        received_at=TIME,
        data=says(ANY, "as it came"),
        extensions={
            "type": "object",
            "description": "its other attributes",
            "additionalProperties": {"type": ["string", "boolean", "integer"]},
        },
        status=says(
            _EVENT,
            "matched: every pattern has looked at it; waiting: it is to be looked at; failed: a pattern "
            "fails on it",
        ),
        problems=array(ref("EventProblem"), "patterns that fail on it; others have looked at it"),
    ),
    "EventProblem": record(
        "Why a pattern could not be matched on an event.",
        (),
        pattern=says(TEXT, "empty where no pattern could be asked"),
        message=TEXT,
        attempts=COUNT,
        retry_at=says(maybe(TIME), "when it is tried again by itself"),
    ),
    "MatchList": record(
        "Matches, and where the list goes on.", (), matches=array(ref("EventMatch")), next=_NEXT
    ),
    "EventMatch": record(
        "Events that fit a pattern together, and what came of it.",
        (),
        id=says(TEXT, "made of the pattern and the events; the key of the run or the signal that follows"),
        pattern=TEXT,
        key=says(ANY, "the value that its events share"),
        status=_MATCH,
        found_at=TIME,
        due=says(maybe(TIME), "when it counts, unless it is forbidden before; null: at once"),
        events=array(
            record("An event of it.", (), alias=TEXT, source=TEXT, id=TEXT, type=TEXT, time=TIME),
            "by the names that the pattern gives them",
        ),
        problem=says(maybe(TEXT), "why it could not be followed"),
    ),
    "PatternList": record(
        "The patterns of the active ruleset.",
        (),
        digest=says(maybe(TEXT), "SHA-256 of the ruleset"),
        engine={
            "enum": ["ready", "missing"],
            "description": "missing: what matches is not installed, so events wait",
        },
        patterns=array(ref("Pattern")),
    ),
    "Pattern": record(
        "A pattern, and how it goes.",
        (),
        name=TEXT,
        title=TEXT,
        by=says(TEXT, "the path in the data by which events belong together"),
        within=says(TEXT, "the time from the earliest to the latest event, in seconds: `600s`"),
        types=array(TEXT, "the types of events that it looks at"),
        then={
            "type": "object",
            "description": "what follows a match, without the values that are worked out of it",
            "properties": {"signal": TEXT, "start": TEXT, "fact": TEXT, "where": array(TEXT), "for": TEXT},
            "additionalProperties": False,
        },
        because=TEXT,
        file=TEXT,
        line=LINE,
        failing=says(maybe(TEXT), "why it fails, for the process that answers; null while it does not"),
    ),
    "Retried": record(
        "What is tried again.",
        (),
        count=says(COUNT, "events on which a pattern had failed, and matches that could not be followed"),
    ),
}
