"""Differences: what two rulesets decide differently, rule by rule.

A rule is what has the same name in the same layer of the same decision, and it is compared by what it means:
where it stands, how it is laid out and what a comment says make no difference. Of a table's rows that have no
name, those that mean the same are the same; the others are told by their lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

from rulesflow.documents.excerpt import Excerpts
from rulesflow.documents.jsontext import write_json
from rulesflow.documents.nodes import plain
from rulesflow.model.diagnostics import Span
from rulesflow.model.numbers import CONTEXT, plain as plain_number
from rulesflow.model.order import moved
from rulesflow.rules.compiled import Rule
from rulesflow.rules.ruleset import Decision, Ruleset
from rulesflow.rules.written import DEFAULT, WrittenDecision, WrittenRule

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
Fields: TypeAlias = Mapping[str, str]
_DISABLED: Fields = {"disabled": "true"}


@dataclass(slots=True, eq=False)
class _Part:
    """A part of a decision: what it is, its name and layer, where it stands.

    ``meaning``: equal for parts that mean the same. ``named``: by its author; ``listed``: an item of a list.
    """

    what: str
    name: str
    layer: str
    span: Span
    meaning: object
    rule: Rule | None = None
    fields: Fields = field(default_factory=dict)
    named: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        return self.what, self.layer, self.name

    @property
    def tie(self) -> str:
        """What it is known by."""
        return self.name if self.named else repr(self.brief)

    @property
    def brief(self) -> object:
        """What a row without a name is known by."""
        rule = self.rule
        return rule and (rule.layer, *(test.label for test in rule.tests), repr(rule.outcome.written))

    def told(self) -> Fields:
        """Field by field, as it was written."""
        return self.fields if self.rule is None else {**dict(_rule_fields(self.rule)), **self.fields}


@dataclass(frozen=True, eq=False)
class _Side:
    """A decision of one of the two rulesets."""

    decision: Decision | None
    excerpts: Excerpts

    @cached_property
    def parts(self) -> Sequence[_Part]:
        return tuple(_parts(self.decision)) if self.decision is not None else ()

    @cached_property
    def spots(self) -> Mapping[_Part, int]:
        """The place of each part among all."""
        return {part: spot for spot, part in enumerate(self.parts)}

    def place(self, part: _Part) -> str:
        """Where a rule stands, in words."""
        for above in reversed(self.parts[: self.spots[part]]):
            if above.what == part.what and above.layer == part.layer and above.rule is not None:
                return f"after {above.name}"
        return "first"

    def shown(self, part: _Part) -> dict[str, Any]:
        file, line = part.span.file, part.span.line
        listed = part.what == "rule" and not part.fields.get("disabled")
        text = self.excerpts.item(file, line) if listed else self.excerpts.key(file, line)
        return {"file": file, "line": line, "text": _in_words(part) if text is None else text}


def differences(
    before: Ruleset, after: Ruleset, old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> list[dict[str, Any]]:
    """Each decision that differs: ``{decision, status, changes}``, by name; see `_Comparison.change`.

    ``old`` and ``new``: the files of the two, for excerpts.
    """
    excerpts = Excerpts(old), Excerpts(new)
    told = []
    for name in sorted({*before.decisions, *after.decisions}):
        one, other = before.decisions.get(name), after.decisions.get(name)
        if one is other:
            continue
        changes = _Comparison(_Side(one, excerpts[0]), _Side(other, excerpts[1])).changes()
        status = ADDED if one is None else REMOVED if other is None else CHANGED
        if changes or status != CHANGED:
            told.append({"decision": name, "status": status, "changes": changes})
    return told


class _Comparison:
    def __init__(self, before: _Side, after: _Side) -> None:
        self.before = before
        self.after = after
        self.pairs = list(_paired(before.parts, after.parts))
        self.moved = {pair for layer in self._layers() for pair in self._moved_in(layer)}

    def changes(self) -> list[dict[str, Any]]:
        """What differs, in the order of what, layer and line."""
        told = sorted(self._told(), key=lambda each: _order(*each[:2]))
        return [self.change(*each) for each in told]

    def change(self, old: _Part | None, new: _Part | None, status: str) -> dict[str, Any]:
        """``{what, name, status, layer, before, after, fields: [{field, before, after}]}``."""
        part = new or old
        assert part is not None
        return {
            "what": part.what,
            "name": part.name,
            "status": status,
            "layer": part.layer,
            "before": self.before.shown(old) if old else None,
            "after": self.after.shown(new) if new else None,
            "fields": self._fields(old, new),
        }

    def _told(self) -> Iterator[tuple[_Part | None, _Part | None, str]]:
        for old, new in self.pairs:
            if old is None or new is None:
                yield old, new, ADDED if old is None else REMOVED
            elif old.meaning != new.meaning:
                yield old, new, CHANGED
            elif (old, new) in self.moved and old.named:
                yield old, new, MOVED
            elif (old, new) in self.moved:  # its name is its line, so it is another one elsewhere
                yield old, None, REMOVED
                yield None, new, ADDED

    def _fields(self, old: _Part | None, new: _Part | None) -> list[dict[str, str | None]]:
        """What differs, where both are there."""
        if old is None or new is None:
            return []
        before, after = dict(old.told()), dict(new.told())
        if (old, new) in self.moved:
            before["place"], after["place"] = self.before.place(old), self.after.place(new)
        return [
            {"field": name, "before": before.get(name), "after": after.get(name)}
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]

    def _layers(self) -> Iterable[str]:
        return {part.layer for part in self.before.parts if part.what == "rule"}

    def _moved_in(self, layer: str) -> Iterator[tuple[_Part, _Part]]:
        """The rules of a layer that stand elsewhere among those that both have."""
        both = [
            (old, new)
            for old, new in self.pairs
            if old and new and old.layer == layer and old.rule and new.rule
        ]
        ruled = [pair for pair in both if pair[0].what == "rule"]
        numbers = range(len(ruled))
        spots = self.after.spots
        after = sorted(numbers, key=lambda number: spots[ruled[number][1]])
        if after != list(numbers):
            yield from (ruled[number] for number in moved(numbers, after, lambda each: _tie(*ruled[each])))


def _tie(old: _Part, new: _Part) -> str:
    """A text that is the same for the pair from either side, and another for every pair."""
    return "\n".join(sorted((old.tie, new.tie)))


def _paired(before: Sequence[_Part], after: Sequence[_Part]) -> Iterator[tuple[_Part | None, _Part | None]]:
    """The parts that are the same, those of before in their order; then those that are new."""
    new = {part.key: part for part in after}
    partners = dict(_alike(before, after))
    taken = {id(part) for part in partners.values()}
    for part in before:
        partner = partners.get(id(part))
        if partner is None and id(part) not in partners:
            partner = new.get(part.key)
            if partner is not None and (id(partner) in taken or partner.named != part.named):
                partner = None
        if partner is not None:
            taken.add(id(partner))
        yield part, partner
    for part in after:
        if id(part) not in taken:
            yield None, part


def _alike(before: Iterable[_Part], after: Iterable[_Part]) -> Iterator[tuple[int, _Part]]:
    """Of rows without a name, those that mean the same, one by one in their order."""
    waiting: defaultdict[object, list[_Part]] = defaultdict(list)
    for part in after:
        if not part.named:
            waiting[part.brief].append(part)
    for found in waiting.values():
        found.reverse()
    for part in before:
        if not part.named and (found := waiting.get(part.brief, [])):
            yield id(part), found.pop()


# -- the parts of a decision -----------------------------------------------------------------------------


def _parts(decision: Decision) -> Iterator[_Part]:
    yield from _declared(decision)
    for file in decision.family.files:
        yield from _of_file(decision, file)


def _declared(decision: Decision) -> Iterator[_Part]:
    first = decision.family.first
    told = {
        "title": {"title": decision.title} if decision.title else {},
        "hit": {"hit": decision.hit.value},
        "requires": {".".join(path): "required" for path in decision.requires},
        "outcome": {name: _text(schema) for name, schema in decision.outcome.source.items()},
    }
    for what, fields in told.items():
        if fields:
            span = decision.declared.hit_span if what == "hit" else first.span
            yield _Part(what, what, first.layer.folder, span, tuple(fields.items()), fields=fields)


def _of_file(decision: Decision, file: WrittenDecision) -> Iterator[_Part]:
    layer = file.layer.folder
    for name, (key, node) in file.params.items():
        text = _text(plain(node))
        yield _Part("param", name, layer, key.span, text, fields={"value": text})
    for rule in file.rules:
        yield _ruled("rule", decision, rule)
    for disabled in file.disable:
        yield _Part("rule", disabled.text, layer, disabled.span, "disabled", fields=_DISABLED)
    if file.default is not None:
        yield _ruled(DEFAULT, decision, file.default)


def _ruled(what: str, decision: Decision, written: WrittenRule) -> _Part:
    rule = decision.rules[written.key]
    fields = {"override": "true"} if written.override else {}
    meaning = (_meaning(rule), written.override)
    return _Part(what, rule.name, rule.layer, rule.span, meaning, rule, fields, written.named)


def _meaning(rule: Rule) -> object:
    tests = tuple((test.label, test.constraints) for test in rule.tests)
    share = None if rule.share is None else (rule.share.buckets, rule.share.path)
    return tests, rule.outcome.written, rule.because, rule.final, rule.start, rule.until, share


def _rule_fields(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.tests:
        yield "when", "\n".join(test.label for test in rule.tests)
    for name, value in rule.outcome.written.items():
        yield f"then.{name}", _text(value)
    if rule.because is not None:
        yield "because", rule.because
    if rule.final:
        yield "final", "true"
    if rule.start is not None:
        yield "from", str(rule.start)
    if rule.until is not None:
        yield "until", str(rule.until)
    if rule.share is not None:
        percent = plain_number(CONTEXT.divide(rule.share.buckets, 100))
        yield "rollout", f"{percent} % by {'.'.join(rule.share.path)}"


# -- telling ---------------------------------------------------------------------------------------------


def _order(old: _Part | None, new: _Part | None) -> tuple[int, str, str, int, int, str]:
    part = new or old
    assert part is not None
    kinds = ("title", "hit", "requires", "outcome", "param", "rule", DEFAULT)
    return kinds.index(part.what), part.layer, part.span.file, part.span.line, part.span.column, part.name


def _in_words(part: _Part) -> str:
    """For a place of which there is no text."""
    return "\n".join(f"{name}: {value}" for name, value in part.told().items())


def _text(value: object) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
