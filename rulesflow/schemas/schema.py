"""A schema: what a value may be, told to three readers: the type checker, the validator and the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from rulesflow.conditions.types import Kind, Type, Value
from rulesflow.model.errors import Fault
from rulesflow.schemas.checks import Check
from rulesflow.schemas.generator import Shortcut, make_shortcut
from rulesflow.schemas.mismatch import ROOT, Report, SchemaMismatch
from rulesflow.schemas.shortcut import GIVEN_UP


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A decoded schema.

    ``type``: what the condition language knows of a value that passed. A schema that refers to itself is
    known for one turn; from there on its type is ``dyn``. ``source``: the schema as plain JSON Schema, as
    written (numbers may be `Decimal`). ``zone``: where a date has its midnight. ``properties``: the schemas
    of an object's declared properties, ``items`` that of an array's items. ``height``: levels of schemas
    within this one, references followed.
    """

    type: Type
    source: Mapping[str, Any]
    check: Check
    zone: tzinfo
    properties: Mapping[str, Schema]
    height: int = 0
    items: Schema | None = None
    _shortcut: Shortcut | None = field(default=None, init=False, repr=False)

    def validate(self, value: Any, pointer: str = "") -> Value:
        """Check parsed JSON and return it with its times as `Timestamp`; the argument stays as it was.

        ``pointer``: where the value stands, for the faults. Raises `SchemaMismatch` with all faults, and
        `TypeError` for what parsed JSON cannot hold, such as a ``float``.
        """
        try:
            return (self._shortcut or self._make_shortcut())(value, 0)
        except GIVEN_UP:
            pass
        return self._run(value, Report(pointer, None))

    def literal(self, value: Any, pointer: str = "") -> Value:
        """`validate` for a value written in a file, where a time without offset is local in ``zone``."""
        return self._run(value, Report(pointer, self.zone))

    def check_literal(self, value: Any) -> tuple[Fault, ...]:
        """What is wrong with a value written in a file: empty when nothing is."""
        try:
            self.literal(value)
        except SchemaMismatch as mismatch:
            return mismatch.faults
        return ()

    def at(self, path: tuple[str, ...]) -> Type | None:
        """The type at a path of field names, through objects and maps; None where nothing is declared."""
        found: Type | None = self.type
        for name in path:
            if found is None:
                return None
            if found.kind is Kind.OBJECT and found.fields is not None:
                found = found.fields[name].type if name in found.fields else None
            else:
                found = found.element if found.kind is Kind.MAP else None
        return found

    def _make_shortcut(self) -> Shortcut:
        """Made when it is first needed, since many a schema is never asked."""
        made = make_shortcut(self.check)
        object.__setattr__(self, "_shortcut", made)
        return made

    def _run(self, value: Any, report: Report) -> Value:
        converted = self.check(value, ROOT, "", report)
        if report.faults:
            raise SchemaMismatch(tuple(report.faults))
        return converted
