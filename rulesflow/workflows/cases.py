"""Cases of workflows: an input, what its steps answer, and what an author expects to come of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions import Value
from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, plain
from rulesflow.documents.shape import Findings
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.times import Duration, TimeRefused, Timestamp, parse_duration, parse_timestamp
from rulesflow.workflows.definition import Call, Wait, Workflow
from rulesflow.workflows.mocks import UNDO, Mock
from rulesflow.workflows.mocksyntax import MockReader, faults_of
from rulesflow.workflows.places import ITEM, Place, fits, places
from rulesflow.workflows.simulate import SignalGiven
from rulesflow.workflows.surroundings import Surroundings

#: When a run of a case without ``at`` starts.
EPOCH: Final = parse_timestamp("2000-01-01T00:00:00Z")
STATUSES: Final = ("completed", "failed", "incident", "waiting", "parked", "undoing")
_FOLDER: Final = "workflows/"
_ENDING: Final = ".cases.yaml"
_KEYS = ("case", "input", "at", "mocks", "signals", "expect")
_EXPECTED = ("status", "path", "output", "undone", "error", "calls")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a run; None for what does not matter.

    ``path`` and ``undone`` are the whole lists; ``output`` is a subset, looked at if ``has_output``;
    ``error`` is the code of the error or of the ``fail`` that ended it. ``calls``: by the path of a step, or
    of an undo, a part of what its last call was given.
    """

    status: str | None = None
    path: tuple[str, ...] | None = None
    output: Value = None
    has_output: bool = False
    undone: tuple[str, ...] | None = None
    error: str | None = None
    calls: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkflowCase:
    """One expectation of a workflow."""

    name: str
    workflow: Workflow
    span: Span
    input: Value
    at: Timestamp
    expected: Expected
    mocks: Mapping[str, Sequence[Mock]] = field(default_factory=dict)
    signals: tuple[SignalGiven, ...] = ()


def load_cases(
    files: Mapping[str, bytes], workflows: Mapping[str, Workflow], around: Surroundings, findings: Findings
) -> tuple[WorkflowCase, ...]:
    """The cases of all files ``workflows/NAME.cases.yaml``; what is wrong with them goes to ``findings``."""
    cases: list[WorkflowCase] = []
    for path in sorted(files):
        if path.startswith(_FOLDER) and path.endswith(_ENDING):
            document = read_yaml(files[path], path)
            findings.items += document.diagnostics
            if document.root is not None:
                name = path.rsplit("/", 1)[-1].removesuffix(_ENDING)
                cases += decode_cases(document.root, name, workflows, around, findings)
    return tuple(cases)


def decode_cases(
    root: Node, name: str, workflows: Mapping[str, Workflow], around: Surroundings, findings: Findings
) -> list[WorkflowCase]:
    """Read a ``NAME.cases.yaml``. Inputs are checked when the cases run."""
    mapping = findings.mapping(root, "a cases file")
    if mapping is None:
        return []
    entries = findings.fields(mapping, ("workflow", "cases"), ("workflow", "cases"), "a cases file")
    if len(entries) < 2:
        return []
    named = findings.text(entries["workflow"].value, "workflow")
    workflow = workflows.get(named or "")
    if workflow is None:
        if named is not None:
            hint = did_you_mean(named, workflows) or f"workflows: {', '.join(workflows) or 'none'}"
            message = f"there is no workflow {named!r}"
            findings.error("RF751", message, entries["workflow"].value.span, hint)
        return []
    if named != name:
        message = f"these are cases of workflow {named}, in a file named {name}.cases.yaml"
        hint = f"name the file {named}.cases.yaml"
        findings.error("RF751", message, entries["workflow"].value.span, hint)
    listed = findings.sequence(entries["cases"].value, "cases")
    reader = _CaseReader(workflow, around, findings)
    return [case for item in (listed.items if listed else ()) if (case := reader.read(item)) is not None]


class _CaseReader:
    def __init__(self, workflow: Workflow, around: Surroundings, findings: Findings) -> None:
        self.workflow = workflow
        self.around = around
        self.findings = findings
        self.places = tuple(places(workflow))
        self.mocks = MockReader(around, self.places, findings)
        self.seen: dict[str, Span] = {}

    def read(self, item: Node) -> WorkflowCase | None:
        mapping = self.findings.mapping(item, "a case")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, _KEYS, ("case", "input"), "a case")
        if not {"case", "input"} <= entries.keys():
            return None
        name = self.findings.text(entries["case"].value, "case")
        given = self.findings.mapping(entries["input"].value, "input")
        mocks = self.mocks.read(entries["mocks"].value) if "mocks" in entries else {}
        signals = self._signals(entries["signals"].value) if "signals" in entries else ()
        at = self._at(entries["at"].value) if "at" in entries else EPOCH
        expected = self._expected(mapping, entries.get("expect"))
        if name is None or given is None or at is None:
            return None
        span = entries["case"].value.span
        self._check_unique(name, span)
        return WorkflowCase(name, self.workflow, span, plain(given), at, expected, mocks, signals)

    def _check_unique(self, name: str, span: Span) -> None:
        first = self.seen.setdefault(name, span)
        if first is not span:
            message = f"two cases are named {name!r}; the other stands in line {first.line}"
            self.findings.error("RF602", message, span)

    def _at(self, node: Node) -> Timestamp | None:
        text = self.findings.text(node, "at")
        if text is None:
            return None
        try:
            return parse_timestamp(text, self.around.zone)
        except TimeRefused as refused:
            self.findings.error("RF314", str(refused), node.span)
            return None

    # -- signals -------------------------------------------------------------------------------------------

    def _signals(self, node: Node) -> tuple[SignalGiven, ...]:
        """A list of signals; or a mapping, from their names to their payloads."""
        if isinstance(node, MappingNode):
            given = (self._signal(entry.key, entry.value, None) for entry in node.entries)
        else:
            listed = self.findings.sequence(node, "signals")
            given = (self._listed(item) for item in (listed.items if listed else ()))
        return tuple(each for each in given if each is not None)

    def _listed(self, item: Node) -> SignalGiven | None:
        mapping = self.findings.mapping(item, "a signal")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, ("signal", "payload", "after"), ("signal",), "a signal")
        if "signal" not in entries:
            return None
        after = self._after(entries["after"].value) if "after" in entries else None
        payload = entries["payload"].value if "payload" in entries else None
        return self._signal(entries["signal"].value, payload, after)

    def _signal(self, named: Node, payload: Node | None, after: Duration | None) -> SignalGiven | None:
        name = self.findings.text(named, "signal")
        if name is None:
            return None
        waits = [each.node.verb for each in self.places if isinstance(each.node.verb, Wait)]
        known = {wait.static for wait in waits if wait.static is not None}
        value = {} if payload is None else plain(payload)
        if not any(wait.may_be(name) for wait in waits):
            hint = did_you_mean(name, known) or f"signals: {', '.join(sorted(known)) or 'none'}"
            message = f"no step of {self.workflow.name} waits for signal {name!r}"
            self.findings.error("RF753", message, named.span, hint)
        self._check_payload(name, [wait for wait in waits if wait.static == name], value, payload or named)
        return SignalGiven(name, value, after)

    def _check_payload(self, name: str, waits: Sequence[Wait], value: Value, node: Node) -> None:
        """A payload has to fit one of the waits of its name."""
        faults = [faults_of(wait.payload, value) for wait in waits]
        if faults and all(faults):
            first = faults[0][0]
            message = f"payload of signal {name}: {first.pointer or 'the value'}: {first.message}"
            self.findings.error("RF753", message, node.span, first.hint)

    def _after(self, node: Node) -> Duration | None:
        text = self.findings.text(node, "after")
        if text is None:
            return None
        try:
            found = parse_duration(text)
        except TimeRefused as refused:
            self.findings.error("RF314", str(refused), node.span)
            return None
        if found < 0:
            self.findings.error("RF314", "a signal cannot come before the run starts", node.span)
        return found

    # -- what is expected ----------------------------------------------------------------------------------

    def _expected(self, case: MappingNode, entry: Entry | None) -> Expected:
        mapping = self.findings.mapping(entry.value, "expect") if entry else None
        fields = self.findings.fields(mapping, _EXPECTED, (), "expect") if mapping else {}
        if entry is None or (mapping is not None and not mapping.entries):
            self.findings.error(
                "RF604", "the case expects nothing", case.span, "add 'expect', such as {status: completed}"
            )
        return Expected(
            status=self._word(fields.get("status"), STATUSES),
            path=self._paths(fields["path"].value, self.places) if "path" in fields else None,
            output=plain(fields["output"].value) if "output" in fields else None,
            has_output="output" in fields,
            undone=self._paths(fields["undone"].value, self._calls) if "undone" in fields else None,
            error=self.findings.text(fields["error"].value, "error") if "error" in fields else None,
            calls=self._called(fields["calls"].value) if "calls" in fields else {},
        )

    def _called(self, node: Node) -> dict[str, Value]:
        mapping = self.findings.mapping(node, "calls")
        entries = mapping.entries if mapping else ()
        for entry in entries:
            self._check_path(entry.key, entry.key.text.removesuffix(UNDO), self._calls)
        return {entry.key.text: plain(entry.value) for entry in entries}

    @property
    def _calls(self) -> tuple[Place, ...]:
        return tuple(each for each in self.places if isinstance(each.node.verb, Call))

    def _word(self, entry: Entry | None, known: Collection[str]) -> str | None:
        word = self.findings.text(entry.value, "status") if entry else None
        if entry is not None and word is not None and word not in known:
            hint = did_you_mean(word, known) or f"a case ends as one of: {', '.join(known)}"
            self.findings.error("RF754", f"no run of a case ends as {word!r}", entry.value.span, hint)
        return word

    def _paths(self, node: Node, known: Sequence[Place]) -> tuple[str, ...] | None:
        listed = self.findings.sequence(node, "a list of step paths")
        if listed is None:
            return None
        found = [(item, self.findings.text(item, "a step's path")) for item in listed.items]
        for item, path in found:
            if path is not None:
                self._check_path(item, path, known)
        return tuple(path for _, path in found if path is not None)

    def _check_path(self, node: Node, path: str, known: Sequence[Place]) -> None:
        patterns = [each.path for each in known]
        if not any(_can_be(pattern, path) for pattern in patterns):
            what = "the run never comes to" if known is self.places else "no call that the run makes is at"
            hint = did_you_mean(path, patterns) or f"known: {', '.join(patterns) or 'none'}"
            self.findings.error("RF754", f"{what} {path!r}", node.span, hint)


def _can_be(pattern: str, path: str) -> bool:
    """Whether a run's path can be one of this place: an item's index is a number."""
    names = zip(pattern.split("/"), path.split("/"), strict=False)
    return fits(pattern, path) and all(own.isdecimal() for wanted, own in names if wanted == ITEM)
