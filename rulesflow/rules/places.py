"""Places: how a tree made of several scalars still knows where in the file each node stands.

A rule's ``when`` becomes one tree, though its parts are written in many scalars. Each scalar gets a range
of offsets of its own; every node's ``start`` and ``end`` lie in the range of the scalar it was read from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rulesflow.conditions.lexer import MAX_LENGTH, Token, tokenize, tokenize_braced
from rulesflow.conditions.parser import parse_tokens
from rulesflow.conditions.problems import ConditionError, Problem
from rulesflow.conditions.tree import Node
from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span

_RANGE = MAX_LENGTH * 2  # a scalar may be longer than an expression; places behind that mean its last one


_CUT = "the value ends at ' #', where a comment begins; quote a value that holds it"


class Places:
    """The scalars that one tree was read from."""

    def __init__(self) -> None:
        self._hosts: list[Scalar] = []

    def add(self, host: Scalar) -> int:
        """Give the scalar a range; answers the offset at which that begins."""
        self._hosts.append(host)
        return (len(self._hosts) - 1) * _RANGE

    def span(self, start: int, end: int) -> Span:
        """The place in the file of the offsets ``start`` to ``end``."""
        number, first = divmod(start, _RANGE)
        host = self._hosts[min(number, len(self._hosts) - 1)]
        return host.at(first, max(first, end - number * _RANGE))

    def text(self, node: Node) -> str:
        """What the author wrote for this node."""
        number, first = divmod(node.start, _RANGE)
        return self._hosts[number].text[first : node.end - number * _RANGE]

    def condition(self, host: Scalar, findings: Findings) -> Node | None:
        """Parse the whole scalar as a condition; None and a finding where it does not parse."""
        base = self.add(host)
        if host.text.lstrip().startswith("${"):
            message = "a condition stands bare, not in ${ }"
            findings.error("RF201", message, host.at(0, len(host.text)), "leave out ${ and }")
            return None
        try:
            tokens = tokenize(host.text)
        except ConditionError as error:
            report_problems(error.problems, host, findings)
            return None
        return self._parse(tokens, base, findings)

    def braced(self, host: Scalar, base: int, opening: int, findings: Findings) -> tuple[Node, int] | None:
        """Parse the ``${ … }`` that begins at offset ``opening`` of a scalar that was added at ``base``.

        Answers the tree and the offset behind the closing brace.
        """
        try:
            tokens = tokenize_braced(host.text, opening)
        except ConditionError as error:
            report_problems(error.problems, host, findings)
            return None
        node = self._parse(tokens, base, findings)
        return None if node is None else (node, tokens[-1].end)

    def report(self, problems: Iterable[Problem], findings: Findings) -> None:
        """Note the problems of a tree at their places in the file."""
        for problem in problems:
            number = min(problem.start // _RANGE, len(self._hosts) - 1)
            start, end = problem.start - number * _RANGE, problem.end - number * _RANGE
            report_problems([replace(problem, start=start, end=end)], self._hosts[number], findings)

    def _parse(self, tokens: list[Token], base: int, findings: Findings) -> Node | None:
        shifted = [token._replace(start=token.start + base, end=token.end + base) for token in tokens]
        try:
            return parse_tokens(shifted)
        except ConditionError as error:
            self.report(error.problems, findings)
            return None


def report_problems(problems: Iterable[Problem], host: Scalar, findings: Findings) -> None:
    """Note the problems of an expression that stands in one scalar."""
    for problem in problems:
        hint = _CUT if problem.code == "RF201" and host.cut else problem.hint
        findings.error(problem.code, problem.message, host.at(problem.start, problem.end), hint)
