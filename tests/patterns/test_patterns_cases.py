"""Cases of patterns: what a file may say, what they show, and what a failing one tells."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from pattern_projects import FILES, case, cases, declined, load
from rulesflow.patterns.casereport import run_pattern_cases
from rulesflow.runtime.vetting import failing_cases

needs_engine = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
TWO = [declined(0, "a"), declined(1, "b")]


def failures(*texts, pattern="two-cards"):
    """What the cases tell, None where all is well."""
    loaded = load(cases(*texts, pattern=pattern))
    assert loaded.ruleset is not None, loaded.diagnostics
    return [each.failure for each in run_pattern_cases(loaded.patterns, loaded.pattern_cases).results]


def told(*texts, pattern="two-cards"):
    """The diagnostics, a line each."""
    loaded = load(cases(*texts, pattern=pattern))
    assert (loaded.ruleset is None) == bool(loaded.diagnostics)
    return [f"{each.span.line} {each.code} {each.message}" for each in loaded.diagnostics]


@needs_engine
def test_a_match_is_expected_by_names_or_as_a_list_with_or_without_its_key():
    expected = [
        "[{events: {first: 1, second: 2}}]",
        '[{events: {second: "2", first: "1"}, key: d}]',
        "[{events: [2, 1]}]",
        "[{events: [1, 2], key: d}]",
    ]
    assert failures(*(case(f"c{n}", TWO, each) for n, each in enumerate(expected))) == [None] * 4


@needs_engine
def test_events_may_stand_in_any_order_have_ids_and_be_too_far_apart():
    late = case(
        "late", [declined(5, "b", more=", id: b"), declined(0, "a", more=", id: a")], "[{events: [a, b]}]"
    )
    far = case("far", [declined(0, "a"), declined(11, "b")], "[]")
    others = case("others", [declined(0, "a"), declined(1, "b", device="e")], "[]")
    assert failures(late, far, others, case("none at all", [], "[]")) == [None] * 4


@needs_engine
def test_what_matched_instead_is_told_by_the_ids_of_the_case():
    three = [declined(0, "a"), declined(1, "b"), declined(2, "a")]
    assert failures(
        case("other names", TWO, "[{events: {first: 2, second: 1}}]"),
        case("another key", TWO, "[{events: [1, 2], key: e}]"),
        case("nothing", [declined(0, "a"), declined(1, "a")], "[{events: [1, 2]}]"),
        case("one too many", TWO, "[]"),
        case("one of two", three, "[{events: [1, 2]}]"),
        case("twice", TWO, "[{events: [1, 2]}, {events: [2, 1]}]"),
    ) == [
        'expected a match of first: 2, second: 1; what matched is first: 1, second: 2 (key "d")',
        'expected a match of 1, 2 (key "e"); what matched is first: 1, second: 2 (key "d")',
        "expected a match of 1, 2; nothing else matched",
        'expected no match of first: 1, second: 2 (key "d")',
        'expected no match of first: 2, second: 3 (key "d")',
        "expected a match of 1, 2; nothing else matched",
    ]


@needs_engine
def test_a_condition_that_fails_is_a_failure_of_the_case():
    (failure,) = failures(case("none", [declined(0, "a", amount=0), declined(1, "b")], "[]"))
    assert failure.startswith("a condition fails on event 1, 2: ")


@needs_engine
def test_absence_is_judged_once_its_time_is_over():
    placed = '{type: order.placed, time: "2026-11-20T10:00:00Z", data: {order_id: o}}'
    captured = '{{type: payment.captured, time: "2026-11-20T10:{}:00Z", data: {{order_id: o}}}}'
    assert failures(
        case("unpaid", [placed], "[{events: {placed: 1}, key: o}]"),
        case("paid at the last moment", [placed, captured.format(30)], "[]"),
        case("paid too late", [placed, captured.format(31)], "[{events: [1]}]"),
        pattern="unpaid",
    ) == [None, None, None]


@needs_engine
def test_a_pattern_is_covered_once_a_case_has_shown_it():
    loaded = load(cases(case("two", TWO, "[{events: [1, 2]}]"), case("none", [], "[]")))
    report = run_pattern_cases(loaded.patterns, loaded.pattern_cases)
    assert [(each.pattern, each.cases) for each in report.coverage] == [("two-cards", 1), ("unpaid", 0)]
    assert [(each.file, each.line) for each in report.uncovered] == [("patterns/unpaid.yaml", 2)]


@needs_engine
def test_failing_cases_keep_a_project_from_being_activated():
    (found,) = failing_cases(load(cases(case("two", TWO, "[]"))))
    assert (found.code, found.span.file, found.span.line) == ("RF610", "patterns/two-cards.cases.yaml", 3)


def test_without_the_engine_each_case_fails_and_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (failure,) = failures(case("two", TWO, "[]"))
    assert "pip install --no-cache-dir 'rulesflow[patterns]'" in failure


def test_a_time_without_offset_is_local():
    event = declined(0, "a").replace("00Z", "00")
    loaded = load(cases(case("local", [event], "[]")))
    assert str(loaded.pattern_cases[0].events[0].ts) == "2026-11-20T09:00:00Z"


def test_all_that_is_wrong_with_a_file_is_told_at_once():
    events = [
        '{type: payment.decline, time: "2026-11-20T10:00:00Z", data: {}}',
        '{type: payment.declined, time: "yesterday", data: {device_id: d, card: 1, amount: 1}}',
        '{type: payment.captured, time: "2026-11-20T10:00:00Z", data: {}, id: "2", more: 1}',
        "{type: payment.captured, data: {}}",
    ]
    assert (
        told(case("one", events, "[{events: {first: 1, third: 9}}, {events: [1]}, {events: 1}, {key: 1}]"))
        == [
            "5 RF851 events.yaml has no type 'payment.decline'",
            "6 RF314 'yesterday' is not an RFC 3339 timestamp such as 2026-11-27T08:00:00Z",
            "6 RF852 data.card of payment.declined: must be a string; it is 1",
            "7 RF101 unknown key 'more' in an event",
            "7 RF852 data.order_id of payment.captured: must be present",
            "7 RF853 two events have the id '2'; the other stands in line 6",
            "8 RF103 an event lacks the key 'time'",
            "9 RF102 events is a list of ids or a mapping, not the number 1",
            "9 RF103 a match lacks the key 'events'",
            "9 RF854 pattern two-cards has no event 'third'",
            "9 RF854 the case has no event of the id '9'",
            "9 RF854 the match lacks second",
            "9 RF854 a match of two-cards has 2 different events",
        ]
        or told
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pattern: two-card\ncases: []\n", "RF850"),
        ("pattern: unpaid\ncases: []\n", "RF850"),
        ("pattern: two-cards\n", "RF103"),
        ("cases: []\n", "RF103"),
        ("[]\n", "RF102"),
        ("pattern: two-cards\ncases: {}\n", "RF102"),
        ("pattern: two-cards\ncases: [1]\n", "RF102"),
        ("pattern: two-cards\ncases:\n  - {case: a, events: []}\n", "RF103"),
        ("pattern: [two-cards\n", "RF002"),
        ("pattern: two-cards\ncases:\n  - &a {case: a, events: [], expect: []}\n", "RF004"),
        (f"pattern: two-cards\ncases:\n{case('a', [], '[]')}{case('a', [], '[]')}", "RF602"),
    ],
)
def test_a_file_of_another_shape_is_refused(text, code):
    found = load({"patterns/two-cards.cases.yaml": text}).diagnostics
    assert {each.code for each in found} == {code}


def test_cases_are_read_where_all_else_is_without_error():
    wrong = {**cases("nonsense"), "patterns/unpaid.yaml": FILES["patterns/unpaid.yaml"].replace("30m", "30")}
    assert {each.span.file for each in load(wrong).diagnostics} == {"patterns/unpaid.yaml"}
