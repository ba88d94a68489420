"""The fields by which a run is found, and where it stands."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from live_project import START, Shop, drive_of, live_project, order as live_order
from rulesflow.documents.folder import read_folder
from rulesflow.runtime.entries import entry, indexed, indexed_paths
from rulesflow.runtime.fingerprints import fingerprint
from rulesflow.runtime.project import LoadedProject, load_project
from run_project import order, write_run_project
from set_facts import sets, signals, with_patterns

_FACTS = """\
type: object
properties:
  order:
    type: object
    properties:
      region: {enum: [eu, eu/de]}
      total: {type: number, x-indexed: true}
      gift: {type: boolean, x-indexed: true}
      note: {type: string, x-indexed: false}
      buyer: {type: object, properties: {mail: {type: string, x-indexed: true}}}
      lines: {type: array, x-indexed: true, items: {type: string}}
"""


@pytest.fixture
def project(tmp_path: Path) -> LoadedProject:
    folder = write_run_project(tmp_path / "rules")
    (folder / "facts.yaml").write_text(_FACTS)
    for name in ("base", "region/eu"):
        (folder / name / "share.yaml").unlink()
    for path in (folder / "workflows").iterdir():
        path.unlink()
    loaded = load_project(read_folder(folder).files)
    assert loaded.ruleset is not None, loaded.diagnostics
    return loaded


def test_dimensions_of_layers_and_marked_facts_are_indexed(project: LoadedProject) -> None:
    assert indexed_paths(project) == (
        ("order", "region"),
        ("order", "total"),
        ("order", "gift"),
        ("order", "buyer", "mail"),
        ("order", "lines"),
    )


def test_fields_by_which_patterns_find_runs_are_indexed(project: LoadedProject) -> None:
    then = [signals("alert", "order.note", "order.total"), sets("order.gift", "order.buyer.name")]
    patterned = with_patterns(project, then)
    assert indexed_paths(patterned) == (*indexed_paths(project), ("order", "note"))
    given = {"order": {"note": "D-1", "total": Decimal("1.0")}}
    assert indexed(patterned, given) == {"order.total": "1", "order.note": "D-1"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"total": Decimal("1.50")}, {"order.total": "1.5"}),
        ({"total": 3}, {"order.total": "3"}),
        ({"total": Decimal("1E+40")}, {"order.total": "1" + "0" * 40}),
        ({"gift": True}, {"order.gift": "true"}),
        ({"gift": False}, {"order.gift": "false"}),
        ({"total": None, "region": "eu/de"}, {"order.region": "eu/de"}),
        ({"buyer": {"mail": "a@b"}, "note": "x"}, {"order.buyer.mail": "a@b"}),
        ({"buyer": "nobody", "lines": ["x"]}, {}),
        ({}, {}),
    ],
)
def test_a_field_is_found_by_the_text_that_json_writes(
    project: LoadedProject, given: Any, found: dict[str, str]
) -> None:
    assert indexed(project, {"order": given}) == found


@pytest.mark.parametrize("given", [None, [], "text", {"order": None}, {"order": []}])
def test_an_input_of_another_form_has_no_fields(project: LoadedProject, given: Any) -> None:
    assert indexed(project, given) == {}


def test_an_entry_shows_where_the_run_stands() -> None:
    drive = drive_of(live_project(Shop()), live_order())
    shown = entry(drive, "running", 7)
    assert (shown.id, shown.workflow, shown.status, shown.version) == ("run-7", "everything", "running", 7)
    assert shown.at == ("lines/0/take", "lines/1/take")
    assert shown.created_at == shown.updated_at == START
    assert shown.problem is None
    assert shown.fingerprint is None


def test_an_entry_of_an_incident_shows_its_place_and_its_kind() -> None:
    drive = drive_of(live_project(Shop()), live_order(total=0))  # it is shared out among nobody
    shown = entry(drive, "incident")
    assert (shown.where, shown.undo, shown.at) == ("share", False, ("share",))
    assert shown.problem is not None
    assert shown.fingerprint == fingerprint("everything", "share", shown.problem)
    assert entry(drive, "paused").fingerprint is None


def test_a_project_without_rules_indexes_nothing() -> None:
    assert indexed_paths(load_project({})) == ()
    assert indexed(load_project({}), order()) == {}
