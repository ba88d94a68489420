"""Field tests: ``order.total: ">= 10 and < 20"`` and its kin, after the unary tests of DMN.

A test becomes an ordinary tree of the condition language: `Present` of the field, and the comparison. So a
field that is absent fails every test but ``absent`` and ``*``, and one compiler serves both notations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal

from rulesflow.conditions.tree import Binary, Call, ListOf, Literal, Logic, Name, Node, Present, Select, Unary
from rulesflow.conditions.types import Kind, Type, Value
from rulesflow.documents.nodes import Entry, Mapping, Node as Written, Scalar, Sequence
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.numbers import NumberRefused, parse_number, plain
from rulesflow.model.times import TimeRefused, parse_timestamp
from rulesflow.rules.layers import known_paths
from rulesflow.rules.places import Places
from rulesflow.rules.written import FieldTest

_COMPARE = re.compile(r"(<=|>=|!=|==|<|>|=)\s*")
_MEMBER = re.compile(r"(not\s+in|in)\s*(?=\[)")
_AND = re.compile(r"\s+and\s+")
_INTERVAL = re.compile(r"[\[(\]].*\.\..*[\])\[]", re.DOTALL)
_PARAM = re.compile(r"params\.([a-z][a-z0-9_]*)")
_LOOKS_LIKE_TEST = re.compile(r"(<=|>=|!=|<|>|in\s*\[|not\s+in\s*\[)")
_LOOKS_LIKE_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|true|false")
_SPELLED = {"eq": "==", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SPELLED_KEYS = (*_SPELLED, "in", "not_in", "matches")
_DECIMAL_COMMA = re.compile(r"-?[\d.]*,\d+")
_ORDERED = (Kind.NUMBER, Kind.STRING, Kind.TIMESTAMP, Kind.DURATION, Kind.DYN)
_LENGTH_OF_A_SPELLING = 60


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """The test has been reported as wrong; give it up."""


class FieldTestReader:
    """Reads the field tests of one rule into trees whose places `places` knows."""

    def __init__(self, facts: Type, zone: tzinfo, places: Places, findings: Findings) -> None:
        self.facts = facts
        self.zone = zone
        self.places = places
        self.findings = findings

    def read(self, test: FieldTest) -> Node | None:
        """The tree of a test; None where it is wrong, or where it passes whatever the field holds."""
        try:
            path = tuple(test.field.text.split("."))
            field = self._field(path, test.field)
            return _Test(self, path, field, test.cell).read(test.test)
        except _Refused:
            return None

    def refuse(self, code: str, message: str, span: Span, hint: str | None = None) -> _Refused:
        """Note an error; raise what this answers."""
        self.findings.error(code, message, span, hint)
        return _Refused()

    def is_fact(self, text: str) -> bool:
        """Whether the text spells a declared fact."""
        current: Type | None = self.facts
        for step in text.split("."):
            field = (current.fields or {}).get(step) if current else None
            current = field.type if field else None
        return current is not None

    def _field(self, path: tuple[str, ...], host: Scalar) -> Type:
        current = self.facts
        for depth, step in enumerate(path):
            if current.kind is Kind.MAP:
                current = current.element or Type(Kind.DYN)
                continue
            if current.kind is Kind.DYN:
                return current
            if current.kind is Kind.LIST:
                raise self.refuse(
                    "RF324",
                    f"{'.'.join(path[:depth])} is a list; a field test cannot look into it",
                    host.span,
                    f"write a condition, such as {'.'.join(path[:depth])}.exists(x, x.{step} == …)",
                )
            field = (current.fields or {}).get(step)
            if field is None:
                name = ".".join(path)
                raise self.refuse(
                    "RF203", f"unknown field {name}", host.span, did_you_mean(name, known_paths(self.facts))
                )
            current = field.type
        return current.without_null()


class _Test:
    """One field test: the field's path and type, and the ways to write a test of it."""

    def __init__(self, reader: FieldTestReader, path: tuple[str, ...], field: Type, cell: bool) -> None:
        self.reader = reader
        self.path = path
        self.field = field
        self.cell = cell

    def read(self, node: Written) -> Node | None:
        if isinstance(node, Mapping):
            return self._spelled(node)
        if isinstance(node, Sequence):
            self._need_scalar(node.span)
            return self._member(node, node.items, "in")
        base = self.reader.places.add(node)
        text = node.text.strip()
        lead = len(node.text) - len(node.text.lstrip())
        whole = (base + lead, base + lead + len(text))
        if text == "*" or (self.cell and text in ("", "-")):
            return None
        if text == "present":
            return Present(*whole, self.path)
        if text == "absent":
            return Unary(*whole, "!", Present(*whole, self.path))
        self._need_scalar(node.span)
        if not isinstance(node.value, str):
            return self._compare("==", self._value(node, *whole), *whole)
        return self._guarded(_Text(self, node, base).test(), *whole)

    # -- building ------------------------------------------------------------------------------------------

    def _path(self, start: int, end: int) -> Node:
        node: Node = Name(start, end, self.path[0])
        for step in self.path[1:]:
            node = Select(start, end, node, step)
        return node

    def _guarded(self, test: Node, start: int, end: int) -> Node:
        return Logic(start, end, "&&", (Present(start, end, self.path), test))

    def _compare(self, op: str, operand: Node, start: int, end: int) -> Node:
        return self._guarded(self.binary(op, operand, start, end), start, end)

    def binary(self, op: str, operand: Node, start: int, end: int) -> Node:
        """``path op operand``."""
        return Binary(start, end, op, self._path(start, end), operand)

    def need_ordered(self, span: Span) -> None:
        """Refuse an ordering test of a field without an order."""
        if self.field.kind not in _ORDERED:
            raise self.reader.refuse(
                "RF202", f"{'.'.join(self.path)} is of type {self.field}, which has no order", span
            )

    def _need_scalar(self, span: Span) -> None:
        if self.field.kind in (Kind.LIST, Kind.OBJECT, Kind.MAP):
            name = ".".join(self.path)
            kind = "list" if self.field.kind is Kind.LIST else "mapping"
            hint = (
                f"write a condition, such as {name}.exists(x, …)" if kind == "list" else f"test {name}.FIELD"
            )
            raise self.reader.refuse(
                "RF324", f"{name} is a {kind}, which takes only present, absent and *", span, hint
            )

    # -- lists and spelled-out tests -----------------------------------------------------------------------

    def _member(self, node: Written, items: tuple[Written, ...], op: str) -> Node:
        if not items:
            raise self.reader.refuse(
                "RF320", "an empty list is never matched", node.span, "name at least one value"
            )
        operands = []
        for item in items:
            if not isinstance(item, Scalar):
                raise self.reader.refuse("RF320", f"a list of values cannot hold {describe(item)}", item.span)
            operands.append(self._item(item))
        start, end = operands[0].start, operands[-1].end
        test = Binary(start, end, "in", self._path(start, end), ListOf(start, end, tuple(operands)))
        return self._guarded(test if op == "in" else Unary(start, end, "!", test), start, end)

    def _item(self, item: Scalar) -> Node:
        base = self.reader.places.add(item)
        if not isinstance(item.value, str):
            return self._value(item, base, base + len(item.text))
        if _LOOKS_LIKE_TEST.match(item.text):
            raise self.reader.refuse(
                "RF320",
                f"{item.text!r} in a list is a value, not a test",
                item.span,
                "write tests one by one, or {in: […]} for values that look like operators",
            )
        return _Text(self, item, base).alone()

    def _spelled(self, node: Mapping) -> Node:
        entries = self.reader.findings.fields(node, _SPELLED_KEYS, (), "a spelled-out field test")
        if not entries or len(entries) < len(node.entries):
            if not node.entries:
                self.reader.findings.error("RF320", "the field test is empty", node.span)
            raise _Refused
        self._need_scalar(node.span)
        tests = [self._spelled_test(key, entry) for key, entry in entries.items()]
        return tests[0] if len(tests) == 1 else Logic(tests[0].start, tests[-1].end, "&&", tuple(tests))

    def _spelled_test(self, key: str, entry: Entry) -> Node:
        value = entry.value
        if key in ("in", "not_in"):
            listed = self.reader.findings.sequence(value, key)
            if listed is None:
                raise _Refused
            return self._exact_member(listed, key)
        if not isinstance(value, Scalar):
            raise self.reader.refuse("RF320", f"{key!r} takes a single value", value.span)
        if key in ("gt", "gte", "lt", "lte"):
            self.need_ordered(value.span)
        base = self.reader.places.add(value)
        whole = (base, base + len(value.text))
        if key == "matches":
            operand: Node = Literal(*whole, self._regex(value))
            return self._guarded(Call(*whole, "matches", self._path(*whole), (operand,)), *whole)
        return self._compare(_SPELLED[key], self._exact(value, base), *whole)

    def _exact_member(self, listed: Sequence, key: str) -> Node:
        operands = []
        for item in listed.items:
            if not isinstance(item, Scalar):
                raise self.reader.refuse("RF320", f"a list of values cannot hold {describe(item)}", item.span)
            operands.append(self._exact(item, self.reader.places.add(item)))
        if not operands:
            raise self.reader.refuse("RF320", "an empty list is never matched", listed.span)
        start, end = operands[0].start, operands[-1].end
        test = Binary(start, end, "in", self._path(start, end), ListOf(start, end, tuple(operands)))
        return self._guarded(test if key == "in" else Unary(start, end, "!", test), start, end)

    def _exact(self, value: Scalar, base: int) -> Node:
        """A spelled-out operand: ``${ … }`` or a param, otherwise the very value, whatever it looks like."""
        if isinstance(value.value, str) and (value.text.startswith("${") or _PARAM.fullmatch(value.text)):
            return _Text(self, value, base).alone()
        return self._value(value, base, base + len(value.text))

    def _regex(self, value: Scalar) -> str:
        if not isinstance(value.value, str):
            raise self.reader.refuse(
                "RF102", f"'matches' takes a regular expression, not {describe(value)}", value.span
            )
        return value.value

    # -- literals ------------------------------------------------------------------------------------------

    def _value(self, scalar: Scalar, start: int, end: int) -> Literal:
        """A whole YAML scalar as a literal of the field's type."""
        if isinstance(scalar.value, str):
            return self.literal(scalar.value, start, end, bare=False)
        value, kind = scalar.value, self.field.kind
        if value is None:
            raise self.reader.refuse("RF323", "null is no value to compare with", scalar.span, "write absent")
        if kind is Kind.STRING:
            if self.cell:
                return self.literal(scalar.text, start, end, bare=False)
            raise self.reader.refuse(
                "RF323",
                f"{'.'.join(self.path)} is a string, and {scalar.text} is {describe(scalar)}",
                scalar.span,
                f'quote it: "{scalar.text}"',
            )
        fits = Kind.BOOL if isinstance(value, bool) else Kind.NUMBER
        if kind not in (fits, Kind.DYN):
            raise self.reader.refuse(
                "RF323", f"{'.'.join(self.path)} is of type {self.field}, not {describe(scalar)}", scalar.span
            )
        return self._checked(value, start, end)

    def literal(self, text: str, start: int, end: int, *, bare: bool) -> Literal:
        """Text as a literal of the field's type. ``bare``: it stands behind an operator, without quotes."""
        readers: dict[Kind, Callable[[str], Value]] = {
            Kind.NUMBER: parse_number,
            Kind.TIMESTAMP: lambda written: parse_timestamp(written, self.reader.zone),
            Kind.BOOL: {"true": True, "false": False}.__getitem__,
            Kind.DYN: _guess,
        }
        span = self.reader.places.span(start, end)
        read = readers.get(self.field.kind)
        if read is None:
            return self._string(text, start, end, bare=bare)
        try:
            return self._checked(read(text), start, end)
        except (NumberRefused, TimeRefused, KeyError) as error:
            detail = f": {error}" if isinstance(error, TimeRefused) else ""
            shown = repr(text[:_LENGTH_OF_A_SPELLING])
            message = f"{'.'.join(self.path)} is of type {self.field}, and {shown} is none{detail}"
            code = "RF504" if self.cell and _DECIMAL_COMMA.fullmatch(text) else "RF323"
            raise self.reader.refuse(code, message, span, self._mend(text)) from None

    def _string(self, text: str, start: int, end: int, *, bare: bool) -> Literal:
        span = self.reader.places.span(start, end)
        known = self.field.literals is not None and text in self.field.literals
        if self.reader.is_fact(text) and not known:
            raise self.reader.refuse(
                "RF322",
                f"{text!r} spells a fact",
                span,
                f"write ${{ {text} }} for the fact, or '\"{text}\"' for the text",
            )
        if bare and not self.cell and _LOOKS_LIKE_NUMBER.fullmatch(text) and not known:
            raise self.reader.refuse(
                "RF323", f"{'.'.join(self.path)} is a string, and {text} is none", span, f'quote it: "{text}"'
            )
        return self._checked(text, start, end)

    def _mend(self, text: str) -> str | None:
        if self.reader.is_fact(text):
            return f"write ${{ {text} }} for the fact"
        if self.field.kind is Kind.NUMBER and _DECIMAL_COMMA.fullmatch(text):
            return "write the decimals behind a point, not a comma"
        return (
            "a test looks like '<= 100', '[100..200)' or 'in [1, 2]'"
            if self.field.kind is Kind.NUMBER
            else None
        )

    def _checked(self, value: Value, start: int, end: int) -> Literal:
        allowed = self.field.literals
        if allowed is not None and value not in allowed:
            shown = ", ".join(str(item) for item in allowed[:12])
            hint = (
                did_you_mean(value, [a for a in allowed if isinstance(a, str)])
                if isinstance(value, str)
                else None
            )
            raise self.reader.refuse(
                "RF208",
                f"{_shown(value)} is no value of {'.'.join(self.path)}",
                self.reader.places.span(start, end),
                hint or f"one of: {shown}",
            )
        return Literal(start, end, value)


class _Text:
    """A test written as text: ``>= 10 and < 20``, ``[1..5)``, ``in [a, b]``, or an operand that is equal."""

    def __init__(self, test: _Test, host: Scalar, base: int) -> None:
        self.on = test
        self.host = host
        self.base = base
        self.text = host.text
        self.position = len(host.text) - len(host.text.lstrip())
        self.stop = len(host.text.rstrip())

    def test(self) -> Node:
        """The whole text as a test of the field (without the guard)."""
        text = self.text[self.position : self.stop]
        member = _MEMBER.match(self.text, self.position)
        if member is not None:
            return self._membership(member)
        if _COMPARE.match(text):
            return self._comparisons()
        if _INTERVAL.fullmatch(text) and self.on.field.kind in _ORDERED:
            return self._interval()
        start = self.position
        return self.on.binary("==", self.alone(), self.base + start, self.base + self.stop)

    def alone(self) -> Node:
        """The whole text as one operand."""
        operand = self.operand(self.stop)
        if self.position < self.stop:
            raise self._refuse("expected the end of the value", self.position, self.stop)
        return operand

    def _comparisons(self) -> Node:
        start = self.position
        tests = [self._comparison()]
        while self.position < self.stop:
            joint = _AND.match(self.text, self.position)
            if joint is None:
                raise self._refuse("expected 'and' or the end of the test", self.position, self.stop)
            self.position = joint.end()
            tests.append(self._comparison())
        self._check_empty(tests)
        return (
            tests[0]
            if len(tests) == 1
            else Logic(self.base + start, self.base + self.stop, "&&", tuple(tests))
        )

    def _comparison(self) -> Binary:
        start = self.position
        match = _COMPARE.match(self.text, start)
        if match is None or match[1] in ("=", "=="):
            hint = (
                "equality needs no operator: write the value alone"
                if match
                else "for instance: '>= 10 and < 20'"
            )
            raise self._refuse(
                "expected one of < <= > >= !=", start, match.end() if match else self.stop, hint
            )
        if match[1] != "!=":
            self.on.need_ordered(self.host.span)
        self.position = match.end()
        joint = _AND.search(self.text, self.position) if match[1] != "!=" else None
        operand = self.operand(joint.start() if joint else self.stop)
        node = self.on.binary(match[1], operand, self.base + start, self.base + self.position)
        assert isinstance(node, Binary)
        return node

    def _interval(self) -> Node:
        start = self.position
        opening, closing = self.text[start], self.text[self.stop - 1]
        if (opening == "]" and closing not in "[])") or opening not in "[(]":
            raise self._refuse("a range is written [1..5], (1..5], [1..5) or ]1..5[", start, self.stop)
        middle = self.text.index("..", start)
        self.position = start + 1
        low = self.operand(middle)
        if not self.text.startswith("..", self.position):
            raise self._refuse("expected '..' between the two ends of a range", self.position, self.stop)
        self.position += 2
        high = self.operand(self.stop - 1)
        place = (self.base + start, self.base + self.stop)
        tests = [
            self.on.binary(">=" if opening == "[" else ">", low, *place),
            self.on.binary("<=" if closing == "]" else "<", high, *place),
        ]
        self._check_empty(tests)
        return Logic(*place, "&&", tuple(tests))

    def _check_empty(self, tests: list[Binary] | list[Node]) -> None:
        """A range that no value can lie in is a slip of the pen."""
        low: tuple[Value, bool] | None = None
        high: tuple[Value, bool] | None = None
        for test in tests:
            if not isinstance(test, Binary) or not isinstance(test.right, Literal):
                continue
            bound = (test.right.value, test.op in ("<", ">"))
            if test.op in (">", ">="):
                low = bound if low is None or bound > low else low
            elif test.op in ("<", "<="):
                high = bound if high is None or (bound[0], not bound[1]) < (high[0], not high[1]) else high
        if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
            hint = "write the smaller end first" if low[0] > high[0] else None
            raise self.on.reader.refuse(
                "RF321", f"no value lies in the range {self.text.strip()}", self.host.span, hint
            )

    def _membership(self, match: re.Match[str]) -> Node:
        start, self.position = self.position, match.end() + 1
        if self.text[self.stop - 1] != "]":
            raise self._refuse("the list has no closing ]", match.end(), self.stop)
        operands: list[Node] = []
        while True:
            while self.text[self.position] == " ":
                self.position += 1
            operands.append(self.operand(self._end_of_item()))
            while self.text[self.position] == " ":
                self.position += 1
            if self.position == self.stop - 1:
                break
            if self.text[self.position] != ",":
                raise self._refuse("expected ',' or ']'", self.position, self.stop)
            self.position += 1
        place = (self.base + start, self.base + self.stop)
        test = self.on.binary("in", ListOf(*place, tuple(operands)), *place)
        return test if match[1] == "in" else Unary(*place, "!", test)

    def _end_of_item(self) -> int:
        comma = self.text.find(",", self.position, self.stop - 1)
        return comma if comma >= 0 else self.stop - 1

    def operand(self, end: int) -> Node:
        """The operand at the position: ``${ … }``, ``"…"``, ``params.NAME``, or a bare literal up to ``end``.

        The first two say themselves where they end.
        """
        start = self.position
        if self.text.startswith("${", start):
            found = self.on.reader.places.braced(self.host, self.base, start, self.on.reader.findings)
            if found is None:
                raise _Refused
            node, self.position = found
            return node
        if self.text.startswith('"', start):
            return self._quoted(start)
        self.position = end
        written = self.text[start:end].strip()
        place = (self.base + start, self.base + start + len(written))
        if not written:
            raise self._refuse("a value is missing", start, max(end, start + 1))
        param = _PARAM.fullmatch(written)
        if param is not None:
            return Select(*place, Name(*place, "params"), param[1])
        whole = start == len(self.text) - len(self.text.lstrip()) and end == self.stop
        return self.on.literal(written, *place, bare=not (whole and self.host.quoted))

    def _quoted(self, start: int) -> Node:
        match = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self.text, start)
        if match is None:
            raise self._refuse('the text has no closing "', start, self.stop)
        self.position = match.end()
        value = re.sub(r"\\(.)", r"\1", match[1])
        place = (self.base + start, self.base + match.end())
        if self.on.field.kind not in (Kind.STRING, Kind.DYN):
            return self.on.literal(value, *place, bare=False)
        return self.on._checked(value, *place)

    def _refuse(self, message: str, start: int, end: int, hint: str | None = None) -> _Refused:
        span = self.host.at(start, max(end, start + 1))
        return self.on.reader.refuse("RF320", message, span, hint)


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
