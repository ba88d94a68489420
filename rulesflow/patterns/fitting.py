"""Does a value have its declared type?

Compiled conditions look only where the types leave something open. An event may be older than the schema
that it is read with, so it is looked at again before a condition sees it.
"""

from __future__ import annotations

from decimal import Decimal

from rulesflow.conditions import Kind, Type, Value
from rulesflow.conditions.kinds import KINDS


def fits(value: Value, type_: Type) -> bool:
    """Is it of the type, all that the type tells of included? Looks no deeper than the type does."""
    if value is None:
        return type_.nullable or type_.kind in (Kind.NULL, Kind.DYN)
    kind = KINDS.get(type(value))
    if kind is Kind.NUMBER and isinstance(value, Decimal) and not value.is_finite():
        return False
    if type_.kind is Kind.DYN:
        return kind is not None
    if kind is Kind.MAP and type_.kind in (Kind.MAP, Kind.OBJECT):
        return _fits_map(value, type_)
    if kind is not type_.kind:
        return False
    if kind is Kind.LIST and type_.element is not None:
        return all(fits(each, type_.element) for each in value)
    return True


def _fits_map(value: dict[str, Value], type_: Type) -> bool:
    for name, field in (type_.fields or {}).items():
        if name in value:
            if not fits(value[name], field.type):
                return False
        elif field.required:
            return False
    return type_.element is None or all(fits(each, type_.element) for each in value.values())
