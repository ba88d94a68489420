"""Events sent to a service, and the matches that it finds in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, perf_counter, time_ns

from bench.connection import Connection, connect, get, post
from bench.eventmix import PATTERN, Made, Stream
from bench.measuring import WrongAnswer
from bench.servers import ServerFailed
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import SECOND, Timestamp, parse_timestamp

CONNECTIONS = 16
_SINGLE = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_SOURCE = "/bench"
_PAGE = 1_000
_PAUSE = 0.1  # seconds between two looks for the last match
_PATIENCE = 120.0  # seconds without a new match, after which one is taken for lost
_BUSY = 429


@dataclass(slots=True)
class Turn:
    """What sending a stream came to. Times are in seconds.

    ``posts``: each request, from its sending to its reply; ``found``: each match, from the sending of the
    last of its events until it was recorded. ``sent``, ``matched``: until all events were in, and all matches
    recorded, from the beginning.
    """

    events: int
    posts: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)
    sent: float = 0.0
    matched: float = 0.0


class Sender:
    """Sends streams, one after another, to one service. Raises `ServerFailed` and `WrongAnswer`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._count = 0
        self._sent: dict[str, int] = {}  # nanoseconds since 1970, by the id of the event

    async def send(self, stream: Stream, *, together: int = 1, rate: float | None = None) -> Turn:
        """Send it over `CONNECTIONS` connections, so many events ``together`` in a request.

        ``rate``: requests a second; without it each connection sends the next when it has its reply.
        """
        turn = Turn(len(stream.events))
        self._sent.clear()
        opened = [await connect(self._url) for _ in range(CONNECTIONS)]
        began, began_at = perf_counter(), time_ns()
        waiting = enumerate(self._requests(stream.events, together))

        async def keep_sending(connection: Connection) -> None:
            for number, few in waiting:
                if rate:
                    await asyncio.sleep(max(began + number / rate - perf_counter(), 0))
                turn.posts.append(await self._post(connection, few, together > 1))

        async with asyncio.TaskGroup() as group:
            for each in opened:
                group.create_task(keep_sending(each))
        turn.sent = perf_counter() - began
        recorded = await self._matches(opened[0], began_at, stream.matches)
        turn.found = [(at - last) / SECOND for at, last in recorded]
        turn.matched = (max(at for at, _ in recorded) - began_at) / SECOND
        for each in opened:
            each.close()
        return turn

    def _requests(self, events: Sequence[Made], together: int) -> Iterator[list[tuple[str, Made]]]:
        for start in range(0, len(events), together):
            few = events[start : start + together]
            yield [(str(self._count + number), made) for number, made in enumerate(few)]
            self._count += len(few)

    async def _post(self, connection: Connection, few: list[tuple[str, Made]], batch: bool) -> float:
        """Send events of now until they are taken in; the seconds of the request that was."""
        while True:
            time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
            items = [
                {"specversion": "1.0", "id": id_, "source": _SOURCE, "time": time, **made._asdict()}
                for id_, made in few
            ]
            body = json.dumps(items if batch else items[0]).encode()
            request = post(self._url, "/v1/events", body, media_type=_BATCH if batch else _SINGLE)
            at, started = time_ns(), perf_counter()
            self._sent.update((id_, at) for id_, made in few if made.type == "payment.declined")
            reply = await connection.send(request)
            if reply.status == 202:
                return perf_counter() - started
            if reply.status != _BUSY:
                raise ServerFailed(f"events are answered by {reply.status} {reply.body.decode()[:2_000]}")
            await asyncio.sleep(1)

    async def _matches(self, connection: Connection, since: int, count: int) -> list[tuple[int, int]]:
        """Once all matches are there: when each was recorded, and when its last event had been sent."""
        known: list[tuple[int, int]] = []
        ends = monotonic() + _PATIENCE
        while len(known) < count:
            await asyncio.sleep(_PAUSE)
            before = len(known)
            known = await self._known(connection, since)
            if len(known) > before:
                ends = monotonic() + _PATIENCE
            if monotonic() > ends:
                break
        if len(known) != count:
            raise WrongAnswer(f"{len(known)} matches of {PATTERN} were found where there are {count}")
        return known

    async def _known(self, connection: Connection, since: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        path = f"/v1/matches?pattern={PATTERN}&since={Timestamp(since)}&limit={_PAGE}"
        cursor = ""
        while True:
            reply = await connection.send(get(self._url, path + cursor))
            if reply.status != 200:
                raise ServerFailed(f"matches are answered by {reply.status} {reply.body.decode()[:2_000]}")
            page = read_json(reply.body)
            for match in page["matches"]:
                ids = [event["id"] for event in match["events"]]
                found.append((int(parse_timestamp(match["found_at"])), max(self._sent[id_] for id_ in ids)))
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"
