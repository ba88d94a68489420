"""How mocks are written: by step path, an output, an error or ``held``, or a list of them.

``{transaction: t1}`` is an output, and so is ``{output: …}``. An error is ``{error: declined}``, by a code of
the step or a class, or ``{error: {class, code, message, retry_after}}``. ``{held: true}``: the call is not
made, since the breaker of the step's resource is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rulesflow.conditions import Value
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, Sequence as SequenceNode, plain
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault
from rulesflow.model.times import SECOND, TimeRefused, parse_duration
from rulesflow.schemas import Schema, SchemaMismatch
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.definition import Call
from rulesflow.workflows.mocks import UNDO, Mock
from rulesflow.workflows.places import ITEM, Place
from rulesflow.workflows.step import ErrorClass, Step
from rulesflow.workflows.stepschema import BrokenStep, step_schemas
from rulesflow.workflows.surroundings import Surroundings

_ERROR = ("class", "code", "message", "retry_after")
_CLASSES = tuple(str(each) for each in ErrorClass)


class MockReader:
    """Reads the mocks of the cases of one workflow, whose steps stand at ``places``."""

    def __init__(self, around: Surroundings, places: Sequence[Place], findings: Findings) -> None:
        self.around = around
        self.findings = findings
        self.calls = {each.path: each.node.verb for each in places if isinstance(each.node.verb, Call)}
        self.outputs: dict[str, Schema | None] = {}

    def read(self, node: Node) -> dict[str, tuple[Mock, ...]]:
        """The mocks by path."""
        mapping = self.findings.mapping(node, "mocks")
        entries = mapping.entries if mapping else ()
        return {entry.key.text: self._answers(entry.key, entry.value) for entry in entries}

    def _answers(self, key: Scalar, node: Node) -> tuple[Mock, ...]:
        steps = self._steps(key)
        if isinstance(node, SequenceNode):
            if not node.items:
                self.findings.error("RF752", f"{key.text} has no answer", node.span, "list one, or drop it")
            found = [self._answer(item, steps, key.text) for item in node.items]
        else:
            found = [self._answer(node, steps, key.text)]
        return tuple(each for each in found if each is not None)

    def _steps(self, key: Scalar) -> list[str]:
        """The names of the plugins' steps that a path stands for; an error where there is none."""
        path, undo = key.text.removesuffix(UNDO), key.text.endswith(UNDO)
        found = [call for pattern, call in self.calls.items() if _meet(path, pattern)]
        if not found:
            hint = did_you_mean(path, self.calls) or f"calls: {', '.join(self.calls) or 'none'}"
            self.findings.error("RF750", f"no step at {path!r} calls anything", key.span, hint)
        if undo:
            return [call.undo.step for call in found if call.undo is not None]
        return [call.step for call in found]

    def _answer(self, node: Node, steps: Sequence[str], path: str) -> Mock | None:
        if isinstance(node, MappingNode) and node.keys() == ("error",):
            problem = self._problem(node.entries[0].value, steps)
            return None if problem is None else Mock(problem=problem)
        if isinstance(node, MappingNode) and node.keys() == ("held",):
            return self._held(node.entries[0].value)
        wrapped = isinstance(node, MappingNode) and node.keys() == ("output",)
        output = node.entries[0].value if isinstance(node, MappingNode) and wrapped else node
        self._check_output(output, steps, path)
        return Mock(plain(output))

    def _check_output(self, node: Node, steps: Sequence[str], path: str) -> None:
        """An output has to fit the schema of the step, where the step is known."""
        for step in () if path.endswith(UNDO) else dict.fromkeys(steps):
            schema = self._output(step)
            faults = faults_of(schema, plain(node)) if schema else ()
            if faults:
                more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
                message = (
                    f"no output of {step}: {faults[0].pointer or 'the value'}: {faults[0].message}{more}"
                )
                self.findings.error("RF752", message, node.span, faults[0].hint)
                return

    def _output(self, step: str) -> Schema | None:
        if step not in self.outputs:
            found = self.around.steps.get(step)
            try:
                self.outputs[step] = step_schemas(found, self.around.zone).output if found else None
            except BrokenStep:  # which is reported where the plugin registers it
                self.outputs[step] = None
        return self.outputs[step]

    def _held(self, node: Node) -> Mock | None:
        if isinstance(node, Scalar) and node.value is True:
            return Mock(problem=Problem(ErrorClass.UNAVAILABLE, "circuit-open", "mocked: held"), held=True)
        hint = "where the step itself gives it, write output: {held: …}"
        self.findings.error("RF752", f"held is true, not {describe(node)}", node.span, hint)
        return None

    # -- errors --------------------------------------------------------------------------------------------

    def _problem(self, node: Node, steps: Sequence[str]) -> Problem | None:
        if isinstance(node, Scalar):
            word = self.findings.text(node, "error")
            return None if word is None else self._named(word, node, steps, f"mocked: {word}", None)
        mapping = self.findings.mapping(node, "error")
        if mapping is None:
            return None
        fields = self.findings.fields(mapping, _ERROR, (), "error")
        texts = {
            name: self.findings.text(fields[name].value, name)
            for name in ("class", "code", "message")
            if name in fields
        }
        word = texts.get("class") or texts.get("code")
        if word is None:
            if not {"class", "code"} & fields.keys():
                self.findings.error("RF103", "an error lacks the key 'class' or 'code'", mapping.span)
            return None
        after = self._retry_after(fields["retry_after"].value) if "retry_after" in fields else None
        message = texts.get("message") or f"mocked: {texts.get('code') or word}"
        place = fields["class" if texts.get("class") else "code"].value
        return self._named(word, place, steps, message, after, texts.get("code"))

    def _named(
        self,
        word: str,
        node: Node,
        steps: Sequence[str],
        message: str,
        after: float | None,
        code: str | None = None,
    ) -> Problem | None:
        """An error by a class, or by a code that the step declares."""
        if word in _CLASSES:
            return Problem(ErrorClass(word), code or word, message, after)
        declared = self._codes(steps)
        if word in declared:
            return Problem(declared[word], word, message, after)
        known = (*declared, *_CLASSES)
        hint = did_you_mean(word, known) or f"known: {', '.join(known)}"
        self.findings.error(
            "RF752", f"{word!r} is no class of errors, nor a code of the step", node.span, hint
        )
        return None

    def _codes(self, steps: Sequence[str]) -> Mapping[str, ErrorClass]:
        found = (self.around.steps.get(step) for step in steps)
        return {code: each for step in found if isinstance(step, Step) for code, each in step.errors.items()}

    def _retry_after(self, node: Node) -> float | None:
        """Seconds, or a duration such as ``2m``."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str):
            try:
                return parse_duration(value) / SECOND
            except TimeRefused as refused:
                self.findings.error("RF314", str(refused), node.span)
                return None
        if value is None or isinstance(value, bool) or value < 0:
            self.findings.error("RF102", "retry_after must be seconds, or a duration such as 2m", node.span)
            return None
        return float(value)


def faults_of(schema: Schema, value: Value) -> tuple[Fault, ...]:
    """What is wrong with a value that will come as JSON: empty when nothing is."""
    try:
        schema.validate(value)
    except SchemaMismatch as mismatch:
        return mismatch.faults
    return ()


def _meet(path: str, pattern: str) -> bool:
    """Whether some path has both patterns."""
    ours, theirs = path.split("/"), pattern.split("/")
    return len(ours) == len(theirs) and all(
        one == other or ITEM in (one, other) for one, other in zip(ours, theirs, strict=True)
    )
