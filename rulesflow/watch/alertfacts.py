"""Facts of alerts: what their conditions and texts read of a step, a resource or the whole service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from functools import cache
from typing import Any, Final

from rulesflow.conditions import Type
from rulesflow.documents.yaml import read_yaml
from rulesflow.schemas.decode import decode_schema
from rulesflow.watch.measures import RESOURCE_FACTS, SERVICE_FACTS, STEP_FACTS, Facts, Measured, Measures

_DIAGNOSIS: Final[Facts] = {"type": "string", "description": "how it does, in a sentence"}
_DIGITS: Final = 4  # behind the point


def _with_diagnosis(schema: Facts) -> Facts:
    return {
        **schema,
        "properties": {**schema["properties"], "diagnosis": _DIAGNOSIS},
        "required": [*schema["required"], "diagnosis"],
    }


#: JSON Schemas of the facts, by what an alert is ``of``.
ALERT_FACTS: Final[dict[str, Facts]] = {
    "step": _with_diagnosis(STEP_FACTS),
    "resource": _with_diagnosis(RESOURCE_FACTS),
    "service": SERVICE_FACTS,
}
SERVICE: Final = "service"


@cache
def facts_type(of: str) -> Type:
    """The type of the facts, by what an alert is ``of``."""
    document = read_yaml(json.dumps(ALERT_FACTS[of]).encode(), f"{of}.json")
    assert document.root is not None
    schema = decode_schema(document.root, UTC).schema
    assert schema is not None
    return schema.type


def facts_of(measured: Measured, of: str) -> Iterator[tuple[str, Facts]]:
    """Every subject that alerts ``of`` this kind are about, and its facts, with exact numbers."""
    if of == SERVICE:
        yield SERVICE, _exact(measured.service.facts())
    elif of == "step":
        for step in measured.steps:
            yield step.step, _told(step)
    else:
        for resource in measured.resources:
            yield resource.resource, _told(resource)


def _told(measures: Measures) -> Facts:
    return {**_exact(measures.facts()), "diagnosis": measures.verdict.text}


def _exact(value: Any) -> Any:
    """The same with decimals, which the condition language reckons with."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, float):
        number = Decimal(repr(round(value, _DIGITS)))
        return int(number) if number == number.to_integral_value() else number
    return value
