"""Markdown pages that are tests: cut into sections at their headings, with the fenced blocks of each.

A line above a block that holds nothing but a path in backquotes names the file that the block is::

    `base/refund.yaml`:

    ```yaml
    decision: refund
    ```

Any other block says behind its language what it is, in words and ``key=value`` pairs, and belongs to whoever
runs the page. A section starts with the files of the sections around it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"(`{3,})(\w*) *(.*)")
_HEADING = re.compile(r"(#{1,6}) +(.+)")
_CAPTION = re.compile(r"`([^` ]+\.[a-z]+)`:?")


@dataclass(frozen=True)
class Block:
    """A fenced block. ``line``: where its text begins; ``file``: the path that it is to have, or None."""

    line: int
    language: str
    words: str
    options: dict[str, str]
    file: str | None
    text: str


@dataclass
class Section:
    """A heading, the headings above it, and the blocks up to the next one.

    ``above``: the blocks that are files in the sections around it.
    """

    page: Path
    titles: tuple[str, ...]
    above: tuple[Block, ...]
    blocks: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The page and the headings but the first, which is the page's own title."""
        return "/".join((self.page.stem, *self.titles[1:]))

    @property
    def files(self) -> tuple[Block, ...]:
        """All blocks that are files, those of the sections around it first."""
        return (*self.above, *(block for block in self.blocks if block.file))


def read_page(page: Path) -> list[Section]:
    """The sections of a page in their order."""
    sections: list[Section] = []
    open_sections: list[tuple[int, Section]] = []
    for item in _items(page.read_text("utf-8").splitlines()):
        if isinstance(item, Block):
            assert open_sections, f"{page.name}:{item.line}: a block stands above the first heading"
            open_sections[-1][1].blocks.append(item)
            continue
        level, title = item
        open_sections = [(depth, around) for depth, around in open_sections if depth < level]
        titles = (*(around.titles[-1] for _, around in open_sections), title)
        section = Section(page, titles, open_sections[-1][1].files if open_sections else ())
        open_sections.append((level, section))
        sections.append(section)
    return sections


def _items(lines: list[str]) -> Iterator[Block | tuple[int, str]]:
    """Headings, as level and title, and blocks."""
    number, caption = 0, None
    while number < len(lines):
        line = lines[number]
        number += 1
        if heading := _HEADING.fullmatch(line):
            yield len(heading[1]), heading[2]
        elif fence := _FENCE.fullmatch(line):
            end = lines.index(fence[1], number)
            yield _block(fence, number + 1, lines[number:end], caption)
            number = end + 1
        if line.strip():
            named = _CAPTION.fullmatch(line)
            caption = named[1] if named else None


def _block(fence: re.Match[str], line: int, lines: list[str], caption: str | None) -> Block:
    parts = shlex.split(fence[3])
    options = dict(part.split("=", 1) for part in parts if "=" in part)
    words = " ".join(part for part in parts if "=" not in part)
    return Block(line, fence[2], words, options, caption, "".join(f"{each}\n" for each in lines))
