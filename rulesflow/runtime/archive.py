"""The archive: every folder of rules that a run is pinned to, by its digest, as long as a run needs it."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
import sqlalchemy as sa

from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import SECOND
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import RULESETS, RUNS, Database
from rulesflow.runtime.project import LoadedProject

#: Makes a project of archived files; a plugin's step that is gone is no error there.
Reload: TypeAlias = Callable[[Mapping[str, bytes]], LoadedProject]
_YOUNG = 86_400 * SECOND
_KEPT = 32  # projects kept compiled, beside the active one


class ArchiveError(RulesflowError):
    """A folder of rules is not in the archive, or can no longer be loaded."""


class Archive:
    """Keeps the files and gives back projects. Its methods block; any thread may call them."""

    def __init__(self, database: Database, reload: Reload) -> None:
        self._database = database
        self._reload = reload
        self._projects: OrderedDict[str, LoadedProject] = OrderedDict()
        self._stored: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, digest: str, project: LoadedProject) -> None:
        """Store a project's files, once. It stays compiled for a while."""
        with self._lock:
            self._remember(digest, project)
            if digest in self._stored:
                return
            row = {"digest": digest, "created_at": int(now()), "files": _pack(project.files)}
            with self._database.writing() as connection:
                self._database.insert_missing(RULESETS, [row], connection)
            self._stored.add(digest)

    def stored(self, digest: str) -> bool:
        """Whether `keep` has nothing left to do."""
        return digest in self._stored and digest in self._projects

    def project(self, digest: str) -> LoadedProject:
        """The project of that digest. Raises `ArchiveError`."""
        with self._lock:
            found = self._projects.get(digest)
            if found is not None:
                self._projects.move_to_end(digest)
                return found
            query = sa.select(RULESETS.c.files).where(RULESETS.c.digest == digest)
            rows = self._database.rows(query)
            if not rows:
                raise ArchiveError(f"the rules {digest:.12} are not in the archive")
            project = self._reload(_unpack(rows[0].files))
            if project.ruleset is None:
                reasons = "; ".join(
                    f"{each.span.file}:{each.span.line}: {each.message}" for each in project.errors
                )
                raise ArchiveError(f"the rules {digest:.12} can no longer be loaded: {reasons}")
            self._remember(digest, project)
            return project

    def forget_unused(self) -> int:
        """Delete the folders that no run is pinned to any more; how many there were.

        Young ones stay: a run that is just being started is not in the list yet.
        """
        old = RULESETS.c.created_at < int(now()) - _YOUNG
        used = sa.exists().where(RUNS.c.digest == RULESETS.c.digest)
        with self._lock, self._database.writing() as connection:
            self._stored.clear()
            return connection.execute(sa.delete(RULESETS).where(old, ~used)).rowcount

    def _remember(self, digest: str, project: LoadedProject) -> None:
        self._projects[digest] = project
        self._projects.move_to_end(digest)
        while len(self._projects) > _KEPT:
            self._projects.popitem(last=False)


def _pack(files: Mapping[str, bytes]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(dict(files)))


def _unpack(data: bytes) -> dict[str, bytes]:
    return msgspec.msgpack.decode(zlib.decompress(data), type=dict[str, bytes])
