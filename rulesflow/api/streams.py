"""The call that follows the whole service."""

from __future__ import annotations

from starlette.requests import Request

from rulesflow.api.ending import Ending
from rulesflow.api.routing import Answer
from rulesflow.api.sse import EventStream
from rulesflow.runtime.changes import Changes


class Streams:
    """The endpoint ``/v1/stream``."""

    def __init__(self, changes: Changes, ending: Ending) -> None:
        self._changes = changes
        self._ending = ending

    async def follow(self, _: Request) -> Answer:
        """``GET /v1/stream``."""
        return EventStream(self._changes.follow(), self._ending)
