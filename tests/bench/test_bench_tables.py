"""The measured rules: exactly one row fits each request, and rulesflow finds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.peers import floor
from bench.tables import (
    DECISION,
    OVERLAP,
    Table,
    equality_table,
    many_files,
    pairs_table,
    range_table,
    requests,
    write_project,
)
from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import load

AT = parse_timestamp("2026-11-27T12:00:00Z")
TABLES = [
    equality_table(10),
    equality_table(1_000),
    range_table(10),
    range_table(1_000),
    pairs_table(10),
    pairs_table(1_000),
]
NAMES = [f"{table.name}-{len(table.rows)}" for table in TABLES]


def fits(row: Any, table: Table, facts: Any) -> bool:
    values = [facts["order"][column.removeprefix("order.")] for column in table.columns]
    return all(
        value == cell if isinstance(cell, str) else cell[0] <= value < cell[1]
        for value, cell in zip(values, row.cells, strict=True)
    )


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_exactly_one_row_fits_each_request_and_every_row_fits_some(table: Table) -> None:
    seen = set()
    asked = requests(table, len(table.rows), seed=1)
    for request in asked[:100]:
        facts = json.loads(request.text)
        assert [row.outcome for row in table.rows if fits(row, table, facts)] == [request.outcome]
    seen = {request.outcome["row"] for request in asked}
    assert seen == {row.name for row in table.rows}


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_rulesflow_and_the_floor_give_the_outcome_that_is_right(table: Table) -> None:
    loaded = load(table.files())
    assert loaded.ruleset is not None, loaded.diagnostics
    scan = floor.scanner(table)
    for request in requests(table, 200, seed=2, lines=2):
        answer = loaded.ruleset.decide(DECISION, read_json(request.text), AT)
        found = scan(json.loads(request.text))
        assert answer.result == request.outcome
        assert found == (request.outcome, answer.matched[0].rule)


def test_requests_are_distinct_and_the_same_for_the_same_seed() -> None:
    table = equality_table(10)
    once, again, other = (requests(table, 500, seed) for seed in (3, 3, 4))
    assert len({request.text for request in once}) == 500
    assert once == again
    assert once != other


def test_requests_are_spread_over_a_table_that_is_longer_than_they_are_many() -> None:
    numbers = sorted(request.outcome["rate"] for request in requests(range_table(10_000), 200, seed=3))
    assert numbers == list(range(0, 10_000, 50))


def test_the_large_table_has_350_pairs_and_its_ranges_overlap_on_both_numbers() -> None:
    table = pairs_table(100_000)
    pairs: dict[Any, list[Any]] = {}
    for row in table.rows:
        pairs.setdefault(row.cells[:2], []).append(row)
    assert len(table.rows) == 100_000
    assert {len(rows) for rows in pairs.values()} == {285, 286}
    assert len(pairs) == 350
    for rows in pairs.values():
        weights, totals = zip(*(row.cells[2:] for row in rows), strict=True)
        middle = weights[100][0], totals[100][0]
        assert sum(low <= middle[0] < high for low, high in weights) == OVERLAP
        assert sum(low <= middle[1] < high for low, high in totals) == OVERLAP
    for request in requests(table, 500, seed=4):
        facts = json.loads(request.text)
        rows = pairs[facts["order"]["country"], facts["order"]["category"]]
        assert [row.outcome for row in rows if fits(row, table, facts)] == [request.outcome]


def test_a_project_of_many_files_loads(tmp_path: Path) -> None:
    loaded = load(read_folder(write_project(tmp_path / "rules", many_files(3))).files)
    assert loaded.ruleset is not None, loaded.diagnostics
    assert sorted(loaded.ruleset.decisions) == ["tariff_000", "tariff_001", "tariff_002"]
