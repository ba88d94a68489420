"""The pulse of PostgreSQL: a server that hangs keeps connections open, and does not answer.

It cannot cut its own statements short then, and a long statement is as silent as a stopped server. So whoever
has heard nothing for a while asks over another connection; a statement that is only slow is never cut off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout

T = TypeVar("T")

_QUIET: Final = 2.5  # seconds without a byte from the server, after which it is asked whether it lives
_ASKED: Final = 2  # seconds in which it has to answer that
_CONNECTED: Final = 3  # seconds in which a connection has to stand, unless the address says otherwise
_FRESH: Final = 1.0  # seconds for which nobody asks again a server that has not answered
_SILENT: Final = "the server keeps connections open, but does not answer"
#: What the server says of the connection that waits: idle means that the statement never came there. Nothing
#: can be told through a pooler, which names other numbers than the server does.
_AT_WORK: Final = """\
SELECT pg_backend_pid() <> %s OR EXISTS (
  SELECT 1 FROM pg_stat_activity
  WHERE pid = %s AND (state IS NULL OR state NOT LIKE 'idle%%' OR state_change > now() - interval '1 second'))
"""


class Pulse:
    """What a process knows of its server. ``away``: it was not to be reached, and has not answered since.

    Any thread may use it.
    """

    def __init__(self) -> None:
        self.away = False
        self._hangs = False
        self._found = 0.0  # when it was last found to hang
        self._connecting = threading.Lock()
        self._asking = threading.Lock()

    def connect(self, *given: Any, **more: Any) -> psycopg.Connection[Any]:
        """A connection that is given up once the server hangs. Raises `psycopg.OperationalError`.

        While the server hangs one thread at a time tries, or all would stand there.
        """
        alone = self._connecting.acquire(blocking=False)
        try:
            if self._hangs and not alone:
                raise ConnectionTimeout(_SILENT)
            made = self._connected(given, {"connect_timeout": _CONNECTED, **more})
        finally:
            if alone:
                self._connecting.release()
        made.pulse, made.again = self, (given, more)
        return made

    def _connected(self, given: tuple[Any, ...], more: dict[str, Any]) -> _Watched:
        try:
            made = _Watched.connect(*given, **more)
        except psycopg.OperationalError as error:
            self._lost(hangs=isinstance(error, ConnectionTimeout))
            raise
        self.heard()
        return made

    def heard(self) -> None:
        """The server has answered something."""
        self.away = self._hangs = False

    def beats(self, waiting: _Watched) -> bool:
        """Whether the server still works on what a connection waits for. Blocks for moments."""
        with self._asking:
            if self._hangs and time.monotonic() - self._found < _FRESH:
                return False
            try:
                works = _asked(waiting)
            except (ConnectionTimeout, TimeoutError):
                self._lost(hangs=True)
                return False
            except psycopg.Error:  # it says why it cannot serve, so it does not hang
                return True
            self.heard()
            return works

    def _lost(self, *, hangs: bool) -> None:
        self.away, self._hangs = True, hangs
        if hangs:
            self._found = time.monotonic()


class _Watched(psycopg.Connection[Any]):
    """``again``: how it was made, so that another can be."""

    pulse: Pulse
    again: tuple[tuple[Any, ...], dict[str, Any]]

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        return super().wait(self._listened(gen), interval, timeout)

    def _listened(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        try:
            wanted, heard = next(gen), time.monotonic()
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > _QUIET:
                    self._ask()
                    heard = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as done:
            self.pulse.heard()
            result: T = done.value
            return result

    def _ask(self) -> None:
        """Raises `psycopg.OperationalError` where nothing is to come, and the connection is of no use."""
        if not self.pulse.beats(self):
            self.pgconn.finish()
            raise psycopg.OperationalError(_SILENT)


class _Question(psycopg.Connection[Any]):
    """It waits for an answer for a short while only, then it raises `TimeoutError`."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        return super().wait(_until(gen, time.monotonic() + _ASKED), interval, timeout)


def _until(gen: PQGen[T], end: float) -> Generator[Any, Any, T]:
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                raise TimeoutError
            wanted = gen.send(ready)
    except StopIteration as done:
        result: T = done.value
        return result


def _asked(waiting: _Watched) -> bool:
    given, more = waiting.again
    question = _Question.connect(*given, **{**more, "connect_timeout": _ASKED, "autocommit": True})
    try:
        pids = (question.info.backend_pid, waiting.info.backend_pid)
        row = question.execute(_AT_WORK, pids).fetchone()
        return row is None or bool(row[0])
    finally:
        question.close()
