"""Kinds of values at run time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Kind, TypeValue, Value
from rulesflow.model.times import Duration, Timestamp

#: The kind of a value by its exact type: bool is no number, though Python calls it an int.
KINDS: Final[Mapping[type, Kind]] = {
    bool: Kind.BOOL,
    int: Kind.NUMBER,
    Decimal: Kind.NUMBER,
    str: Kind.STRING,
    Timestamp: Kind.TIMESTAMP,
    Duration: Kind.DURATION,
    list: Kind.LIST,
    dict: Kind.MAP,
    type(None): Kind.NULL,
    TypeValue: Kind.TYPE,
}


def no_overload(operator: str, *operands: Value) -> EvaluationError:
    """The error for an operator that is not defined on such operands."""
    given = ", ".join(KINDS[type(operand)] for operand in operands)
    return EvaluationError("no-such-overload", f"`{operator}` is not defined for ({given})")
