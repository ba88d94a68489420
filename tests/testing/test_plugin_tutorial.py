"""The tutorial for plugin authors is followed to the letter: every command, file and change on the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from markdown_pages import Block, read_page
from trial import Trial

PAGE = Path(__file__).parents[2] / "plugins" / "README.md"
BLOCKS = [block for section in read_page(PAGE) for block in section.blocks]


class Reader:
    """Somebody who does what the page says, in a folder and an environment of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trial = Trial(folder / "venv")

    def follow(self, block: Block) -> None:
        if block.file:
            self.write(block)
        elif block.language == "console":
            self.run(block)
        elif "into" in block.options:
            self.change(block)
        else:
            assert block.text in (self.folder / block.options["in"]).read_text(), block.line

    def write(self, block: Block) -> None:
        path = self.folder / (block.file or "")
        assert not path.exists(), block.line
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)

    def change(self, block: Block) -> None:
        """Apply a difference: what it says of the file as it was stands there once."""
        path = self.folder / block.options["into"]
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text()
        assert text.count(old) == 1, block.line
        path.write_text(text.replace(old, new))

    def run(self, block: Block) -> None:
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            words = shlex.split(line)
            if words[:3] == ["pip", "install", "-e"]:
                self.trial.install(self.folder / words[3])
                continue
            variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
            done = self.trial.run(
                [word for word in words if word.partition("=")[0] not in variables], **variables
            )
            assert _matches(shown, done.stdout + done.stderr), f"$ {line}\n{done.stdout}{done.stderr}"


def _matches(shown: str, printed: str) -> bool:
    """Whether the output is what the page shows; there, ``…`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
    printed = "\n".join(line.rstrip() for line in printed.splitlines())
    return re.fullmatch(pattern, printed.rstrip(), re.DOTALL) is not None


@pytest.mark.slow
def test_whoever_follows_the_page_has_a_plugin_that_a_workflow_uses(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for block in BLOCKS:
        reader.follow(block)


def test_every_block_of_the_page_is_followed() -> None:
    assert len(BLOCKS) > 15
    for block in BLOCKS:
        assert block.file or block.language == "console" or {"in", "into"} & block.options.keys(), block.line


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGE.read_text()):
        assert (PAGE.parent / name).exists(), name
