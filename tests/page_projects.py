"""The project that a page's files make, on a disk, and what loading it gives."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from example_steps import STEPS
from markdown_pages import Block
from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json
from rulesflow.model.diagnostics import Diagnostic
from rulesflow.model.rendering import as_text
from rulesflow.rules import Ruleset
from rulesflow.runtime.project import LoadedProject, load_project
from workbooks import workbook

#: No file of the project: the facts of a page's requests.
FACTS = "facts.json"


class Project:
    """The files of a section, on a disk, and what loading them gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: Any = {}

    def lay(self, block: Block) -> None:
        """Write a block's file, over one of the same path."""
        self.__dict__.pop("loaded", None)
        assert block.file
        if block.file == FACTS:
            self.facts = read_json(block.text.encode())
            return
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(block))

    @cached_property
    def loaded(self) -> LoadedProject:
        """The folder, read and loaded with the steps of the examples."""
        folder = read_folder(self.folder)
        return load_project(folder.files, folder.diagnostics, steps=STEPS)

    @property
    def ruleset(self) -> Ruleset:
        """What was loaded, which must be without error."""
        assert self.loaded.ruleset is not None, headlines(self.loaded.diagnostics)
        return self.loaded.ruleset

    def ruleset_with(self, path: str, text: str) -> Ruleset:
        """The ruleset with one more file."""
        loaded = load_project({**self.loaded.files, path: text.encode()}, steps=STEPS)
        assert loaded.ruleset is not None, headlines(loaded.diagnostics)
        return loaded.ruleset


def headlines(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Diagnostics, a line each."""
    return as_text(diagnostics, {})


def _content(block: Block) -> bytes:
    if block.file and block.file.endswith(".xlsx") and block.language == "csv":
        return workbook(block.text, block.options.get("merged"))
    text = block.text.replace("\n", "\r\n") if block.options.get("lines") == "crlf" else block.text
    data = text.encode(block.options.get("encoding", "utf-8"))
    if "repeated" in block.options:  # the last line, until the file has that size
        size = int(block.options["repeated"].removesuffix("MiB")) * 1024 * 1024
        last = data.splitlines(keepends=True)[-1]
        data += last * ((size - len(data)) // len(last) + 1)
    return data
