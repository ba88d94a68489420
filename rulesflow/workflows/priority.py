"""How urgent a run is, told from what it was given: the smaller, the sooner it goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from rulesflow.conditions import Value
from rulesflow.model.times import Duration, Timestamp
from rulesflow.values.expression import ExpressionFailed, Names
from rulesflow.workflows.definition import Workflow

#: Of a run whose workflow says nothing, or nothing that is of use.
USUAL: Final = 5.0


def priority(workflow: Workflow, given: Mapping[str, Value], at: Timestamp, run: str) -> float:
    """The priority of a run that starts at ``at``. ``given`` fits the workflow's input schema.

    Where the expression fails, or gives no finite number, it is `USUAL`: a run never fails by its priority.
    """
    if workflow.priority is None:
        return USUAL
    told = {"id": run, "workflow": workflow.name, "started_at": at}
    names: Names = {**given, "run": told, "steps": {}, "at": at}
    try:
        found = _number(workflow.priority(names))
    except (ExpressionFailed, OverflowError):
        return USUAL
    return found if math.isfinite(found) else USUAL


def _number(value: Value) -> float:
    """A number as a float, which may be infinite; what is none as NaN. Raises `OverflowError`."""
    plain = isinstance(value, int | Decimal) and not isinstance(value, bool | Timestamp | Duration)
    return float(value) if plain else math.nan
