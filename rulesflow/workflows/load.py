"""Loading workflows: from the bytes of ``workflows/*.yaml`` to what the interpreter runs, in named stages.

read the files → find out which runs which → compile, children first. Each stage goes on past errors as far
as it can, so that an author sees everything at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rulesflow.conditions.types import DYN
from rulesflow.documents.nodes import Mapping as MappingNode
from rulesflow.documents.shape import Findings
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span
from rulesflow.schemas import Schema
from rulesflow.schemas.checks import anything
from rulesflow.workflows.compile import Compiler
from rulesflow.workflows.decode import WorkflowReader
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.frame import Frame, Linked
from rulesflow.workflows.linking import children_first, runs_of
from rulesflow.workflows.stepschema import StepSchemas, step_schemas
from rulesflow.workflows.surroundings import Surroundings
from rulesflow.workflows.written import Kind, WrittenFail, WrittenWorkflow

FOLDER: Final = "workflows/"
_CASES: Final = ".cases.yaml"


@dataclass(frozen=True, slots=True)
class LoadedWorkflows:
    """``workflows``: by name; of use only where no error was found."""

    workflows: Mapping[str, Workflow] = field(default_factory=dict)


def load_workflows(files: Mapping[str, bytes], given: Surroundings, findings: Findings) -> LoadedWorkflows:
    """Load the workflows among a folder's files; what is wrong with them goes to ``findings``.

    Raises `BrokenStep` where a plugin offers a step whose schemas are not right.
    """
    return _Loader(files, given, findings).load()


def names_of(files: Iterable[str]) -> frozenset[str]:
    """The names of the workflows that there are by the names of the files, well or broken."""
    ours = (path for path in files if path.startswith(FOLDER) and path.endswith(".yaml"))
    return frozenset(
        path.rsplit("/", 1)[-1].removesuffix(".yaml") for path in ours if not path.endswith(_CASES)
    )


class _Loader:
    def __init__(self, files: Mapping[str, bytes], given: Surroundings, findings: Findings) -> None:
        self.files = files
        self.given = given
        self.findings = findings
        self.anything = Schema(DYN, {}, anything, given.zone, {})
        self.unread: set[str] = set()  # workflows whose file is there, but says nothing

    def load(self) -> LoadedWorkflows:
        written = self._read()
        if not written:
            return LoadedWorkflows()
        schemas = self._schemas()
        done: dict[str, Linked] = {}
        for each in children_first(written, self.unread, self.findings):
            codes = self._codes(written)
            children = {name: done[name] for name in runs_of(each) if name in done}
            frame = Frame(self.given, each, schemas, children, codes)
            done[each.name] = Compiler(frame, self.anything, self.findings).compile()
        return LoadedWorkflows({name: done[name].workflow for name in sorted(done)})

    def _read(self) -> dict[str, WrittenWorkflow]:
        written: dict[str, WrittenWorkflow] = {}
        for path in sorted(self.files):
            if not path.startswith(FOLDER) or path.endswith(_CASES):
                continue
            name = path.rsplit("/", 1)[-1].removesuffix(".yaml")
            if not path.endswith(".yaml"):
                message = f"nothing uses {path}"
                self.findings.error("RF318", message, Span(path, 1, 1, 1), "a workflow is a .yaml file")
            elif name in written:
                message = f"{written[name].file} holds a workflow {name!r} too"
                self.findings.error("RF717", message, Span(path, 1, 1, 1), "rename one of the files")
            else:
                found = self._file(path)
                if found is None:
                    self.unread.add(name)
                else:
                    written[name] = found
        return written

    def _file(self, path: str) -> WrittenWorkflow | None:
        document = read_yaml(self.files[path], path)
        found, reader = None, WorkflowReader(path, self.given, self._all_codes(), self.findings)
        if document.root is not None:
            found = reader.read(document.root)
        excused = reader.excused
        self.findings.items += [
            each for each in document.diagnostics if each.code != "RF102" or each.span not in excused
        ]
        return found

    def _all_codes(self) -> Collection[str] | None:
        """The codes of all steps; None where some step may be gone."""
        if self.given.lenient:
            return None
        return sorted({code for step in self.given.steps.values() for code in step.errors})

    def _codes(self, written: Mapping[str, WrittenWorkflow]) -> Collection[str] | None:
        """The same, and those that workflows themselves fail with."""
        codes = self._all_codes()
        if codes is None:
            return None
        return sorted({*codes, *(code for each in written.values() for code in _fails(each))})

    def _schemas(self) -> Mapping[str, StepSchemas]:
        return {name: step_schemas(step, self.given.zone) for name, step in self.given.steps.items()}


def _fails(written: WrittenWorkflow) -> set[str]:
    codes = set()
    for step in written.all_steps():
        targets = [step.then, step.on_timeout, *(each.target for each in step.catches)]
        on = step.on
        if on is not None:
            targets += [each.target for each in getattr(on, "branches", getattr(on, "cases", ()))]
            targets.append(getattr(on, "other", None))
        codes |= {each.code for each in targets if isinstance(each, WrittenFail)}
        if step.kind is Kind.FAIL:
            codes |= {step.subject.text} if hasattr(step.subject, "text") else set()
            code = step.subject.get("code") if isinstance(step.subject, MappingNode) else None
            codes |= {code.text} if code is not None and hasattr(code, "text") else set()
    return codes
