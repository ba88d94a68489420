"""What OpenAPI says of the call that tells how steps do."""

from __future__ import annotations

from rulesflow.api import statexamples as examples
from rulesflow.api.operations import READ, described, ok
from rulesflow.api.problems import DATABASE_AWAY, DECISIONS_ONLY, FACTS_REFUSED

SHOW = described(
    "step_stats",
    "How steps and resources do",
    "Over all processes that share the database: how long calls were queued and ran, how many failed, what "
    "is usual at this hour of the week, and a verdict in words. A percentile is exact to 2 %; a second old "
    "at most, what other processes did a few seconds.",
    ok("The steps and resources", "StepStats", examples.STATS),
    (*READ, DECISIONS_ONLY, DATABASE_AWAY, FACTS_REFUSED),
    "resources",
    parameters=[
        {
            "name": "window",
            "in": "query",
            "description": "how far back, from 10s to 7d; of hours beyond 2h",
            "schema": {"type": "string", "default": "5m"},
            "example": "5m",
        },
        {
            "name": "series",
            "in": "query",
            "description": "with points over the window",
            "schema": {"type": "boolean", "default": False},
        },
        {
            "name": "step",
            "in": "query",
            "description": "only this step",
            "schema": {"type": "string"},
            "example": "charge",
        },
    ],
)
