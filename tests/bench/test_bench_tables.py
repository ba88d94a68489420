"""The measured rules: the same table, three times."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench import floor
from bench.tables import DECISION, Table, equality_table, range_table, requests
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import load

AT = parse_timestamp("2026-11-27T12:00:00Z")
TABLES = [equality_table(10), equality_table(1_000), range_table(10), range_table(1_000)]
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


def test_the_floor_finds_nothing_where_no_row_fits() -> None:
    assert floor.scanner(range_table(10))({"order": {"weight": 99, "total": 1}}) is None
