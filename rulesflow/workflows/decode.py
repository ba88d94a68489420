"""From a workflow's YAML document to what the author wrote (`rulesflow.workflows.written`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rulesflow.conditions.types import Kind as TypeKind
from rulesflow.documents.nodes import Entry, Mapping as MappingNode, Node, Scalar
from rulesflow.documents.shape import FILE_NAME, Findings
from rulesflow.model.diagnostics import Span, did_you_mean
from rulesflow.schemas import RESERVED, Schema, decode_schema
from rulesflow.workflows.definition import Retry
from rulesflow.workflows.retries import read_policy
from rulesflow.workflows.steps import StepReader
from rulesflow.workflows.surroundings import Surroundings
from rulesflow.workflows.targets import step_names
from rulesflow.workflows.written import WrittenWorkflow

_KEYS = ("workflow", "title", "input", "retries", "steps", "output", "priority")
_REQUIRED = ("workflow", "input", "steps")


class WorkflowReader:
    """Reads one file. ``codes``: all codes that steps declare, None where not all steps are known."""

    def __init__(
        self, file: str, given: Surroundings, codes: Collection[str] | None, findings: Findings
    ) -> None:
        self.file = file
        self.given = given
        self.codes = codes
        self.findings = findings
        #: Keys ``true`` and ``false`` of ``on``, which are meant as the booleans that they are.
        self.excused: set[Span] = set()

    def read(self, root: Node) -> WrittenWorkflow | None:
        """What the file says; None where it is too broken to go on."""
        mapping = self.findings.mapping(root, "a workflow")
        if mapping is None:
            return None
        entries = self.findings.fields(mapping, _KEYS, _REQUIRED, "a workflow")
        name = self._name(entries.get("workflow"))
        title = self.findings.text(entries["title"].value, "title") if "title" in entries else ""
        given = self._input(entries.get("input"))
        retries = self._retries(entries.get("retries"))
        if "steps" not in entries:
            return None
        reader = StepReader(self.given.zone, frozenset(step_names(root)), self.findings)
        steps = reader.read(entries["steps"].value)
        self.excused = reader.excused
        return WrittenWorkflow(
            name=name,
            title=title or "",
            file=self.file,
            span=entries["workflow"].value.span if "workflow" in entries else mapping.span,
            input=given,
            from_facts=given is self.given.facts,
            retries=retries,
            steps=steps,
            output=entries["output"].value if "output" in entries else None,
            priority=entries["priority"].value if "priority" in entries else None,
        )

    def _name(self, entry: Entry | None) -> str:
        stem = self.file.rsplit("/", 1)[-1].removesuffix(".yaml")
        name = None if entry is None else self.findings.name(entry.value, "workflow", FILE_NAME)
        if entry is not None and name is not None and name != stem:
            message = f"workflow {name!r} stands in a file named {stem!r}"
            hint = f"write 'workflow: {stem}', or rename the file to {name}.yaml"
            self.findings.error("RF717", message, entry.value.span, hint)
        return stem

    def _input(self, entry: Entry | None) -> Schema | None:
        if entry is None:
            return None
        node = entry.value
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if node.value == self.given.facts_file:
                return self.given.facts
            message = f"the input is {self.given.facts_file} or a schema written here, not {node.text!r}"
            hint = did_you_mean(node.text, (self.given.facts_file,)) or f"write {self.given.facts_file}"
            self.findings.error("RF718", message, node.span, hint)
            return None
        decoded = decode_schema(node, self.given.zone)
        self.findings.items += decoded.diagnostics
        schema = decoded.schema
        if schema is None:
            return None
        if schema.type.kind not in (TypeKind.OBJECT, TypeKind.MAP) or schema.type.nullable:
            self.findings.error("RF718", "a workflow's input must be of type object", node.span)
            return None
        self._check_reserved(schema, node)
        return schema

    def _check_reserved(self, schema: Schema, node: Node) -> None:
        properties = node.get("properties") if isinstance(node, MappingNode) else None
        for each in properties.entries if isinstance(properties, MappingNode) else ():
            if each.key.text in RESERVED & schema.properties.keys():
                message = f"{each.key.text} is a reserved name in conditions"
                self.findings.error("RF405", message, each.key.span, "give the field another name")

    def _retries(self, entry: Entry | None) -> Mapping[str, Retry]:
        mapping = self.findings.mapping(entry.value, "retries") if entry else None
        policies: dict[str, Retry] = {}
        for each in mapping.entries if mapping else ():
            name = self.findings.name(each.key, "a retry policy")
            what = f"policy {each.key.text!r}"
            policy = read_policy(each.value, what, self.codes, "any step", self.findings)
            if name is not None:
                policies[name] = policy or Retry()
        return policies
