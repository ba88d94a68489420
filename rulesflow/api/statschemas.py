"""JSON Schemas of the body about how steps do, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Any, Final

from rulesflow.api.schemas import COUNT, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.watch.measures import STATES

_NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
_SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
_COUNTS: Final[Schema] = {"type": "object", "additionalProperties": COUNT}
_STATE: Final[Schema] = {"enum": [*STATES], "description": "how it does, in a word"}
_SHARED: Final[dict[str, Any]] = {
    "resource": TEXT,
    "calls": says(COUNT, "calls that ended within the window, of all processes"),
    "per_second": _NUMBER,
    "errors": says(COUNT, "of them, those that failed"),
    "error_rate": says(_SHARE, "the share that failed"),
    "by_class": says(_COUNTS, "failures by the class of the error"),
    "run": says(maybe(ref("Latency")), "the calls themselves; null: there was none"),
    "queue": says(maybe(ref("Latency")), "from when a call was wanted until it was admitted by the limits"),
    "in_flight": says(COUNT, "calls that are being made"),
    "oldest_call": says(maybe(_NUMBER), "seconds for which the first of those has run; null: there is none"),
    "waiting": says(COUNT, "calls that wait until they are admitted"),
    "parked": says(COUNT, "steps that rest until the resource is well; the time counts in neither"),
    "usual": says(maybe(ref("UsualStats")), "what is usual now; null: that is not known"),
    "verdict": ref("StatVerdict"),
    "series": says(array(ref("StatPoint")), "with series=true: the window in parts, oldest first"),
}


def _named(description: str, **first: Schema) -> Schema:
    return record(description, ("series",), **first, **_SHARED)


STAT_SCHEMAS: Final[dict[str, Schema]] = {
    "StepStats": record(
        "How steps and resources did, and which step costs the most time.",
        (),
        at=TIME,
        window=says(_NUMBER, "seconds"),
        bottleneck=says(maybe(ref("Bottleneck")), "null: all are well"),
        steps=array(ref("StepStat")),
        resources=array(ref("ResourceStat")),
    ),
    "StepStat": _named("How a step did.", step=TEXT),
    "ResourceStat": _named("How a resource did, which steps need."),
    "Latency": record(
        "Seconds that 50, 95 and 99 of 100 took at most.", (), p50=_NUMBER, p95=_NUMBER, p99=_NUMBER
    ),
    "UsualStats": record(
        "What is usual.",
        (),
        source={
            "enum": ["hour-of-week", "recent"],
            "description": "this hour of the week in weeks before; or the last day, without its last minutes",
        },
        calls=COUNT,
        error_rate=_SHARE,
        run=maybe(ref("Latency")),
        queue=maybe(ref("Latency")),
    ),
    "StatVerdict": record("How it does.", (), state=_STATE, text=TEXT),
    "Bottleneck": record("The step that costs the most time.", (), step=TEXT, state=_STATE, text=TEXT),
    "StatPoint": record(
        "A part of the window that begins then.",
        (),
        at=TIME,
        calls=COUNT,
        errors=COUNT,
        run_p95=maybe(_NUMBER),
        queue_p95=maybe(_NUMBER),
    ),
}
