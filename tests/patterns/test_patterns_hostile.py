"""Events that kill, hang or mislead the engine when it sees them as they are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from plain_matching import matches, shown
from sample_patterns import CARD_TESTING, compiled, pattern
from streams import event

from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.definition import Failure, Found, PatternRefused

COMPARED = pattern(
    "compared",
    "key",
    "60m",
    {"a": ("thing", None), "b": ("thing", "b.n > a.n")},
)
ALIKE = pattern("alike", "key", "60m", {"a": ("thing", None), "b": ("thing", "b.s == a.s")})


def thing(number, minute=None, **data):
    own = {"key": "k", "n": 1, "s": "x", "b": True, "l": []}
    return event(number, "thing", number if minute is None else minute, **{**own, **data})


def pairs(matcher, pattern, events):
    """The pairs found, which are those of the reference."""
    found = matcher.match([compile_pattern(pattern)], events)
    assert {shown(match) for match in found.matches} == matches([pattern], events)
    return sorted(tuple(match.events.values()) for match in found.matches)


@pytest.fixture(autouse=True)
def nothing_broke(supervisor):
    """No input may cost the worker its life."""
    losses = supervisor.losses
    yield
    assert supervisor.losses == losses


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (2**63 - 1, 2**63),
        (2**64, 2**64 + 1),
        (-(10**33), -(10**33) + 1),
        (9_007_199_254_740_992, 9_007_199_254_740_993),
        (Decimal("1e-7"), Decimal("1.1e-7")),
        (Decimal("1e16"), Decimal("10000000000000000.5")),
        (Decimal("0.1"), Decimal("0.10000000000000000000000000000000001")),
        (Decimal("-1e6144"), Decimal("1e6144")),
        (0, Decimal("1e-6144")),
    ],
)
def test_numbers_that_the_engine_rounds_or_refuses_compare_exactly(matcher, low, high):
    assert pairs(matcher, COMPARED, [thing(1, n=low), thing(2, n=high), thing(3, n=low)]) == [
        ("e1", "e2"),
        ("e3", "e2"),
    ]


def test_equal_numbers_are_equal_however_they_are_written(matcher):
    events = [thing(1, n=1), thing(2, n=Decimal("1.000")), thing(3, n=Decimal("1E+0"))]
    assert pairs(matcher, COMPARED, events) == []


_LONG = "x" * 5_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_LONG + "a", _LONG + "b"),
        ("y" * 65_536 + "x", "x"),
        ("", "x" * 65_536),
        ("5", "5.0"),
        ("a\\u0041", "aA"),
        ('quote"', 'quote\\"'),
        ("\0", ""),
        ("\U0001f600", "\\ud83d\\ude00"),
        ("lrecxtx", "total"),
        ("\ud800", "?"),
        ("null", "true"),
    ],
    ids=lambda text: ascii(text[-12:]),
)
def test_strings_that_the_engine_takes_for_one_differ(matcher, one, other):
    events = [thing(1, s=one), thing(2, s=other), thing(3, s=one)]
    assert pairs(matcher, ALIKE, events) == [("e1", "e3")]


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "more",
    [
        {"id": "1", "sid": "s1", "$s": 1},
        {"phjrejs": "another state", "lrecxtx": 10**9},
        {"id": 1, "one": 0, "pin": 1, "b0": 0, "n0": 5},
        {"a": {"b": 2}, "a.b": 1},
        {"k" * 5_000_000: {"k" * 5_000_000: 1}},
        {f"k{number}": {f"k{number}": number} for number in range(2_000)},
        {"deep": nested(100_000)},
        {"inf": float("inf"), "nan": float("nan"), "none": None, "bytes": b"\xff"},
        {"": "", "\0": "\0"},
    ],
    ids=[
        "id and sid",
        "colliding names",
        "our own names",
        "a dot",
        "5 MB keys",
        "many",
        "deep",
        "no JSON",
        "no name",
    ],
)
def test_what_no_condition_reads_is_not_seen(matcher, more):
    assert pairs(matcher, COMPARED, [thing(1, n=1, **more), thing(2, n=2, **more)]) == [("e1", "e2")]


@pytest.mark.parametrize(
    "wrong",
    [None, True, "2", 2.5, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), [], {}],
    ids=repr,
)
def test_a_value_that_is_not_of_its_type_is_no_match_and_is_told(matcher, wrong):
    events = [thing(1, n=1), thing(2, n=wrong), thing(3, n=2)]
    found = matcher.match([compile_pattern(COMPARED)], events)
    assert [dict(match.events) for match in found.matches] == [{"a": "e1", "b": "e3"}]
    assert {failure.events for failure in found.failures} == {("e2",)}


def test_a_field_that_must_be_there_is_missed(matcher):
    whole, part = thing(1), thing(2)
    del part.data["n"]
    found = matcher.match([compile_pattern(COMPARED)], [whole, part])
    assert not found.matches
    assert found.failures


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, "1"), ("true", True), (0, False), ("k", "K"), ("", "\0")], ids=repr
)
def test_keys_that_look_alike_are_not_one(matcher, one, other):
    assert pairs(matcher, COMPARED, [thing(1, key="k", n=1), thing(2, key="k", n=2)])
    loose = pattern("loose", "any", "60m", {"a": ("thing", None), "b": ("thing", None)})
    events = [thing(1, any=one), thing(2, any=other), thing(3, any=one)]
    assert pairs(matcher, loose, events) == [("e1", "e3")]


@pytest.mark.parametrize("key", [None, float("nan"), Decimal("NaN"), Decimal("sNaN"), [], {}, b"k"], ids=repr)
def test_an_event_without_a_key_is_not_seen(matcher, key):
    loose = pattern("loose", "any", "60m", {"a": ("thing", None)})
    assert not matcher.match([compile_pattern(loose)], [thing(1, any=key), thing(2)]).matches


def test_an_event_that_came_twice_counts_once(matcher):
    events = [thing(1, n=1), thing(1, n=1), thing(2, n=2), thing(1, n=5)]
    found = matcher.match([compile_pattern(COMPARED)], events)
    assert [dict(match.events) for match in found.matches] == [{"a": "e1", "b": "e2"}]


def test_events_with_the_same_content_are_two(matcher):
    assert pairs(matcher, ALIKE, [thing(1, 0), thing(2, 0)]) == [("e1", "e2")]


def test_two_thousand_keys_are_no_states_of_the_engine(matcher):
    events = [thing(number, 0, key=f"k{number // 2}", n=number) for number in range(4_000)]
    found = matcher.match([compile_pattern(COMPARED)], events)
    assert len(found.matches) == 2_000


def test_the_last_test_of_a_join_may_be_false(matcher):
    false = {"a": ("thing", None), "b": ("thing", "b.n == a.n && b.s == a.s && b.n > a.n")}
    assert pairs(matcher, pattern("false", "key", "60m", false), [thing(1), thing(2), thing(3)]) == []


def test_division_by_zero_is_told_and_no_match(matcher):
    divided = {"a": ("thing", None), "b": ("thing", "b.n / a.n > 1 && 10 / b.n > 0")}
    events = [thing(1, n=0), thing(2, n=2), thing(3, n=3)]
    found = matcher.match([compiled("divided", "key", "60m", divided)], events)
    assert {tuple(match.events.values()) for match in found.matches} == {("e2", "e3")}
    assert {failure.message for failure in found.failures} == {"b: division by zero", "division by zero"}


def test_twelve_events_are_joined(matcher):
    twelve = compiled("twelve", "key", "60m", {f"a{number}": ("thing", None) for number in range(12)})
    assert not matcher.match([twelve], [thing(number) for number in range(11)]).matches
    assert len(matcher.match([twelve], [thing(number) for number in range(12)]).matches) == 1
    chain = {
        f"a{number}": ("thing", f"a{number}.n > a{number - 1}.n" if number else None) for number in range(12)
    }
    events = [thing(number, 12 - number, n=number) for number in range(12)]
    (match,) = matcher.match([compiled("chain", "key", "60m", chain)], events).matches
    assert list(match.events.values()) == [f"e{number}" for number in range(12)]


def test_thirteen_events_are_refused():
    with pytest.raises(PatternRefused, match="thirteen has 13 events"):
        compiled("thirteen", "key", "60m", {f"a{number}": ("thing", None) for number in range(13)})


def test_more_tests_than_the_engine_takes_are_asked_in_python(matcher):
    many = " && ".join(f"b.n + {number} > a.n" for number in range(-1, 60))
    events = [thing(1, n=1), thing(2, n=2), thing(3, n=3)]
    found = pairs(
        matcher, pattern("many", "key", "60m", {"a": ("thing", None), "b": ("thing", many)}), events
    )
    assert found == [("e1", "e3")]


def test_more_choices_than_the_engine_takes_are_asked_in_python(matcher):
    choices = " && ".join(f"(a.n > {number} || b.n > a.n + {number})" for number in range(8))
    events = [thing(1, n=1), thing(2, n=20), thing(3, n=3)]
    pairs(matcher, pattern("choices", "key", "60m", {"a": ("thing", None), "b": ("thing", choices)}), events)


def test_hundreds_of_patterns_that_ask_the_same_are_told_apart(matcher):
    events = {"a": ("thing", None), "b": ("thing", "b.n > a.n")}
    same = [compiled(f"p{number}", "key", "60m", events) for number in range(300)]
    found = matcher.match(same, [thing(1, n=1), thing(2, n=2)])
    assert [match.pattern for match in found.matches] == [f"p{number}" for number in range(300)]


def test_events_may_be_thousands_of_years_apart(matcher):
    first, last = thing(1, 0), thing(2, -60 * 24 * 365 * 2_000)
    assert pairs(matcher, ALIKE, [first, last]) == []


def test_a_match_is_withheld_where_it_cannot_be_said_that_an_event_forbids_it(matcher):
    absent = compiled("absent", "key", "60m", {"a": ("thing", "a.b")}, unless=("thing", "10 / unless.n > 5"))
    first, harmless, forbidding, failing = (
        thing(1),
        thing(2, b=False, n=10),
        thing(3, b=False),
        thing(4, b=False, n=0),
    )
    assert len(matcher.match([absent], [first, harmless]).matches) == 1
    assert matcher.match([absent], [first, harmless, forbidding]) == Found()
    (failure,) = matcher.match([absent], [first, harmless, failing]).failures
    assert failure == Failure("absent", ("e1", "e4"), "division by zero")


def test_a_match_that_may_yet_be_forbidden_says_until_when(matcher):
    absent = compiled("absent", "key", "30m", {"a": ("thing", "a.b")}, unless=("thing", "!unless.b"))
    (match,) = matcher.match([absent], [thing(1, 0), thing(2, 30.001, b=False)]).matches
    assert str(match.due) == "2026-11-27T08:30:00Z"
    assert not matcher.match([absent], [thing(1, 0), thing(2, 30, b=False)]).matches


class TestFloods:
    """More than is looked at: what is told is right, and that there is more is told too."""

    @pytest.mark.parametrize("including", [None, "e2999"])
    def test_a_flood_of_declined_cards_ends_soon(self, matcher, including):
        events = [
            event(number, "payment.declined", number / 1_000, device_id="d", card=f"c{number}", amount=1)
            for number in range(3_000)
        ]
        found = matcher.match([compile_pattern(CARD_TESTING)], events, including)
        assert found.cut == {"card-testing"}
        assert len(found.matches) == 1_000
        assert including is None or all(including in match.events.values() for match in found.matches)

    @pytest.mark.parametrize("including", [None, "e0", "e19"])
    def test_twelve_of_twenty_ends_soon(self, matcher, including):
        twelve = compiled("twelve", "key", "60m", {f"a{number}": ("thing", None) for number in range(12)})
        found = matcher.match([twelve], [thing(number) for number in range(20)], including)
        assert found.cut == {"twelve"}
        assert all(len(set(match.events.values())) == 12 for match in found.matches)
