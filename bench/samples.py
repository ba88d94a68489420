"""What a service says of itself over REST, again and again: how its runs stand, and how a resource does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.connection import Connection, get
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import SECOND, parse_timestamp

_ENDED = ("completed", "failed", "cancelled")


class NoAnswer(Exception):
    """The service did not say how it does; the message tells what it said instead."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How it stands ``second`` seconds after the beginning. Rates are a second.

    ``left``: seconds until all that is parked will be through, as the service expects; None: it cannot tell.
    """

    second: float
    arrived: int
    parked: int
    done: int
    waiting: int
    incidents: int
    breaker: str
    drain_rate: float
    left: float | None

    def as_dict(self) -> dict[str, Any]:
        """The form of the JSON file."""
        return asdict(self)


class Sampler:
    """Asks a service about the runs of ``workflow`` that began at ``since`` (RFC 3339) or later."""

    def __init__(self, connection: Connection, url: str, resource: str, workflow: str, since: str) -> None:
        self._connection = connection
        self._url = url
        self._resource = f"/v1/resources/{resource}"
        self._count = f"/v1/runs/count?workflow={workflow}&since={since}"

    async def sample(self, second: float, now: float, arrived: int) -> Sample:
        """How it stands; ``now`` is in seconds since 1970. Raises `NoAnswer` and `ConnectionError`."""
        by_status = (await self._ask(self._count))["by_status"]
        resource = await self._ask(self._resource)
        return Sample(
            round(second, 3),
            arrived,
            by_status.get("parked", 0),
            sum(by_status.get(status, 0) for status in _ENDED),
            by_status.get("waiting", 0),
            by_status.get("incident", 0),
            resource["state"],
            float(resource["drain_rate"] or 0),
            _left(resource, now),
        )

    async def _ask(self, path: str) -> Any:
        reply = await self._connection.send(get(self._url, path))
        if reply.status != 200:
            raise NoAnswer(f"{path}: {reply.status} {reply.body.decode(errors='replace')[:300]}")
        return read_json(reply.body)


def _left(resource: Mapping[str, Any], now: float) -> float | None:
    if resource["expected_end"] is None:
        return None
    return max(parse_timestamp(resource["expected_end"]) / SECOND - now, 0.0)
