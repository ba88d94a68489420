"""Measuring: turns, medians, ratios, and answers before times."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from itertools import groupby
from pathlib import Path
from time import process_time

import pytest
from rich.console import Console

from bench import markdown, report
from bench.measuring import (
    OURS,
    QUICK,
    Bar,
    Comparison,
    Contender,
    ContenderLost,
    Result,
    WrongAnswer,
    at_least,
    at_most,
    check_answers,
    faster,
    in_turn,
    interleaved,
)

COMPARISON = Comparison(
    "ten rules",
    "decide",
    "µs",
    {OURS: [30.0, 10.0, 100.0], "peer": [5.0, 5.0, 10.0], "floor": [1.5, 0.5, 5.0]},
)


def work(seconds: float) -> None:
    """Use the processor for so long."""
    ends = process_time() + seconds
    while process_time() < ends:
        pass


def same(value: object) -> object:
    return value


def test_the_median_of_the_rounds_counts_and_for_ratios_that_of_the_ratios() -> None:
    assert COMPARISON.medians == {OURS: 30, "peer": 5, "floor": 1.5}
    assert COMPARISON.ratios == {"peer": 6, "floor": 20}
    drifting = Comparison("", "", "s", {OURS: [1.0, 2.0, 8.0], "peer": [1.0, 4.0, 2.0]})
    assert drifting.medians == {OURS: 2, "peer": 2}
    assert drifting.ratios == {"peer": 1}


def test_contenders_take_turns_in_an_order_that_changes_from_round_to_round() -> None:
    asked: list[str] = []
    contenders = {
        name: Contender(lambda _, name=name: asked.append(name), ["?"], same)  # type: ignore[misc]
        for name in ("a", "b", "c")
    }
    rounds = interleaved(contenders, QUICK)
    assert all(len(values) == QUICK.rounds for values in rounds.values())
    turns = "".join(name for name, _ in groupby(asked))
    orders = ["".join(in_turn("abc", turn)) for turn in range(QUICK.rounds)]
    assert turns == "".join(name for name, _ in groupby("".join(orders)))
    assert len({*orders}) > 1
    assert {"".join(sorted(order)) for order in orders} == {"abc"}


def test_turns_go_on_from_question_to_question_and_the_fast_are_asked_all() -> None:
    asked: list[int] = []
    slow = Contender(lambda number: (asked.append(number), work(QUICK.turn))[0], [1, 2, 3], same)
    interleaved({"slow": slow}, QUICK)
    assert asked[-QUICK.rounds :] == [1, 2, 3, 1, 2]
    asked.clear()
    interleaved({"fast": Contender(asked.append, [1, 2, 3], same)}, QUICK)
    assert asked.count(1) > QUICK.rounds
    assert asked[-3:] == [1, 2, 3]


def test_who_breaks_down_is_told_and_the_others_go_on() -> None:
    def fail(_: object) -> None:
        raise ContenderLost("it is gone")

    contenders = {"whole": Contender(same, [1], same), "broken": Contender(fail, [1], same)}
    lost: dict[str, str] = {}
    assert [len(values) for values in interleaved(contenders, QUICK, lost).values()] == [QUICK.rounds]
    assert lost == {"broken": "it is gone"}
    with pytest.raises(ContenderLost):
        interleaved(contenders, QUICK)


def test_a_bar_is_met_or_missed_by_the_ratio_or_by_our_own_figure() -> None:
    def verdict(bar: Bar, ours: float, theirs: float) -> bool:
        return Comparison("", "", "s", {OURS: [ours], "peer": [theirs]}, {"peer": bar}).verdicts["peer"]

    assert verdict(at_most(3), 3, 1)
    assert not verdict(at_most(3), 3.1, 1)
    assert verdict(at_least(0.9), 0.95, 1)
    assert not verdict(at_least(0.9), 0.85, 1)
    assert verdict(faster(500), 1, 501)
    assert not verdict(faster(500), 1, 499)
    own = Comparison("", "", "s", {OURS: [0.1, 0.2, 0.9]}, {OURS: at_most(0.3), "absent": faster(5)})
    assert own.verdicts == {OURS: True}


def test_the_table_shows_bars_and_the_missed_are_told() -> None:
    missed = replace(COMPARISON, bars={"peer": faster(5), "floor": at_most(20), OURS: at_most(0.5)})
    result = Result("decide", "Deciding", [missed])
    console = Console(width=120, record=True, file=StringIO())
    report.show(result, console)
    text = console.export_text()
    for words in ("≥ 5 × faster", "≤ 20 ×", "≤ 0.5 µs", "met", "missed"):
        assert words in text
    assert report.missed([result]) == [
        "decide, ten rules: decide beside peer",
        "decide, ten rules: decide",
    ]


def test_figures_have_two_or_three_digits() -> None:
    shown = {value: report.digits(value) for value in (12345.6, 99.96, 3.14159, 0.25, 0.0123, 0.00018, 0)}
    assert list(shown.values()) == ["12,346", "100.0", "3.14", "0.25", "0.012", "0.00018", "0.00"]


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
    assert "6.00 × its time" in text
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
            "bars": {},
            "rounds": {"rulesflow": [30, 10, 100], "peer": [5, 5, 10], "floor": [1.5, 0.5, 5]},
        }
    ]
    assert found["quick"]


def test_the_tables_of_a_file_are_markdown(tmp_path: Path) -> None:
    barred = replace(COMPARISON, bars={"peer": at_most(3), "floor": at_most(20)})
    path = report.write([Result("decide", "", [barred])], report.heading(quick=True), tmp_path / "x.json")
    head, _, *table = markdown.tables(json.loads(path.read_text()))
    assert "cores" in head
    assert table == [
        "| decide | rulesflow | beside | | that is | bar |",
        "| --- | ---: | --- | ---: | ---: | --- |",
        "| ten rules: decide | 30.0 µs | peer | 5.00 µs | 6.00 × its time | ≤ 3 ×, **missed** |",
        "|  |  | floor | 1.50 µs | 20.0 × its time | ≤ 20 ×, met |",
    ]
