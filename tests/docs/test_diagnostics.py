"""The pages on diagnostics: one a code; its examples give what it shows, and what it mends loads."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import rulesflow
from markdown_pages import Section, read_page
from page_projects import Project
from rulesflow.documents.folder import Folder
from rulesflow.model.rendering import as_text
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.reloader import Reloader
from scenarios import Scenario

FOLDER = Path(__file__).parents[2] / "docs" / "diagnostics"
DEFECT = FOLDER / "RF900.md"
NO_ENGINE = FOLDER / "RF816.md"
BASE = read_page(FOLDER / "README.md")[0].files
PAGES = sorted(FOLDER.glob("RF*.md"))
SECTIONS = [section for page in PAGES for section in read_page(page) if section.blocks]


def _title(page: Path) -> str:
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ")


def _codes_in_source() -> set[str]:
    texts = (file.read_text("utf-8") for file in Path(rulesflow.__file__).parent.rglob("*.py"))
    return {code for text in texts for code in re.findall(r"\bRF\d{3}\b", text)}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_an_example_gives_what_its_page_shows(section: Section, tmp_path: Path) -> None:
    Scenario(section, tmp_path, base=BASE, excerpts=True).run()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in (DEFECT, NO_ENGINE)], ids=lambda page: page.stem
)
def test_a_page_shows_its_code_and_how_to_mend_it(page: Path) -> None:
    sections = [section for section in read_page(page) if section.blocks]
    mended = [section for section in sections if section.titles[-1].startswith("Mended")]
    shown = [section for section in sections if section not in mended]
    assert _title(page).startswith(f"{page.stem}: ")
    for section in shown:
        printed = next(block.text for block in section.blocks if block.words == "diagnostics")
        assert re.search(f" (error|warning) {page.stem} ", printed), section.name
    assert 0 < len(shown) <= len(mended), "an example is not mended"


def test_the_page_on_defects_shows_what_the_reloader_reports(tmp_path: Path) -> None:
    def defective(_: Folder) -> LoadedProject:
        raise KeyError

    catalog = Catalog()
    reloader = Reloader(tmp_path, catalog, defective)
    reloader.start().result(timeout=20)
    reloader.stop()
    assert catalog.state.failure is not None
    assert f"    {as_text(catalog.state.failure.diagnostics, {})}" in DEFECT.read_text("utf-8")


def test_the_page_on_a_missing_engine_shows_what_loading_says_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)  # which makes it impossible to find
    project = Project(tmp_path)
    for block in (*BASE, *read_page(FOLDER / "RF801.md")[1].files):
        project.lay(block)
    mended = project.folder / "patterns" / "card-testing.yaml"
    mended.write_text(mended.read_text("utf-8").replace("payment.decline}", "payment.declined}"))
    found = project.loaded.diagnostics
    assert len(found) == 1 and project.loaded.patterns
    assert f"    {as_text(found, {})}" in NO_ENGINE.read_text("utf-8")


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {page.stem for page in PAGES} == _codes_in_source()


def test_the_index_names_every_page_by_its_title() -> None:
    rows = re.findall(
        r"^\| \[(RF\d{3})\]\((RF\d{3}\.md)\) \| (.+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.M
    )
    assert [(f"{code}: {title}", link) for code, link, title in rows] == [
        (_title(page), page.name) for page in PAGES
    ]
