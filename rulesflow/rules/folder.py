"""The rules folder by what its files are: project, facts, and for each layer decisions, tables and cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Span
from rulesflow.rules.layers import RESERVED_FOLDERS, Layer, Layers
from rulesflow.rules.project import PROJECT_FILE

_RESERVED_FILES = (PROJECT_FILE, "events.yaml", "alerts.yaml")
CASES = ".cases.yaml"
_TABLES = (".csv", ".xlsx")


@dataclass(slots=True)
class LayerFiles:
    """What stands in one layer's folder: file paths by decision name, and tables by their file name."""

    layer: Layer
    decisions: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)


def sort_files(files: Iterable[str], facts_file: str, layers: Layers, findings: Findings) -> list[LayerFiles]:
    """Give each file its layer, general first, and note folders that are no layer and files of no use."""
    by_folder: dict[str, LayerFiles | None] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        if folder == "":
            _check_root_file(path, facts_file, findings)
        elif path != facts_file and folder.split("/")[0] not in RESERVED_FOLDERS:
            if folder not in by_folder:
                by_folder[folder] = _layer_of(folder, path, layers, findings)
            found = by_folder[folder]
            if found is not None:
                _place(found, name, path)
    return sorted((each for each in by_folder.values() if each), key=lambda each: each.layer.rank)


def _place(files: LayerFiles, name: str, path: str) -> None:
    if name.endswith(CASES):
        files.cases[name.removesuffix(CASES)] = path
    elif name.endswith(_TABLES):
        files.tables[name] = path
    else:
        files.decisions[name.removesuffix(".yaml")] = path


def _check_root_file(path: str, facts_file: str, findings: Findings) -> None:
    if path not in _RESERVED_FILES and path != facts_file:
        findings.error(
            "RF318",
            f"{path} stands in no layer",
            Span(path, 1, 1, 1),
            "move it into a layer's folder, such as base/",
        )


def _layer_of(folder: str, path: str, layers: Layers, findings: Findings) -> LayerFiles | None:
    claims = layers.claim(folder)
    span = Span(path, 1, 1, 1)
    if len(claims) == 1:
        layers.add(claims[0])
        return LayerFiles(claims[0])
    if not claims:
        findings.error("RF310", f"no layer can reach the folder {folder}/", span, _reachable(folder, layers))
        return None
    named = " and ".join(sorted({layers.patterns[claim.rank[0]].text for claim in claims}))
    findings.error(
        "RF311",
        f"the folder {folder}/ can be claimed in more than one way ({named})",
        span,
        "rename a folder",
    )
    return None


def _reachable(folder: str, layers: Layers) -> str:
    """What the folder may have meant: the values of the dimension whose pattern begins alike."""
    head = folder.split("/", maxsplit=1)[0]
    for pattern in layers.patterns:
        if pattern.parts[0] == head and pattern.dimensions:
            dimension = pattern.dimensions[0]
            return f"{pattern.text} has the values {', '.join(dimension.values[:20])}"
    return f"layers are: {', '.join(pattern.text for pattern in layers.patterns)}"
