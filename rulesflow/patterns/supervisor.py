"""Keeps the worker: starts it, waits for it no longer than agreed, and replaces it when it fails."""

from __future__ import annotations

import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rulesflow.model.errors import RulesflowError

_WORKER: Final = "rulesflow.patterns.worker"
_LENGTH: Final = struct.Struct(">I")
_PIECE: Final = 1 << 16
_LONGEST_ANSWER: Final = 1 << 28
_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 1.0
#: How many times as long as agreed is waited for a worker that others keep from the processor.
_PATIENCE: Final = 4
_GLANCE: Final = 0.1
#: The worker never deletes compiled rules. One that holds so many is replaced.
_MOST_RULES: Final = 500
_ATTEMPTS: Final = 2

HOW_TO_INSTALL: Final = (
    "event patterns need durable-rules, which is built from source with a C compiler: "
    "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-cache-dir 'rulesflow[patterns]'"
)


class EngineMissing(RulesflowError):
    """durable-rules is not installed, or does not load."""


class MatchingFailed(RulesflowError):
    """A pattern could not be matched, and could not in another process either. ``pattern`` is its name."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"pattern {pattern} could not be matched: {reason}")
        self.pattern = pattern
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Question:
    """One pattern's rules and facts; see `rulesflow.patterns.worker`. ``most``: matches to be told."""

    pattern: str
    rules: str
    digest: str
    terms: int
    fields: tuple[str, ...]
    rows: Sequence[Sequence[int]]
    most: int


@dataclass(frozen=True, slots=True)
class Sifting:
    """Rules of one event each, ``r0``, ``r1`` and so on, and facts as JSON texts with an id of their own."""

    rules: str
    digest: str
    facts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """For each match the row of each term. ``cut``: there are more. ``spent``: the worker is to be ended."""

    found: list[list[int]]
    cut: bool
    spent: bool


class SiftingFailed(RulesflowError):
    """The engine could not sift facts, and could not in another process either."""


class _Lost(Exception):
    """The worker cannot go on; the text says why."""


class Supervisor:
    """A worker, and its replacements. Threads may share it; they ask one after another.

    A question is asked twice at most: of a worker, and of its replacement if it fails.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._closed = False
        self._losses = 0

    def ask(self, question: Question, seconds: float) -> Reply:
        """Blocks, for so many seconds at most from when the worker is free and there.

        Raises `MatchingFailed` and `EngineMissing`.
        """
        asked = {
            "rules": question.rules,
            "digest": question.digest,
            "terms": question.terms,
            "fields": question.fields,
            "rows": question.rows,
            "most": question.most,
        }
        try:
            answer = self._answer(asked, seconds)
        except _Lost as lost:
            raise MatchingFailed(question.pattern, str(lost)) from None
        return Reply(answer["found"], answer["cut"], answer["spent"])

    def sift(self, sifting: Sifting, seconds: float) -> list[list[int]]:
        """For each fact the numbers of the rules that it meets. Blocks like `ask`.

        Raises `SiftingFailed` and `EngineMissing`.
        """
        asked = {"rules": sifting.rules, "digest": sifting.digest, "facts": sifting.facts}
        try:
            return self._answer(asked, seconds)["met"]  # type: ignore[no-any-return]
        except _Lost as lost:
            raise SiftingFailed(f"durable-rules gave no answer: {lost}") from None

    def _answer(self, asked: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Raises `_Lost` if both workers were lost, and `EngineMissing`."""
        last = _Lost("matching has been closed")
        with self._lock:
            end: float | None = None
            for attempt in range(1, _ATTEMPTS + 1):
                if self._closed:
                    break
                try:
                    worker = self._running(asked["digest"])
                    now = time.monotonic()
                    end = end or now + seconds
                    answer = worker.ask(asked, now + (end - now) * attempt / _ATTEMPTS)
                except _Lost as lost:
                    last = lost
                    self._losses += 1
                    self._drop()
                else:
                    if answer.get("spent"):
                        self._drop()
                    return answer
        raise last

    def start(self) -> None:
        """Start the worker now, if it is not there: who asks first waits less. Raises `EngineMissing`."""
        with self._lock, suppress(_Lost):  # a worker that does not start is told to those who ask
            if not self._closed:
                self._started()

    @property
    def pid(self) -> int | None:
        """The worker's process, if there is one at present."""
        worker = self._worker
        return worker.pid if worker else None

    @property
    def losses(self) -> int:
        """How many workers crashed, hung or gave an error."""
        return self._losses

    def close(self) -> None:
        """End the worker. Whoever asks afterwards gets `MatchingFailed`."""
        with self._lock:
            self._closed = True
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _running(self, digest: str) -> _Worker:
        if self._worker and not self._worker.takes(digest):
            self._drop()
        return self._started()

    def _started(self) -> _Worker:
        if self._worker is None:
            self._worker = _Worker()
        return self._worker

    def _drop(self) -> None:
        if self._worker:
            self._worker.end()
            self._worker = None


class _Worker:
    """One process."""

    def __init__(self) -> None:
        """Raises `EngineMissing` and `_Lost`."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", "-m", _WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _search_path()},
                bufsize=0,
            )
        except OSError as error:  # no memory, no processes, no files left
            raise _Lost(f"its process cannot be started: {error}") from None
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._digests: set[str] = set()
        self._asked, self._spent = time.monotonic(), 0.0
        try:
            greeting = self._read(time.monotonic() + _START_SECONDS)
        except BaseException:
            self.end()
            raise
        if "missing" in greeting:
            self.end()
            raise EngineMissing(f"{HOW_TO_INSTALL} ({greeting['missing']})")

    @property
    def pid(self) -> int:
        return self._process.pid

    def takes(self, digest: str) -> bool:
        """Does it have room for rules of that digest?"""
        return digest in self._digests or len(self._digests) < _MOST_RULES

    def ask(self, asked: dict[str, Any], end: float) -> dict[str, Any]:
        """Raises `_Lost`: then it has to be ended."""
        self._digests.add(asked["digest"])
        self._asked, self._spent = time.monotonic(), _processor_seconds(self.pid)
        seconds = max(_END_SECONDS, end - time.monotonic() + _END_SECONDS)
        self._write(json.dumps({**asked, "seconds": seconds}).encode(), end)
        answer = self._read(end)
        if "error" in answer:
            raise _Lost(f"the engine said: {answer['error']}")
        return answer

    def end(self) -> None:
        """End it, whatever it is doing."""
        process = self._process
        process.kill()
        process.wait()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.stdout.close()

    def _write(self, body: bytes, end: float) -> None:
        left = memoryview(_LENGTH.pack(len(body)) + body)
        while left:
            self._await(self._input, selectors.EVENT_WRITE, end)
            try:
                left = left[os.write(self._input, left[:_PIECE]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _Lost(self._how_it_ended()) from None

    def _read(self, end: float) -> dict[str, Any]:
        (size,) = _LENGTH.unpack(self._bytes(_LENGTH.size, end))
        if size > _LONGEST_ANSWER:
            raise _Lost("its answer is too long")
        answer = json.loads(self._bytes(size, end))
        if not isinstance(answer, dict):
            raise _Lost("its answer is none")
        return answer

    def _bytes(self, count: int, end: float) -> bytes:
        pieces = bytearray()
        while len(pieces) < count:
            self._await(self._output, selectors.EVENT_READ, end)
            try:
                piece = os.read(self._output, min(_PIECE, count - len(pieces)))
            except BlockingIOError:
                continue
            if not piece:
                raise _Lost(self._how_it_ended())
            pieces += piece
        return bytes(pieces)

    def _await(self, pipe: int, what: int, end: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, what)
            while not selector.select(max(0.0, end - time.monotonic())):
                now = time.monotonic()
                if not self._starves(now - self._asked, end - self._asked):
                    raise _Lost("it took too long")
                end = now + _GLANCE

    def _starves(self, waited: float, agreed: float) -> bool:
        """Whether others keep it from the processor: that is no fault of its question."""
        if waited > agreed * _PATIENCE or not _is_runnable(self.pid):
            return False
        return _processor_seconds(self.pid) - self._spent < agreed / 2

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "its process closed its pipes"
        return f"its process was killed by signal {-code}" if code < 0 else f"its process ended with {code}"


def _stat(pid: int) -> list[str]:
    """What the system tells of a process, from its state on; nothing where it tells nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _is_runnable(pid: int) -> bool:
    """Whether it runs, or waits for nothing but its turn."""
    return _stat(pid)[:1] == ["R"]


def _processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 where nobody tells."""
    times = _stat(pid)[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK") if times else 0.0


def _search_path() -> str:
    """Where the worker finds this package, also when it is not installed."""
    package = str(Path(__file__).parents[2])
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([package, given] if given else [package])
