"""From a decision's YAML document to what the author wrote (`rulesflow.rules.written`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial

from rulesflow.documents.folded import Folded
from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, Scalar, Sequence
from rulesflow.documents.shape import FILE_NAME, Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.times import Timestamp
from rulesflow.rules.hits import Hit
from rulesflow.rules.layers import Layer
from rulesflow.rules.reach import Rollout, read_moment, read_rollout
from rulesflow.rules.tables import Table, decode_inline_table
from rulesflow.rules.written import (
    DEFAULT,
    UNREAD,
    Declared,
    FieldTest,
    WrittenDecision,
    WrittenRule,
    check_rule,
)
from rulesflow.schemas import Decoded, Schema

_OVERLAY_KEYS = ("decision", "params", "rules", "table", "disable", "default")
_BASE_ONLY = ("title", "hit", "requires", "outcome")
_ALL_KEYS = ("decision", *_BASE_ONLY, *_OVERLAY_KEYS[1:])
_RULE_KEYS = ("rule", "when", "then", "because", "override", "final", "from", "until", "rollout")


class _Decoded:
    """The rules of a long list: decoded whenever they are iterated, so never there all at once."""

    def __init__(self, decode: Callable[[], Iterable[WrittenRule]]) -> None:
        self._decode = decode

    def __iter__(self) -> Iterator[WrittenRule]:
        return iter(self._decode())


def _is_long(entries: Mapping[str, Entry]) -> bool:
    listed = entries["rules"].value if "rules" in entries else None
    return isinstance(listed, Sequence) and isinstance(listed.items, Folded)


class DecisionDecoder:
    """Decodes one decision file of one layer.

    ``tables`` holds the sheets that stand beside it, by file name; the decoder tells which it ``used``.
    ``refused`` are the names of files there that could not be read, which has been reported. ``read_outcome``
    decodes an outcome's schema.
    """

    def __init__(
        self,
        layer: Layer,
        file: str,
        facts: Schema,
        tables: Mapping[str, Table],
        refused: Set[str],
        read_outcome: Callable[[Node], Decoded],
        findings: Findings,
    ) -> None:
        self.layer = layer
        self.file = file
        self.facts = facts
        self.zone = facts.zone
        self.tables = tables
        self.findings = findings
        self.refused = refused
        self.read_outcome = read_outcome
        self.used: set[str] = set()
        #: A table was named that is not there: one of those that stand unused may have been meant.
        self.misses_table = False

    def decode(self, root: Node, first: bool) -> WrittenDecision | None:
        """Read the file; ``first``: it is the decision's declaration, not an overlay."""
        what = "a decision" if first else "an overlay"
        mapping = self.findings.mapping(root, what)
        if mapping is None:
            return None
        entries = self._entries(mapping, first, what)
        name = self._name(entries.get("decision"), mapping)
        declared = self._declared(entries, mapping.span) if first else None
        return WrittenDecision(
            name=name,
            layer=self.layer,
            file=self.file,
            span=entries["decision"].value.span if "decision" in entries else mapping.span,
            rules=_Decoded(partial(self._rules, entries))
            if _is_long(entries)
            else tuple(self._rules(entries)),
            params=self._params(entries.get("params")),
            disable=tuple(self._disable(entries.get("disable"))),
            default=self._default(entries.get("default")),
            declared=declared,
        )

    def _entries(self, mapping: MappingNode, first: bool, what: str) -> Mapping[str, Entry]:
        if first:
            entries = self.findings.fields(mapping, _ALL_KEYS, ("decision", "outcome"), what)
            if "disable" in entries:
                message = "'disable' stands only in an overlay, and this is the decision's first layer"
                self.findings.error("RF305", message, entries["disable"].key.span, "delete the rule instead")
            return {key: entry for key, entry in entries.items() if key != "disable"}
        entries = self.findings.fields(mapping, _ALL_KEYS, ("decision",), what)
        for key in _BASE_ONLY:
            if key in entries:
                message = f"{key!r} may stand only in the decision's first layer, not in an overlay"
                hint = f"an overlay holds: {', '.join(_OVERLAY_KEYS)}"
                self.findings.error("RF305", message, entries[key].key.span, hint)
        return {key: entry for key, entry in entries.items() if key in _OVERLAY_KEYS}

    def _name(self, entry: Entry | None, mapping: MappingNode) -> str:
        stem = self.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        if entry is None:
            return stem
        name = self.findings.name(entry.value, "decision", FILE_NAME)
        if name is not None and name != stem:
            self.findings.error(
                "RF316",
                f"decision {name!r} stands in a file named {stem!r}",
                entry.value.span,
                f"write 'decision: {stem}', or rename the file to {name}.yaml",
            )
        return stem

    def _declared(self, entries: Mapping[str, Entry], span: Span) -> Declared | None:
        title = self.findings.text(entries["title"].value, "title") if "title" in entries else ""
        hit = self._hit(entries.get("hit"))
        requires: tuple[Scalar, ...] = ()
        if "requires" in entries:
            listed = self.findings.sequence(entries["requires"].value, "requires")
            requires = tuple(
                item
                for item in (listed.items if listed else ())
                if self.findings.text(item, "a required fact") is not None and isinstance(item, Scalar)
            )
        outcome = None
        if "outcome" in entries:
            decoded = self.read_outcome(entries["outcome"].value)
            self.findings.items += decoded.diagnostics
            outcome = decoded.schema
        if hit is None:
            return None
        hit_entry = entries.get("hit") or entries.get("outcome") or entries.get("decision")
        return Declared(title or "", hit, hit_entry.value.span if hit_entry else span, requires, outcome)

    def _hit(self, entry: Entry | None) -> Hit | None:
        if entry is None:
            return Hit.FIRST
        text = self.findings.text(entry.value, "hit")
        if text is None:
            return None
        try:
            return Hit(text)
        except ValueError:
            hint = did_you_mean(text, list(Hit)) or f"one of: {', '.join(Hit)}"
            self.findings.error("RF315", f"unknown hit policy {text!r}", entry.value.span, hint)
            return None

    def _params(self, entry: Entry | None) -> Mapping[str, tuple[Scalar, Node]]:
        if entry is None:
            return {}
        mapping = self.findings.mapping(entry.value, "params")
        params: dict[str, tuple[Scalar, Node]] = {}
        for item in mapping.entries if mapping else ():
            if self.findings.name(item.key, "a param") is not None:
                params[item.key.text] = (item.key, item.value)
        return params

    def _disable(self, entry: Entry | None) -> Iterable[Scalar]:
        listed = self.findings.sequence(entry.value, "disable") if entry else None
        for item in listed.items if listed else ():
            if self.findings.text(item, "a disabled rule") is not None and isinstance(item, Scalar):
                yield item

    def _default(self, entry: Entry | None) -> WrittenRule | None:
        if entry is None:
            return None
        then = self._then(entry.value, "default")
        return WrittenRule(DEFAULT, True, entry.key.span, self.layer, then=then)

    def _rules(self, entries: Mapping[str, Entry]) -> Iterable[WrittenRule]:
        if "rules" in entries:
            listed = self.findings.sequence(entries["rules"].value, "rules")
            for item in listed.items if listed else ():
                rule = self._rule(item)
                if rule is not None:
                    yield rule
        if "table" in entries:
            table = self._table(entries["table"].value)
            if table is not None:
                yield from table.rules(self.layer, self.zone, self.findings)

    def _table(self, node: Node) -> Table | None:
        if isinstance(node, MappingNode):
            return decode_inline_table(node, self.facts, self.findings)
        name = self.findings.text(node, "table")
        if name is None:
            return None
        if name in self.refused:
            return None
        if name not in self.tables:
            self.misses_table = True
            hint = did_you_mean(name, self.tables) or "the table stands beside the decision, as .csv or .xlsx"
            self.findings.error(
                "RF505", f"there is no table {name!r} in {self.layer.folder}/", node.span, hint
            )
            return None
        self.used.add(name)
        return self.tables[name]

    def _rule(self, node: Node) -> WrittenRule | None:
        mapping = self.findings.mapping(node, "a rule")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, _RULE_KEYS, ("rule", "then"), "a rule")
        if not {"rule", "then"} <= entries.keys():
            return None
        name = self.findings.name(entries["rule"].value, "rule")
        if name is None:
            return None
        because = self.findings.text(entries["because"].value, "because") if "because" in entries else None
        rule = WrittenRule(
            name=name,
            named=True,
            span=entries["rule"].value.span,
            layer=self.layer,
            when=tuple(self._when(entries["when"].value)) if "when" in entries else (),
            then=self._then(entries["then"].value, "then"),
            because=because,
            override=self._flag(entries.get("override")),
            final=self._flag(entries.get("final")),
            start=self._moment(entries.get("from")),
            until=self._moment(entries.get("until")),
            rollout=self._rollout(entries.get("rollout")),
        )
        return rule if check_rule(rule, self.findings) else None

    def _flag(self, entry: Entry | None) -> bool:
        return bool(entry and self.findings.flag(entry.value, entry.key.text))

    def _when(self, node: Node) -> Iterable[FieldTest | Scalar]:
        if isinstance(node, MappingNode):
            for entry in node.entries:
                yield FieldTest(entry.key, entry.value)
        elif isinstance(node, Sequence):
            for item in node.items:
                if isinstance(item, Sequence):
                    self.findings.error("RF102", "a part of 'when' is a mapping or a condition", item.span)
                else:
                    yield from self._when(item)
        elif node.value is None or not isinstance(node.value, str | bool):
            self.findings.error(
                "RF102", "'when' is a condition, a mapping of field tests, or a list of both", node.span
            )
        else:
            yield node

    def _then(self, node: Node, what: str) -> Mapping[str, tuple[Scalar, Node]]:
        mapping = self.findings.mapping(node, f"'{what}'")
        return {entry.key.text: (entry.key, entry.value) for entry in mapping.entries} if mapping else UNREAD

    def _moment(self, entry: Entry | None) -> Timestamp | None:
        if entry is None:
            return None
        text = self.findings.text(entry.value, entry.key.text)
        return None if text is None else read_moment(text, entry.value.span, self.zone, self.findings)

    def _rollout(self, entry: Entry | None) -> Rollout | None:
        if entry is None:
            return None
        mapping = self.findings.mapping(entry.value, "rollout")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, ("percent", "by"), ("percent", "by"), "rollout")
        if len(entries) < 2:
            return None
        percent, by = entries["percent"].value, entries["by"].value
        if self.findings.text(by, "rollout by") is None or not isinstance(by, Scalar):
            return None
        if not isinstance(percent, Scalar):
            self.findings.error("RF102", "rollout percent must be a number", percent.span)
            return None
        return read_rollout(percent, by, self.findings)
