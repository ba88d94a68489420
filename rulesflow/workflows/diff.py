"""Differences: which steps of which workflows differ, whatever their layout and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rulesflow.documents.excerpt import Excerpts
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Plain, Scalar, plain
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.order import moved

_STEPS: Final = "steps"
_BRANCHES: Final = "parallel"


@dataclass(frozen=True, slots=True)
class _Part:
    """A step, by its path (``goods/take``), or a member of the workflow, such as ``$input``."""

    path: str
    list: str
    line: int
    meaning: Plain


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    parts: Mapping[str, _Part]


def differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Each workflow that differs: ``{workflow, status, changes: [{step, status, before, after}]}``.

    ``old`` and ``new``: the files of workflows. What is no step is told as ``$input``, ``$output``, ….
    """
    same = {path for path in old if old[path] == new.get(path)}
    before, after = (_read(files, same) for files in (old, new))
    excerpts = Excerpts(old), Excerpts(new)
    told = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        changes = list(_changes(one, other, excerpts))
        if changes:
            status = "added" if one is None else "removed" if other is None else "changed"
            told.append({"workflow": name, "status": status, "changes": changes})
    return told


def _read(files: Mapping[str, bytes], same: set[str]) -> Mapping[str, _File]:
    found = {}
    for path, data in files.items():
        root = None if path in same else read_yaml(data, path).root
        name = root.get("workflow") if isinstance(root, MappingNode) else None
        if isinstance(root, MappingNode) and isinstance(name, Scalar):
            parts = {part.path: part for part in _parts(root)}
            found[name.text] = _File(path, parts)
    return found


def _parts(root: MappingNode) -> Iterator[_Part]:
    for entry in root.entries:
        if entry.key.text == _STEPS:
            yield from _steps(entry.value, "")
        elif entry.key.text != "workflow":
            yield _Part(f"${entry.key.text}", "", entry.key.span.line, plain(entry.value))


def _steps(steps: Node, above: str) -> Iterator[_Part]:
    for entry in steps.entries if isinstance(steps, MappingNode) else ():
        path, step = above + entry.key.text, entry.value
        yield _Part(path, above or "/", entry.key.span.line, _own(step))
        yield from _within(step, path)


def _within(step: Node, path: str) -> Iterator[_Part]:
    if not isinstance(step, MappingNode):
        return
    inner, branches = step.get(_STEPS), step.get(_BRANCHES)
    if inner is not None:
        yield from _steps(inner, f"{path}/")
    for branch in branches.entries if isinstance(branches, MappingNode) else ():
        steps = branch.value.get(_STEPS) if isinstance(branch.value, MappingNode) else None
        if steps is not None:
            yield from _steps(steps, f"{path}/{branch.key.text}/")


def _own(step: Node) -> Plain:
    """What a step says of itself; of branches, their names."""
    said = plain(step)
    if not isinstance(said, dict):
        return said
    branches = said.get(_BRANCHES)
    own = {name: value for name, value in said.items() if name not in (_STEPS, _BRANCHES)}
    return own | ({_BRANCHES: list(branches)} if isinstance(branches, dict) else {})


def _changes(
    old: _File | None, new: _File | None, excerpts: tuple[Excerpts, Excerpts]
) -> Iterator[dict[str, Any]]:
    before, after = old.parts if old else {}, new.parts if new else {}
    lists = {part.list for part in before.values() if part.list}
    away = {path for each in lists for path in _moved(before, after, each)}
    for path in dict.fromkeys([*before, *after]):
        one, other = before.get(path), after.get(path)
        status = _status(one, other, path in away)
        if status is not None:
            yield {
                "step": path,
                "status": status,
                "before": _shown(old, one, excerpts[0]),
                "after": _shown(new, other, excerpts[1]),
            }


def _moved(before: Mapping[str, _Part], after: Mapping[str, _Part], listed: str) -> frozenset[str]:
    one, other = ([path for path, part in side.items() if part.list == listed] for side in (before, after))
    return moved(one, other)


def _status(old: _Part | None, new: _Part | None, moves: bool) -> str | None:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old.meaning != new.meaning:
        return "changed"
    return "moved" if moves else None


def _shown(file: _File | None, part: _Part | None, excerpts: Excerpts) -> dict[str, Any] | None:
    if file is None or part is None:
        return None
    return {"file": file.path, "line": part.line, "text": excerpts.key(file.path, part.line)}
