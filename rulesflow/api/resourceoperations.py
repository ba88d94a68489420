"""What OpenAPI says of each call about resources."""

from __future__ import annotations

from typing import Any

from rulesflow.api import resourceexamples as examples
from rulesflow.api.operations import READ, WRITE, Described, described, ok
from rulesflow.api.problems import (
    DATABASE_AWAY,
    DECISIONS_ONLY,
    FACTS_REFUSED,
    JSON_REFUSED,
    KEY_REUSED,
    TOO_LARGE,
    UNKNOWN_RESOURCE,
)
from rulesflow.api.routing import JSON
from rulesflow.api.runoperations import KEY, path_parameter
from rulesflow.api.schemas import ref

_READ = (*READ, DECISIONS_ONLY, DATABASE_AWAY)
_WRITE = (
    *WRITE,
    DECISIONS_ONLY,
    DATABASE_AWAY,
    JSON_REFUSED,
    TOO_LARGE,
    FACTS_REFUSED,
    KEY_REUSED,
    UNKNOWN_RESOURCE,
)
_RESOURCE = path_parameter("resource", "the resource's name", "payment")

LIST = described(
    "list_resources",
    "How well the services are that steps call",
    "Every resource that a step needs. While one is open, steps that need it park; once it is well again "
    "they go on, slowly at first. The same for all processes, and a second old at most.",
    ok("The resources", "ResourceList", examples.LIST),
    _READ,
    "resources",
)
SHOW = described(
    "show_resource",
    "One of them",
    "",
    ok("The resource", "Resource", examples.PAYMENT),
    (*_READ, UNKNOWN_RESOURCE),
    "resources",
    parameters=[_RESOURCE],
)
SCALE = described(
    "scale",
    "How much there is to do",
    "For scalers. `value` is what the metrics-api scaler of KEDA reads (`valueLocation: value`, `metricType: "
    "Value`): the seconds that the backlog takes. It is the longest of: the parked steps of each resource by "
    "the rate at which they drain, which doubles each second up to the resource's limits, as if it were well "
    "from now on; the calls that wait within a resource's limits; and the running runs by the calls that the "
    "slots of this process take.",
    ok("The backlog, and the time it takes", "Scale", examples.SCALE),
    _READ,
    "resources",
)


def _order(action: str, summary: str, description: str, reason: str, example: Any) -> Described:
    return described(
        f"{action}_resource",
        summary,
        description,
        ok("The resource after it", "Resource", example),
        _WRITE,
        "resources",
        parameters=[_RESOURCE, KEY],
        requestBody={
            "required": False,
            "content": {JSON: {"schema": ref("ResourceOrder"), "example": {"reason": reason}}},
        },
    )


OPEN = _order(
    "open",
    "Call it no more",
    "Steps that need it park, until a person closes it or has it probed.",
    "the gateway is moved tonight",
    examples.FORCED,
)
CLOSE = _order(
    "close",
    "Call it again",
    "Whatever its breaker says. What is parked goes on, slowly at first.",
    "the gateway is back",
    examples.DRAINING,
)
PROBE = _order(
    "probe",
    "Try it now",
    "Does not wait for the next probe: its health is asked, and one call is let through. Nothing happens "
    "where it is well.",
    "they say that it is back",
    examples.PROBED,
)
