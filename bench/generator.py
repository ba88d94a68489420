"""Load, made in a process of its own: ``python -m bench.generator PLAN``, one line of JSON for each turn.

The plan is a JSON file: ``{"turns": [{"url", "requests", "seconds", "connections"}]}``. ``requests`` names a
file with a ``{"path", "body"}`` on each line, or ``{"path", "lines"}`` for NDJSON; they are sent over and
over until the time is up. A line says ``{"requests", "seconds", "failed", "p50", "p99"}``, times in seconds.
Only 127.0.0.1 is ever asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.connection import Connection, connect, post

if find_spec("uvloop") is not None:
    import uvloop

    LOOP: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
else:
    LOOP = asyncio.new_event_loop


@dataclass(slots=True)
class Tally:
    """What the connections of one turn saw. ``failed``: replies whose status was not 200."""

    times: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    """Play the plan."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with asyncio.Runner(loop_factory=LOOP) as runner:
        for turn in plan["turns"]:
            print(json.dumps(runner.run(play(turn, turn["connections"]))), flush=True)


async def play(turn: dict[str, Any], connections: int) -> dict[str, float]:
    """One turn; what its line says."""
    if not turn["url"].startswith("http://127.0.0.1:"):
        raise ValueError(f"only this machine may be loaded, not {turn['url']}")
    requests = read_requests(turn["url"], Path(turn["requests"]))
    opened = [await connect(turn["url"]) for _ in range(connections)]
    tally, started = Tally(), perf_counter()
    ends = started + turn["seconds"]
    # Each connection begins elsewhere in the requests, so that no two send the same at once.
    starts = [number * len(requests) // connections for number in range(connections)]
    tasks = [
        _keep_asking(each, requests[start:] + requests[:start], ends, tally)
        for each, start in zip(opened, starts, strict=True)
    ]
    await asyncio.gather(*tasks)
    seconds = perf_counter() - started
    for each in opened:
        each.close()
    return _line(tally, seconds)


def read_requests(url: str, path: Path) -> list[bytes]:
    """The requests of a file, as they go over the wire."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [request_of(url, line) for line in lines]


def request_of(url: str, line: dict[str, Any]) -> bytes:
    """A line of such a file, as it goes over the wire."""
    if "lines" in line:
        body = "\n".join(map(json.dumps, line["lines"])).encode()
        return post(url, line["path"], body, media_type="application/x-ndjson")
    return post(url, line["path"], json.dumps(line["body"]).encode())


async def _keep_asking(connection: Connection, requests: Sequence[bytes], ends: float, tally: Tally) -> None:
    while True:
        for request in requests:
            asked = perf_counter()
            if asked >= ends:
                return
            reply = await connection.send(request)
            tally.times.append(perf_counter() - asked)
            tally.failed += reply.status != 200


def _line(tally: Tally, seconds: float) -> dict[str, float]:
    times = sorted(tally.times)
    return {
        "requests": len(times),
        "seconds": seconds,
        "failed": tally.failed,
        "p50": times[len(times) // 2],
        "p99": times[len(times) * 99 // 100],
    }


if __name__ == "__main__":
    try:
        main()
    except OSError as failed:
        sys.exit(f"generator: {failed}")
