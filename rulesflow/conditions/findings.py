"""What a check collects on its way: problems, and the paths that are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from rulesflow.conditions.guards import Path
from rulesflow.conditions.problems import Problem
from rulesflow.conditions.scope import Scope
from rulesflow.conditions.tree import Node
from rulesflow.conditions.typed import Typed
from rulesflow.conditions.types import DYN
from rulesflow.model.diagnostics import closest


class Findings:
    """The problems of one expression, and what it reads."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[Problem] = []
        self._reads: Counter[Path] = Counter()
        self._variables = 0

    def problem(self, code: str, node: Node, message: str, hint: str | None = None) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(code, message, node.start, node.end, hint))

    def mismatch(self, code: str, node: Node, message: str, hint: str | None = None) -> None:
        """Note a problem that a scope which is not strict leaves to the run time."""
        if self.scope.strict:
            self.problem(code, node, message, hint)

    def unknown(self, node: Node, kind: str, prefix: str, name: str, siblings: Iterable[str]) -> None:
        """Note an unknown name or field (``kind``) behind ``prefix``; one of ``siblings`` may be meant."""
        close = closest(name, siblings)
        elsewhere = (path for path in self.scope.paths() if f".{path}".endswith(f".{name}"))
        meant = prefix + close if close else next(elsewhere, None)
        hint = f"did you mean {meant}?" if meant else None
        self.mismatch("RF203", node, f"unknown {kind} {prefix}{name}", hint)

    def missing_quotes(self, node: Node, text: str, surely: bool) -> None:
        """Say that ``text`` wants quotes, if all that is wrong with the node are its unknown names.

        Unless it is ``surely`` meant for a text, names that are close to known ones keep their own hints.
        """
        inside = [each for each in self.problems if node.start <= each.start and each.end <= node.end]
        if inside and all(each.code == "RF203" and (surely or each.hint is None) for each in inside):
            self.problems = [each for each in self.problems if each not in inside]
            self.problem("RF203", node, f"unknown name {text}", f'write "{text}" in quotes')

    def non_null(self, typed: Typed, what: str = "") -> Typed:
        """The operand, which must not be null; a nullable one is a problem and then of unknown type."""
        if not typed.type.nullable or not self.scope.strict:
            return typed
        name = what or "this"
        hint = f"guard it: {what} != null && …" if what else "guard it with != null"
        self.problem("RF205", typed.node, f"{name} may be null", hint)
        return replace(typed, type=DYN, fallible=True, broken=True)

    def read(self, path: Path, instead_of: Path | None = None) -> None:
        """Note that ``path`` is read; it may only be ``instead_of`` a shorter path that was noted before."""
        if instead_of is not None:
            self._reads[instead_of] -= 1
        self._reads[path] += 1

    @property
    def reads(self) -> frozenset[Path]:
        """The longest static paths that are read."""
        return frozenset(path for path, count in self._reads.items() if count > 0)

    def new_variable(self) -> str:
        """A name for a macro's variable that is unique in the expression."""
        self._variables += 1
        return f"v{self._variables}"
