"""The peers: each answers as the rows say, and one that breaks down is left out."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from bench.measuring import QUICK, Contender, ContenderLost, check_answers, interleaved
from bench.peers import durable, floor, linear, zen
from bench.tables import Table, equality_table, pairs_table, range_table, requests

TABLES = [equality_table(10), range_table(100), pairs_table(40)]
NAMES = [f"{table.name}-{len(table.rows)}" for table in TABLES]
built = pytest.mark.skipif(durable.missing() is not None, reason="durable-rules is not built")


def outcomes(table: Table) -> list[Any]:
    return [each.outcome for each in requests(table, 100, seed=5)]


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
@pytest.mark.parametrize("peer", linear.MISSING)
def test_conditions_asked_in_turn_find_the_row(peer: str, table: Table) -> None:
    if linear.MISSING[peer]:
        pytest.skip(linear.MISSING[peer])
    contender = linear.contenders(table, requests(table, 100, seed=5))[peer]
    assert check_answers(peer, contender, outcomes(table), 60) == 100


@pytest.mark.skipif(zen.MISSING is not None, reason="zen-engine is not installed")
@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_zen_finds_the_row_from_text_and_from_parsed_facts(table: Table) -> None:
    plain, traced = zen.evaluator(table), zen.evaluator(table, trace=True)
    for request in requests(table, 100, seed=5):
        assert plain(request.text)["result"] == request.outcome
        reply = traced(json.loads(request.text))
        assert reply["result"] == request.outcome
        assert reply["trace"]


def test_the_floor_finds_nothing_where_no_row_fits() -> None:
    assert floor.scanner(range_table(10))({"order": {"weight": 99, "total": 1}}) is None


@built
@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_durable_rules_finds_the_row_and_takes_its_time_itself(table: Table) -> None:
    with durable.contender(table, requests(table, 100, seed=5)) as contender:
        assert check_answers(durable.NAME, contender, outcomes(table), 60) == 100
        assert contender.seconds(range(98, 130)) > 0


@built
def test_a_peer_whose_process_dies_is_left_out_of_the_rounds_and_told() -> None:
    table = equality_table(10)
    with durable.contender(table, requests(table, 10, seed=5)) as contender:
        killer = Contender(_kill, [contender.ask.__self__.pid], bool)  # type: ignore[attr-defined]
        lost: dict[str, str] = {}
        rounds = interleaved({"killer": killer, "killed": contender}, QUICK, lost)
        assert list(rounds) == ["killer"]
        assert lost == {"killed": "its process ended with status -9"}
        with pytest.raises(ContenderLost):
            contender.ask(0)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@built
def test_a_set_that_is_too_large_for_durable_rules_is_told() -> None:
    with (
        pytest.raises(ContenderLost, match="a set may have 4,096 rules at most"),
        durable.contender(range_table(10_000), []),
    ):
        raise AssertionError("nothing may be compiled")
