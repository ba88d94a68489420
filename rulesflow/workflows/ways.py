"""Where a step leads, and what is known on each way: quietly, since findings come when it is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rulesflow.conditions import Guards
from rulesflow.conditions.types import DYN, Type
from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings
from rulesflow.values.expressions import Condition, Expressions
from rulesflow.workflows.flow import Edge
from rulesflow.workflows.sight import Sight, caught, completed
from rulesflow.workflows.written import (
    Kind,
    WrittenBranches,
    WrittenCases,
    WrittenFail,
    WrittenList,
    WrittenStep,
    WrittenTarget,
)


class Ways:
    """The ways through one list. ``results``: what each step gives, apart from errors."""

    def __init__(self, steps: WrittenList, sight: Sight, results: Mapping[str, Type]) -> None:
        self.steps = steps
        self.results = results
        self.following = dict(zip(steps, [*list(steps)[1:], None], strict=False))  # there may be no step
        self.scope = sight.scope

    def edges(self, step: WrittenStep, known: Guards) -> Iterator[Edge]:
        """Where a step leads that is come to with this knowledge."""
        following = self.following[step.name]
        if step.condition is not None:
            test = self.condition(step.condition, known)
            yield Edge(following, known | test.when_false, falling=True)
            known |= test.when_true
        for each in step.catches:
            yield _edge(each.target, caught(step.name, known))
        if step.on_timeout is not None:
            yield _edge(step.on_timeout, known)
        if step.kind is Kind.FAIL:
            yield Edge(None, known, fails=True)
            return
        done = self.done(step, known)
        if isinstance(step.on, WrittenBranches):
            yield from self._branches(step.on, known if step.kind is Kind.SWITCH else done)
        elif isinstance(step.on, WrittenCases):
            yield from self._cases(step, step.on, done)
        elif step.then is not None:
            yield _edge(step.then, done)
        elif "then" not in step.entries:  # one that could not be read leads nowhere that we know
            yield Edge(following, done, falling=True)

    def done(self, step: WrittenStep, known: Guards) -> Guards:
        """What is known once the step has completed."""
        result = self.results.get(step.name)
        return known if result is None else completed(step.name, result, known)

    def condition(self, node: Node, known: Guards) -> Condition:
        """What a condition shows."""
        return Expressions(self.scope, known, Findings()).condition(node, "")

    def _branches(self, on: WrittenBranches, known: Guards) -> Iterator[Edge]:
        for branch in on.branches:
            if branch.when is None:
                yield _edge(branch.target, known)
            else:
                test = self.condition(branch.when, known)
                yield _edge(branch.target, known | test.when_true)
                known |= test.when_false

    def _cases(self, step: WrittenStep, on: WrittenCases, done: Guards) -> Iterator[Edge]:
        by = step.value("by")
        path = [("steps", step.name)]
        if isinstance(by, Scalar):
            path.append(("steps", step.name, by.text))  # type: ignore[arg-type]
        chosen = done | Guards(frozenset(path), frozenset(path))
        listed = self.results.get(step.name, DYN).element is not None
        for case in on.cases:
            yield _edge(case.target, done if listed else chosen)
        if on.other is not None:
            yield _edge(on.other, done)


def _edge(target: WrittenTarget, known: Guards) -> Edge:
    if isinstance(target, WrittenFail):
        return Edge(None, known, fails=True)
    return Edge(target.step, known)
