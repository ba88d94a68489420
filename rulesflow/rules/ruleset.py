"""A ruleset: everything that one state of the folder decides, immutable once it is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import groupby

from rulesflow.conditions import Budget
from rulesflow.conditions.types import Field, Value
from rulesflow.documents.nodes import plain
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import DecisionFailed, FactsRefused, Fault, UnknownName, pointer
from rulesflow.model.times import Timestamp
from rulesflow.rules.answer import Answer
from rulesflow.rules.compiled import FailedRule, Rule, lookup, requires_guards
from rulesflow.rules.constraints import Path
from rulesflow.rules.explain import Explain, explain
from rulesflow.rules.flips import nearest_flips
from rulesflow.rules.generated import Reads
from rulesflow.rules.hits import Hit
from rulesflow.rules.layers import Layers
from rulesflow.rules.merge import Family, Merged, merge
from rulesflow.rules.outcomes import Names
from rulesflow.rules.replies import Replies
from rulesflow.rules.segments import Segments
from rulesflow.rules.stack import FINALS, Part, Stack
from rulesflow.rules.trials import Request
from rulesflow.rules.written import Declared, WrittenDecision
from rulesflow.schemas import Schema, SchemaMismatch

#: Steps that one decision may spend (see `Budget`).
COST_LIMIT = 1_000_000
#: Stacks kept per decision; a project with more live combinations than this builds some of them again.
_STACKS = 10_000
#: Stacks, of those that a decision was asked for, that are built before another takes its place.
_WARMED = 256
#: Rules of a decision that is built before anybody asks for it.
_MANY = 1_000
#: Rules that an explanation may put together to stacks for each dimension that it changes.
_FLIPPED = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """A decision with all its layers.

    ``rules`` holds each compiled rule by `WrittenRule.key`, ``fields`` what a condition can read by name.
    """

    name: str
    declared: Declared
    outcome: Schema
    family: Family
    rules: Mapping[tuple[str, str], Rule]
    requires: tuple[Path, ...]
    layers: Layers
    fields: Mapping[str, Field]
    _segments: Segments = field(default_factory=Segments, repr=False)
    _stacks: dict[tuple[str | None, ...], Stack] = field(default_factory=dict, repr=False)
    _layered: dict[tuple[str, ...], Stack] = field(default_factory=dict, repr=False)

    @property
    def title(self) -> str:
        """What it decides, in a few words; may be empty."""
        return self.declared.title

    @property
    def hit(self) -> Hit:
        """The hit policy."""
        return self.declared.hit

    def stack(self, values: tuple[str | None, ...]) -> Stack:
        """The stack for these values of the dimensions (in the order of ``layers.dimensions``)."""
        found = self._stacks.get(values)
        if found is None:
            if len(self._stacks) >= _STACKS:
                self._stacks.clear()
                self._layered.clear()
                self._segments.clear()
            # Two threads may build the same stack at once; both are right, and one is kept.
            found = self._stacks[values] = self._of_layers(values)
        return found

    def _of_layers(self, values: tuple[str | None, ...]) -> Stack:
        """The same for all values that choose the same layers: most values have no folder."""
        folders = tuple(layer.folder for layer in self.layers.stack(values))
        found = self._layered.get(folders)
        if found is None:
            found = self._layered[folders] = self._build(folders)
        return found

    def reads(self) -> frozenset[Path]:
        """The paths of the facts that it requires, that choose its layers, and that any rule reads."""
        found = {*self.requires, *(each.path for each in self.layers.dimensions)}
        for rule in self.rules.values():
            found.update(rule.reads())
        return frozenset(found)

    def warm(self) -> None:
        """Build what all stacks share, if that would take a request too long."""
        if len(self.rules) > _MANY:
            self.stack((None,) * len(self.layers.dimensions))

    def warm_like(self, other: Decision) -> None:
        """Build the stacks that the other was asked for, so that no request has to wait for them."""
        if self is not other and self.layers.dimensions == other.layers.dimensions and other._stacks:
            for values in tuple(other._stacks)[-_WARMED:]:
                self.stack(values)
            self.finish()

    def finish(self) -> None:
        """Make the code that is otherwise made when a rule is first asked."""
        for rule in self.rules.values():
            if rule.residual is not None:
                _ = rule.residual.program

    def merged(self, folders: Sequence[str]) -> Merged:
        """What the files of these layers, general first, give together."""
        files = {file.layer.folder: file for file in self.family.files}
        return merge([files[folder] for folder in folders if folder in files])

    def _build(self, folders: tuple[str, ...]) -> Stack:
        merged = self.merged(folders)
        params = {name: plain(node) for name, (_, _, node) in merged.params.items()}
        fields = self.outcome.type.fields or {}
        parts = tuple(self._parts(merged, params, folders))
        declared, needed = self.fields, self.requires  # the decision itself would make a circle
        return Stack(
            hit=self.hit,
            layers=folders,
            parts=parts,
            params=params,
            default=self.rules[merged.default.key] if merged.default else None,
            paths=self._segments.paths(part.segment for part in parts),
            reads=lambda: Reads(declared, requires_guards(needed).present),
            ranks=tuple((name, each.type.literals) for name, each in fields.items() if each.type.literals),
            measure=next(iter(fields), ""),
        )

    def _parts(self, merged: Merged, params: Mapping[str, Value], folders: Sequence[str]) -> Iterator[Part]:
        """The runs of rules of one layer, finals first."""
        files = [file for file in self.family.files if file.layer.folder in folders]
        for (final, place), run in groupby(merged.rules, lambda placed: (placed.rule.final, placed.place)):
            rules = tuple(self.rules[placed.rule.key] for placed in run)
            segment = self._segments.segment(rules, params, self._origin(files[place], final=final))
            yield Part(FINALS if final else place, segment)

    def _origin(self, file: WrittenDecision, *, final: bool) -> tuple[Rule, ...]:
        """The rules that stand in a file first, final ones or others."""
        return tuple(self.rules[rule.key] for rule in file.rules if not rule.override and rule.final == final)


@dataclass(frozen=True, slots=True, eq=False)
class Ruleset:
    """The decisions of a project.

    ``digest``: 64 hexadecimal digits over the canonical content. ``replies``: what writes its answers.
    """

    digest: str
    project: str
    zone: tzinfo
    facts: Schema
    layers: Layers
    decisions: Mapping[str, Decision]
    replies: Replies = field(default_factory=Replies, repr=False)

    def decision(self, name: str) -> Decision:
        """The decision of that name. Raises `UnknownName`."""
        found = self.decisions.get(name)
        if found is None:
            hint = did_you_mean(name, self.decisions) or f"decisions: {', '.join(self.decisions) or 'none'}"
            detail = f"there is no decision {name[:80]!r}"
            raise UnknownName(detail, (Fault("", "unknown-decision", detail, hint),))
        return found

    def decide(
        self,
        name: str,
        facts: Value,
        at: Timestamp,
        explanation: Explain = Explain.MATCHED,
        *,
        at_pointer: str = "/facts",
        cost_limit: int = COST_LIMIT,
    ) -> Answer:
        """Decide on parsed JSON facts, which stay as they are.

        ``at_pointer``: where the facts stand in the caller's document, for the faults. Raises `UnknownName`,
        `FactsRefused` and `DecisionFailed`.
        """
        decision = self.decision(name)
        checked = self.check_facts(decision, facts, at_pointer)
        stack = decision.stack(self.dimension_values(checked))
        names = {**checked, "params": stack.params, "at": at}
        try:
            result, matched = stack.decide(names, cost_limit)
        except FailedRule as failed:
            raise _decision_failed(decision, failed) from None
        told = () if explanation is Explain.NONE else matched
        if explanation is not Explain.FULL:
            return Answer(name, result, told, stack.layers, self.digest, at)
        accounts = explain(stack, names, matched, Budget(cost_limit))
        flips = nearest_flips(self._request(decision, checked, at, cost_limit), decision.outcome.type)
        return Answer(name, result, told, stack.layers, self.digest, at, accounts, flips)

    def _request(self, decision: Decision, facts: Names, at: Timestamp, cost_limit: int) -> Request:
        return Request(
            facts=facts,
            at=at,
            schema=self.facts,
            requires=frozenset(decision.requires),
            dimensions=frozenset(each.path for each in self.layers.dimensions),
            stack=lambda changed: decision.stack(self.dimension_values(changed)),
            stacks=_FLIPPED // max(1, len(decision.rules)),
            limit=cost_limit,
        )

    def check_facts(self, decision: Decision, facts: Value, at_pointer: str) -> Names:
        """The facts as conditions see them. Raises `FactsRefused` with every fault."""
        try:
            checked = self.facts.validate(facts, at_pointer)
        except SchemaMismatch as mismatch:
            raise _facts_refused(decision, facts, at_pointer, mismatch.faults) from None
        for path in decision.requires:
            if lookup(checked, path) is None:
                raise _facts_refused(decision, checked, at_pointer)
        return checked  # type: ignore[no-any-return]

    def dimension_values(self, facts: Names) -> tuple[str | None, ...]:
        """What the facts say of each dimension of the layers."""
        dimensions = self.layers.dimensions
        return tuple([lookup(facts, each.path) for each in dimensions]) if dimensions else ()

    def dimensions_from(self, given: Mapping[str, str]) -> tuple[str | None, ...]:
        """The dimensions from dotted names (``order.region``) and values, as a query has them.

        Raises `FactsRefused` for an unknown name or value.
        """
        known = {dimension.name: dimension for dimension in self.layers.dimensions}
        faults = []
        for name, value in given.items():
            if name not in known:
                hint = did_you_mean(name, known) or f"dimensions: {', '.join(known) or 'none'}"
                faults.append(Fault(pointer(name), "unknown-field", f"{name[:80]!r} chooses no layer", hint))
            elif value not in known[name].values:
                values = known[name].values
                hint = did_you_mean(value[:80], values) or f"one of: {', '.join(values[:20])}"
                faults.append(Fault(pointer(name), "enum", f"{value[:80]!r} is no value of {name}", hint))
        if faults:
            raise FactsRefused("the query names no layer stack", tuple(faults))
        return tuple(given.get(dimension.name) for dimension in self.layers.dimensions)


def _facts_refused(
    decision: Decision, facts: Value, at_pointer: str, faults: tuple[Fault, ...] = ()
) -> FactsRefused:
    """What is wrong with facts: the faults that are known already, and what else the decision misses."""
    if isinstance(facts, Mapping):
        known = {fault.pointer for fault in faults}
        missing = _missing(decision, facts, at_pointer)
        faults += tuple(fault for fault in missing if fault.pointer not in known)
    return FactsRefused("the facts do not fit the schema", faults)


def _missing(decision: Decision, facts: Names, at_pointer: str) -> Sequence[Fault]:
    return [
        Fault(
            at_pointer + pointer(*path),
            "required",
            f"decision {decision.name} needs {'.'.join(path)}",
            "it may be neither missing nor null",
        )
        for path in decision.requires
        if lookup(facts, path) is None
    ]


def _decision_failed(decision: Decision, failed: FailedRule) -> DecisionFailed:
    span, rule = failed.failed.span, failed.rule
    where = f"{span.file}:{span.line}:{span.column}"
    return DecisionFailed(
        f"decision {decision.name}, rule {rule.name} ({where}): {failed.failed}",
        decision=decision.name,
        rule=rule.name,
        file=span.file,
        line=span.line,
        code=failed.failed.code,
    )
