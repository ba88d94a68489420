"""Whether a computed value can stand where a schema is to be fulfilled, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from rulesflow.conditions import assignable
from rulesflow.conditions.types import DYN, Field, Kind, Type, in_words


class Misfit(NamedTuple):
    """What is wrong, and how to mend it."""

    message: str
    hint: str | None = None


def misfit(source: Type, wanted: Type, name: str) -> Misfit | None:
    """Why a value of type ``source`` cannot be ``name``, which is to be of type ``wanted``; None if it can.

    A text of which nothing more is known may be one of an enum: that is looked at when the step runs.
    """
    wanted = _relaxed(wanted, source)
    if assignable(source, wanted):
        return None
    inner = _inner(source, wanted, name)
    if inner is not None:
        return inner
    if source.nullable and not wanted.nullable and assignable(source.without_null(), wanted):
        hint = "rule null out with 'if', or give another value: x != null ? x : …"
        return Misfit(f"{name} is {said(wanted)}, but this may be null", hint)
    alike = source.kind is wanted.kind
    message = f"{name} is {said(wanted, alike)}, but this gives {said(source, alike)}"
    return Misfit(message, _conversion(source, wanted))


def said(type_: Type, closely: bool = False) -> str:
    """The type in words; ``closely``: of an enum its values."""
    if closely and type_.literals is not None:
        return "one of " + ", ".join(str(value) for value in type_.literals[:12])
    return in_words(type_) + (" or null" if type_.nullable else "")


def _inner(source: Type, wanted: Type, name: str) -> Misfit | None:
    """The first misfit of a field or item."""
    if source.kind is Kind.LIST and wanted.kind is Kind.LIST and source.element and wanted.element:
        return misfit(source.element, wanted.element, f"an item of {name}")
    if source.kind is not Kind.OBJECT or wanted.kind is not Kind.OBJECT:
        return None
    ours, theirs = source.fields or {}, wanted.fields or {}
    for field, each in theirs.items():
        if field not in ours:
            if each.required:
                return Misfit(f"{name} needs {field!r}, and this has none")
        elif each.required and not ours[field].required:
            return Misfit(f"{name} needs {field!r}, and this may be without it", f"write it out: {field}: …")
        elif (found := misfit(ours[field].type, each.type, f"{name}.{field}")) is not None:
            return found
    unknown = next((field for field in ours if field not in theirs), None)
    return Misfit(f"{name} has no {unknown!r}, but this has") if wanted.closed and unknown else None


def _conversion(source: Type, wanted: Type) -> str | None:
    if wanted.kind is Kind.STRING and source.kind in (Kind.NUMBER, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION):
        return "make it a text: string(…)"
    if wanted.kind in (Kind.NUMBER, Kind.TIMESTAMP, Kind.DURATION) and source.kind is Kind.STRING:
        return f"read the text: {wanted.kind}(…)"
    return None


def _relaxed(wanted: Type, source: Type) -> Type:
    """``wanted`` without the values of an enum wherever ``source`` tells none."""
    if wanted.literals is not None and source.literals is None:
        return replace(wanted, literals=None)
    if wanted.element is not None:
        parts = source.element or DYN
        return replace(wanted, element=_relaxed(wanted.element, parts))
    if wanted.fields is not None:
        return replace(wanted, fields=_relaxed_fields(wanted.fields, source.fields or {}))
    return wanted


def _relaxed_fields(wanted: Mapping[str, Field], source: Mapping[str, Field]) -> dict[str, Field]:
    return {
        name: replace(each, type=_relaxed(each.type, source[name].type if name in source else DYN))
        for name, each in wanted.items()
    }
