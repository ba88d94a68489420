"""A client that asks all the time: ``python -m bench.asker URL FILE``, a process of its own.

``FILE`` holds requests as for `bench.generator`; they are sent over one keep-alive connection, the next when
the last was answered. For each line of its input it prints what it saw since the last: ``{"requests",
"failed", "p50", "p99", "slowest"}``, times in seconds. It ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import cycle
from pathlib import Path
from time import perf_counter

from bench.connection import connect
from bench.generator import LOOP, Tally, read_requests


async def ask(url: str, path: Path) -> None:
    """Ask until the input ends."""
    connection = await connect(url)
    tally, done = Tally(), asyncio.Event()

    def tell() -> None:
        nonlocal tally
        if not sys.stdin.readline():
            done.set()
            return
        print(json.dumps(_line(tally)), flush=True)
        tally = Tally()

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), tell)
    for request in cycle(read_requests(url, path)):
        asked = perf_counter()
        reply = await connection.send(request)
        tally.times.append(perf_counter() - asked)
        tally.failed += reply.status != 200
        if done.is_set():
            break
    connection.close()


def _line(tally: Tally) -> dict[str, float]:
    times = sorted(tally.times)
    return {
        "requests": len(times),
        "failed": tally.failed,
        "p50": times[len(times) // 2],
        "p99": times[len(times) * 99 // 100],
        "slowest": times[-1],
    }


if __name__ == "__main__":
    try:
        with asyncio.Runner(loop_factory=LOOP) as runner:
            runner.run(ask(sys.argv[1], Path(sys.argv[2])))
    except OSError as failed:
        sys.exit(f"asker: {failed}")
