"""``call``: what a plugin's step is given, how it is tried again, and how it is taken back."""

from __future__ import annotations

from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, Spot
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions
from rulesflow.values.parts import Fit, read_value
from rulesflow.values.periods import read_seconds
from rulesflow.workflows.definition import Call, Retry, UndoCall
from rulesflow.workflows.frame import Frame
from rulesflow.workflows.retries import read_policy
from rulesflow.workflows.step import Step
from rulesflow.workflows.written import WrittenStep

_NO_UNDO = "none"
#: What an undo gets that has no ``with``.
_UNDO_INPUT = ("input", "output", "key")


class CallReader:
    """Compiles calls."""

    def __init__(self, frame: Frame, findings: Findings) -> None:
        self.frame = frame
        self.findings = findings

    def read(self, step: WrittenStep, expressions: Expressions) -> Call | None:
        """The call; None where its step is not there."""
        name = self.findings.text(step.subject, "call")
        if name is None:
            return None
        offered = self.frame.given.steps.get(name)
        if offered is None:
            self._unknown(name, step.subject.span)
        timeout, commit, park = step.value("timeout"), step.value("commit"), step.value("park")
        arguments = self._arguments(name, step.value("with"), step.subject.span, expressions)
        return Call(
            step=name,
            arguments=arguments,
            retry=self._retry(step, name, offered),
            timeout=None if timeout is None else read_seconds(timeout, "timeout", self.findings, some=True),
            undo=self._undo(step.value("undo"), offered, expressions),
            commit=commit is not None and bool(self.findings.flag(commit, "commit")),
            park=True if park is None else self._park(park),
        )

    def _unknown(self, name: str, span: Span) -> None:
        if self.frame.given.lenient:
            return
        steps = self.frame.given.steps
        same = [each for each in steps if each.partition(".")[0] == name.partition(".")[0]]
        hint = did_you_mean(name, steps)
        if hint is None and same:
            hint = f"{name.partition('.')[0]} has: {', '.join(sorted(same))}"
        self.findings.error(
            "RF709", f"no plugin offers the step {name[:80]!r}", span, hint or "see: rulesflow plugins list"
        )

    def _arguments(self, name: str, node: Node | None, place: Span, expressions: Expressions) -> Expression:
        part = read_value(MappingNode((), Spot(place)) if node is None else node, expressions)
        schemas = self.frame.schemas.get(name)
        if schemas is not None:
            Fit("RF710", f"'with' of {name}", self.findings).check(part, schemas.input, schemas.input.type)
        elif node is not None and not isinstance(node, MappingNode) and part.constant:
            message = f"'with' must be a mapping (key: value), not {describe(node)}"
            self.findings.error("RF102", message, node.span)
        return part.expression

    def _retry(self, step: WrittenStep, name: str, offered: Step | None) -> Retry:
        node = step.value("retry")
        if node is None:
            return Retry()
        if isinstance(node, MappingNode):
            codes = None if offered is None else tuple(offered.errors)
            return read_policy(node, "'retry'", codes, name, self.findings) or Retry()
        word = self.findings.text(node, "retry")
        policies = self.frame.written.retries
        if word is None or word in policies:
            return Retry() if word is None else policies[word]
        hint = did_you_mean(word, policies) or "declare it under 'retries', or write it here: {attempts: 5}"
        self.findings.error("RF711", f"there is no retry policy {word!r}", node.span, hint)
        return Retry()

    def _undo(self, node: Node | None, offered: Step | None, expressions: Expressions) -> UndoCall | None:
        if node is None:
            return UndoCall(offered.undo) if offered is not None and offered.undo else None
        if isinstance(node, MappingNode):
            entries = self.findings.fields(node, ("call", "with"), ("call",), "'undo'")
            if "call" not in entries:
                return None
            name = self.findings.text(entries["call"].value, "call")
            place, given = entries["call"].value.span, entries["with"].value if "with" in entries else None
        else:
            name, place, given = self.findings.text(node, "undo"), node.span, None
            if name == _NO_UNDO:
                return None
        if name is None:
            return None
        if name not in self.frame.given.steps:
            self._unknown(name, place)
        if given is not None:
            return UndoCall(name, self._arguments(name, given, place, expressions))
        self._check_undo(name, place)
        return UndoCall(name)

    def _check_undo(self, name: str, place: Span) -> None:
        """Whether a step can be called with ``{input, output, key}``."""
        schemas = self.frame.schemas.get(name)
        fields = (schemas.input.type.fields or {}) if schemas is not None else {}
        needs = [key for key, each in fields.items() if each.required and key not in _UNDO_INPUT]
        closed = schemas is not None and schemas.input.type.closed
        refuses = [key for key in _UNDO_INPUT if closed and key not in fields]
        if needs or refuses:
            what = f"needs {', '.join(needs)}" if needs else f"takes no {', '.join(refuses)}"
            message = f"an undo is given {{{', '.join(_UNDO_INPUT)}}} of the call, and {name} {what}"
            hint = f"say what it is given: undo: {{call: {name}, with: {{…}}}}"
            self.findings.error("RF710", message, place, hint)

    def _park(self, node: Node) -> bool | float:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        seconds = read_seconds(node, "park", self.findings)
        return True if seconds is None else seconds
