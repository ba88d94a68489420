"""What an author expects of a value: a part of it, written beside the files that give the value."""

from __future__ import annotations

from collections.abc import Mapping

from rulesflow.conditions.operators import equal
from rulesflow.conditions.types import Value
from rulesflow.documents.jsontext import write_json
from rulesflow.model.times import Duration, Timestamp


def difference(expected: Value, actual: Value, where: str) -> str | None:
    """What differs first, None where ``expected`` is a subset of ``actual``. Times compare as text."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name, value in expected.items():
            if name not in actual:
                return f"{where}.{name}: expected {shown(value)}, but it is not there"
            if found := difference(value, actual[name], f"{where}.{name}"):
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{where}: expected {_items(expected)}, got {_items(actual)}: {shown(actual)}"
        found_items = (
            difference(one, other, f"{where}[{index}]")
            for index, (one, other) in enumerate(zip(expected, actual, strict=True))
        )
        return next((found for found in found_items if found), None)
    as_text = str(actual) if type(actual) in (Timestamp, Duration) else actual
    if equal(expected, as_text):
        return None
    return f"{where}: expected {shown(expected)}, got {shown(actual)}"


def shown(value: Value) -> str:
    """A value as JSON."""
    return write_json(value).decode()


def _items(listed: list[Value]) -> str:
    return f"{len(listed)} item{'' if len(listed) == 1 else 's'}"
