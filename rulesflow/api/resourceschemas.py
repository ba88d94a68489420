"""JSON Schemas of the bodies about resources, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import COUNT, FLAG, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.workflows.step import ErrorClass

STATES: Final = ("closed", "open", "half-open")
_CLASSES: Final = [str(each) for each in ErrorClass]
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
_SECONDS: Final[Schema] = says(_NUMBER, "seconds")

RESOURCE_SCHEMAS: Final[dict[str, Schema]] = {
    "ResourceList": record("Every resource that a step needs.", (), resources=array(ref("Resource"))),
    "Resource": record(
        "A service that steps call: how well it is, its limits, and what is parked until it is well.",
        (),
        name=TEXT,
        state={
            "enum": list(STATES),
            "description": "of its breaker: closed is well, open is not called, half-open is being tried",
        },
        since=says(maybe(TIME), "since when it is so; null: since ever"),
        problem=says(maybe(ref("RunProblem")), "why it is not well"),
        forced=says(FLAG, "a person has opened it, so only a person closes it or has it tried"),
        next_probe=says(maybe(TIME), "when it is tried next; null where it is not, or a person decides"),
        limits=ref("ResourceLimits"),
        breaker=ref("ResourceBreaker"),
        window=ref("ResourceWindow"),
        in_flight=says(COUNT, "calls that are being made"),
        waiting=says(COUNT, "calls that wait within its limits"),
        parked=says(COUNT, "steps that rest until it is well"),
        oldest_parked=says(maybe(TIME), "since when the one rests that was parked first"),
        drain_rate=says(_NUMBER, "parked steps a second that go on just now"),
        draining=says(FLAG, "it is well again, and some are parked still"),
        expected_end=says(
            maybe(TIME), "when nothing will be parked any more; null: nothing is, or nobody can tell"
        ),
    ),
    "ResourceLimits": record(
        "What may be asked of it, by all processes together; null: no limit.",
        (),
        concurrency=says(maybe(COUNT), "calls in flight"),
        rate=says(maybe(_NUMBER), "calls a second"),
        drain=says(_NUMBER, "parked steps a second at most, once it is well; within the rate"),
    ),
    "ResourceBreaker": record(
        "When it counts as failing: of so many calls within the window, so large a share failed or was slow.",
        (),
        window=_SECONDS,
        calls=COUNT,
        failures=says({"type": "number", "minimum": 0, "maximum": 1}, "a share"),
        slow=says(maybe(_NUMBER), "seconds from which on a call is slow"),
        errors=array({"enum": _CLASSES}, "classes of errors that count"),
        rest=says(_NUMBER, "seconds until it is tried"),
        longest_rest=says(_NUMBER, "seconds, after many tries that failed"),
    ),
    "ResourceWindow": record(
        "The calls of late, of all processes.",
        (),
        calls=COUNT,
        failed=COUNT,
        slow=COUNT,
        by_class={
            "type": "object",
            "additionalProperties": COUNT,
            "description": "failures by the class of the error",
        },
        p50=says(maybe(_NUMBER), "seconds that half of the calls took at most; null: there was none"),
        p95=says(maybe(_NUMBER), "seconds that 95 of 100 calls took at most"),
    ),
    "ResourceOrder": record("Why.", ("reason",), reason=says(TEXT, "why; the log keeps it")),
    "Scale": record(
        "How much there is to do.",
        (),
        backlog=says(COUNT, "runs that have something to do, and parked steps; what waits does not count"),
        running=says(COUNT, "those of the process that answers"),
        parked=says(COUNT, "parked steps, of all processes"),
        drain_rate=says(_NUMBER, "of them, so many a second go on: drained, or given a slot"),
        seconds=says(maybe(_NUMBER), "until all of it is done; null where a resource is open for good"),
        value=says(_NUMBER, "the same as if every resource were well from now on; 0 for no work"),
    ),
}
