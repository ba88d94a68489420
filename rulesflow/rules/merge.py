"""Overlays: how the files of one decision become the rules of a stack of layers.

`check_family` proves, for all stacks at once, that merging can never go wrong; `merge` then does it for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rulesflow.documents.nodes import Node, Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.rules.layers import Layer
from rulesflow.rules.written import WrittenDecision, WrittenRule


@dataclass(frozen=True, slots=True)
class Family:
    """All files of one decision, general first. The first declares it."""

    name: str
    files: tuple[WrittenDecision, ...]

    @property
    def first(self) -> WrittenDecision:
        """The declaration."""
        return self.files[0]


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule in a stack. ``place`` is the number of the file (0 = most general) in which its name first
    stood: an override keeps the place of what it overrides."""

    place: int
    rule: WrittenRule


@dataclass(frozen=True, slots=True)
class Merged:
    """The rules of one stack in the order in which they are tested, its params and its default."""

    rules: tuple[Placed, ...]
    params: Mapping[str, tuple[WrittenDecision, Scalar, Node]]
    default: WrittenRule | None


def merge(files: Sequence[WrittenDecision]) -> Merged:
    """Lay the files of one stack, general first, on top of each other."""
    order: list[tuple[int, str]] = []
    effective: dict[str, WrittenRule] = {}
    params: dict[str, tuple[WrittenDecision, Scalar, Node]] = {}
    default = None
    for place, file in enumerate(files):
        fresh = [(place, rule.name) for rule in file.rules if not rule.override]
        order = fresh + order
        effective |= {rule.name: rule for rule in file.rules}
        for name in file.disable:
            # Only the rule goes; its place stays for an override in a still higher layer.
            effective.pop(name.text, None)
        params |= {name: (file, key, value) for name, (key, value) in file.params.items()}
        default = file.default or default
    placed = [Placed(place, effective[name]) for place, name in order if name in effective]
    finals = sorted((entry for entry in placed if entry.rule.final), key=lambda entry: entry.place)
    return Merged((*finals, *(entry for entry in placed if not entry.rule.final)), params, default)


def check_family(family: Family, findings: Findings) -> None:
    """Note everything that would go wrong in some stack of this decision's files."""
    _Family(family, findings).check()


class _Family:
    def __init__(self, family: Family, findings: Findings) -> None:
        self.family = family
        self.findings = findings
        self.declared: dict[str, list[WrittenRule]] = {}
        for file in family.files:
            for rule in file.rules:
                if not rule.override:
                    self.declared.setdefault(rule.name, []).append(rule)

    def check(self) -> None:
        for file in self.family.files:
            self._check_names(file)
            if file is not self.family.first:
                self._check_stands_on_first(file)
            for rule in file.rules:
                if rule.override:
                    self._check_target(rule.name, rule.span, file.layer, "overrides")
            for name in file.disable:
                self._check_target(name.text, name.span, file.layer, "disables")
            self._check_params(file)
        for rules in self.declared.values():
            self._check_meetings(rules)

    def _check_names(self, file: WrittenDecision) -> None:
        seen: dict[str, WrittenRule] = {}
        for rule in file.rules:
            other = seen.setdefault(rule.name, rule)
            if other is not rule:
                self.findings.error(
                    "RF301",
                    f"two rules are named {rule.name!r} in layer {file.layer.folder}; "
                    f"the other stands at {other.span.file}:{other.span.line}",
                    rule.span,
                    "give one of them another name",
                )
        for name in file.disable:
            if name.text in seen:
                message = f"rule {name.text!r} is disabled in the file that holds it"
                self.findings.error(
                    "RF302", message, name.span, "delete the rule, or disable it in a higher layer"
                )

    def _check_stands_on_first(self, file: WrittenDecision) -> None:
        first = self.family.first
        if not file.layer.implies(first.layer):
            self.findings.error(
                "RF306",
                f"this overlay of {self.family.name!r} can be in a stack without its declaration in "
                f"{first.layer.folder}/",
                file.span,
                "declare the decision in a layer that every request has, such as base",
            )

    def _check_target(self, name: str, span: Span, layer: Layer, verb: str) -> None:
        lower = [rule for rule in self.declared.get(name, ()) if rule.layer.rank < layer.rank]
        if not any(layer.implies(rule.layer) for rule in lower):
            message = f"{verb} rule {name!r}, which no lower layer has"
            hint = did_you_mean(name, self._names_below(layer))
            if layer == self.family.first.layer:
                hint = "leave override out: this is the first layer that has the decision"
            if lower:
                where = lower[0].layer.folder
                message = (
                    f"{verb} rule {name!r} of {where}/, which is not in every stack with {layer.folder}/"
                )
                hint = f"move {name!r} to a layer that every such request has, such as base"
            self.findings.error("RF302", message, span, hint)
            return
        self._check_not_final(name, span, layer, verb)

    def _names_below(self, layer: Layer) -> Iterable[str]:
        return [
            name
            for name, rules in self.declared.items()
            if any(
                rule.named and rule.layer.rank < layer.rank and layer.implies(rule.layer) for rule in rules
            )
        ]

    def _check_not_final(self, name: str, span: Span, layer: Layer, verb: str) -> None:
        for file in self.family.files:
            for rule in file.rules:
                if (
                    rule.name == name
                    and rule.final
                    and rule.layer.rank < layer.rank
                    and layer.meets(rule.layer)
                ):
                    self.findings.error(
                        "RF303",
                        f"{verb} rule {name!r}, which is final at {rule.span.file}:{rule.span.line}",
                        span,
                        "no higher layer may change a final rule; add a rule of another name",
                    )

    def _check_params(self, file: WrittenDecision) -> None:
        known = self.family.first.params
        for name, (key, _) in file.params.items():
            if name not in known:
                first = self.family.first.file
                message = f"this sets the param {name!r}, which {first} does not declare"
                hint = did_you_mean(name, known) or f"declare it in {first} first"
                self.findings.error("RF307", message, key.span, hint)

    def _check_meetings(self, rules: Sequence[WrittenRule]) -> None:
        for index, rule in enumerate(rules):
            for other in rules[index + 1 :]:
                if other.layer != rule.layer and other.layer.meets(rule.layer):
                    hint = None
                    if other.layer.implies(rule.layer):
                        hint = "write override: true to replace the lower one, or choose another name"
                    where = f"{rule.span.file}:{rule.span.line}"
                    message = f"rule {other.name!r} also stands at {where}, and both can be in one stack"
                    self.findings.error("RF304", message, other.span, hint or "give one another name")


def check_frozen_params(
    family: Family, reads: Mapping[tuple[str, str], frozenset[str]], findings: Findings
) -> None:
    """Note every overlay that replaces a param which a final rule of a lower layer reads.

    ``reads`` gives, by the key of a written rule, the params that it reads.
    """
    finals = [rule for file in family.files for rule in file.rules if rule.final]
    for file in family.files:
        for name, (key, _) in file.params.items():
            for rule in finals:
                if (
                    name in reads.get(rule.key, ())
                    and rule.layer.rank < file.layer.rank
                    and file.layer.meets(rule.layer)
                ):
                    findings.error(
                        "RF303",
                        f"param {name!r} is read by the final rule {rule.name!r} at "
                        f"{rule.span.file}:{rule.span.line}",
                        key.span,
                        "no higher layer may change what a final rule reads",
                    )
