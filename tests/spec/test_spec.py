"""The pages beside this file: what a rule author may rely on, told and tested in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from markdown_pages import Section, read_page
from scenarios import Scenario

PAGES = sorted(Path(__file__).parent.glob("*.md"))
SECTIONS = [section for page in PAGES for section in read_page(page) if section.blocks]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_section_holds(section: Section, tmp_path: Path) -> None:
    Scenario(section, tmp_path).run()


def test_no_two_sections_have_one_name() -> None:
    names = [section.name for section in SECTIONS]
    assert sorted(set(names)) == sorted(names)
