"""What became of each order of a play, as the service tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.connection import Connection, connect, get
from bench.play import Placed, Played
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import SECOND, parse_timestamp

ENDED = ("completed", "failed", "cancelled")
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class End:
    """What became of an order. Times are in seconds from the beginning of the play.

    ``run``: as the service shows it, empty where it knows none. ``parked``: when a step of it first parked;
    ``through``: when the last of those that had was called at last.
    """

    placed: Placed
    run: Mapping[str, Any]
    second: float | None
    parked: float | None
    through: float | None

    @property
    def status(self) -> str:
        """As the service says it."""
        return str(self.run.get("status", "unknown"))

    @property
    def took(self) -> float | None:
        """Seconds from the order to its end; None where it has not come to one."""
        return None if self.second is None else self.second - self.placed.second


async def read_ends(url: str, played: Played) -> list[End]:
    """Ask for every order, in the order in which they came. Raises `ConnectionError` and `OSError`."""
    placed = sorted(played.placed.values(), key=lambda each: each.second)
    found: dict[str, End] = {}

    async def keep_reading(waiting: Iterator[Placed]) -> None:
        connection = await connect(url)
        for each in waiting:
            found[each.run] = await _end(connection, url, played, each)
        connection.close()

    waiting = iter(placed)
    await asyncio.gather(*(keep_reading(waiting) for _ in range(_AT_ONCE)))
    return [found[each.run] for each in placed]


async def _end(connection: Connection, url: str, played: Played, placed: Placed) -> End:
    reply = await connection.send(get(url, f"/v1/runs/{placed.run}"))
    run = read_json(reply.body) if reply.status == 200 else {}
    ended = _second(run["updated_at"], played) if run.get("status") in ENDED else None
    if played.outage is None or (ended is not None and ended < played.outage[0]):
        return End(placed, run, ended, None, None)
    reply = await connection.send(get(url, f"/v1/runs/{placed.run}/history?limit=10000"))
    entries = read_json(reply.body)["entries"] if reply.status == 200 else []
    parks = [each for each in entries if each["type"] == "parked"]
    if not parks:
        return End(placed, run, ended, None, None)
    paths = {each["path"] for each in parks}
    calls = [each["at"] for each in entries if each["type"] in ("call", "undo") and each["path"] in paths]
    through = _second(calls[-1], played) if calls else None
    return End(placed, run, ended, _second(parks[0]["at"], played), through)


def _second(text: str, played: Played) -> float:
    return parse_timestamp(text) / SECOND - played.began
