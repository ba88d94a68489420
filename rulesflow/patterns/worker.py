"""The process in which durable-rules runs: ``python -m rulesflow.patterns.worker``.

It reads a question from its input and writes an answer to its output, until the input ends. Each is a JSON
text behind its length, four bytes, the highest first. Its first message says whether the engine is there:
``{"ready": true}`` or ``{"missing": "why"}``. A question::

    {"rules": "…", "digest": "…", "terms": 2, "fields": ["b0", …], "rows": [[1, …], …],
     "most": 100, "seconds": 1}

``rules`` are the engine's own, their terms named ``m0``, ``m1``, …; each row is a fact. The answer is
``{"found": [[3, 1], …], "cut": false, "spent": false}``: for each match the row of each term, and whether
there are more; or it is ``{"error": "…"}``. After an error, when it is spent, and when it does not answer,
the process must be ended: nothing in it can be relied on any more. It ends by itself when a question takes
longer than ``seconds``, so it does not outlive those who ask.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import process_time
from typing import Any, BinaryIO, Final

try:
    import durable_rules_engine as engine
except ImportError as error:
    engine, _missing = None, str(error)

_LENGTH: Final = struct.Struct(">I")
#: What the process may take of memory, in bytes. An engine that runs over ends, and another is started.
_MEMORY: Final = 1 << 30
#: Processor time in seconds. Where joining took more, taking the facts back can take a thousand times that.
_MUCH: Final = 0.03
_MANY_WAYS: Final = 10


class Engine:
    """Compiled rules by their digest. They are never deleted: that is where the engine leaks and dies."""

    def __init__(self) -> None:
        self._handles: dict[str, Any] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Of either kind. No fact is left afterwards, or the engine is spent."""
        handle = self._handles.get(asked["digest"])
        if handle is None:
            handle = self._handles[asked["digest"]] = engine.create_ruleset(asked["digest"], asked["rules"])
        if "facts" in asked:
            return {"met": [_met(handle, fact) for fact in asked["facts"]]}
        return _joined(handle, asked)


def _joined(handle: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Match the rows."""
    found = _Found(asked["terms"], asked["most"])
    started = process_time()
    stored = []
    for fact in _facts(asked["fields"], asked["rows"]):
        stored.append(fact)
        # Nothing may be left behind, so what is too much is told by the engine too, but not read.
        for text in _matches(handle, fact):
            found.add(text)
        if found.full:
            break
    spent = process_time() - started > _MUCH
    if not spent:
        _take_back(handle, stored)
    return {"found": list(found.rows), "cut": found.full, "spent": spent}


class _Found:
    """The matches. It is full when they are of more than ``most`` different sets of rows."""

    def __init__(self, terms: int, most: int) -> None:
        self.rows: dict[tuple[int, ...], None] = {}
        self.full = False
        self._names = [f"m{number}" for number in range(terms)]
        self._sets: set[frozenset[int]] = set()
        self._most = most

    def add(self, text: str) -> None:
        """A match as the engine tells it: ``{"r0": {"m0": fact, …}}``."""
        if self.full:
            return
        for facts in json.loads(text).values():
            rows = tuple(facts[name]["id"] - 1 for name in self._names)
            self._sets.add(frozenset(rows))
            self.full = len(self._sets) > self._most or len(self.rows) > _MANY_WAYS * self._most
            if not self.full:
                self.rows[rows] = None


def _met(handle: Any, fact: str) -> list[int]:
    met = [int(name[1:]) for text in _matches(handle, fact) for name in json.loads(text)]
    _take_back(handle, [fact])
    return met


def _take_back(handle: Any, facts: list[str]) -> None:
    for fact in reversed(facts):  # the latest are in the fewest joins
        code, _ = engine.retract_fact(handle, fact)
        if code > 1:
            raise RuntimeError(f"taking a fact back gave code {code}")


def _facts(fields: list[str], rows: list[list[int]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        yield json.dumps({"id": number, **dict(zip(fields, row, strict=True))})


def _matches(handle: Any, fact: str) -> Iterator[str]:
    """What the fact completes."""
    code, offset = engine.assert_fact(handle, fact)
    if code > 1:
        raise RuntimeError(f"a fact gave code {code}")
    started = engine.start_action_for_state(handle, offset) if code == 0 else None
    message = started and started[1]
    while message:
        yield message
        message = engine.complete_and_start_action(handle, offset)


def read(source: BinaryIO) -> Any:
    """The next message, or None at the end."""
    length = source.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(length)
    body = source.read(size)
    return json.loads(body) if len(body) == size else None


def write(target: BinaryIO, message: Any) -> None:
    """Send a message."""
    body = json.dumps(message).encode()
    target.write(_LENGTH.pack(len(body)) + body)
    target.flush()


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the engine holds the lock: no handler could run
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, _MEMORY)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    if engine is None:
        write(target, {"missing": _missing})
        return
    write(target, {"ready": True})
    rules = Engine()
    while (asked := read(source)) is not None:
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
        write(target, _answered(rules, asked))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit(what: int, most: int) -> None:
    with suppress(OSError, ValueError):  # not every system has each limit
        resource.setrlimit(what, (most, most))


def _answered(rules: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return rules.answer(asked)
    except Exception as error:  # the engine raises plain exceptions, which tell a code
        return {"error": str(error)[:200] or type(error).__name__}


if __name__ == "__main__":
    main()
