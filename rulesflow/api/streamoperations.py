"""What OpenAPI says of the stream."""

from __future__ import annotations

from typing import Final

from rulesflow.api.operations import READ, described
from rulesflow.api.problems import DATABASE_AWAY
from rulesflow.api.sse import MEDIA_TYPE

_EXAMPLE: Final = (
    'event: hello\ndata: {"type":"hello","ruleset":{"digest":"9f2c…",…},"runs":{"counts":{"running":12,'
    '"completed":4310},"changed":null},"resources":{"resources":[{"name":"payment","state":"closed",'
    '"parked":0}]},"alerts":{"open":0,"worst":null}}\n\n'
    'event: runs\ndata: {"type":"runs","counts":{"running":11,"completed":4311},'
    '"changed":["018f6b2e-5d1c-7c3a-9d0e-2f1a4b6c8d90"]}\n\n: still here\n\n'
)
STREAM = described(
    "stream",
    "Follow the whole service",
    "Server-sent events. First a `hello` with every part, then a part as it changes, once a second at most: "
    "`runs` (counts by status, and the runs that have changed, null where they are more than 200 or of other "
    "processes), `ruleset` (as `GET /v1/ruleset`), `resources`, `alerts`. Who comes back begins anew with a "
    "`hello`. A comment shows every 15 s that the stream lives.",
    {
        "description": "The events",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    (*READ, DATABASE_AWAY),
    "health",
)
