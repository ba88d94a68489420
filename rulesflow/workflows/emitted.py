"""What a step emits: events that are told once the record of its attempt is written."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rulesflow.model.errors import RulesflowError
from rulesflow.model.payload import PayloadRefused, as_payload

_TYPE: Final = re.compile(r"[A-Za-z0-9._/-]{1,128}", re.ASCII)
_MOST: Final = 100  # events of one attempt
_LARGEST: Final = 1 << 16  # bytes of an event's data
_DEEPEST: Final = 40  # since a run's record may be nested 90 deep, and marks some levels twice
_LONGEST_ID: Final = 128


class EmitRefused(RulesflowError):
    """An event that cannot be emitted; the message says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that a step has emitted. ``data``: plain JSON; ``id``: None where the step gave none."""

    type: str
    data: Mapping[str, Any]
    id: str | None = None


class Emissions:
    """The events of one attempt, in order. Any thread may add some, until the attempt is over."""

    __slots__ = ("_events", "_lock", "_over")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = False
        self._events: list[Emitted] = []

    def add(self, type: str, data: Mapping[str, Any], id: str | None = None) -> None:  # noqa: A002
        """Take an event. Raises `EmitRefused`."""
        event = Emitted(_type(type), _data(type, data), _id(type, id))
        with self._lock:
            if self._over:
                raise EmitRefused(f"{type} is emitted too late: the attempt is over, and recorded without it")
            if len(self._events) >= _MOST:
                raise EmitRefused(f"{type} is one event too many: an attempt may emit {_MOST}")
            self._events.append(event)

    def close(self) -> tuple[Emitted, ...]:
        """The attempt is over: what it has emitted."""
        with self._lock:
            self._over = True
            return tuple(self._events)

    @property
    def events(self) -> tuple[Emitted, ...]:
        """What it has emitted so far."""
        return tuple(self._events)


def _type(type_: object) -> str:
    if not isinstance(type_, str) or not _TYPE.fullmatch(type_):
        raise EmitRefused(
            f"{type_!r:.80} is no type of events: letters, digits, and . _ - / make one, as payment.captured"
        )
    return type_


def _data(type_: str, data: object) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        kind = type(data).__name__
        raise EmitRefused(f"the data of {type_} is a {kind}; give a dict, as events.yaml describes it")
    try:
        payload: Mapping[str, Any] = as_payload(data, _LARGEST)
    except PayloadRefused as refused:
        raise EmitRefused(f"the data of {type_} is no JSON to keep: {refused}") from None
    if _depth(payload) > _DEEPEST:
        raise EmitRefused(f"the data of {type_} is nested deeper than {_DEEPEST} levels; nest it less deep")
    return payload


def _id(type_: str, id_: object) -> str | None:
    if id_ is None:
        return None
    if not isinstance(id_, str) or not id_.isprintable() or not 0 < len(id_) <= _LONGEST_ID:
        raise EmitRefused(
            f"the id of {type_} is {id_!r:.80}; give a printable text of at most {_LONGEST_ID} characters"
        )
    return id_


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
