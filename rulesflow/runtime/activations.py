"""Activations: which rulesets were in charge, when and why; and the one that is pinned, if any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.model.times import Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import ACTIVATIONS, PIN, Database
from rulesflow.runtime.project import LoadedProject

#: The latest activations, which are kept however old they are.
LATEST: Final = 100
_THE_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Activation:
    """A ruleset that was in charge, when it was so last.

    ``number``: of its latest activation, at ``activated_at``; ``first_at``: of its first one that is known.
    ``counts``: how many ``decisions rules workflows patterns`` it has. ``note``: who wanted it, and why.
    """

    number: int
    digest: str
    first_at: Timestamp
    activated_at: Timestamp
    source: str
    note: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pin:
    """The ruleset that all processes go by, None for what their folders hold. ``version`` grows."""

    version: int = 0
    digest: str | None = None


class Activations:
    """Kept in the database. Its methods block; any thread may call them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, digest: str, source: str, counts: Mapping[str, int], at: int | None = None) -> None:
        """Note that the folder put a ruleset in charge; of many processes that do so, the first counts.

        ``at``: when, if not now (nanoseconds).
        """
        latest = sa.select(ACTIVATIONS.c.digest).order_by(ACTIVATIONS.c.number.desc()).limit(1)
        with self._database.writing() as connection:
            if connection.execute(latest).scalar() != digest:
                _insert(connection, digest, source, None, counts, at)

    def pin(self, digest: str, source: str, note: str, counts: Mapping[str, int]) -> Pin:
        """Have all processes go by a ruleset, and note who wants that and why."""
        with self._database.writing() as connection:
            _insert(connection, digest, source, note, counts)
            return self._set(connection, digest)

    def unpin(self) -> Pin:
        """Have all processes go by their folders."""
        with self._database.writing() as connection:
            return self._set(connection, None)

    def pinned(self) -> Pin:
        """What is pinned now."""
        rows = self._database.rows(sa.select(PIN.c.version, PIN.c.digest))
        return Pin(rows[0].version, rows[0].digest) if rows else Pin()

    def page(self, limit: int, before: int | None = None) -> list[Activation]:
        """Rulesets by their latest activation, newest first; ``before``: those behind this number."""
        latest = _latest()
        if before is not None:
            latest = latest.having(sa.func.max(ACTIVATIONS.c.number) < before)
        found = latest.order_by(sa.desc("number")).limit(limit).subquery()
        query = sa.select(ACTIVATIONS, found.c.first_at).join(found, found.c.number == ACTIVATIONS.c.number)
        return [_activation(row) for row in self._database.rows(query.order_by(ACTIVATIONS.c.number.desc()))]

    def of(self, digest: str) -> Activation | None:
        """The latest activation of a ruleset; None where there was none."""
        found = _latest().where(ACTIVATIONS.c.digest == digest).subquery()
        query = sa.select(ACTIVATIONS, found.c.first_at).join(found, found.c.number == ACTIVATIONS.c.number)
        return next((_activation(row) for row in self._database.rows(query)), None)

    def forget(self, before: int) -> None:
        """Forget what was before a moment (nanoseconds) and is not among the latest."""
        kept = sa.select(ACTIVATIONS.c.number).order_by(ACTIVATIONS.c.number.desc()).limit(LATEST)
        old = ACTIVATIONS.c.at < before
        with self._database.writing() as connection:
            connection.execute(
                sa.delete(ACTIVATIONS).where(old, ACTIVATIONS.c.number.not_in(kept.scalar_subquery()))
            )

    def _set(self, connection: sa.Connection, digest: str | None) -> Pin:
        first = {"number": _THE_ROW, "version": 0, "digest": None}
        self._database.insert_missing(PIN, [first], connection)
        changed = sa.update(PIN).values(version=PIN.c.version + 1, digest=digest).returning(PIN.c.version)
        return Pin(connection.execute(changed).scalar_one(), digest)


def counts_of(project: LoadedProject) -> dict[str, int]:
    """How much of everything there is in a project."""
    decisions = project.ruleset.decisions.values() if project.ruleset else ()
    return {
        "decisions": len(decisions),
        "rules": sum(len(decision.rules) for decision in decisions),
        "workflows": len(project.workflows),
        "patterns": len(project.patterns),
    }


def _insert(
    connection: sa.Connection,
    digest: str,
    source: str,
    note: str | None,
    counts: Mapping[str, int],
    at: int | None = None,
) -> None:
    row = {"digest": digest, "at": int(now()) if at is None else at, "source": source, "note": note}
    connection.execute(sa.insert(ACTIVATIONS).values({**row, "counts": json.dumps(dict(counts))}))


def _latest() -> sa.Select[Any]:
    return sa.select(
        sa.func.max(ACTIVATIONS.c.number).label("number"), sa.func.min(ACTIVATIONS.c.at).label("first_at")
    ).group_by(ACTIVATIONS.c.digest)


def _activation(row: sa.Row[Any]) -> Activation:
    first, at = Timestamp(row.first_at), Timestamp(row.at)
    return Activation(row.number, row.digest, first, at, row.source, row.note, json.loads(row.counts))
