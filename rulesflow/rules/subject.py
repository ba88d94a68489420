"""The subject of a field test: one fact, and the literals that it can be compared with.

Nothing is coerced. A literal is read as the type of the field and must be one of its values; whatever else
stands there is refused with a mend.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal

from rulesflow.conditions.tree import Binary, ListOf, Literal, Logic, Name, Node, Present, Select, Unary
from rulesflow.conditions.types import Kind, Type, Value, in_words
from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.numbers import NumberRefused, parse_number, plain
from rulesflow.model.times import TimeRefused, parse_timestamp
from rulesflow.rules.places import Places

_LOOKS_LIKE_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|true|false")
DECIMAL_COMMA = re.compile(r"-?[\d.]*,\d+")
ORDERED = (Kind.NUMBER, Kind.STRING, Kind.TIMESTAMP, Kind.DURATION, Kind.DYN)
_MENDS = {
    Kind.NUMBER: "a test looks like '<= 100', '[100..200)' or 'in [1, 2]'",
    Kind.BOOL: "write true or false",
    Kind.TIMESTAMP: "write 2026-11-27 or 2026-11-27T08:00:00",
}
_SHOWN = 60  # characters of a literal that a message repeats


class RefusedTest(Exception):  # caught by the reader of field tests
    """The test has been reported as wrong; give it up."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the tests of one rule share: the facts, the time zone, and where places and findings go."""

    facts: Type
    zone: tzinfo
    places: Places
    findings: Findings

    def refuse(self, code: str, message: str, span: Span, hint: str | None = None) -> RefusedTest:
        """Note an error; raise what this answers."""
        self.findings.error(code, message, span, hint)
        return RefusedTest()

    def is_fact(self, text: str) -> bool:
        """Whether the text spells a declared fact."""
        current: Type | None = self.facts
        for step in text.split("."):
            field = (current.fields or {}).get(step) if current else None
            current = field.type if field else None
        return current is not None


class Subject:
    """The field under test: its path, its type, and whether the test is a table's cell."""

    def __init__(self, around: Surroundings, path: tuple[str, ...], field: Type, cell: bool) -> None:
        self.around = around
        self.path = path
        self.field = field
        self.cell = cell

    @property
    def name(self) -> str:
        """The dotted path."""
        return ".".join(self.path)

    # -- trees ---------------------------------------------------------------------------------------------

    def read(self, start: int, end: int) -> Node:
        """The field's value."""
        node: Node = Name(start, end, self.path[0])
        for step in self.path[1:]:
            node = Select(start, end, node, step)
        return node

    def guarded(self, test: Node, start: int, end: int) -> Node:
        """The test, and that the field is present."""
        return Logic(start, end, "&&", (Present(start, end, self.path), test))

    def compare(self, op: str, operand: Node, start: int, end: int) -> Node:
        """``path op operand``."""
        return Binary(start, end, op, self.read(start, end), operand)

    def member(self, operands: list[Node], start: int, end: int, *, negated: bool) -> Node:
        """``path in [operands]``, or not in."""
        test = self.compare("in", ListOf(start, end, tuple(operands)), start, end)
        return Unary(start, end, "!", test) if negated else test

    # -- checks --------------------------------------------------------------------------------------------

    def need_ordered(self, span: Span) -> None:
        """Refuse an ordering test of a field without an order."""
        if self.field.kind not in ORDERED:
            raise self.around.refuse(
                "RF202", f"{self.name} is {in_words(self.field)}, which has no order", span
            )

    def need_scalar(self, span: Span) -> None:
        """Refuse to compare a list or an object."""
        if self.field.kind in (Kind.LIST, Kind.OBJECT, Kind.MAP):
            kind = "list" if self.field.kind is Kind.LIST else "mapping"
            hint = (
                f"write a condition, such as {self.name}.exists(x, …)"
                if kind == "list"
                else f"test {self.name}.FIELD"
            )
            raise self.around.refuse(
                "RF324", f"{self.name} is a {kind}, which takes only present, absent and *", span, hint
            )

    # -- literals ------------------------------------------------------------------------------------------

    def value(self, scalar: Scalar, start: int, end: int) -> Literal:
        """A whole YAML scalar as a literal of the field's type."""
        if isinstance(scalar.value, str):
            return self.literal(scalar.value, start, end, bare=not scalar.quoted)
        value, kind = scalar.value, self.field.kind
        if value is None:
            raise self.around.refuse("RF323", "null is no value to compare with", scalar.span, "write absent")
        if kind is Kind.STRING:
            if self.cell:
                return self.literal(scalar.text, start, end, bare=False)
            raise self.around.refuse(
                "RF323",
                f"{self.name} is a string, and {scalar.text} is {describe(scalar)}",
                scalar.span,
                f'quote it: "{scalar.text}"',
            )
        fits = Kind.BOOL if isinstance(value, bool) else Kind.NUMBER
        if kind not in (fits, Kind.DYN):
            raise self.around.refuse(
                "RF323", f"{self.name} is {in_words(self.field)}, not {describe(scalar)}", scalar.span
            )
        return self.checked(value, start, end)

    def literal(self, text: str, start: int, end: int, *, bare: bool) -> Literal:
        """Text as a literal of the field's type. ``bare``: it stands behind an operator, without quotes."""
        readers: dict[Kind, Callable[[str], Value]] = {
            Kind.NUMBER: parse_number,
            Kind.TIMESTAMP: lambda written: parse_timestamp(written, self.around.zone),
            Kind.BOOL: {"true": True, "false": False}.__getitem__,
            Kind.DYN: _guess,
        }
        span = self.around.places.span(start, end)
        read = readers.get(self.field.kind)
        if read is None:
            return self._string(text, start, end, bare=bare)
        try:
            # A spreadsheet writes its booleans in capitals.
            shouted = self.cell and self.field.kind is Kind.BOOL
            return self.checked(read(text.lower() if shouted else text), start, end)
        except (NumberRefused, TimeRefused, KeyError) as error:
            shown = repr(text[:_SHOWN])
            why = str(error) if isinstance(error, TimeRefused) else f"{shown} is none"
            message = f"{self.name} is {in_words(self.field)}, and {why}"
            code = "RF504" if self.cell and DECIMAL_COMMA.fullmatch(text) else "RF323"
            raise self.around.refuse(code, message, span, self._mend(text)) from None

    def _string(self, text: str, start: int, end: int, *, bare: bool) -> Literal:
        text = text.replace("$${", "${")
        span = self.around.places.span(start, end)
        known = self.field.literals is not None and text in self.field.literals
        if bare and self.around.is_fact(text) and not known:
            raise self.around.refuse(
                "RF322",
                f"{text!r} spells a fact",
                span,
                f'write ${{ {text} }} for the fact, or quote it: "{text}"',
            )
        if bare and not self.cell and _LOOKS_LIKE_NUMBER.fullmatch(text) and not known:
            raise self.around.refuse(
                "RF323", f"{self.name} is a string, and {text} is none", span, f'quote it: "{text}"'
            )
        return self.checked(text, start, end)

    def _mend(self, text: str) -> str | None:
        if self.around.is_fact(text):
            return f"write ${{ {text} }} for the fact"
        if self.field.kind is Kind.NUMBER and DECIMAL_COMMA.fullmatch(text):
            return "write the decimals behind a point, not a comma"
        return _MENDS.get(self.field.kind)

    def checked(self, value: Value, start: int, end: int) -> Literal:
        """A literal of the right type, refused where the field's enum lacks it."""
        allowed = self.field.literals
        if allowed is not None and value not in allowed:
            shown = ", ".join(str(item) for item in allowed[:12])
            hint = (
                did_you_mean(value, [a for a in allowed if isinstance(a, str)])
                if isinstance(value, str)
                else None
            )
            raise self.around.refuse(
                "RF208",
                f"{_shown(value)} is no value of {self.name}",
                self.around.places.span(start, end),
                hint or f"one of: {shown}",
            )
        return Literal(start, end, value)


def _guess(text: str) -> Value:
    """Read a bare word for a field of unknown type."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return parse_number(text)
    except NumberRefused:
        return text


def _shown(value: Value) -> str:
    if isinstance(value, int | Decimal) and type(value) in (int, Decimal):
        return plain(value)
    return repr(value) if isinstance(value, str) else str(value).lower()
