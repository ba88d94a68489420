"""What an author wrote: decisions, overlays and rules as decoded, before any check of meaning.

A value here still holds document nodes, so that every later finding can point at its place. They are many;
what stays in memory are the ``bare`` forms, which hold what merging and describing ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rulesflow.documents.nodes import Node, Scalar, detached, detached_scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import Timestamp
from rulesflow.rules.hits import Hit
from rulesflow.rules.layers import Layer
from rulesflow.rules.reach import Rollout
from rulesflow.schemas import Schema

DEFAULT = "default"
#: The ``then`` of a rule whose own could not be read, which has been reported.
UNREAD: Mapping[str, tuple[Scalar, Node]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class FieldTest:
    """One test of one fact: ``order.total: "<= 100"``. In a table's cell, ``-`` and empty pass too."""

    field: Scalar
    test: Node
    cell: bool = False


_NOTHING: Mapping[str, Span] = MappingProxyType({})


@dataclass(slots=True, eq=False)  # not frozen, since there are very many; nobody changes them all the same
class WrittenRule:
    """A rule, or the default (whose name is ``default`` and whose ``when`` is empty).

    ``header``: of a table's row, where the table begins. ``empty``: the places of the row's empty outcome
    cells, by property.
    """

    name: str
    named: bool
    span: Span
    layer: Layer
    when: tuple[FieldTest | Scalar, ...] = ()
    then: Mapping[str, tuple[Scalar, Node]] = field(default_factory=lambda: UNREAD)
    because: str | None = None
    override: bool = False
    final: bool = False
    start: Timestamp | None = None
    until: Timestamp | None = None
    rollout: Rollout | None = None
    header: Span | None = None
    empty: Mapping[str, Span] = field(default_factory=lambda: _NOTHING)

    @property
    def key(self) -> tuple[str, str]:
        """What tells this rule from every other of its decision: its layer's folder and its name."""
        return (self.layer.folder, self.name)

    def bare(self) -> WrittenRule:
        """The rule without what only compiling it needs."""
        return WrittenRule(
            self.name,
            self.named,
            self.span,
            self.layer,
            then=UNREAD,
            override=self.override,
            final=self.final,
        )


@dataclass(frozen=True, slots=True)
class WrittenDecision:
    """One file of a decision: its declaration (in the first layer that has it) or an overlay.

    ``rules`` may be iterated again and again; of a long list each turn decodes them anew.
    """

    name: str
    layer: Layer
    file: str
    span: Span
    rules: Iterable[WrittenRule] = ()
    params: Mapping[str, tuple[Scalar, Node]] = field(default_factory=dict)
    disable: tuple[Scalar, ...] = ()
    default: WrittenRule | None = None
    declared: Declared | None = None

    def bare(self) -> WrittenDecision:
        """The file without what only compiling it needs, and without its text."""
        return replace(
            self,
            rules=tuple(rule.bare() for rule in self.rules),
            params={
                name: (detached_scalar(key), detached(node)) for name, (key, node) in self.params.items()
            },
            disable=tuple(map(detached_scalar, self.disable)),
            default=self.default.bare() if self.default else None,
            declared=self.declared.bare() if self.declared else None,
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """What only a decision's first file may say. ``outcome`` is None where it is broken."""

    title: str
    hit: Hit
    hit_span: Span
    requires: tuple[Scalar, ...]
    outcome: Schema | None

    def bare(self) -> Declared:
        """The same without the text of its file."""
        return replace(self, requires=tuple(map(detached_scalar, self.requires)))


def check_rule(rule: WrittenRule, findings: Findings) -> bool:
    """Check what a rule says about itself, apart from any other; true when it may go on."""
    if rule.name == DEFAULT:
        findings.error("RF317", "'default' is a reserved rule name", rule.span, "choose another name")
        return False
    if rule.start is not None and rule.until is not None and rule.start >= rule.until:
        findings.error(
            "RF314", f"rule {rule.name} ends before it begins", rule.span, "'from' must lie before 'until'"
        )
    if not rule.named and (rule.override or rule.rollout):
        findings.error(
            "RF503",
            "a row without a rule name can be neither an override nor rolled out",
            rule.span,
            "give it a name in the column 'rule'",
        )
        return False
    return True
