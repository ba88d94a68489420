"""A request for a decision: ``{facts, at?, explain?}``, told apart from what only looks like one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from rulesflow.documents.jsontext import Json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault, pointer
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.rules import Explain

_KEYS = ("facts", "at", "explain")
_KNOWN = frozenset(_KEYS)
_MOST_UNKNOWN = 20  # unknown keys that a report names
_SHOWN = 80  # characters of a caller's text that a message repeats


class DecisionRequest(NamedTuple):
    """``facts`` as they came, not yet held against the schema; ``at`` is None for now."""

    facts: Mapping[str, Any]
    at: Timestamp | None = None
    explain: Explain = Explain.MATCHED


def decode_request(body: Json, zone: tzinfo = UTC) -> DecisionRequest:
    """Take a request apart. Raises `FactsRefused` with every fault of its shape.

    ``zone``: where an ``at`` without offset is local, and a date is its midnight.
    """
    if type(body) is dict and len(body) == 1 and type(facts := body.get("facts")) is dict:
        return DecisionRequest(facts)  # most requests
    if not isinstance(body, dict):
        raise _refused([Fault("", "type", 'expected an object such as {"facts": {…}}')])
    facts, faults = body.get("facts"), [] if body.keys() <= _KNOWN else _unknown_keys(body)
    if not isinstance(facts, dict):
        faults.append(_no_facts(body))
        facts = {}
    at, explain = _at(body.get("at"), zone, faults), _explain(body.get("explain"), faults)
    if faults:
        raise _refused(faults)
    return DecisionRequest(facts, at, explain)


def _refused(faults: list[Fault]) -> FactsRefused:
    return FactsRefused("a request is {facts, at?, explain?}, and this is not", tuple(faults))


def _unknown_keys(body: dict[str, Any]) -> list[Fault]:
    unknown = [key for key in body if key not in _KEYS]
    return [
        Fault(
            pointer(key),
            "unknown-key",
            f"a request has no {key[:_SHOWN]!r}",
            did_you_mean(key[:_SHOWN], _KEYS) or f"known are {', '.join(_KEYS)}; facts stand inside facts",
        )
        for key in unknown[:_MOST_UNKNOWN]
    ]


def _no_facts(body: dict[str, Any]) -> Fault:
    if "facts" in body:
        return Fault("/facts", "type", "facts must be an object")
    return Fault("/facts", "required", "facts are required", 'send {"facts": {}} if there are none')


def _at(value: Json, zone: tzinfo, faults: list[Fault]) -> Timestamp | None:
    if value is None:
        return None
    if not isinstance(value, str):
        faults.append(Fault("/at", "type", "at must be a string such as 2026-11-27T08:00:00Z"))
        return None
    try:
        return parse_timestamp(value, zone)
    except TimeRefused as error:
        faults.append(Fault("/at", "format", str(error)))
        return None


def _explain(value: Json, faults: list[Fault]) -> Explain:
    if value is None:
        return Explain.MATCHED
    if isinstance(value, str) and value in Explain.__members__.values():
        return Explain(value)
    known = [explain.value for explain in Explain]
    hint = did_you_mean(value[:_SHOWN], known) if isinstance(value, str) else None
    faults.append(Fault("/explain", "enum", f"explain must be one of {', '.join(known)}", hint))
    return Explain.MATCHED
