"""durable-rules, the correlation engine, fenced: it crashes and hangs, so it has a process and a time limit.

It sees only the fields that the rules test, under names of one form, and each event has an id of its own.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from bench.measuring import Contender, ContenderLost
from bench.tables import Cell, Request, Table

NAME = "durable-rules"
#: What one set may hold.
MOST_RULES = 4_096
_SECONDS = 20.0  # that anything may take
_MENDED = (
    "it is not installed: CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --no-cache-dir "
    "-e '.[patterns]', which takes a C compiler"
)


@cache
def missing() -> str | None:
    """Why it cannot take part, or None."""
    # Built without the flag it is installed, but cannot be imported from Python 3.13 on.
    command = [sys.executable, "-c", "import durable_rules_engine"]
    tried = subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)
    return _MENDED if tried.returncode else None


@contextmanager
def contender(table: Table, asked: Sequence[Request]) -> Iterator[Contender]:
    """It, with its process. Raises `ContenderLost`."""
    reason = missing()
    if reason:
        raise ContenderLost(reason)
    if len(table.rows) > MOST_RULES:
        raise ContenderLost(f"a set may have {MOST_RULES:,} rules at most")
    outcomes = {row.name: row.outcome for row in table.rows}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rules.json"
        file.write_text(json.dumps({"rules": _rules(table), "facts": _facts(table, asked)}), encoding="utf-8")
        worker = _Worker(file)
        try:
            worker.tell(None)
            yield Contender(worker.post, range(len(asked)), outcomes.get, worker.seconds)
        finally:
            worker.end()


class _Worker:
    """The process. Whatever it does not answer in time, or not at all, is its end."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.peers.durable_worker", str(file)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def post(self, number: int) -> str | None:
        """The name of the rule that the facts of this number fire. Raises `ContenderLost`."""
        return cast("str | None", self.tell({"ask": number}))

    def seconds(self, questions: Sequence[int]) -> float:
        """The mean time of a post, over facts that follow one another. Raises `ContenderLost`."""
        return float(self.tell({"turn": [questions[0], len(questions)]}))

    def tell(self, wanted: dict[str, Any] | None) -> Any:
        """Its answer; None only awaits its first line. Raises `ContenderLost`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            if wanted is not None:
                self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
                self._process.stdin.flush()
        except OSError:
            raise ContenderLost(self._end_of_it()) from None
        ready, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise ContenderLost(self._end_of_it())
        return json.loads(line)

    def end(self) -> None:
        """End it, by its id."""
        self._process.kill()
        self._process.communicate()

    def _end_of_it(self) -> str:
        try:
            return f"its process ended with status {self._process.wait(1)}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            return f"it hung for {_SECONDS:g} s"


def _rules(table: Table) -> dict[str, Any]:
    return {
        row.name: {
            "all": [{"m": {"$and": [test for cell in enumerate(row.cells) for test in _tests(*cell)]}}]
        }
        for row in table.rows
    }


def _tests(place: int, cell: Cell) -> list[dict[str, Any]]:
    name = f"f{place}"
    if isinstance(cell, str):
        return [{name: cell}]
    return [{"$gte": {name: cell[0]}}, {"$lt": {name: cell[1]}}]


def _facts(table: Table, asked: Sequence[Request]) -> list[dict[str, Any]]:
    orders = [json.loads(each.text)["order"] for each in asked]
    columns = [column.removeprefix("order.") for column in table.columns]
    return [{f"f{place}": order[column] for place, column in enumerate(columns)} for order in orders]
