"""Field tests written as text: ``>= 10 and < 20``, ``[1..5)``, ``in [a, b]``, or an operand that is equal."""

from __future__ import annotations

import re

from rulesflow.conditions.tree import Binary, Literal, Logic, Name, Node, Select, Unary
from rulesflow.conditions.types import Kind, Value
from rulesflow.documents.nodes import Scalar
from rulesflow.rules.subject import ORDERED, RefusedTest, Subject

PARAM = re.compile(r"params\.([a-z][a-z0-9_]*)")
_COMPARE = re.compile(r"(<=|>=|!=|==|<|>|=)\s*")
_MEMBER = re.compile(r"(not\s+in|in|)\s*(?=\[)")
_MEMBER_OF = re.compile(r"(not\s+in|in)\s+(?=params\.|\$\{)")
_AND = re.compile(r"\s+and\s+(?=[<>!=])")
_NO_AND = re.compile(r"\s*(&&|\|\||,|\bor\b)\s*(?=[<>!=])")
_INTERVAL = re.compile(r"[\[(\]].*\.\..*[\])\[]", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE_RANGE = re.compile(r"[^\[\](){}]+\.\.[^\[\](){}]+")
_BARE_LIST = re.compile(r"(in|not\s+in)\s+([^\[\]{}]+)")


class TextTest:
    """A test written as text: ``>= 10 and < 20``, ``[1..5)``, ``in [a, b]``, or an operand that is equal."""

    def __init__(self, subject: Subject, host: Scalar, base: int) -> None:
        self.on = subject
        self.host = host
        self.base = base
        self.text = host.text
        self.position = len(host.text) - len(host.text.lstrip())
        self.stop = len(host.text.rstrip())

    def test(self) -> Node:
        """The whole text as a test of the field (without the guard)."""
        text = self.text[self.position : self.stop]
        if _INTERVAL.fullmatch(text) and self.on.field.kind in ORDERED:
            return self._interval()
        member = _MEMBER.match(self.text, self.position)
        if member is not None and (member[1] or text.endswith("]")):
            return self._membership(member)
        computed = _MEMBER_OF.match(self.text, self.position)
        if computed is not None:
            return self._member_of(computed)
        if _COMPARE.match(text):
            return self._comparisons()
        start = self.position
        if self.on.field.kind is not Kind.STRING:
            self._check_brackets(text)
        return self.on.compare("==", self.alone(), self.base + start, self.base + self.stop)

    def _check_brackets(self, text: str) -> None:
        """Refuse a range or a list that lacks its brackets."""
        if _BARE_RANGE.fullmatch(text):
            raise self._refuse("a range stands in brackets", self.position, self.stop, f"write [{text}]")
        listed = _BARE_LIST.fullmatch(text)
        if listed is not None:
            mend = f"write {listed[1]} [{listed[2]}]"
            raise self._refuse("a list stands in brackets", self.position, self.stop, mend)

    def alone(self) -> Node:
        """The whole text as one operand."""
        operand = self.operand(self.stop)
        if self.position < self.stop:
            hint = "write the whole as one expression, such as ${ order.region + '!' }"
            computed = "${" in self.text
            raise self._refuse(
                "expected the end of the value", self.position, self.stop, hint if computed else None
            )
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
            hint = "for instance: '>= 10 and < 20'"
            if match is not None:
                meant = self.text[match.end() - 1 : match.end() + 1] in ("=>", "=<")
                hint = "write >= or <=" if meant else "equality needs no operator: write the value alone"
            end = match.end() if match else self.stop
            raise self._refuse("expected one of < <= > >= !=", start, end, hint)
        if match[1] != "!=":
            self.on.need_ordered(self.host.span)
        self.position = match.end()
        self._check_joint()
        joint = _AND.search(self.text, self.position)
        operand = self.operand(joint.start() if joint else self.stop)
        node = self.on.compare(match[1], operand, self.base + start, self.base + self.position)
        assert isinstance(node, Binary)
        return node

    def _check_joint(self) -> None:
        """Refuse what people write for ``and``."""
        wrong = _NO_AND.search(self.text, self.position)
        if wrong is not None and "${" not in self.text and '"' not in self.text:
            either = wrong[1] in ("||", "or")
            hint = "for either of the two write a condition, joined by ||" if either else "write and"
            raise self._refuse(f"expected 'and', found {wrong[1]!r}", wrong.start(1), wrong.end(1), hint)

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
            self.on.compare(">=" if opening == "[" else ">", low, *place),
            self.on.compare("<=" if closing == "]" else "<", high, *place),
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
            if ".." not in self.text:
                hint = "'and' asks for both; for either of them write a condition with ||"
            raise self.on.around.refuse(
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
        return self.on.member(operands, *place, negated=match[1].startswith("not"))

    def _member_of(self, match: re.Match[str]) -> Node:
        """``in params.countries``: the list itself is a param, or computed."""
        place = (self.base + self.position, self.base + self.stop)
        self.position = match.end()
        test = self.on.compare("in", self.alone(), *place)
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
            found = self.on.around.places.braced(self.host, self.base, start, self.on.around.findings)
            if found is None:
                raise RefusedTest
            node, self.position = found
            return node
        if self.text.startswith('"', start):
            return self._quoted(start)
        self.position = end
        written = self.text[start:end].strip()
        place = (self.base + start, self.base + start + len(written))
        if not written:
            hint = "for the empty text write '\"\"', for no value absent, for any *"
            raise self._refuse("a value is missing", start, max(end, start + 1), hint)
        param = PARAM.fullmatch(written)
        if param is not None:
            return Select(*place, Name(*place, "params"), param[1])
        whole = start == len(self.text) - len(self.text.lstrip()) and end == self.stop
        return self.on.literal(written, *place, bare=not (whole and self.host.quoted))

    def _quoted(self, start: int) -> Node:
        match = _QUOTED.match(self.text, start)
        if match is None:
            raise self._refuse('the text has no closing "', start, self.stop)
        self.position = match.end()
        value = re.sub(r"\\(.)", r"\1", match[1]).replace("$${", "${")
        place = (self.base + start, self.base + match.end())
        if self.on.field.kind not in (Kind.STRING, Kind.DYN):
            return self.on.literal(value, *place, bare=False)
        return self.on.checked(value, *place)

    def _refuse(self, message: str, start: int, end: int, hint: str | None = None) -> RefusedTest:
        span = self.host.at(start, max(end, start + 1))
        return self.on.around.refuse("RF320", message, span, hint)
