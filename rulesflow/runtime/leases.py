"""Leases: which processes carry out runs, and which of them are gone, so that others take over their runs.

A process shows every few seconds that it lives, by the clock of the database. That is for liveness only: that
no run is carried out twice is up to the engine, which lets only the owner of a run record anything.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.runtime.database import LEASES, Database

BEAT: Final = 2.0  # seconds between two signs of life
GONE: Final = 10  # seconds without one after which a process counts as gone
DOUBT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A process. ``host`` and ``born`` tell it from others that get the same number, in containers too."""

    executor: str
    host: str
    pid: int
    born: str

    @classmethod
    def mine(cls) -> Identity:
        """This process."""
        pid = os.getpid()
        return cls(uuid.uuid4().hex, _host(), pid, _born(pid) or "")

    @property
    def here(self) -> bool:
        """Whether it would have to be a process of this machine."""
        return self.host == _host()

    @property
    def alive(self) -> bool:
        """Whether it lives, if it is `here`."""
        return _born(self.pid) == self.born


class Leases:
    """The lease of this process, and a look at those of the others. Its methods block.

    ``doubt``: seconds for which a process of another machine must have given no sign while we could look:
    after the database itself was away, nobody has given one.
    """

    def __init__(self, database: Database, identity: Identity, doubt: float = DOUBT) -> None:
        self._database = database
        self._mine = identity
        self._doubt = doubt
        self._suspects: dict[str, tuple[int, float]] = {}

    def beat(self) -> None:
        """Show that this process lives."""
        row = {
            "executor": self._mine.executor,
            "host": self._mine.host,
            "pid": self._mine.pid,
            "born": self._mine.born,
        }
        with self._database.writing() as connection:
            now = self._now()
            mine = LEASES.c.executor == self._mine.executor
            if connection.execute(sa.update(LEASES).where(mine).values(seen=now)).rowcount == 0:
                connection.execute(sa.insert(LEASES).values(**row, seen=now))

    def leave(self) -> None:
        """Say that this process ends: whoever comes next takes its runs over at once."""
        with self._database.writing() as connection:
            mine = LEASES.c.executor == self._mine.executor
            connection.execute(sa.update(LEASES).where(mine).values(seen=0))

    def gone(self) -> dict[str, int]:
        """The executors that are gone, and when each was last seen, in seconds; 0 if it left in peace."""
        with self._database.reading() as connection:
            now = connection.execute(sa.select(self._now())).scalar_one()
            rows = connection.execute(sa.select(LEASES)).all()
        others = [row for row in rows if row.executor != self._mine.executor]
        silent = {row.executor: row for row in others if _is_silent(row, now)}
        self._suspects = {
            executor: self._suspects.get(executor, (row.seen, time.monotonic()))
            for executor, row in silent.items()
            if self._suspects.get(executor, (row.seen,))[0] == row.seen
        }
        return {executor: row.seen for executor, row in silent.items() if self._is_gone(row)}

    def _is_gone(self, row: sa.Row[Any]) -> bool:
        if row.seen == 0 or _identity(row).here:
            return True
        suspected = self._suspects.get(row.executor)
        return suspected is not None and time.monotonic() - suspected[1] >= self._doubt

    def known(self) -> set[str]:
        """All executors that have a lease."""
        return {row.executor for row in self._database.rows(sa.select(LEASES.c.executor))}

    def bury(self, executors: Mapping[str, int]) -> None:
        """Forget executors whose runs were taken over, unless one has shown itself since it was last seen."""
        with self._database.writing() as connection:
            for executor, seen in executors.items():
                same = (LEASES.c.executor == executor) & (LEASES.c.seen == seen)
                connection.execute(sa.delete(LEASES).where(same))

    def _now(self) -> sa.ColumnElement[int]:
        if self._database.sqlite:
            return sa.cast(sa.func.strftime("%s", "now"), sa.BigInteger)
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.BigInteger)


def _identity(row: sa.Row[Any]) -> Identity:
    return Identity(row.executor, row.host, row.pid, row.born)


def _is_silent(row: sa.Row[Any], now: int) -> bool:
    identity = _identity(row)
    if identity.here:
        return row.seen == 0 or not identity.alive
    return bool(row.seen < now - GONE)


def _host() -> str:
    """This machine since its last start, and within it this space of process numbers."""
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()} {boot} {space}"


def _born(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; None where there is none."""
    stat = _read(f"/proc/{pid}/stat")
    if stat:
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else fields[19]
    if Path("/proc/self").exists():
        return None
    try:  # systems without /proc
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "?"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
