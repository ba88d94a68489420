"""The archive: folders of rules by their digest, as long as a run, or whoever rolls back, may need them."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
import sqlalchemy as sa

from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import ACTIVATIONS, PIN, RULES_FIELD, RULESETS, RUN_FIELDS, RUNS, Database
from rulesflow.runtime.project import LoadedProject

#: Makes a project of archived files; a plugin's step that is gone is no error there.
Reload: TypeAlias = Callable[[Mapping[str, bytes]], LoadedProject]
_YOUNG = 86_400 * SECOND
_FRESH = 3600 * SECOND  # for which a folder counts as stored; far less than it counts as young
_KEPT = 32  # projects kept compiled, beside the active one
_RULES = 60_000  # rules that all of them may have together, but for the one that was asked for last
_UNUSED = 100  # folders kept that nobody needs, for as long as they are young


class ArchiveError(RulesflowError):
    """A folder of rules is not in the archive, or can no longer be loaded."""


class Archive:
    """Keeps the files and gives back projects. Its methods block; any thread may call them."""

    def __init__(self, database: Database, reload: Reload) -> None:
        self._database = database
        self._reload = reload
        self._projects: OrderedDict[str, LoadedProject] = OrderedDict()
        self._stored: dict[str, Timestamp] = {}
        self._lock = threading.Lock()

    def keep(self, digest: str, project: LoadedProject, *, anew: bool = False, compiled: bool = True) -> None:
        """Store a project's files, and that they are in use now.

        ``anew``: even where that was done a moment ago. ``compiled``: it stays compiled for a while.
        """
        with self._lock:
            if compiled:
                self._remember(digest, project)
            at = now()
            if self._fresh(digest, at) and not anew:
                return
            row = {"digest": digest, "created_at": int(at), "files": _pack(project.files)}
            mine = RULESETS.c.digest == digest
            with self._database.writing() as connection:
                self._database.insert_missing(RULESETS, [row], connection)
                connection.execute(sa.update(RULESETS).where(mine).values(created_at=int(at)))
            self._stored[digest] = at

    def stored(self, digest: str) -> bool:
        """Whether `keep` has nothing left to do. Other processes forget what was not kept for a day."""
        return self._fresh(digest, now()) and digest in self._projects

    def project(self, digest: str) -> LoadedProject:
        """The project of that digest. Raises `ArchiveError`."""
        with self._lock:
            found = self._projects.get(digest)
            if found is not None:
                self._projects.move_to_end(digest)
                return found
            project = self._reload(self.files(digest))
            if project.ruleset is None:
                reasons = "; ".join(
                    f"{each.span.file}:{each.span.line}: {each.message}" for each in project.errors
                )
                raise ArchiveError(f"the rules {digest:.12} can no longer be loaded: {reasons}")
            self._remember(digest, project)
            return project

    def files(self, digest: str) -> dict[str, bytes]:
        """The files of that digest, by path. Raises `ArchiveError`."""
        rows = self._database.rows(sa.select(RULESETS.c.files).where(RULESETS.c.digest == digest))
        if not rows:
            raise ArchiveError(f"the rules {digest:.12} are not in the archive")
        return _unpack(rows[0].files)

    def digests(self, prefix: str, most: int = 2) -> list[str]:
        """Some of the digests that begin so, which must be hexadecimal."""
        column = RULESETS.c.digest
        query = sa.select(column).where(column >= prefix, column < f"{prefix}g").order_by(column)
        return [row.digest for row in self._database.rows(query.limit(most))]

    def forget_unused(self) -> int:
        """Delete the folders that no run is pinned to any more, nor anybody may go back to; how many.

        Young ones stay, if they are not very many: a run that is just being started is not in the list yet.
        """
        used = _used(RULESETS)
        fresh = RULESETS.c.created_at >= int(now()) - _YOUNG
        old = sa.not_(fresh & RULESETS.c.digest.in_(_youngest()))
        begun = sa.exists().where(RUNS.c.digest == RULESETS.c.digest)
        name = sa.literal(RULES_FIELD) + RULESETS.c.digest
        ordered = sa.exists().where(RUN_FIELDS.c.name == name, RUN_FIELDS.c.value == RULESETS.c.digest)
        with self._lock, self._database.writing() as connection:
            self._stored.clear()
            return connection.execute(sa.delete(RULESETS).where(old, ~used, ~begun, ~ordered)).rowcount

    def _fresh(self, digest: str, at: Timestamp) -> bool:
        stored = self._stored.get(digest)
        return stored is not None and at - stored < _FRESH

    def _remember(self, digest: str, project: LoadedProject) -> None:
        self._projects[digest] = project
        self._projects.move_to_end(digest)
        rules = sum(map(_rules, self._projects.values()))
        while len(self._projects) > 1 and (len(self._projects) > _KEPT or rules > _RULES):
            rules -= _rules(self._projects.popitem(last=False)[1])


def _used(rulesets: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether it was in charge of late, or is to be."""
    digest = rulesets.c.digest
    return sa.exists().where(ACTIVATIONS.c.digest == digest) | sa.exists().where(PIN.c.digest == digest)


def _youngest() -> sa.ScalarSelect[str]:
    others = RULESETS.alias()
    query = sa.select(others.c.digest).where(~_used(others)).order_by(others.c.created_at.desc())
    return query.limit(_UNUSED).scalar_subquery()


def _rules(project: LoadedProject) -> int:
    return sum(len(each.rules) for each in project.ruleset.decisions.values()) if project.ruleset else 0


def _pack(files: Mapping[str, bytes]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(dict(files)))


def _unpack(data: bytes) -> dict[str, bytes]:
    return msgspec.msgpack.decode(zlib.decompress(data), type=dict[str, bytes])
