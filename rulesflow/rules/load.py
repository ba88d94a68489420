"""Loading: from the bytes of a folder to a ruleset, in named stages.

decode the project and the facts → sort the files into layers → decode the decisions → merge and check the
overlays for all stacks → compile the rules → decode the cases. Each stage goes on past errors as far as it
can, so that an author sees everything at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from rulesflow.conditions import STANDARD, Function
from rulesflow.documents.nodes import Node
from rulesflow.documents.shape import Findings
from rulesflow.documents.yaml import Document, read_yaml
from rulesflow.model.diagnostics import Diagnostic, Severity, Span, did_you_mean
from rulesflow.rules.assembly import Assembly
from rulesflow.rules.cases import Case, decision_named, decode_cases
from rulesflow.rules.folder import CASES, LayerFiles, sort_files
from rulesflow.rules.layers import Layers, decode_layers
from rulesflow.rules.memory import Memory
from rulesflow.rules.pages import PageReader
from rulesflow.rules.project import PROJECT_FILE, Project, decode_project
from rulesflow.rules.ruleset import Ruleset
from rulesflow.schemas import Schema, decode_facts

#: Bytes that are digested at once; in between, threads that wait may run, which costs the loader its turn.
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What loading gave. ``ruleset`` is None if, and only if, there is an error among the diagnostics.

    ``files`` are the bytes that were loaded, from which excerpts are shown. ``project`` is the project file,
    ``built`` what there is in spite of errors, for those who check what refers to it, and ``broken`` are the
    names of decisions that are there but cannot be used.
    """

    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]
    cases: tuple[Case, ...]
    files: Mapping[str, bytes]
    project: Project | None = None
    built: Ruleset | None = None
    broken: Set[str] = frozenset()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that kept the ruleset from being built."""
        return tuple(each for each in self.diagnostics if each.severity is Severity.ERROR)


def load(
    files: Mapping[str, bytes],
    found: Sequence[Diagnostic] = (),
    functions: Mapping[str, Function] = STANDARD,
    memory: Memory | None = None,
) -> Loaded:
    """Load a folder's files, by path.

    ``found``: diagnostics of reading the folder, to be reported too. ``functions``: what conditions may call.
    ``memory``: of earlier loads; what it holds of files that are as they were is taken from there. Whoever
    gives it settles it.
    """
    findings = Findings()
    findings.items += found
    refused = frozenset(each.span.file for each in found)
    loader = _Loader(files, findings, refused, functions, memory or Memory())
    ruleset = loader.ruleset()
    return Loaded(
        None if findings.failed else ruleset,
        in_order(findings.items),
        tuple(loader.cases),
        files,
        loader.project,
        ruleset,
        frozenset(loader.names - (ruleset.decisions.keys() if ruleset else set())),
    )


def in_order(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, by place; where a document cannot be read as it stands, nothing is built on that."""
    unreadable = {each.order[:3] for each in found if each.code.startswith("RF0")}
    unique = dict.fromkeys(sorted(found, key=lambda each: each.order))
    return tuple(each for each in unique if each.code.startswith("RF0") or each.order[:3] not in unreadable)


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and contents, in the order of the paths.

    A byte order mark and the kind of line ends do not count, since nothing is decided by them; neither do
    cases, which decide nothing.
    """
    digest, pending = hashlib.sha256(), bytearray()
    for path in sorted(files):
        if not path.endswith(CASES):
            content = files[path].removeprefix(b"\xef\xbb\xbf")
            if not path.endswith(".xlsx"):
                content = content.replace(b"\r\n", b"\n")
            pending += b"%d %s\0%d\0" % (len(path.encode()), path.encode(), len(content))
            pending += content
            if len(pending) > _AT_ONCE:
                digest.update(pending)
                pending.clear()
    digest.update(pending)
    return digest.hexdigest()


class _Loader:
    def __init__(
        self,
        files: Mapping[str, bytes],
        findings: Findings,
        refused: Set[str],
        functions: Mapping[str, Function],
        memory: Memory,
    ) -> None:
        self.files = files
        self.functions = functions
        self.findings = findings
        self.refused = refused  # files that are there, but could not be read
        self.memory = memory
        self.prints = memory.prints(files)
        self.cases: list[Case] = []
        self.project: Project | None = None
        self._last: tuple[str, Document] | None = None
        self.names: frozenset[str] = frozenset()  # of all decisions, well or broken

    def ruleset(self) -> Ruleset | None:
        """Run the stages; None where one cannot go on."""
        project = self.project = self._project()
        facts = self._facts(project) if project else None
        if project is None or facts is None:
            return None
        layers = decode_layers(project.layers, facts.type, self.findings)
        if self.findings.failed and not layers.patterns:
            return None
        sorted_files = sort_files(self.files, project.facts_file.text, layers, self.findings)
        layers = self._same(layers)
        assembly = self._assembly(sorted_files, facts)
        decisions = assembly.decisions(layers)
        ruleset = Ruleset(digest_of(self.files), project.name, project.zone, facts, layers, decisions)
        self._cases(sorted_files, ruleset)
        return ruleset

    def _same(self, layers: Layers) -> Layers:
        """The layers as they were before, if they are like these: decisions refer to them."""
        key = ("layers", layers.patterns, frozenset(layers.found.values()))
        return self.memory.recall(key, Findings(), lambda _: layers)

    def _root(self, path: str) -> Node | None:
        document = read_yaml(self.files[path], path)
        self.findings.items += document.diagnostics
        return document.root

    def _project(self) -> Project | None:
        if PROJECT_FILE not in self.files:
            self.findings.error(
                "RF001",
                f"there is no {PROJECT_FILE} here, so this is no rules folder",
                Span(PROJECT_FILE, 1, 1, 1),
                "make one with: rulesflow init DIR",
            )
            return None
        root = self._root(PROJECT_FILE)
        return None if root is None else decode_project(root, self.findings)

    def _facts(self, project: Project) -> Schema | None:
        path = project.facts_file.text
        if path not in self.files:
            if path not in self.refused:
                hint = did_you_mean(path, self.files) or "write a JSON Schema of what a request carries"
                span = project.facts_file.span
                self.findings.error("RF001", f"the facts schema {path!r} is not there", span, hint)
            return None
        key = ("facts", path, self.prints[path], project.zone)
        return self.memory.recall(key, self.findings, lambda own: self._decode_facts(path, project, own))

    def _decode_facts(self, path: str, project: Project, findings: Findings) -> Schema | None:
        document = read_yaml(self.files[path], path)
        findings.items += document.diagnostics
        if document.root is None:
            return None
        decoded = decode_facts(document.root, project.zone)
        findings.items += decoded.diagnostics
        return decoded.schema

    def _assembly(self, layers: Sequence[LayerFiles], facts: Schema) -> Assembly:
        """All decisions; of one whose declaration cannot be read nothing more can be said."""
        reader = PageReader(self.files, self.prints, facts, self.refused, self.memory, self.findings)
        assembly = Assembly(facts, self.functions, self.memory, self.findings)
        unread: set[str] = set()
        for layer in layers:
            declared = assembly.names | unread
            for name, page, whole in reader.read(layer, declared):
                if page.written is not None and name not in unread:
                    assembly.add(page, page.written, whole)
                elif name not in declared:
                    unread.add(name)
        self.names = assembly.names | unread
        return assembly

    def _cases(self, layers: Sequence[LayerFiles], ruleset: Ruleset) -> None:
        if self.findings.failed:
            return  # what a case expects is looked at once there are rules to expect it of
        for layer in layers:
            for name, path in layer.cases.items():
                self.cases += self._cases_of(name, path, ruleset)

    def _cases_of(self, name: str, path: str, ruleset: Ruleset) -> Sequence[Case]:
        """A file of cases; they depend on their decision alone, where there is one."""
        key = ("cases", path, self.prints[path])
        named = self.memory.recall(key, Findings(), lambda _: decision_named(self._document(path).root))
        decision = ruleset.decisions.get(named or "")

        def make(own: Findings) -> Sequence[Case]:
            document = self._document(path)
            own.items += document.diagnostics
            return [] if document.root is None else [*decode_cases(document.root, name, path, ruleset, own)]

        if decision is None:
            return make(self.findings)
        return self.memory.recall((*key, decision), self.findings, make)

    def _document(self, path: str) -> Document:
        """The file as it is read; the last one is held."""
        if self._last is None or self._last[0] != path:
            self._last = (path, read_yaml(self.files[path], path))
        return self._last[1]
