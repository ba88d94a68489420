"""The list of runs, to be searched: a copy of what the engine records, written in batches behind it.

Nothing depends on it for being right: what was not written when a process died is written again when the run
is carried on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.times import Timestamp
from rulesflow.runtime.database import RULES_FIELD, RUN_FIELDS, RUNS, Database
from rulesflow.runtime.fingerprints import fingerprint
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.runquery import STUCK, RunQuery, conditions, read_cursor, short, storable

logger = logging.getLogger(__name__)

#: The version of an entry that holds whatever stands there, until the next one.
FORCED: Final = -1
ENDED: Final = frozenset({"completed", "failed", "cancelled"})
_PAUSE: Final = 0.2  # seconds in which changes are gathered, unless somebody asks for the list
_MOST: Final = 1000  # runs on a page
#: The members of a stored error that tell its place.
_WHERE: Final = "$path"
_UNDO: Final = "$undo"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as the list shows it. ``version`` grows with each change, so that a later one never loses.

    ``rules``: the digests by which a person has ordered it to go on, noted so that they stay archived.
    ``where``: the path of the incident, if it stands still at one; ``undo``: it is that of an undo.
    """

    id: str
    workflow: str
    status: str
    digest: str
    created_at: Timestamp
    updated_at: Timestamp
    at: tuple[str, ...] = ()
    problem: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    rules: tuple[str, ...] = ()
    where: str = ""
    undo: bool = False

    @property
    def fingerprint(self) -> str | None:
        """That of the incident at which the run stands still."""
        if self.status not in STUCK or self.problem is None:
            return None
        return fingerprint(self.workflow, self.where, self.problem, undo=self.undo)

    def as_dict(self) -> dict[str, Any]:
        """The summary of the REST reply."""
        return {
            "id": self.id,
            "workflow": self.workflow,
            "status": self.status,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "at": list(self.at),
            "fields": dict(self.fields),
            "problem": self.problem,
        }


#: Runs, and the cursor of the next page, if there is one.
Page: TypeAlias = tuple[list[Entry], str | None]


class Listing:
    """Writes entries behind the engine, and searches them. ``start`` it, ``stop`` it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        #: Sees to it that live runs have fields of these names, of which their own rules may know nothing.
        self.complete: Callable[[Collection[str]], None] = lambda _: None
        #: Is told the runs whose entries have just been written.
        self.heard: Callable[[Iterable[str]], None] = lambda _: None
        self._changed: dict[str, Callable[[], Entry]] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._outage = Outage(logger, "the list of runs is behind", "the list of runs is whole again")
        self._thread = threading.Thread(target=self._write_behind, name="rulesflow-listing", daemon=True)

    def start(self) -> None:
        """Start to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def put(self, run: str, entry: Callable[[], Entry]) -> None:
        """Take in that a run has changed, to be written soon as it is then. Any thread may; nobody waits."""
        with self._lock:
            self._changed[run] = entry
        self._wake.set()

    def _write_behind(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._stop.wait(_PAUSE)
            self._wake.clear()
            self._try_to_catch_up()
        self._try_to_catch_up()

    def _try_to_catch_up(self) -> None:
        if not self._outage.through(self.catch_up):
            self._stop.wait(1)
            self._wake.set()

    def show_all(self) -> None:
        """Let who asks for the list see all that this process did before."""
        with suppress(SQLAlchemyError):  # the one that writes behind says so, and tries again
            self.catch_up()

    def catch_up(self) -> None:
        """Write what has changed so far, before this returns. Raises `SQLAlchemyError`, losing nothing."""
        with self._writing:
            with self._lock:
                changed, self._changed = self._changed, {}
            try:
                self._write(_entries(changed))
            except SQLAlchemyError:
                with self._lock:
                    self._changed = {**changed, **self._changed}
                raise

    def _write(self, entries: list[Entry]) -> None:
        if not entries:
            return
        rows = [_row(entry) for entry in entries]
        changes = ("status", "updated_at", "at_step", "problem", "version", "digest", "fingerprint")
        with self.database.writing() as connection:
            self.database.insert_missing(RUNS, rows, connection)
            update = (
                sa.update(RUNS)
                .where(RUNS.c.id == sa.bindparam("_id"), RUNS.c.version <= sa.bindparam("_over"))
                .values({name: sa.bindparam(f"_{name}") for name in changes})
            )
            connection.execute(update, [_update(row, changes) for row in rows])
            fields = [field for entry in entries for field in _field_rows(entry)]
            if fields:
                self.database.insert_missing(RUN_FIELDS, fields, connection)
        self.heard([entry.id for entry in entries])

    def find(self, query: RunQuery) -> Page:
        """A page of runs, and the cursor of the next one. Raises `FactsRefused` for a cursor that is none."""
        self.show_all()
        at, key = RUNS.c.created_at, RUNS.c.id
        limit = max(1, min(query.limit, _MOST))
        selected = sa.select(RUNS).where(*conditions(query)).limit(limit + 1)
        down = query.newest_first
        if query.cursor is not None:
            created, run = read_cursor(query.cursor)
            here = sa.tuple_(at, key)
            there = sa.tuple_(sa.literal(created), sa.literal(run))
            selected = selected.where(here < there if down else here > there)
        selected = selected.order_by(*((at.desc(), key.desc()) if down else (at, key)))
        rows = self.database.rows(selected)
        more = f"{rows[limit - 1].created_at}.{rows[limit - 1].id}" if len(rows) > limit else None
        return self._with_fields([entry_of(row) for row in rows[:limit]]), more

    def all(self, query: RunQuery) -> list[str]:
        """The ids of all runs of a query, oldest first, whatever page it means."""
        self.show_all()
        self.complete([*query.fields])
        selected = sa.select(RUNS.c.id).where(*conditions(query)).order_by(RUNS.c.created_at, RUNS.c.id)
        return [row.id for row in self.database.rows(selected)]

    def one(self, run: str) -> Entry | None:
        """A run's entry."""
        with self._lock:
            waiting = self._changed.get(run)
        if waiting is not None:
            return waiting()
        rows = self.database.rows(sa.select(RUNS).where(RUNS.c.id == storable(run)))
        return self._with_fields([entry_of(row) for row in rows])[0] if rows else None

    def rules(self, runs: Sequence[str]) -> dict[str, set[str]]:
        """The digests of the rules of those runs that are listed: at the beginning, and later on by order."""
        found: dict[str, set[str]] = {}
        ordered = RUN_FIELDS.c.name.startswith(RULES_FIELD, autoescape=True)
        for start in range(0, len(runs), _MOST):
            page = runs[start : start + _MOST]
            begun = sa.select(RUNS.c.id, RUNS.c.digest).where(RUNS.c.id.in_(page))
            later = sa.select(RUN_FIELDS.c.run, RUN_FIELDS.c.value).where(RUN_FIELDS.c.run.in_(page), ordered)
            rows: list[Any] = [*self.database.rows(begun), *self.database.rows(later)]
            for run, digest in rows:
                found.setdefault(run, set()).add(digest)
        return found

    def count(self, query: RunQuery) -> dict[str, int]:
        """How many runs, by status."""
        self.show_all()
        counted = sa.select(RUNS.c.status, sa.func.count()).where(*conditions(query)).group_by(RUNS.c.status)
        rows: list[Any] = list(self.database.rows(counted))
        return {row[0]: row[1] for row in rows}

    def count_by(self, query: RunQuery, by: str) -> tuple[int, dict[str, int]]:
        """How many, in all and by ``status``, ``workflow`` or a field, the 1,000 most frequent values."""
        self.show_all()
        own = {"status": RUNS.c.status, "workflow": RUNS.c.workflow}.get(by)
        fields = RUN_FIELDS.alias()  # apart from those that the conditions read
        column: sa.ColumnElement[str] = fields.c.value if own is None else own
        number = sa.func.count()
        counted: Any = sa.select(column, number).where(*conditions(query)).group_by(column)
        if own is None:
            self.complete([by])
            mine = (fields.c.run == RUNS.c.id) & (fields.c.name == short(by))
            counted = counted.select_from(RUNS.join(fields, mine))
        rows: list[Any] = list(self.database.rows(counted.order_by(number.desc(), column).limit(_MOST)))
        total: Any = self.database.rows(sa.select(number).select_from(RUNS).where(*conditions(query)))
        return total[0][0], {row[0]: row[1] for row in rows}

    def values(self, name: str, most: int) -> list[str]:
        """The first values of a field, in order. Each is a seek in the index, however many runs have it."""
        found: list[str] = []
        least = sa.select(sa.func.min(RUN_FIELDS.c.value)).where(RUN_FIELDS.c.name == short(name))
        while len(found) < most:
            query = least.where(RUN_FIELDS.c.value > found[-1]) if found else least
            rows: Any = self.database.rows(query)
            if rows[0][0] is None:
                break
            found.append(rows[0][0])
        return found

    def forget(self, runs: list[str]) -> None:
        """Delete runs from the list."""
        with self.database.writing() as connection:
            connection.execute(sa.delete(RUN_FIELDS).where(RUN_FIELDS.c.run.in_(runs)))
            connection.execute(sa.delete(RUNS).where(RUNS.c.id.in_(runs)))

    def _with_fields(self, entries: list[Entry]) -> list[Entry]:
        found: dict[str, dict[str, str]] = {}
        query = sa.select(RUN_FIELDS).where(RUN_FIELDS.c.run.in_([entry.id for entry in entries]))
        for row in self.database.rows(query) if entries else []:
            if not row.name.startswith(RULES_FIELD):
                found.setdefault(row.run, {})[row.name] = row.value
        return [replace(entry, fields=found.get(entry.id, {})) for entry in entries]


def _entries(changed: Mapping[str, Callable[[], Entry]]) -> list[Entry]:
    """What is to be written. A run of which that cannot be told must not keep others from being listed."""
    entries = []
    for run, tell in changed.items():
        try:
            entries.append(tell())
        except Exception:
            logger.exception("run %s cannot be listed", run)
    return entries


def _field_rows(entry: Entry) -> Iterable[dict[str, str]]:
    for name, value in entry.fields.items():
        yield {"run": entry.id, "name": short(name), "value": short(value)}
    for digest in entry.rules:
        yield {"run": entry.id, "name": RULES_FIELD + digest, "value": digest}


def _problem(entry: Entry) -> str:
    """The error as it is stored: with its place, which the list needs for incidents only."""
    place = {_WHERE: entry.where, _UNDO: "undo" if entry.undo else ""}
    texts = {**(entry.problem or {}), **{name: text for name, text in place.items() if text}}
    told = {name: str(text).encode("utf-8", "backslashreplace").decode() for name, text in texts.items()}
    return write_json(told).decode()


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "workflow": entry.workflow,
        "status": entry.status,
        "digest": entry.digest,
        "created_at": int(entry.created_at),
        "updated_at": int(entry.updated_at),
        "at_step": " ".join(entry.at)[:2000],
        "problem": None if entry.problem is None else _problem(entry),
        "version": entry.version,
        "fingerprint": entry.fingerprint,
    }


def _update(row: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    over = 1 << 62 if row["version"] == FORCED else row["version"]
    return {"_id": row["id"], "_over": over, **{f"_{name}": row[name] for name in changes}}


def entry_of(row: sa.Row[Any]) -> Entry:
    """The entry of a row of `RUNS`, without its fields."""
    problem = None if row.problem is None else read_json(row.problem.encode())
    where, undo = (problem.pop(name, "") for name in (_WHERE, _UNDO)) if problem else ("", "")
    return Entry(
        row.id,
        row.workflow,
        row.status,
        row.digest,
        Timestamp(row.created_at),
        Timestamp(row.updated_at),
        tuple(row.at_step.split()),
        problem,
        version=row.version,
        where=where,
        undo=bool(undo),
    )
