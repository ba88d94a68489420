"""Decision tables: one rule a row, in a spreadsheet beside the decision or inline in its YAML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar, Spot
from rulesflow.documents.shape import IDENTIFIER, Findings
from rulesflow.documents.sheet import Sheet
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.model.numbers import NumberRefused, parse_number
from rulesflow.rules.layers import Layer
from rulesflow.rules.reach import Rollout, read_moment, read_rollout
from rulesflow.rules.written import FieldTest, WrittenRule, check_rule
from rulesflow.schemas import Schema

_PLAIN = ("rule", "because", "from", "until", "override", "final", "rollout percent", "rollout by")
_FLAGS = {"": False, "-": False, "false": False, "no": False, "true": True, "yes": True, "x": True}


@dataclass(frozen=True, slots=True)
class Column:
    """``kind`` is ``when``, ``then`` or one of the plain headers; ``name`` is the header's own scalar, cut
    to the field or property it names."""

    kind: str
    name: Scalar


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; every row has a cell for every column."""

    header: Span
    columns: tuple[Column | None, ...]
    rows: tuple[tuple[Node, ...], ...]
    of_text: bool

    def rules(self, layer: Layer, zone: tzinfo, findings: Findings) -> Iterable[WrittenRule]:
        """The rows as rules, in their order; of a table with a wrong header only the first."""
        shared = Counter(row[0].span.line for row in self.rows)
        for row in self.rows if None not in self.columns else self.rows[:1]:
            rule = self._rule(row, layer, zone, findings)
            if not rule.named and shared[rule.span.line] > 1:  # inline rows may stand side by side
                rule = replace(rule, name=f"{rule.name}:{rule.span.column}")
            if check_rule(rule, findings):
                yield rule

    def _rule(self, row: Sequence[Node], layer: Layer, zone: tzinfo, findings: Findings) -> WrittenRule:
        when: list[FieldTest | Scalar] = []
        then: dict[str, tuple[Scalar, Node]] = {}
        empty: dict[str, Span] = {}
        plain: dict[str, Scalar] = {}
        for column, cell in zip(self.columns, row, strict=True):
            if column is None:
                continue
            if column.kind == "when":
                when.append(FieldTest(column.name, cell, cell=True))
            elif column.kind == "then":
                if self._empty(cell):
                    empty[column.name.text] = cell.span
                else:
                    then[column.name.text] = (column.name, cell)
            elif isinstance(cell, Scalar):
                plain[column.kind] = cell
            else:
                findings.error("RF102", f"the column {column.kind!r} takes a single value", cell.span)
        rule = _build(row[0], plain, layer, zone, findings)
        return replace(rule, when=tuple(when), then=then, empty=empty, header=self.header)

    def _empty(self, cell: Node) -> bool:
        return isinstance(cell, Scalar) and (cell.text == "" if self.of_text else cell.value is None)


def _build(
    first: Node, plain: Mapping[str, Scalar], layer: Layer, zone: tzinfo, findings: Findings
) -> WrittenRule:
    written = {kind: cell for kind, cell in plain.items() if cell.text not in ("", "-")}
    name = written.get("rule")
    span = name.span if name else first.span
    if name is not None and not IDENTIFIER.fullmatch(name.text):
        findings.name(name, "rule")
    dates = {
        kind: read_moment(written[kind].text, written[kind].span, zone, findings)
        for kind in ("from", "until")
        if kind in written
    }
    return WrittenRule(
        name=name.text if name else f"{span.file.rsplit('/', 1)[-1]}:{span.line}",
        named=name is not None,
        span=span,
        layer=layer,
        because=written["because"].text if "because" in written else None,
        override=_flag(plain.get("override"), findings),
        final=_flag(plain.get("final"), findings),
        start=dates.get("from"),
        until=dates.get("until"),
        rollout=_rollout(written, findings),
    )


def _flag(cell: Scalar | None, findings: Findings) -> bool:
    if cell is None:
        return False
    flag = _FLAGS.get(cell.text.lower())
    if flag is None:
        findings.error(
            "RF102", f"{cell.text!r} is neither yes nor no", cell.span, "write true, or leave it empty"
        )
    return bool(flag)


def _rollout(written: Mapping[str, Scalar], findings: Findings) -> Rollout | None:
    percent, by = written.get("rollout percent"), written.get("rollout by")
    if percent is None and by is None:
        return None
    if percent is None or by is None:
        there = percent or by
        assert there is not None
        findings.error("RF502", "a rollout needs both 'rollout percent' and 'rollout by'", there.span)
        return None
    return read_rollout(as_number(percent), by, findings)


def as_number(cell: Scalar) -> Scalar:
    """The cell with its text read as a number, where it is one."""
    if not isinstance(cell.value, str):
        return cell
    try:
        return replace(cell, value=parse_number(cell.text))
    except NumberRefused:
        return cell


def decode_sheet(sheet: Sheet, facts: Schema, findings: Findings) -> Table:
    """A table from a CSV or xlsx sheet. ``facts``: what its headers may have meant."""
    header = sheet.header[0].span if sheet.header else Span("", 1, 1, 1)
    return Table(header, _columns(sheet.header, facts, findings), sheet.rows, of_text=True)


def decode_inline_table(node: MappingNode, facts: Schema, findings: Findings) -> Table | None:
    """A table written in YAML: ``{columns: [when order.total, then carrier], rows: [["<= 5", dhl], …]}``."""
    entries = findings.fields(node, ("columns", "rows"), ("columns", "rows"), "an inline table")
    if len(entries) < 2:
        return None
    header = findings.sequence(entries["columns"].value, "columns")
    listed = findings.sequence(entries["rows"].value, "rows")
    if header is None or listed is None:
        return None
    texts = [item for item in header.items if findings.text(item, "a column") is not None]
    columns = _columns([item for item in texts if isinstance(item, Scalar)], facts, findings)
    rows = []
    for item in listed.items:
        row = findings.sequence(item, "a row")
        if row is not None and len(row.items) != len(header.items):
            findings.error(
                "RF014", f"the row has {len(row.items)} cells for {len(header.items)} columns", row.span
            )
        elif row is not None:
            rows.append(tuple(row.items))
    return (
        Table(header.span, columns, tuple(rows), of_text=False) if len(columns) == len(header.items) else None
    )


def _columns(header: Sequence[Scalar], facts: Schema, findings: Findings) -> tuple[Column | None, ...]:
    return tuple(_column(scalar, facts, findings) for scalar in header)


def _column(header: Scalar, facts: Schema, findings: Findings) -> Column | None:
    text = " ".join(header.text.split())
    if text in _PLAIN:
        return Column(text, header)
    kind, _, name = text.partition(" ")
    if kind in ("when", "then") and name:
        start = max(header.text.find(name), 0)
        return Column(kind, Scalar(name, name, Spot(header.at(start, start + len(name)))))
    findings.error("RF501", f"unknown column {header.text!r}", header.span, _meant(text, facts))
    return None


def _meant(text: str, facts: Schema) -> str:
    if facts.at(tuple(text.split("."))) is not None:
        return f"did you mean 'when {text}'?"
    listed = "a header is 'when FIELD', 'then PROPERTY', or one of: " + ", ".join(_PLAIN)
    return did_you_mean(text, _PLAIN) or listed
