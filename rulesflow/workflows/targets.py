"""Targets: where a step leads. A step of the same list, ``end``, or ``{fail: …}``."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar
from rulesflow.documents.shape import FILE_NAME, Findings, describe
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.workflows.written import WrittenFail, WrittenGo, WrittenTarget

END = "end"


class Targets:
    """Reads the targets of one list. ``names``: its steps; ``everywhere``: those of all lists of the file."""

    def __init__(self, names: Collection[str], everywhere: Collection[str], findings: Findings) -> None:
        self.names = names
        self.everywhere = everywhere
        self.findings = findings

    def read(self, node: Node, what: str) -> WrittenTarget | None:
        """A target; None and an error where it is none."""
        if isinstance(node, MappingNode):
            entries = self.findings.fields(node, ("fail",), ("fail",), what)
            return read_fail(entries["fail"].value, self.findings) if "fail" in entries else None
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            hint = "a target is a step's name, end, or {fail: CODE}"
            self.findings.error("RF102", f"{what} must be a target, not {describe(node)}", node.span, hint)
            return None
        if node.value == END:
            return WrittenGo(None, node.span)
        if node.value in self.names:
            return WrittenGo(node.value, node.span)
        if node.value in self.everywhere:
            message = f"the step {node.value!r} stands in another list, and a target never leaves its own"
            hint = "'end' ends this list; the step around it goes on from there"
        else:
            message = f"there is no step {node.value!r}"
            hint = did_you_mean(node.value, (*self.names, END)) or f"steps here: {', '.join(self.names)}"
        self.findings.error("RF704", message, node.span, hint)
        return None


def read_fail(node: Node, findings: Findings) -> WrittenFail | None:
    """What stands behind ``fail``: a code, or a code and a message."""
    if not isinstance(node, MappingNode):
        code = findings.name(node, "a code", FILE_NAME)
        return None if code is None else WrittenFail(code, None, node.span)
    entries = findings.fields(node, ("code", "message"), ("code",), "'fail'")
    if "code" not in entries:
        return None
    code = findings.name(entries["code"].value, "a code", FILE_NAME)
    message = entries["message"].value if "message" in entries else None
    if message is not None and findings.text(message, "message") is None:
        return None
    return None if code is None else WrittenFail(code, message, node.span)


def step_names(node: Node) -> Iterator[str]:
    """The keys of every mapping that stands under ``steps``, at any depth."""
    work = [node]
    while work:
        current = work.pop()
        if isinstance(current, MappingNode):
            for entry in current.entries:
                if entry.key.text == "steps" and isinstance(entry.value, MappingNode):
                    yield from entry.value.keys()
                work.append(entry.value)
        elif not isinstance(current, Scalar):
            work.extend(current.items)
