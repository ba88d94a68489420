"""Loading: from the bytes of a folder to a ruleset, in named stages.

decode the project and the facts → sort the files into layers → decode the decisions → merge and check the
overlays for all stacks → compile the rules → decode the cases. Each stage goes on past errors as far as it
can, so that an author sees everything at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from rulesflow.conditions import STANDARD, Function, Scope
from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.types import DYN, TIMESTAMP, Field, Kind, Type, in_words
from rulesflow.documents.csv_sheet import read_csv
from rulesflow.documents.nodes import Node, Scalar, plain
from rulesflow.documents.shape import Findings
from rulesflow.documents.xlsx_sheet import read_xlsx
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Diagnostic, Severity, Span, did_you_mean
from rulesflow.rules.cases import Case, decode_cases
from rulesflow.rules.compiled import param_type, requires_guards
from rulesflow.rules.constraints import Path
from rulesflow.rules.decode import DecisionDecoder
from rulesflow.rules.folder import CASES, LayerFiles, sort_files
from rulesflow.rules.hits import Hit
from rulesflow.rules.layers import Layers, decode_layers
from rulesflow.rules.merge import Family, check_family, check_frozen_params
from rulesflow.rules.project import PROJECT_FILE, Project, decode_project
from rulesflow.rules.rulecompiler import RuleCompiler
from rulesflow.rules.ruleset import Decision, Ruleset
from rulesflow.rules.tables import Table, decode_sheet
from rulesflow.rules.written import Declared, WrittenDecision
from rulesflow.schemas import Schema, decode_facts, decode_properties


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
) -> Loaded:
    """Load a folder's files, by path.

    ``found``: diagnostics of reading the folder, to be reported too. ``functions``: what conditions may call.
    """
    findings = Findings()
    findings.items += found
    loader = _Loader(files, findings, frozenset(each.span.file for each in found), functions)
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
    digest = hashlib.sha256()
    for path in sorted(files):
        if not path.endswith(CASES):
            content = files[path].removeprefix(b"\xef\xbb\xbf")
            if not path.endswith(".xlsx"):
                content = content.replace(b"\r\n", b"\n")
            digest.update(b"%d %s\0%d\0" % (len(path.encode()), path.encode(), len(content)))
            digest.update(content)
    return digest.hexdigest()


class _Loader:
    def __init__(
        self,
        files: Mapping[str, bytes],
        findings: Findings,
        refused: Set[str],
        functions: Mapping[str, Function],
    ) -> None:
        self.files = files
        self.functions = functions
        self.findings = findings
        self.refused = refused  # files that are there, but could not be read
        self.unread: set[str] = set()  # decisions whose first file is there, but says nothing
        self.cases: list[Case] = []
        self.project: Project | None = None
        self.names: set[str] = set()  # of all decisions, well or broken

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
        families = self._families(sorted_files, facts)
        self.names = self.unread | families.keys()
        decisions = {}
        for name in sorted(families):
            decision = self._decision(families[name], facts, layers)
            if decision is not None:
                decisions[name] = decision
        ruleset = Ruleset(digest_of(self.files), project.name, project.zone, facts, layers, decisions)
        self._cases(sorted_files, ruleset)
        return ruleset

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
        root = self._root(path)
        if root is None:
            return None
        decoded = decode_facts(root, project.zone)
        self.findings.items += decoded.diagnostics
        return decoded.schema

    # -- decisions -----------------------------------------------------------------------------------------

    def _families(self, layers: Sequence[LayerFiles], facts: Schema) -> dict[str, Family]:
        files: dict[str, list[WrittenDecision]] = {}
        for layer in layers:
            for written in self._layer(layer, self.unread.union(files), facts):
                files.setdefault(written.name, []).append(written)
        # Of a decision whose declaration could not be read nothing more can be said.
        families = {
            name: Family(name, tuple(each)) for name, each in files.items() if name not in self.unread
        }
        for family in families.values():
            check_family(family, self.findings)
        return families

    def _layer(self, files: LayerFiles, declared: Set[str], facts: Schema) -> list[WrittenDecision]:
        tables = self._tables(files, facts)
        beside = f"{files.layer.folder}/"
        refused = {path.removeprefix(beside) for path in self.refused if path.startswith(beside)}
        used: set[str] = set()
        decisions = []
        for name, path in files.decisions.items():
            root = self._root(path)
            written = None
            if root is not None:
                decoder = DecisionDecoder(files.layer, path, facts, tables, refused, self.findings)
                written = decoder.decode(root, first=name not in declared)
                used |= decoder.used | ({*tables} if decoder.misses_table else set())
            if written is not None:
                decisions.append(written)
            elif name not in declared:
                self.unread.add(name)
        for table_name, path in files.tables.items():
            if table_name not in used:
                alone = self._alone(table_name, path, tables, files, declared, facts.zone)
                decisions += [alone] if alone else []
        return decisions

    def _tables(self, files: LayerFiles, facts: Schema) -> dict[str, Table]:
        tables = {}
        for name, path in files.tables.items():
            read = read_xlsx if name.endswith(".xlsx") else read_csv
            sheet = read(self.files[path], path)
            self.findings.items += sheet.diagnostics
            tables[name] = decode_sheet(sheet, facts, self.findings)
        return tables

    def _alone(
        self,
        table_name: str,
        path: str,
        tables: Mapping[str, Table],
        files: LayerFiles,
        declared: Set[str],
        zone: tzinfo,
    ) -> WrittenDecision | None:
        """A table without a YAML file beside it: an overlay of the decision whose name it has."""
        name, layer = table_name.rsplit(".", 1)[0], files.layer
        span = Span(path, 1, 1, 1)
        if name in files.decisions:
            self.findings.error(
                "RF318", f"nothing uses {path}", span, f"add 'table: {table_name}' to {files.decisions[name]}"
            )
        elif name in declared:
            rules = tuple(tables[table_name].rules(layer, zone, self.findings))
            return WrittenDecision(name, layer, path, span, rules)
        else:
            hint = did_you_mean(name, declared) or f"write {name}.yaml beside it, with 'table: {table_name}'"
            self.findings.error("RF318", f"nothing uses {path}", span, hint)
        return None

    def _decision(self, family: Family, facts: Schema, layers: Layers) -> Decision | None:
        declared = family.first.declared
        if declared is None:
            return None
        requires = self._requires(declared, facts)
        params = self._params(family)
        scope = Scope(
            names={
                **(facts.type.fields or {}),
                "params": Field(Type(Kind.OBJECT, fields=params, closed=True)),
                "at": Field(TIMESTAMP),
            },
            functions=self.functions,
            zone=facts.zone,
        )
        self._check_hit(declared)
        known = requires_guards(requires)
        compiler = RuleCompiler(family.name, facts, scope, declared.outcome, known, self.findings)
        defaults = compiler
        if declared.hit is Hit.COUNT:
            defaults = RuleCompiler(family.name, facts, scope, _COUNT, known, self.findings)
        rules = {}
        for file in family.files:
            for rule in file.rules:
                rules[rule.key] = compiler.compile(rule)
            if file.default is not None:
                counted = "count" in file.default.then
                rules[file.default.key] = (defaults if counted else compiler).compile(file.default)
        check_frozen_params(family, compiler.params_read, self.findings)
        if declared.outcome is None:
            return None
        return Decision(family.name, declared, declared.outcome, family, rules, requires, layers, scope.names)

    def _requires(self, declared: Declared, facts: Schema) -> tuple[Path, ...]:
        paths = []
        for scalar in declared.requires:
            path = tuple(scalar.text.split("."))
            if facts.at(path) is None:
                hint = did_you_mean(scalar.text, field_paths(facts.type))
                self.findings.error("RF203", f"unknown field {scalar.text}", scalar.span, hint)
            else:
                paths.append(path)
        return tuple(paths)

    def _params(self, family: Family) -> dict[str, Field]:
        types: dict[str, Field] = {}
        for name, (_, node) in family.first.params.items():
            self._check_constant(name, node)
            types[name] = Field(param_type(plain(node)))
        for file in family.files[1:]:
            for name, (_, node) in file.params.items():
                self._check_constant(name, node)
                given = param_type(plain(node))
                if name in types and not _alike(given, types[name].type):
                    wanted = types[name].type
                    message = f"param {name!r} is {in_words(wanted)}, and this is {in_words(given)}"
                    hint = f"give {in_words(wanted)}, as {family.first.file} does"
                    self.findings.error("RF307", message, node.span, hint)
        return types

    def _check_constant(self, name: str, node: Node) -> None:
        if isinstance(node, Scalar) and node.value is None:
            self.findings.error("RF102", f"param {name!r} has no value", node.span, "give it a constant")
        elif isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            self.findings.error(
                "RF102",
                f"param {name!r} must be a constant, not an expression",
                node.span,
                "compute it in the rule",
            )

    def _check_hit(self, declared: Declared) -> None:
        if declared.outcome is None:
            return
        fields = declared.outcome.type.fields or {}
        hit = declared.hit
        if hit.ranked and not any(each.type.literals for each in fields.values()):
            message = f"hit policy {hit} ranks by the order of an enum, and the outcome has none"
            hint = "give a property of the outcome an enum, best value first"
            self.findings.error("RF315", message, declared.hit_span, hint)
        if hit.aggregates and not _is_one_number([each.type for each in fields.values()]):
            message = (
                f"hit policy {hit} needs an outcome of exactly one property, a number that is never null"
            )
            hint = "leave one number in the outcome, or choose collect"
            self.findings.error("RF315", message, declared.hit_span, hint)

    def _cases(self, layers: Sequence[LayerFiles], ruleset: Ruleset) -> None:
        if self.findings.failed:
            return  # what a case expects is looked at once there are rules to expect it of
        for layer in layers:
            for name, path in layer.cases.items():
                root = self._root(path)
                if root is not None:
                    self.cases += decode_cases(root, name, path, ruleset, self.findings)


def _is_one_number(types: Sequence[Type]) -> bool:
    return len(types) == 1 and types[0].kind is Kind.NUMBER and not types[0].nullable


def _alike(one: Type, other: Type) -> bool:
    """Whether a param may change from one type to the other. An empty list says nothing of its items."""
    return one.kind is other.kind and (one.element == other.element or DYN in (one.element, other.element))


def _count_schema() -> Schema:
    """What ``default`` gives under ``collect(count)``: the count itself."""
    root = read_yaml(b"count: {type: integer, minimum: 0}", "count").root
    assert root is not None
    schema = decode_properties(root, UTC).schema
    assert schema is not None
    return schema


_COUNT: Final = _count_schema()
