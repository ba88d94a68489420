"""Verbs: what a step does, compiled and checked against what plugins, decisions and workflows declare."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from rulesflow.conditions.types import DURATION, NUMBER, Kind as TypeKind, Type
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, Spot
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.schemas import RESERVED, Schema
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions, constant
from rulesflow.values.fitting import misfit, said
from rulesflow.values.parts import Fit, read_value
from rulesflow.values.periods import read_period, read_seconds
from rulesflow.workflows.branches import conditions_of, target_of, text_of
from rulesflow.workflows.calls import CallReader
from rulesflow.workflows.decides import DecideReader
from rulesflow.workflows.definition import (
    Each,
    Fail,
    Nodes,
    Parallel,
    Run,
    Set,
    Sleep,
    Stop,
    Switch,
    Verb,
    Wait,
)
from rulesflow.workflows.frame import Frame
from rulesflow.workflows.moments import read_moment
from rulesflow.workflows.results import DEFAULT_ITEM, item_name, item_type
from rulesflow.workflows.sight import Sight
from rulesflow.workflows.targets import read_fail
from rulesflow.workflows.written import Kind, WrittenBranches, WrittenList, WrittenStep

_SIGNAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*", re.ASCII)

#: Compiles an inner list, in the sight of its steps.
Inner = Callable[[WrittenList, Sight, Expressions], Nodes]


class Verbs:
    """Compiles the verbs of one list. ``anything``: the schema of any value."""

    def __init__(
        self, frame: Frame, sight: Sight, anything: Schema, inner: Inner, findings: Findings
    ) -> None:
        self.frame = frame
        self.sight = sight
        self.anything = anything
        self.inner = inner
        self.findings = findings

    def read(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        """The verb; None where it is too broken, which has been noted."""
        readers: Mapping[Kind, Callable[[WrittenStep, Expressions], Verb | None]] = {
            Kind.CALL: CallReader(self.frame, self.findings).read,
            Kind.DECIDE: DecideReader(self.frame, self.findings).read,
            Kind.SWITCH: self._switch,
            Kind.WAIT: self._wait,
            Kind.SLEEP: self._sleep,
            Kind.PARALLEL: self._parallel,
            Kind.EACH: self._each,
            Kind.RUN: self._run,
            Kind.SET: self._set,
            Kind.FAIL: self._fail,
        }
        return readers[step.kind](step, expressions)

    def _switch(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        assert isinstance(step.on, WrittenBranches)
        return Switch(conditions_of(step.on, expressions))

    def _fail(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        written = read_fail(step.subject, self.findings)
        target = None if written is None else target_of(written, expressions)
        return Stop(target) if isinstance(target, Fail) else None

    def _set(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        mapping = self.findings.mapping(step.subject, "set")
        if mapping is None:
            return None
        for entry in mapping.entries:
            self.findings.name(entry.key, "a value's name")
        return Set(read_value(mapping, expressions).expression)

    # -- time and signals ----------------------------------------------------------------------------------

    def _wait(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        node = step.subject
        if self.findings.text(node, "the signal") is None or not isinstance(node, Scalar):
            return None
        computed = expressions.computed(node)
        static, ends = (computed, ("", "")) if isinstance(computed, str) else (None, computed.ends)
        if static is not None and not _SIGNAL.fullmatch(static):
            hint = "use letters, digits and any of - _ . :"
            self.findings.error("RF104", f"{static[:60]!r} is not a signal's name", node.span, hint)
        timeout = step.value("timeout")
        if timeout is None and step.on_timeout is not None:
            message = "'on' has a branch for timeout, and the wait has none"
            self.findings.error("RF707", message, step.entries["on"].key.span, "add timeout: 24h, say")
        fresh = step.value("fresh")
        return Wait(
            signal=text_of(node, expressions),
            payload=step.payload or self.anything,
            timeout=None if timeout is None else read_seconds(timeout, "timeout", self.findings, some=True),
            on_timeout=None if step.on_timeout is None else target_of(step.on_timeout, expressions),
            fresh=fresh is not None and bool(self.findings.flag(fresh, "fresh")),
            static=static,
            ends=ends,
        )

    def _sleep(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        node = step.subject
        if isinstance(node, MappingNode):
            entries = self.findings.fields(node, ("until",), ("until",), "sleep")
            if "until" not in entries:
                return None
            until = read_moment(entries["until"].value, "until", expressions, self.findings)
            return None if until is None else Sleep(until=until)
        if isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            duration = self._typed(node, "a sleep", (DURATION, NUMBER), expressions)
            return None if duration is None else Sleep(duration=duration)
        period = read_period(node, "sleep", self.findings)
        return None if period is None else Sleep(duration=constant(period))

    def _typed(
        self, node: Node, what: str, wanted: tuple[Type, ...], expressions: Expressions
    ) -> Expression | None:
        part = read_value(node, expressions)
        if not any(misfit(part.type, each, what) is None for each in wanted):
            kinds = " or ".join(said(each) for each in wanted)
            self.findings.error("RF719", f"{what} is {kinds}, but this gives {said(part.type)}", part.span)
            return None
        return part.expression

    # -- steps of steps ------------------------------------------------------------------------------------

    def _parallel(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        branches = {name: self.inner(steps, self.sight, expressions) for name, steps in step.lists.items()}
        return Parallel(branches, any=self._word(step, "join", ("all", "any")) == "any")

    def _each(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        items = read_value(step.subject, expressions)
        wanted = Type(TypeKind.LIST)
        if misfit(items.type, wanted, "each") is not None:
            message = f"'each' needs a list, but this gives {said(items.type)}"
            self.findings.error("RF719", message, items.span, 'such as: each: "${ order.lines }"')
        variable = self._variable(step)
        inner = self.sight.with_name(variable, item_type(step, self.sight, expressions.known))
        return Each(
            items=items.expression,
            variable=variable,
            nodes=self.inner(step.lists[""], inner, expressions),
            concurrency=self._concurrency(step),
            collect=self._word(step, "on_failure", ("stop", "collect")) == "collect",
        )

    def _variable(self, step: WrittenStep) -> str:
        node = step.value("as")
        if node is not None and self.findings.name(node, "as") is None:
            return DEFAULT_ITEM
        name = item_name(step)
        span = step.verb.span if node is None else node.span
        if name in RESERVED:
            self.findings.error("RF703", f"{name!r} is a reserved name in conditions", span, "choose another")
        elif name in self.sight.names:
            message = f"the items are named {name!r}, and so is something else that stands in sight here"
            self.findings.error("RF703", message, span, "name them with as: NAME")
        return name

    def _concurrency(self, step: WrittenStep) -> int | None:
        node = step.value("concurrency")
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = f"concurrency must be a whole number from 1 up, not {describe(node)}"
            self.findings.error("RF102", message, node.span)
            return None
        return value

    def _word(self, step: WrittenStep, key: str, known: tuple[str, str]) -> str | None:
        node = step.value(key)
        word = None if node is None else self.findings.text(node, key)
        if node is not None and word is not None and word not in known:
            hint = did_you_mean(word, known)
            message = f"{key} must be {' or '.join(known)}, not {word!r}"
            self.findings.error("RF102", message, node.span, hint)
        return word

    def _run(self, step: WrittenStep, expressions: Expressions) -> Verb | None:
        node = step.subject
        if not isinstance(node, Scalar) or node.text not in self.frame.children:
            return None  # which linking has told
        child = self.frame.children[node.text].workflow
        given = step.value("with") or MappingNode((), Spot(node.span))
        part = read_value(given, expressions)
        Fit("RF710", f"the input of {child.name}", self.findings).check(part, child.input, child.input.type)
        return Run(child, part.expression)
