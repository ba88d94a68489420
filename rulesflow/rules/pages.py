"""Pages: a decision's files as they are read, each from its own bytes alone, or remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from rulesflow.documents.csv_sheet import read_csv
from rulesflow.documents.nodes import Node
from rulesflow.documents.shape import Findings
from rulesflow.documents.xlsx_sheet import read_xlsx
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Diagnostic, Span, did_you_mean
from rulesflow.rules.decode import DecisionDecoder
from rulesflow.rules.folder import LayerFiles
from rulesflow.rules.memory import Memory
from rulesflow.rules.tables import Table, decode_sheet
from rulesflow.rules.written import WrittenDecision
from rulesflow.schemas import Decoded, Schema, decode_properties


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What a file of a decision says, in its bare form; None where it cannot be read.

    ``used``: the tables beside it that its rules stand in; ``misses_table``: it names one that is not there.
    """

    written: WrittenDecision | None
    used: Set[str]
    misses_table: bool


#: Gives a page's file with all that compiling needs.
Whole: TypeAlias = Callable[[], WrittenDecision]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A file that has just been decoded, and what was found."""

    key: Hashable
    page: Page
    whole: WrittenDecision | None
    found: tuple[Diagnostic, ...]


class PageReader:
    """Reads the decisions of one load, layer by layer. It holds the nodes of one file at a time."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        prints: Mapping[str, bytes],
        facts: Schema,
        refused: Set[str],
        memory: Memory,
        findings: Findings,
    ) -> None:
        self.files = files
        self.prints = prints
        self.facts = facts
        self.refused = refused
        self.memory = memory
        self.findings = findings
        self._fresh: _Fresh | None = None
        self._table: tuple[str, Table] | None = None

    def read(self, layer: LayerFiles, declared: Set[str]) -> Iterator[tuple[str, Page, Whole]]:
        """The decisions of a layer: name, page, and the whole file. ``declared``: those of lower layers."""
        beside = f"{layer.layer.folder}/"
        refused = {path.removeprefix(beside) for path in self.refused if path.startswith(beside)}
        used: set[str] = set()
        for name, path in layer.decisions.items():
            page, whole = self._decision(layer, path, refused, first=name not in declared)
            used |= page.used | ({*layer.tables} if page.misses_table else set())
            yield name, page, whole
        for table, path in layer.tables.items():
            self._check_table(path)
            name = table.rsplit(".", 1)[0]
            if table in used:
                continue
            if name in declared and name not in layer.decisions:
                yield name, *self._alone(name, layer, path)
            else:
                self._unused(name, table, path, layer, declared)

    def _decision(
        self, layer: LayerFiles, path: str, refused: Set[str], *, first: bool
    ) -> tuple[Page, Whole]:
        around = (self.facts, layer.layer, tuple(layer.tables), frozenset(refused))
        base = ("page", path, self.prints[path], first, *around)

        def decode(own: Findings) -> tuple[WrittenDecision | None, Set[str], bool]:
            document = read_yaml(self.files[path], path)
            own.items += document.diagnostics
            if document.root is None:
                return None, frozenset(), False
            tables = _Tables(layer, self._read_table)
            decoder = DecisionDecoder(layer.layer, path, self.facts, tables, refused, self._outcome, own)
            written = decoder.decode(document.root, first=first)
            return written, frozenset(decoder.used), decoder.misses_table

        # Which tables it uses is known once it has been read; then they are part of what it depends on.
        uses = self.memory.recall(
            ("uses", *base), Findings(), lambda _: self._decoded(base, decode).page.used
        )
        key = (*base, tuple(self.prints[layer.tables[table]] for table in sorted(uses)))
        return self._remembered(key, base, decode)

    def _alone(self, name: str, layer: LayerFiles, path: str) -> tuple[Page, Whole]:
        """A table without a YAML file beside it: an overlay of the decision whose name it has."""
        key = ("alone", path, self.prints[path], self.facts, layer.layer)

        def decode(own: Findings) -> tuple[WrittenDecision | None, Set[str], bool]:
            rules = tuple(self._read_table(path).rules(layer.layer, self.facts.zone, own))
            return WrittenDecision(name, layer.layer, path, Span(path, 1, 1, 1), rules), frozenset(), False

        return self._remembered(key, key, decode)

    def _unused(self, name: str, table: str, path: str, layer: LayerFiles, declared: Set[str]) -> None:
        if name in layer.decisions:
            hint = f"add 'table: {table}' to {layer.decisions[name]}"
        else:
            hint = did_you_mean(name, declared) or f"write {name}.yaml beside it, with 'table: {table}'"
        self.findings.error("RF318", f"nothing uses {path}", Span(path, 1, 1, 1), hint)

    # -- remembering ---------------------------------------------------------------------------------------

    def _remembered(
        self,
        key: Hashable,
        base: Hashable,
        decode: Callable[[Findings], tuple[WrittenDecision | None, Set[str], bool]],
    ) -> tuple[Page, Whole]:
        def make(own: Findings) -> Page:
            fresh = self._decoded(base, decode)
            own.items += fresh.found
            return fresh.page

        def whole() -> WrittenDecision:
            written = self._decoded(base, decode).whole
            assert written is not None, "a page without a decision is never compiled"
            return written

        return self.memory.recall(key, self.findings, make), whole

    def _decoded(
        self, key: Hashable, decode: Callable[[Findings], tuple[WrittenDecision | None, Set[str], bool]]
    ) -> _Fresh:
        """The file decoded now, or a moment ago."""
        if self._fresh is None or self._fresh.key != key:
            self._fresh = None  # let go of the nodes first
            own = Findings()
            written, used, misses = decode(own)
            page = Page(written.bare() if written else None, used, misses)
            self._fresh = _Fresh(key, page, written, tuple(own.items))
        return self._fresh

    def _outcome(self, node: Node) -> Decoded:
        """An outcome's schema: the same one as long as its text is, so that what is built on it stays."""
        text = node.source.text
        if text is None:
            return decode_properties(node, self.facts.zone)
        key = ("outcome", text[node.offset : node.end], node.span.column, self.facts.zone)
        decoded = self.memory.recall(key, Findings(), lambda _: decode_properties(node, self.facts.zone))
        # Its findings have places, so they are those of this very node only.
        return decode_properties(node, self.facts.zone) if decoded.diagnostics else decoded

    def _check_table(self, path: str) -> None:
        def make(own: Findings) -> bool:
            sheet = (read_xlsx if path.endswith(".xlsx") else read_csv)(self.files[path], path)
            own.items += sheet.diagnostics
            self._table = (path, decode_sheet(sheet, self.facts, own))
            return True

        self.memory.recall(("table", path, self.prints[path], self.facts), self.findings, make)

    def _read_table(self, path: str) -> Table:
        self._check_table(path)
        if self._table is None or self._table[0] != path:
            sheet = (read_xlsx if path.endswith(".xlsx") else read_csv)(self.files[path], path)
            self._table = (path, decode_sheet(sheet, self.facts, Findings()))
        return self._table[1]


class _Tables(Mapping[str, Table]):
    """The tables of a layer by their file names, read when they are asked for."""

    def __init__(self, layer: LayerFiles, read: Callable[[str], Table]) -> None:
        self._paths = layer.tables
        self._read = read

    def __getitem__(self, name: str) -> Table:
        return self._read(self._paths[name])

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
