"""Which runs somebody means: by what they are, when they began, and the indexed fields of their input."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.runtime.database import RUN_FIELDS, RUNS

STATUSES: Final = (
    "queued",
    "running",
    "waiting",
    "parked",
    "paused",
    "incident",
    "undoing",
    "completed",
    "failed",
    "cancelled",
)
#: The statuses in which a run may stand still at an incident; one that is being undone, at that of an undo.
STUCK: Final = ("incident", "undoing")
#: What a query may name beside the fields of the input.
NAMES: Final = ("workflow", "status", "fingerprint", "since", "until")
_LONGEST: Final = 200  # characters of a field, since PostgreSQL indexes no long ones
_LIMIT: Final = 1 << 63  # of the database's integers
FINGERPRINT: Final = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs: created from ``since`` on and before ``until``; ``fields`` as they stand in the input.

    ``fingerprint``: of the incidents. ``stuck``: only those with an incident, be it of an undo.
    """

    workflow: str | None = None
    status: tuple[str, ...] = ()
    since: Timestamp | None = None
    until: Timestamp | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    limit: int = 100
    cursor: str | None = None
    newest_first: bool = True
    fingerprint: str | None = None
    stuck: bool = False

    @classmethod
    def parse(cls, text: str) -> RunQuery:
        """Read ``status=incident,parked order.region=eu/de``. Raises `FactsRefused` with every fault."""
        given: dict[str, str] = {}
        faults = []
        for part in text.split():
            name, equals, value = part.partition("=")
            if not equals or not name or not value:
                faults.append(Fault("", "filter", f"{part[:80]!r} is not of the form name=value"))
            elif name in given:
                faults.append(Fault("", "filter", f"{name[:80]} stands twice", "write status=a,b for either"))
            else:
                given[name] = value
        if faults:
            raise FactsRefused("the filter cannot be read", tuple(faults))
        return cls.of(given)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> RunQuery:
        """From names and values as texts; what is none of `NAMES` is an input field.

        Raises `FactsRefused` with every fault.
        """
        faults: list[Fault] = []
        status = tuple(each for each in given.get("status", "").split(",") if each)
        for each in status:
            if each not in STATUSES:
                hint = did_you_mean(each[:80], STATUSES) or f"one of: {', '.join(STATUSES)}"
                faults.append(Fault("/status", "enum", f"there is no status {each[:80]!r}", hint))
        since, until = (_time(given, name, faults) for name in ("since", "until"))
        fingerprint = _fingerprint(given, faults)
        if faults:
            raise FactsRefused("the filter cannot be read", tuple(faults))
        fields = {name: value for name, value in given.items() if name not in NAMES}
        return cls(given.get("workflow"), status, since, until, fields, fingerprint=fingerprint)

    def as_dict(self) -> dict[str, str]:
        """The names and values that `of` reads."""
        given = {
            "workflow": self.workflow,
            "status": ",".join(self.status) or None,
            "fingerprint": self.fingerprint,
            "since": None if self.since is None else str(self.since),
            "until": None if self.until is None else str(self.until),
            **self.fields,
        }
        return {name: value for name, value in given.items() if value is not None}


def _time(given: Mapping[str, str], name: str, faults: list[Fault]) -> Timestamp | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except TimeRefused as refused:
        faults.append(Fault(f"/{name}", "format", str(refused), "write 2026-11-27T08:00:00Z"))
        return None


def _fingerprint(given: Mapping[str, str], faults: list[Fault]) -> str | None:
    text = given.get("fingerprint")
    if text is None or FINGERPRINT.fullmatch(text.lower()):
        return None if text is None else text.lower()
    message = f"{text[:80]!r} is no fingerprint: it has 8 to 32 hexadecimal digits"
    faults.append(Fault("/fingerprint", "format", message, "GET /v1/incidents lists them"))
    return None


def conditions(query: RunQuery) -> Iterable[sa.ColumnElement[bool]]:
    """What must hold of the rows of such runs; the page aside."""
    if query.workflow is not None:
        yield RUNS.c.workflow == storable(query.workflow)
    if query.status:
        yield RUNS.c.status.in_(query.status)
    if query.fingerprint is not None:
        yield RUNS.c.fingerprint == query.fingerprint
    if query.stuck:
        yield RUNS.c.status.in_(STUCK) & RUNS.c.problem.is_not(None)
    if query.since is not None:
        yield RUNS.c.created_at >= _within(query.since)
    if query.until is not None:
        yield RUNS.c.created_at < _within(query.until)
    for name, value in query.fields.items():
        same = (RUN_FIELDS.c.name == short(name), RUN_FIELDS.c.value == short(value))
        yield sa.exists().where(RUN_FIELDS.c.run == RUNS.c.id, *same)


def _within(moment: Timestamp) -> int:
    """The moment as the database can compare it: all that it has happened within its integers."""
    return max(-_LIMIT, min(int(moment), _LIMIT - 1))


def storable(text: str) -> str:
    """A text that any database takes: none takes half a surrogate pair, and PostgreSQL no NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def short(text: str) -> str:
    """A name or value of a field, cut where it is too long to be indexed, and still like no other."""
    text = storable(text)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… {hashlib.sha256(text.encode()).hexdigest()[:32]}"


def read_cursor(text: str) -> tuple[int, str]:
    """A place in a list: the moment and the id. Raises `FactsRefused`."""
    created, dot, key = text.partition(".")
    whole = created.isascii() and created.isdecimal() and len(created) < 20
    if not (dot and whole and int(created) < _LIMIT and key and key == storable(key)):
        fault = Fault("/cursor", "format", "this is no cursor", "take it from next of the page before")
        raise FactsRefused("the filter cannot be read", (fault,))
    return int(created), key
