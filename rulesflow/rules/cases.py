"""Cases: what an author expects of a decision, written beside it, and which rules they have shown to work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rulesflow.conditions.types import Value
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, plain
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.errors import RequestRefused
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.rules.answer import Answer
from rulesflow.rules.ruleset import Decision, Ruleset
from rulesflow.rules.written import DEFAULT
from rulesflow.schemas.expectation import difference

#: When a case without ``at`` is decided.
EPOCH = parse_timestamp("2000-01-01T00:00:00Z")
_KEYS = ("case", "facts", "at", "expect", "rule")


@dataclass(frozen=True, slots=True)
class Case:
    """One expectation. ``expect``: a subset of the result; ``rule``: the rule that must win, or None."""

    name: str
    decision: str
    span: Span
    facts: Value
    at: Timestamp
    expect: Value
    expects_result: bool
    rule: str | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case. ``failure`` says what differs, None where all is as expected."""

    case: Case
    failure: str | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """A rule of some layer and the number of cases in which it had a part in the result."""

    decision: str
    rule: str
    layer: str
    file: str
    line: int
    cases: int


@dataclass(frozen=True, slots=True)
class CaseReport:
    """All results, and the coverage of every rule and default, in the order of the files."""

    results: tuple[CaseResult, ...]
    coverage: tuple[RuleCoverage, ...]

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases that did not come out as expected."""
        return tuple(each for each in self.results if each.failure is not None)

    @property
    def uncovered(self) -> tuple[RuleCoverage, ...]:
        """The rules that no case has shown."""
        return tuple(each for each in self.coverage if not each.cases)


def decision_named(root: Node | None) -> str | None:
    """The decision that a ``NAME.cases.yaml`` names; None where it names none."""
    named = root.get("decision") if isinstance(root, MappingNode) else None
    return named.value if isinstance(named, Scalar) and isinstance(named.value, str) else None


def decode_cases(root: Node, name: str, path: str, ruleset: Ruleset, findings: Findings) -> Iterable[Case]:
    """Read a ``NAME.cases.yaml``. Facts are checked when the cases run."""
    mapping = findings.mapping(root, "a cases file")
    if mapping is None:
        return []
    entries = findings.fields(mapping, ("decision", "cases"), ("decision", "cases"), "a cases file")
    if len(entries) < 2:
        return []
    named = findings.text(entries["decision"].value, "decision")
    decision = ruleset.decisions.get(named or "")
    if decision is None:
        # A decision that did not load has been reported where it stands.
        if named is not None and named != name:
            hint = did_you_mean(named, ruleset.decisions)
            findings.error("RF603", f"there is no decision {named!r}", entries["decision"].value.span, hint)
        elif named is not None and not any(
            each.span.file.endswith(f"{name}.yaml") for each in findings.items
        ):
            hint = did_you_mean(named, ruleset.decisions) or f"decisions: {', '.join(ruleset.decisions)}"
            findings.error("RF603", f"there is no decision {named!r}", entries["decision"].value.span, hint)
        return []
    listed = findings.sequence(entries["cases"].value, "cases")
    reader = _CaseReader(decision, ruleset, findings)
    return [case for item in (listed.items if listed else ()) if (case := reader.read(item)) is not None]


class _CaseReader:
    def __init__(self, decision: Decision, ruleset: Ruleset, findings: Findings) -> None:
        self.decision = decision
        self.ruleset = ruleset
        self.findings = findings
        self.seen: dict[str, Span] = {}
        self.dated = any(rule.start is not None or rule.until is not None for rule in decision.rules.values())
        self.rules = {rule.name for rule in decision.rules.values()} | {DEFAULT}

    def read(self, item: Node) -> Case | None:
        mapping = self.findings.mapping(item, "a case")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, _KEYS, ("case", "facts"), "a case")
        if not {"case", "facts"} <= entries.keys():
            return None
        name = self.findings.text(entries["case"].value, "case")
        facts = self.findings.mapping(entries["facts"].value, "facts")
        at = self._at(mapping, entries["at"].value if "at" in entries else None)
        rule = self._rule(entries["rule"].value) if "rule" in entries else None
        if name is None or facts is None or at is None:
            return None
        self._check_unique(name, entries["case"].value.span)
        if "expect" not in entries and "rule" not in entries:
            self.findings.error("RF604", "the case expects nothing", mapping.span, "add 'expect' or 'rule'")
        return Case(
            name=name,
            decision=self.decision.name,
            span=entries["case"].value.span,
            facts=plain(facts),
            at=at,
            expect=plain(entries["expect"].value) if "expect" in entries else None,
            expects_result="expect" in entries,
            rule=rule,
        )

    def _check_unique(self, name: str, span: Span) -> None:
        first = self.seen.setdefault(name, span)
        if first is not span:
            self.findings.error(
                "RF602", f"two cases are named {name!r}; the other stands in line {first.line}", span
            )

    def _at(self, case: MappingNode, node: Node | None) -> Timestamp | None:
        if node is None:
            if self.dated:
                self.findings.error(
                    "RF601",
                    f"the case has no 'at', and decision {self.decision.name} has rules with dates",
                    case.span,
                    "add at: 2026-11-20T10:00:00Z",
                )
                return None
            return EPOCH
        text = self.findings.text(node, "at")
        if text is None:
            return None
        try:
            return parse_timestamp(text, self.ruleset.zone)
        except TimeRefused as refused:
            self.findings.error("RF314", str(refused), node.span)
            return None

    def _rule(self, node: Node) -> str | None:
        name = self.findings.text(node, "rule")
        if name is not None and name not in self.rules:
            hint = did_you_mean(name, self.rules)
            self.findings.error(
                "RF603", f"decision {self.decision.name} has no rule {name!r}", node.span, hint
            )
        return name


def run_cases(ruleset: Ruleset, cases: Sequence[Case]) -> CaseReport:
    """Decide every case and compare."""
    results = tuple(_run(ruleset, case) for case in cases)
    return CaseReport(results, tuple(_coverage(ruleset, results)))


def _run(ruleset: Ruleset, case: Case) -> CaseResult:
    try:
        answer = ruleset.decide(case.decision, case.facts, case.at, at_pointer="")
    except RequestRefused as refused:
        faults = "; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in refused.faults[:5])
        return CaseResult(case, f"{refused.detail}: {faults}" if faults else refused.detail, None)
    return CaseResult(case, _difference(case, answer), answer)


def _difference(case: Case, answer: Answer) -> str | None:
    won = [match.rule for match in answer.matched]
    if case.expects_result:
        found = difference(case.expect, answer.result, "result")
        if found is not None:
            return f"{found} (decided by {', '.join(won) or 'no rule'})"
    if case.rule is not None and case.rule not in won:
        return f"expected rule {case.rule}, but {', '.join(won) or 'no rule'} decided"
    return None


def _coverage(ruleset: Ruleset, results: Iterable[CaseResult]) -> Iterable[RuleCoverage]:
    counts: dict[tuple[str, str, str], int] = {}
    for result in results:
        for match in result.answer.matched if result.answer else ():
            key = (result.case.decision, match.layer, match.rule)
            counts[key] = counts.get(key, 0) + 1
    for decision in ruleset.decisions.values():
        for rule in decision.rules.values():
            count = counts.get((decision.name, rule.layer, rule.name), 0)
            yield RuleCoverage(decision.name, rule.name, rule.layer, rule.file, rule.line, count)
