"""``$defs`` and ``$ref``: which definition a reference names."""

from __future__ import annotations

from rulesflow.documents.nodes import Mapping, Node, Scalar
from rulesflow.documents.shape import Findings, describe
from rulesflow.model.diagnostics import did_you_mean

_PREFIX = "#/$defs/"


class Definitions:
    """The definitions of one document, by name."""

    def __init__(self, root: Node | None, findings: Findings) -> None:
        self.findings = findings
        self.nodes: dict[str, Node] = {}
        node = root.get("$defs") if isinstance(root, Mapping) else None
        if isinstance(node, Mapping):
            self.nodes = {entry.key.text: entry.value for entry in node.entries}
        elif node is not None:
            findings.error(
                "RF402", f"$defs must be a mapping of name to schema, not {describe(node)}", node.span
            )

    def target(self, node: Node) -> str | None:
        """The name of the definition to which a ``$ref`` leads in the end, or None and an RF403."""
        passed: list[str] = []
        name = self._named(node)
        while name is not None:
            if name in passed:
                circle = " → ".join((*passed[passed.index(name) :], name))
                self.findings.error("RF403", f"$ref runs in a circle: {circle}", node.span)
                return None
            passed.append(name)
            definition = self.nodes[name]
            onward = definition.get("$ref") if isinstance(definition, Mapping) else None
            if onward is None:
                return name
            name = self._named(onward, quiet=True)  # its own fault is noted where it stands
        return None

    def _named(self, node: Node, quiet: bool = False) -> str | None:
        text = node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
        name = text.removeprefix(_PREFIX).replace("~1", "/").replace("~0", "~")
        if text.startswith(_PREFIX) and name in self.nodes:
            return name
        if not quiet:
            self._report(node, text, name)
        return None

    def _report(self, node: Node, text: str, name: str) -> None:
        if not text.startswith(_PREFIX):
            what = f"{text[:80]!r}" if text else describe(node)
            hint = f"write $ref: '{_PREFIX}name', and the schema under $defs"
            self.findings.error(
                "RF403", f"$ref must name a definition of this file, not {what}", node.span, hint
            )
            return
        known = ", ".join(self.nodes) or "none"
        hint = did_you_mean(name, self.nodes) or f"known definitions: {known}"
        self.findings.error("RF403", f"$defs has no {name[:80]!r}", node.span, hint)
