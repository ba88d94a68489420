"""``events``: events over HTTP until patterns have looked at them, and the memory of who looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench import servers
from bench.eventload import CONNECTIONS, Sender, Turn
from bench.eventmix import PATTERN, stream, write_event_project
from bench.measuring import OURS, Bar, Comparison, Pace, Result, at_most
from bench.services.started import ServiceFailed, postgresql

DATABASES = ("sqlite", "postgresql")
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_TOGETHER = 100
_ROUND = 10_000  # events of a round at most, half of them one by one
_ROUNDS = 5  # at least
_STEADY = 100  # events a second, at the steady pace
_MIB = 1 << 20
_LOOK = 0.5  # seconds between two looks at the memory
_FLAT = 32  # MiB
_LONG = 100_000  # events from which on memory has a bar


@dataclass(slots=True)
class _Memory:
    """MiB of server and worker, after each round, and what the server had at most at any time."""

    server: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    highest: float = 0.0


def run(pace: Pace) -> Result:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    comparisons: list[Comparison] = []
    skipped: dict[str, str] = {}
    names = [pace.database] if pace.database else DATABASES
    if find_spec("durable_rules_engine") is None:
        names, skipped = [], {"durable-rules": "it is not installed; it takes a C compiler"}
    for name in names:
        try:
            with TemporaryDirectory() as folder, _database(name, folder) as url:
                comparisons += asyncio.run(_measure(_NAMES[name], url, Path(folder, "rules"), pace.events))
        except ServiceFailed as failed:
            skipped[_NAMES[name]] = str(failed).strip().splitlines()[-1]
    notes = (
        f"{pace.events:,} events of the sample shop on each database, in rounds, half of them in batches of "
        f"{_TOGETHER}; 5 % complete a match of {PATTERN}.",
        f"{CONNECTIONS} keep-alive connections that send the next request when they have the last reply; "
        f"steadily: {_STEADY} events a second.",
        "Until found: from the sending of the last event of a match until the match was recorded.",
        "All matches were there after each round, each once. Memory is that after a round, resident.",
    )
    return Result("events", "Events and their patterns", comparisons, notes, skipped)


def _database(name: str, folder: str) -> AbstractContextManager[str]:
    return postgresql() if name == "postgresql" else nullcontext(f"sqlite:///{folder}/events.db")


async def _measure(case: str, database: str, folder: Path, events: int) -> list[Comparison]:
    rules = write_event_project(folder)
    memory, singles, batches = _Memory(), list[Turn](), list[Turn]()
    busy: list[tuple[float, float]] = []
    rounds = max(events // _ROUND, _ROUNDS)
    half = events // rounds // 2
    with servers.rulesflow(rules, {"RULESFLOW_DATABASE_URL": database}) as server:
        sender = Sender(server.url)
        watching = asyncio.create_task(_watch(server.pid, memory))
        for number in range(rounds):
            before = _busy(server.pid)
            singles.append(await sender.send(stream(half, 2 * number)))
            between = _busy(server.pid)
            batches.append(await sender.send(stream(half, 2 * number + 1), together=_TOGETHER))
            busy.append((between - before, _busy(server.pid) - between))
            memory.server.append(_resident(server.pid))
            memory.worker.append(sum(_resident(pid) for pid in _workers(server.pid)))
        steady = await sender.send(stream(min(half, _STEADY * 10), 2 * rounds), rate=_STEADY)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return [
        *_figures(f"{case}, one by one", singles, [one for one, _ in busy]),
        *_figures(f"{case}, batches of {_TOGETHER}", batches, [many for _, many in busy]),
        *_times(f"{case}, steadily", [steady]),
        *_footprint(f"{case}, memory over {events:,} events", memory, events),
    ]


def _figures(case: str, turns: Sequence[Turn], busy: Sequence[float]) -> list[Comparison]:
    each = [seconds / turn.events * 1000 for turn, seconds in zip(turns, busy, strict=True)]
    taken = [turn.events / turn.sent for turn in turns]
    matched = [turn.events / turn.matched for turn in turns]
    return [
        Comparison(case, "taken in", "events/s", {OURS: taken}),
        Comparison(case, "taken in and matched", "events/s", {OURS: matched}),
        Comparison(case, "processor time of an event", "ms", {OURS: each}),
        *_times(case, turns),
    ]


def _times(case: str, turns: Sequence[Turn]) -> list[Comparison]:
    parts: dict[str, Callable[[Turn], list[float]]] = {
        "request": lambda turn: turn.posts,
        "until found": lambda turn: turn.found,
    }
    return [
        Comparison(
            case, f"{part}, p{share}", "ms", {OURS: [_percentile(of(turn), share) * 1000 for turn in turns]}
        )
        for part, of in parts.items()
        for share in (50, 99)
    ]


def _percentile(times: Sequence[float], share: int) -> float:
    return sorted(times)[len(times) * share // 100]


# -- memory --------------------------------------------------------------------------------------------


def _footprint(case: str, memory: _Memory, events: int) -> list[Comparison]:
    """What is there after the warm-up, a tenth of the rounds, and at the end."""
    found = []
    for name, series in (("server", memory.server), ("worker", memory.worker)):
        warm = series[len(series) // 10 :]
        bars: dict[str, Bar] = {OURS: at_most(_FLAT)} if events >= _LONG else {}
        found += [
            Comparison(case, f"{name}, after the warm-up", "MiB", {OURS: warm[:1]}),
            Comparison(case, f"{name}, last", "MiB", {OURS: warm[-1:]}),
            Comparison(case, f"{name}, grows by", "MiB", {OURS: [max(warm[-1] - warm[0], 0.0)]}, bars),
            Comparison(case, f"{name}, all rounds", "MiB", {OURS: series}),
        ]
    return [*found, Comparison(case, "server, highest", "MiB", {OURS: [memory.highest]})]


async def _watch(pid: int, memory: _Memory) -> None:
    while True:
        memory.highest = max(memory.highest, _resident(pid))
        await asyncio.sleep(_LOOK)


def _resident(pid: int) -> float:
    """MiB that a process has in memory; 0 once it has gone."""
    try:
        return float(psutil.Process(pid).memory_info().rss) / _MIB
    except psutil.NoSuchProcess:
        return 0.0


def _busy(pid: int) -> float:
    """Seconds of the processor that a server and its workers have used so far."""
    return sum(sum(psutil.Process(each).cpu_times()[:4]) for each in (pid, *_workers(pid)))


def _workers(pid: int) -> list[int]:
    """The processes that match for a server."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):
            if "rulesflow.patterns.worker" in child.cmdline():
                found.append(child.pid)
    return found
