"""Following a run: waiting for its end, or seeing what happens as it happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from rulesflow.cli.client import Client, Unreachable

ENDED = frozenset({"completed", "failed", "cancelled"})
#: Where a run stays until a person acts.
STUCK = ENDED | {"incident"}
_TRIES = 30  # to come back to a service that went away
_PAUSE = 1.0  # seconds between them


def to_the_end(client: Client, run: dict[str, Any]) -> dict[str, Any]:
    """The run once it has ended, or is an incident."""
    while run["status"] not in STUCK:
        run = client.get(f"/v1/runs/{run['id']}", has="status", wait=True)
    return run


def follow(client: Client, run: str, after: int = 0) -> Iterator[dict[str, Any]]:
    """What happens in a run until it ends; a service that is started anew is found again.

    Raises `Unreachable` where it is not.
    """
    tries, silent = 0, ""
    while tries < _TRIES:
        try:
            for entry in client.events(f"/v1/runs/{run}/events", after):
                tries, after = 1, entry.get("number", after)
                yield entry
                if entry["type"] == "end":
                    return
        except Unreachable as error:
            if not tries:
                raise
            silent = str(error)
        tries += 1
        time.sleep(_PAUSE)
    raise Unreachable(silent or "it ends again and again")
