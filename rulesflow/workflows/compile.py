"""From what an author wrote to what the interpreter runs: every expression compiled, every way checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rulesflow.conditions import Guards
from rulesflow.conditions.types import NULL, NUMBER, Type
from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Diagnostic, Severity
from rulesflow.schemas import Schema
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions
from rulesflow.values.fitting import misfit
from rulesflow.values.parts import read_value
from rulesflow.workflows.branches import Branching, conditions_of, target_of, written_of
from rulesflow.workflows.definition import (
    Cases,
    Catch,
    Conditions,
    Each,
    Node,
    Nodes,
    Parallel,
    Run,
    Wait,
    Workflow,
)
from rulesflow.workflows.flow import Course, endless, follow, reached_twice, unreached
from rulesflow.workflows.frame import Frame, Linked
from rulesflow.workflows.results import decision_of, results_of
from rulesflow.workflows.retries import check_words
from rulesflow.workflows.sight import Sight, caught, everything, outermost
from rulesflow.workflows.verbs import Verbs
from rulesflow.workflows.ways import Ways
from rulesflow.workflows.written import Kind, WrittenBranches, WrittenCases, WrittenList, WrittenStep

#: Mistakes by which a step can be lost, or a way to it: then nothing is said of those that nothing leads to.
_LOSING = frozenset({"RF101", "RF102", "RF103", "RF104", "RF701", "RF702", "RF704", "RF707"})


class Compiler:
    """Compiles one workflow. ``anything``: the schema of any value."""

    def __init__(self, frame: Frame, anything: Schema, findings: Findings) -> None:
        self.frame = frame
        self.anything = anything
        self.findings = findings

    def compile(self) -> Linked:
        """The workflow. Where an error was noted it is of use only to check those that run it."""
        written = self.frame.written
        outer = outermost(self.frame.given, written.input)
        nodes, sight, course = self._list(written.steps, outer, Guards())
        end = everything(sight.steps) if course.end is None else course.end
        output, output_type = None, NULL
        if written.output is not None:
            part = read_value(written.output, Expressions(sight.scope, end, self.findings))
            output, output_type = part.expression, part.type
        workflow = Workflow(
            name=written.name,
            title=written.title,
            file=written.file,
            input=written.input or self.anything,
            nodes=nodes,
            output=output,
            priority=self._priority(outer),
            signals=frozenset(wait.static for wait in _waits(nodes) if wait.static is not None),
            any_signal=any(wait.static is None for wait in _waits(nodes)),
        )
        return Linked(workflow, output_type)

    def _priority(self, sight: Sight) -> Expression | None:
        node = self.frame.written.priority
        if node is None:
            return None
        part = read_value(node, Expressions(sight.scope, Guards(), self.findings))
        found = misfit(part.type, NUMBER, "'priority'")
        if found is not None:
            self.findings.error("RF719", found.message, part.span, found.hint)
        return part.expression

    # -- lists ---------------------------------------------------------------------------------------------

    def _list(self, steps: WrittenList, around: Sight, known: Guards) -> tuple[Nodes, Sight, Course]:
        sight, results = results_of(self.frame, steps, around)
        ways = Ways(steps, sight, results)
        course = follow(steps, known, ways.edges)
        self._check_course(steps, course, ways)
        nodes = {}
        scope, anywhere = sight.scope, everything(sight.steps)
        for name, step in steps.items():
            at = Expressions(scope, course.known.get(name, anywhere), self.findings)
            node = self._node(step, at, sight, results, ways)
            if node is not None:
                nodes[name] = node
        return nodes, sight, course

    def _inner(self, steps: WrittenList, around: Sight, expressions: Expressions) -> Nodes:
        nodes, _, _ = self._list(steps, around, expressions.known)
        return nodes

    def _check_course(self, steps: WrittenList, course: Course, ways: Ways) -> None:
        file = self.frame.written.file
        lost = any(each.span.file == file and each.code in _LOSING for each in self.findings.items)
        for step in () if lost else unreached(steps, course, ways.edges):
            message = f"nothing leads to the step {step.name!r}"
            hint = f"name it as a target somewhere, or let the step before it go on: then: {step.name}"
            self.findings.error("RF705", message, step.span, hint)
        for step, before in reached_twice(steps, course):
            message = f"{step.name!r} is a target, and {before.name!r} falls into it as well"
            hint = f"if that is meant, say so: then: {step.name} in {before.name!r}"
            if before.condition is not None and (before.on is not None or before.then is not None):
                message = f"{step.name!r} is a target, and is come to where {before.name!r} is skipped, too"
                hint = "put another step between them, or branch by conditions"
            self.findings.items.append(Diagnostic("RF706", message, step.span, hint, Severity.WARNING))
        turning = endless(steps, course)
        if turning is not None:
            message = f"from {turning.name!r} on the steps go in a circle that only computes, and never ends"
            hint = "lead out of it by a condition, or do something in it"
            self.findings.error("RF715", message, turning.span, hint)

    # -- steps ---------------------------------------------------------------------------------------------

    def _node(
        self,
        step: WrittenStep,
        arriving: Expressions,
        sight: Sight,
        results: Mapping[str, Type],
        ways: Ways,
    ) -> Node | None:
        condition = None
        if step.condition is not None:
            test = arriving.condition(step.condition, "'if'")
            condition, arriving = test.expression, arriving.given(test.when_true)
        verb = Verbs(self.frame, sight, self.anything, self._inner, self.findings).read(step, arriving)
        done = Expressions(arriving.scope, ways.done(step, arriving.known), self.findings)
        on = self._on(step, results.get(step.name), done)
        then = None if step.then is None else target_of(step.then, done)
        catches = tuple(self._catches(step, arriving))
        if verb is None:
            return None
        written = written_of(step.condition)
        return Node(step.name, verb, step.span, condition, then, on, catches, written)

    def _on(self, step: WrittenStep, result: Type | None, done: Expressions) -> Cases | Conditions | None:
        if step.kind is Kind.SWITCH or step.on is None:
            return None
        if isinstance(step.on, WrittenBranches):
            return conditions_of(step.on, done)
        assert isinstance(step.on, WrittenCases)
        branching = Branching(step, result, self.findings)
        return branching.cases(step.on, done, known=self._is_known(step))

    def _is_known(self, step: WrittenStep) -> bool:
        """Whether what a step gives is declared somewhere; if not, that was told, or its plugin is gone."""
        match step.kind:
            case Kind.CALL:
                return _name(step) in self.frame.schemas
            case Kind.RUN:
                return _name(step) in self.frame.children
            case Kind.DECIDE:
                name = decision_of(step)
                found = self.frame.given.decisions.get(name.text) if name else None
                return found is not None and found.schema is not None
        return step.payload is not None or "payload" not in step.entries

    def _catches(self, step: WrittenStep, arriving: Expressions) -> Iterator[Catch]:
        failed = Expressions(arriving.scope, caught(step.name, arriving.known), self.findings)
        for each in step.catches:
            check_words(each.words, self._codes(step), self._whose(step), self.findings)
            yield Catch(tuple(word.text for word in each.words), target_of(each.target, failed))

    def _codes(self, step: WrittenStep) -> Collection[str] | None:
        """The codes of errors that a step may fail with; None where they are not known."""
        if step.kind is Kind.CALL:
            offered = self.frame.given.steps.get(_name(step))
            return None if offered is None else tuple(offered.errors)
        return self.frame.codes if step.kind in (Kind.EACH, Kind.PARALLEL, Kind.RUN) else ()

    def _whose(self, step: WrittenStep) -> str:
        return _name(step) if step.kind is Kind.CALL else f"step {step.name!r}"


def _name(step: WrittenStep) -> str:
    return step.subject.text if isinstance(step.subject, Scalar) else ""


def _waits(nodes: Nodes) -> Iterator[Wait]:
    """All waits, those of inner lists and of child workflows too."""
    for node in nodes.values():
        match node.verb:
            case Wait() as wait:
                yield wait
            case Parallel(branches=branches):
                for branch in branches.values():
                    yield from _waits(branch)
            case Each(nodes=inner):
                yield from _waits(inner)
            case Run(workflow=child):
                yield from _waits(child.nodes)
