"""Measuring: turns, medians, ratios, and answers before times."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench import report
from bench.measuring import (
    OURS,
    QUICK,
    Comparison,
    Contender,
    Result,
    WrongAnswer,
    check_answers,
    interleaved,
)

COMPARISON = Comparison(
    "ten rules",
    "decide",
    "µs",
    {OURS: [30.0, 10.0, 100.0], "peer": [5.0, 5.0, 10.0], "floor": [1.5, 0.5, 5.0]},
)


def same(value: object) -> object:
    return value


def test_the_median_of_the_rounds_counts_and_for_ratios_that_of_the_ratios() -> None:
    assert COMPARISON.medians == {OURS: 30, "peer": 5, "floor": 1.5}
    assert COMPARISON.ratios == {"peer": 6, "floor": 20}
    drifting = Comparison("", "", "s", {OURS: [1.0, 2.0, 8.0], "peer": [1.0, 4.0, 2.0]})
    assert drifting.medians == {OURS: 2, "peer": 2}
    assert drifting.ratios == {"peer": 1}


def test_contenders_take_turns_and_each_begins_a_round() -> None:
    asked: list[str] = []
    contenders = {
        name: Contender(lambda _, name=name: asked.append(name), ["?"], same)  # type: ignore[misc]
        for name in ("a", "b", "c")
    }
    rounds = interleaved(contenders, QUICK)
    assert all(len(values) == QUICK.rounds for values in rounds.values())
    turns = [name for name, before in zip(asked, ["", *asked], strict=False) if name != before]
    assert "".join(turns).endswith("abcbcacababcbca")


def test_a_wrong_answer_is_told_before_any_time_is_taken() -> None:
    contender = Contender(lambda number: number % 7, [5, 6, 7], same)
    with pytest.raises(WrongAnswer, match="peer answers 0 where 7 is right, asked 7"):
        check_answers("peer", contender, [5, 6, 7])
    assert check_answers("peer", contender, [5, 6, 0]) == 3


def test_a_slow_contender_is_checked_as_far_as_the_time_goes() -> None:
    assert check_answers("slow", Contender(same, [1, 2], same), [1, 99], seconds=0) == 1


def test_the_table_shows_medians_ratios_notes_and_who_was_skipped() -> None:
    console = Console(width=120, record=True, file=StringIO())
    report.show(Result("decide", "Deciding", [COMPARISON], ["A note."], {"absent": "not here"}), console)
    text = console.export_text()
    assert "30.0 µs" in text
    assert "6.00" in text
    assert "A note." in text
    assert "absent was skipped: not here" in text


def test_the_file_holds_the_machine_and_every_row(tmp_path: Path) -> None:
    result = Result("decide", "Deciding", [COMPARISON], ["A note."], {"absent": "not here"})
    path = report.write([result], report.heading(quick=True), tmp_path / "new" / "x.json")
    found = json.loads(path.read_text())
    assert found["machine"]["python"].split()[1].startswith("3.")
    assert found["skipped"] == {"decide": {"absent": "not here"}}
    assert found["rows"] == [
        {
            "run": "decide",
            "case": "ten rules",
            "measure": "decide",
            "unit": "µs",
            "medians": {"rulesflow": 30, "peer": 5, "floor": 1.5},
            "ratios": {"peer": 6, "floor": 20},
            "rounds": {"rulesflow": [30, 10, 100], "peer": [5, 5, 10], "floor": [1.5, 0.5, 5]},
        }
    ]
    assert found["quick"]
