"""The pages beside this file: what a rule author may rely on, told and tested in one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from markdown_pages import Section, read_page
from scenarios import Scenario

FOLDER = Path(__file__).parent
PAGES = sorted(FOLDER.glob("*.md"))
SECTIONS = [section for page in PAGES for section in read_page(page) if section.blocks]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_section_holds(section: Section, tmp_path: Path) -> None:
    Scenario(section, tmp_path).run()


def test_the_first_page_names_all_others() -> None:
    named = re.findall(r"^\| \[(.+\.md)\]\(\1\) \|", (FOLDER / "README.md").read_text("utf-8"), re.M)
    assert sorted(["README.md", *named]) == [page.name for page in PAGES]


def test_no_two_sections_have_one_name() -> None:
    names = [section.name for section in SECTIONS]
    assert sorted(set(names)) == sorted(names)
