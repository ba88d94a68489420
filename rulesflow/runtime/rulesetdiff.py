"""What differs between two rulesets: decisions by rule, workflows by step, everything else by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rulesflow.rules.diff import differences
from rulesflow.runtime.project import LoadedProject
from rulesflow.workflows.diff import differences as workflow_differences

_CASES: Final = ".cases.yaml"
_WORKFLOWS: Final = "workflows/"
_WORKBOOK: Final = ".xlsx"


def difference(old: LoadedProject, new: LoadedProject) -> dict[str, Any]:
    """``{from, to, same, decisions, workflows, others, files}``; of two projects that loaded.

    ``same``: nothing is decided or done differently, though files may differ, as by a comment.
    """
    assert old.ruleset is not None
    assert new.ruleset is not None
    decisions = differences(old.ruleset, new.ruleset, old.files, new.files)
    workflows = workflow_differences(_of_workflows(old.files), _of_workflows(new.files))
    files = list(_files(old.files, new.files))
    rules = _rule_files(old) | _rule_files(new)
    others = [
        {"file": each["path"], "status": each["status"]}
        for each in files
        if not (each["path"] in rules or each["path"].startswith(_WORKFLOWS) or each["path"].endswith(_CASES))
        and _content(old.files, each["path"]) != _content(new.files, each["path"])
    ]
    return {
        "from": old.ruleset.digest,
        "to": new.ruleset.digest,
        "same": not (decisions or workflows or others),
        "decisions": decisions,
        "workflows": workflows,
        "others": others,
        "files": files,
    }


def _files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            status = "added" if path not in old else "removed" if path not in new else "changed"
            yield {"path": path, "status": status}


def _rule_files(project: LoadedProject) -> set[str]:
    """The files that hold decisions, with the tables beside them."""
    assert project.ruleset is not None
    folders = {f"{folder}/" for folder in project.ruleset.layers.found}
    return {path for path in project.files if any(path.startswith(folder) for folder in folders)}


def _of_workflows(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        path: data
        for path, data in files.items()
        if path.startswith(_WORKFLOWS) and not path.endswith(_CASES)
    }


def _content(files: Mapping[str, bytes], path: str) -> bytes | None:
    """What counts of a file: neither a byte order mark nor the kind of line ends."""
    data = files.get(path)
    if data is None or path.endswith(_WORKBOOK):
        return data
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
