"""``decide``: which decision, on which facts, as of when."""

from __future__ import annotations

from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.values.expression import Expression
from rulesflow.values.expressions import Expressions
from rulesflow.values.parts import Fit, Part, read_value
from rulesflow.workflows.definition import Decide
from rulesflow.workflows.frame import Frame
from rulesflow.workflows.moments import read_moment
from rulesflow.workflows.written import WrittenStep

_KEYS = ("decision", "with", "at", "rules")
_RULES = ("pinned", "latest")


class DecideReader:
    """Compiles decisions."""

    def __init__(self, frame: Frame, findings: Findings) -> None:
        self.frame = frame
        self.findings = findings

    def read(self, step: WrittenStep, expressions: Expressions) -> Decide | None:
        """The decision; None where it is not there."""
        entries: dict[str, Entry] = {}
        if isinstance(step.subject, MappingNode):
            entries = dict(self.findings.fields(step.subject, _KEYS, ("decision",), "'decide'"))
            if "decision" not in entries:
                return None
        named = entries["decision"].value if entries else step.subject
        name = self.findings.text(named, "decide")
        if name is None:
            return None
        decisions = self.frame.given.decisions
        if name not in decisions:
            hint = did_you_mean(name, decisions) or f"decisions: {', '.join(decisions) or 'none'}"
            self.findings.error("RF714", f"there is no decision {name[:80]!r}", named.span, hint)
        given = entries["with"].value if "with" in entries else None
        part = None if given is None else read_value(given, expressions)
        if part is not None:
            self._check_with(part)
        self._check_input(step, part)
        at = read_moment(entries["at"].value, "at", expressions, self.findings) if "at" in entries else None
        return Decide(name, _expression(part), at, self._latest(entries.get("rules")))

    def _check_with(self, part: Part) -> None:
        """What is merged into the input must be facts; what the facts require may stand in the input."""
        facts = self.frame.given.facts
        Fit("RF710", "'with'", self.findings, partial=True).check(part, facts, facts.type)

    def _check_input(self, step: WrittenStep, part: Part | None) -> None:
        """An input that is not the facts must have what they require, and nothing that they refuse."""
        own = self.frame.written.input
        if self.frame.written.from_facts or own is None or own.type.fields is None:
            return
        facts = self.frame.given.facts.type
        known, has = facts.fields or {}, {**own.type.fields, **(part.type.fields or {} if part else {})}
        missing = [name for name, each in known.items() if each.required and name not in has]
        extra = [name for name in own.type.fields if facts.closed and name not in known]
        span = step.subject.span
        if missing:
            message = f"a decision needs the fact {missing[0]!r}, and this workflow's input has none"
            self.findings.error("RF722", message, span, "give it with: decide: {decision: …, with: {…}}")
        if extra:
            message = f"the facts have no field {extra[0]!r}, and this workflow's input has"
            hint = "declare it in the facts, or leave it out of the input"
            self.findings.error("RF722", message, span, hint)

    def _latest(self, entry: Entry | None) -> bool:
        node: Node | None = entry.value if entry else None
        word = None if node is None else self.findings.text(node, "rules")
        if node is not None and word is not None and word not in _RULES:
            hint = did_you_mean(word, _RULES)
            self.findings.error("RF102", f"rules must be pinned or latest, not {word!r}", node.span, hint)
        return word == "latest"


def _expression(part: Part | None) -> Expression | None:
    return None if part is None else part.expression
