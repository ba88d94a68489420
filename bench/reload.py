"""``reload``: how long it takes until an edit is served, and how long requests take meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import servers
from bench.measuring import OURS, Comparison, Pace, Result, WrongAnswer, at_most
from bench.tables import (
    DECISION,
    RULES_A_FILE,
    Request,
    equality_table,
    many_files,
    project_files,
    requests,
    write_project,
)

QUIET = "without edits"
_SEED = 1127
_LONGEST = 60.0  # seconds after which an edit is no longer waited for
_POLL = 0.001  # seconds between two looks at the answer


@dataclass(frozen=True, slots=True)
class _Size:
    files: int
    edits: int
    pause: float  # seconds after an edit was served, in which what is old may be let go


_FULL = _Size(files=100, edits=30, pause=0.7)
_QUICK = _Size(files=10, edits=5, pause=0.2)
_Phase = Mapping[str, float]


def run(pace: Pace) -> Result:
    """Edit one rule of one file after another, under a client that asks all the time."""
    size = _QUICK if pace.quick else _FULL
    with TemporaryDirectory() as folder:
        root, plan = Path(folder, "rules"), Path(folder, "requests.ndjson")
        write_project(root, many_files(size.files))
        asked = requests(equality_table(RULES_A_FILE), RULES_A_FILE, _SEED)
        plan.write_text("\n".join(_lines(asked, size.files)), encoding="utf-8")
        with servers.rulesflow(root) as server, _asking(server.url, plan) as client:
            watcher = _Watcher(server.url)
            times, quiet, busy = _edit(root, asked, size, watcher, client)
    for phase in (quiet, busy):
        if phase["failed"]:
            raise WrongAnswer(f"{phase['failed']:g} of {phase['requests']:g} requests were refused")
    return Result(
        "reload", "An edit while requests come", _comparisons(size, times, quiet, busy), _notes(busy)
    )


def _lines(asked: list[Request], files: int) -> Iterator[str]:
    for number in range(files * 10):
        facts = json.loads(asked[number % len(asked)].text)
        path = f"/v1/decisions/{DECISION}_{number % files:03}"
        yield json.dumps({"path": path, "body": {"facts": facts}})


def _edit(
    root: Path, asked: list[Request], size: _Size, watcher: _Watcher, client: _Client
) -> tuple[list[float], _Phase, _Phase]:
    """Seconds by edit, and what the client saw for as long before and during the edits."""
    time.sleep(1.0)
    client.phase()
    time.sleep(size.edits * (size.pause + 0.3))
    quiet = client.phase()
    times = []
    for number in range(size.edits):
        times.append(_one_edit(root, number, asked[number % len(asked)], size.files, watcher))
        time.sleep(size.pause)
    busy = client.phase()
    return times, quiet, busy


def _one_edit(root: Path, number: int, request: Request, files: int, watcher: _Watcher) -> float:
    """Give a rule another rate; seconds from before the file is written until the new answer is served."""
    name = f"{DECISION}_{number * 7 % files:03}"
    table, rate = equality_table(RULES_A_FILE), 1_000_000 + number
    rows = tuple(replace(row, rate=rate) if row.name == request.outcome["row"] else row for row in table.rows)
    file = f"base/{name}.yaml"
    data = project_files({name: replace(table, rows=rows)})[file]
    before = watcher.answer(name, request)
    if before != request.outcome:
        raise WrongAnswer(f"{name} answers {before}, not {request.outcome}, before its edit")
    started = time.monotonic()
    (root / file).write_bytes(data)
    while watcher.answer(name, request) != {**request.outcome, "rate": rate}:
        if time.monotonic() - started > _LONGEST:
            raise servers.ServerFailed(f"the edit of {name} is not served after {_LONGEST:g} s")
        time.sleep(_POLL)
    return time.monotonic() - started


class _Watcher:
    """A second client, which looks for the new answer."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(url.removeprefix("http://"), timeout=_LONGEST)

    def answer(self, name: str, request: Request) -> dict[str, Any]:
        """The result of a decision."""
        body = b'{"facts": %b}' % request.text
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", f"/v1/decisions/{name}", body, headers)
        found: dict[str, Any] = json.loads(self._connection.getresponse().read())["result"]
        return found


class _Client:
    """The process that asks all the time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def phase(self) -> _Phase:
        """What it saw since the last time. Raises `ServerFailed`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise servers.ServerFailed("the client could not go on; its reason stands above")
        found: _Phase = json.loads(line)
        return found


@contextmanager
def _asking(url: str, plan: Path) -> Iterator[_Client]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.asker", url, str(plan)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield _Client(process)
    finally:
        process.kill()
        process.communicate()


def _comparisons(size: _Size, times: list[float], quiet: _Phase, busy: _Phase) -> list[Comparison]:
    case = f"{size.files * RULES_A_FILE:,} rules, {size.files} files, {size.edits} edits"
    bars = {"slowest": {OURS: at_most(50)}}
    return [
        Comparison(case, "edit until served, median", "s", {OURS: times}, {OURS: at_most(0.3)}),
        Comparison(case, "edit until served, slowest", "s", {OURS: [max(times)]}, {OURS: at_most(0.3)}),
        *(
            Comparison(
                case,
                f"request meanwhile, {part}",
                "ms",
                {OURS: [busy[part] * 1000], QUIET: [quiet[part] * 1000]},
                bars.get(part, {}),
            )
            for part in ("p50", "p99", "slowest")
        ),
    ]


def _notes(busy: _Phase) -> tuple[str, ...]:
    return (
        "One rule of one file is given another rate; the time is that from before the file is written until "
        "a request gets the new answer.",
        f"Meanwhile a process asks all decisions in turn over one connection, {busy['requests']:,.0f} times, "
        "and a second client looks for the answer every millisecond. Beside it as long a time without edits.",
    )
