"""A SQL database for the effects of steps: SQLite or PostgreSQL, by the same statements in both.

A step that keeps its own books must do so once for each key, however often, by however many processes and
threads it is called. What that takes of a database is the same for all such plugins, so it stands here.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from rulesflow.workflows.step import ErrorClass, StepError

_AGAIN = 0.01  # seconds between attempts where SQLite itself does not wait
_LOCK = 7_205_759_403  # any number: whoever makes the tables in PostgreSQL holds the lock of this one


class StepDatabase:
    """Opened on first use. ``name``: what it is called in messages, as ``stock database``.

    ``busy_timeout``: seconds to wait for other writers, and for a connection.
    """

    def __init__(self, name: str, url: URL, busy_timeout: float) -> None:
        self.url = url
        self._name = name
        self._busy_timeout = busy_timeout
        self._ready: set[Sequence[str]] = set()
        self._lock = threading.Lock()
        self._engine = self._sqlite() if url.drivername == "sqlite" else self._postgresql()

    @contextmanager
    def writing(self, tables: Sequence[str]) -> Iterator[Connection]:
        """A transaction over tables, given by their statements, which are carried out once.

        In SQLite it holds the write lock from its start, so that what it reads stays true. Raises `StepError`
        of class ``unavailable`` where the database is away, or others held it for longer than we wait.
        """
        try:
            self._prepare(tables)
            with self._engine.begin() as connection:
                yield connection
        except (IntegrityError, DataError, ProgrammingError):
            raise  # a defect of ours, which waiting does not mend
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            message = f"{self._name}: {_reason(error)}"
            raise StepError(ErrorClass.UNAVAILABLE, message) from None

    def close(self) -> None:
        """Close idle connections; the next use opens new ones."""
        self._engine.dispose()
        self._ready.clear()  # whoever closes may move the file

    def _prepare(self, tables: Sequence[str]) -> None:
        with self._lock:
            if tables in self._ready:
                return
            if self.url.drivername == "sqlite":
                self._make_file()
            with self._engine.begin() as connection:
                if self.url.drivername != "sqlite":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                for table in tables:
                    connection.exec_driver_sql(table)
            self._ready.add(tables)

    def _make_file(self) -> None:
        """Make the file and set its journal, for which SQLite itself does not wait its turn."""
        Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._busy_timeout
        with closing(sqlite3.connect(str(self.url.database), timeout=self._busy_timeout)) as connection:
            while True:
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(_AGAIN)

    def _sqlite(self) -> Engine:
        # Connections are kept: when the last one of a file in WAL is closed, SQLite folds the journal in.
        engine = create_engine(
            self.url,
            pool_size=5,
            max_overflow=50,
            pool_timeout=self._busy_timeout,
            connect_args={"timeout": self._busy_timeout},
        )
        event.listen(engine, "connect", _begin_by_hand)
        event.listen(engine, "begin", _begin_immediate)
        return engine

    def _postgresql(self) -> Engine:
        milliseconds = int(self._busy_timeout * 1000)
        return create_engine(
            self.url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            pool_timeout=self._busy_timeout,
            connect_args={
                "connect_timeout": max(2, int(self._busy_timeout)),
                "options": f"-c lock_timeout={milliseconds}",
            },
        )


def _begin_by_hand(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to protect what is read


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reason(error: Exception) -> str:
    """The driver's words, without the statement and the URL."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().partition("\n")[0]
