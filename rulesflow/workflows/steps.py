"""Steps as they are written: one verb each, with the keys that suit it, and where they lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import tzinfo
from typing import Final

from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, Scalar, Sequence
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.schemas import Schema, decode_properties
from rulesflow.workflows.retries import read_words
from rulesflow.workflows.targets import END, Targets
from rulesflow.workflows.written import (
    Kind,
    WrittenBranch,
    WrittenBranches,
    WrittenCase,
    WrittenCases,
    WrittenCatch,
    WrittenList,
    WrittenStep,
    WrittenTarget,
)

RESERVED: Final = frozenset({END, "park", "timeout", "else", "any"})
_LEADS: Final = ("then", "on", "by", "catch")
#: The keys that suit a verb, beside ``if``.
#: The keys that suit each verb, beside ``if``.
KEYS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.CALL: ("with", "retry", "timeout", "undo", "commit", "park", *_LEADS),
    Kind.DECIDE: _LEADS,
    Kind.SWITCH: (),
    Kind.WAIT: ("payload", "timeout", "fresh", *_LEADS),
    Kind.SLEEP: ("then", "on"),
    Kind.PARALLEL: ("join", *_LEADS),
    Kind.EACH: ("as", "concurrency", "on_failure", "steps", *_LEADS),
    Kind.RUN: ("with", *_LEADS),
    Kind.SET: ("then", "on", "by"),
    Kind.FAIL: (),
}
_ALL_KEYS: Final = tuple(dict.fromkeys(key for keys in KEYS.values() for key in keys))
_VERBS: Final = ", ".join(Kind)
_VERB_WORDS: Final = frozenset(Kind)


class StepReader:
    """Reads lists of steps. ``everywhere``: the names of the steps of all lists of the file."""

    def __init__(self, zone: tzinfo, everywhere: Collection[str], findings: Findings) -> None:
        self.zone = zone
        self.everywhere = everywhere
        self.findings = findings
        self.excused: set[Span] = set()

    def read(self, node: Node, around: frozenset[str] = frozenset()) -> WrittenList:
        """A list of steps. ``around``: the steps of the lists around it, whose names are taken."""
        mapping = self.findings.mapping(node, "steps")
        if mapping is None:
            return {}
        if not mapping.entries:
            self.findings.error("RF102", "there is no step in 'steps'", node.span, "write one")
        targets = Targets(mapping.keys(), self.everywhere, self.findings)
        taken = around.union(mapping.keys())
        steps: dict[str, WrittenStep] = {}
        for entry in mapping.entries:
            self._check_name(entry.key, around)
            step = self._step(entry, targets, taken)
            if step is not None:
                steps.setdefault(step.name, step)
        return steps

    def _check_name(self, key: Scalar, around: frozenset[str]) -> None:
        name = self.findings.name(key, "a step")
        if name in RESERVED:
            message = f"{name!r} is reserved, so no step can have that name"
            self.findings.error("RF703", message, key.span, f"reserved are: {', '.join(sorted(RESERVED))}")
        elif name in around:
            message = f"a step around this one is named {name!r} too, so steps.{name} would be ambiguous"
            self.findings.error("RF703", message, key.span, "give this step another name")

    def _step(self, entry: Entry, targets: Targets, taken: frozenset[str]) -> WrittenStep | None:
        name = entry.key.text
        mapping = self.findings.mapping(entry.value, f"step {name!r}")
        if mapping is None:
            return None
        verb = self._verb(mapping, entry.key)
        if verb is None:
            return None
        kind = Kind(verb.key.text)
        entries = self._entries(mapping, verb, kind, name)
        on, on_timeout = self._on(entries.get("on"), kind, targets)
        if kind is Kind.SWITCH:
            on = self._branches(verb.value, "switch", targets)
        step = WrittenStep(
            name=name,
            span=entry.key.span,
            kind=kind,
            verb=verb.key,
            subject=verb.value,
            entries=entries,
            condition=entries["if"].value if "if" in entries else None,
            then=self._then(entries, kind, targets),
            on=on,
            on_timeout=on_timeout,
            catches=self._catches(entries.get("catch"), targets),
            payload=self._payload(entries.get("payload")),
            lists=self._lists(kind, verb, entries, entry.key, taken),
        )
        self._check_leads(step)
        return step

    # -- verb and keys -------------------------------------------------------------------------------------

    def _verb(self, mapping: MappingNode, name: Scalar) -> Entry | None:
        verbs = [entry for entry in mapping.entries if entry.key.text in _VERB_WORDS]
        if len(verbs) == 1:
            return verbs[0]
        if verbs:
            named = " and ".join(entry.key.text for entry in verbs)
            message = f"step {name.text!r} has more than one verb: {named}"
            self.findings.error("RF701", message, verbs[1].key.span, "make two steps of it")
            return None
        for entry in mapping.entries:
            if entry.key.text not in (*_ALL_KEYS, "if") and (hint := did_you_mean(entry.key.text, Kind)):
                message = f"step {name.text!r} has no verb, and {entry.key.text!r} is none"
                self.findings.error("RF701", message, entry.key.span, hint)
                return None
        message = f"step {name.text!r} has no verb, so it does nothing"
        self.findings.error("RF701", message, name.span, f"one of: {_VERBS}")
        return None

    def _entries(self, mapping: MappingNode, verb: Entry, kind: Kind, name: str) -> Mapping[str, Entry]:
        suits = ("if", *KEYS[kind])
        found: dict[str, Entry] = {}
        for entry in mapping.entries:
            key = entry.key.text
            if entry is verb:
                continue
            if key in suits:
                found.setdefault(key, entry)
            elif key in _ALL_KEYS:
                owners = [each.value for each in Kind if key in KEYS[each]]
                message = f"{key!r} belongs to {' or '.join(owners)}, and step {name!r} is a {kind}"
                if len(owners) > 3:
                    message = f"{key!r} does not suit step {name!r}, which is a {kind}"
                self.findings.error("RF702", message, entry.key.span, f"{kind} takes: {', '.join(suits)}")
            else:
                hint = did_you_mean(key, suits) or f"{kind} takes: {', '.join(suits)}"
                self.findings.error("RF101", f"unknown key {key!r} in a {kind} step", entry.key.span, hint)
        return found

    def _check_leads(self, step: WrittenStep) -> None:
        if step.then is not None and step.on is not None:
            message = "'then' is never come to, since 'on' says where to go"
            self.findings.error("RF702", message, step.entries["then"].key.span, "leave one of them out")
        if "by" in step.entries and not isinstance(step.on, WrittenCases):
            message = "'by' names the property that an 'on' mapping branches on, and there is none here"
            self.findings.error("RF702", message, step.entries["by"].key.span)

    # -- where it leads ------------------------------------------------------------------------------------

    def _then(self, entries: Mapping[str, Entry], kind: Kind, targets: Targets) -> WrittenTarget | None:
        return targets.read(entries["then"].value, "'then'") if "then" in entries else None

    def _on(
        self, entry: Entry | None, kind: Kind, targets: Targets
    ) -> tuple[WrittenCases | WrittenBranches | None, WrittenTarget | None]:
        if entry is None:
            return None, None
        node = entry.value
        if isinstance(node, Sequence):
            return self._branches(node, "on", targets), None
        mapping = self.findings.mapping(node, "'on'")
        if mapping is None:
            return None, None
        if not mapping.entries:
            self.findings.error("RF707", "'on' has no branch", node.span, "write VALUE: TARGET")
        cases, other, timeout = [], None, None
        for each in mapping.entries:
            if isinstance(each.key.value, bool):
                self.excused.add(each.key.span)
            target = targets.read(each.value, f"'{each.key.text}'")
            if each.key.text == "else":
                other = target
            elif each.key.text == "timeout" and kind is Kind.WAIT:
                timeout = target
            elif target is not None:
                cases.append(WrittenCase(each.key, target))
        if mapping.keys() == ("timeout",) and kind is Kind.WAIT:
            return None, timeout
        return WrittenCases(entry.key.span, tuple(cases), other), timeout

    def _branches(self, node: Node, what: str, targets: Targets) -> WrittenBranches:
        listed = self.findings.sequence(node, f"'{what}'")
        branches = []
        last: Span | None = None
        for item in listed.items if listed else ():
            if last is not None:
                self.findings.error("RF707", "nothing comes to a branch behind 'else'", item.span)
            mapping = self.findings.mapping(item, "a branch")
            if mapping is None:
                continue
            if mapping.get("else") is not None:
                last = mapping.span
                self.findings.fields(mapping, ("else",), (), "the branch with 'else'")
                target = targets.read(mapping.entries[mapping.keys().index("else")].value, "'else'")
                when = None
            else:
                found = self.findings.fields(mapping, ("when", "then"), ("when", "then"), "a branch")
                if len(found) < 2:
                    continue
                target, when = targets.read(found["then"].value, "'then'"), found["when"].value
            if target is not None:
                branches.append(WrittenBranch(when, target))
        if listed is not None and last is None:
            message = f"'{what}' has no branch for when no condition holds"
            self.findings.error("RF707", message, node.span, "end the list with {else: TARGET}")
        return WrittenBranches(node.span, tuple(branches))

    def _catches(self, entry: Entry | None, targets: Targets) -> tuple[WrittenCatch, ...]:
        if entry is None:
            return ()
        items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
        catches = []
        for item in items:
            mapping = self.findings.mapping(item, "'catch'")
            if mapping is None:
                continue
            found = self.findings.fields(mapping, ("on", "then"), ("on", "then"), "'catch'")
            if len(found) < 2:
                continue
            words = read_words(found["on"].value, "'on' of 'catch'", self.findings)
            target = targets.read(found["then"].value, "'then'")
            if target is not None:
                catches.append(WrittenCatch(words, target))
        return tuple(catches)

    # -- what is within ------------------------------------------------------------------------------------

    def _payload(self, entry: Entry | None) -> Schema | None:
        if entry is None:
            return None
        decoded = decode_properties(entry.value, self.zone)
        self.findings.items += decoded.diagnostics
        return decoded.schema

    def _lists(
        self, kind: Kind, verb: Entry, entries: Mapping[str, Entry], name: Scalar, taken: frozenset[str]
    ) -> Mapping[str, WrittenList]:
        if kind is Kind.EACH:
            if "steps" not in entries:
                message = f"step {name.text!r} lacks the key 'steps': what to do for every item"
                self.findings.error("RF103", message, name.span)
                return {"": {}}
            return {"": self.read(entries["steps"].value, taken)}
        if kind is not Kind.PARALLEL:
            return {}
        mapping = self.findings.mapping(verb.value, "parallel")
        if mapping is not None and not mapping.entries:
            self.findings.error("RF102", "there is no branch in 'parallel'", mapping.span, "write one")
        return {entry.key.text: self._branch(entry, taken) for entry in (mapping.entries if mapping else ())}

    def _branch(self, entry: Entry, taken: frozenset[str]) -> WrittenList:
        self.findings.name(entry.key, "a branch")
        mapping = self.findings.mapping(entry.value, f"branch {entry.key.text!r}")
        if mapping is None:
            return {}
        found = self.findings.fields(mapping, ("steps",), ("steps",), f"branch {entry.key.text!r}")
        return self.read(found["steps"].value, taken) if "steps" in found else {}
