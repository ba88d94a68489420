"""What grows with a run: it never changes, and tells the same as what copies everything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from rulesflow.workflows.altering import replace
from rulesflow.workflows.growing import Tally, Trail

PARTS = st.lists(st.lists(st.integers(), max_size=90).map(tuple), max_size=9)


@given(PARTS, st.slices(300), st.integers(-400, 400))
def test_a_trail_is_as_the_tuple_of_its_items(parts: list[tuple[int, ...]], cut: slice, index: int) -> None:
    trail: Trail[int] = Trail()
    plain: tuple[int, ...] = ()
    for part in parts:
        before, stood = trail, (*trail,)
        trail, plain = trail.plus(part), (*plain, *part)
        assert before == stood, "what it grew from stays as it was"
    assert trail == plain
    assert (len(trail), [*reversed(trail)]) == (len(plain), [*reversed(plain)])
    assert trail[cut] == plain[cut]
    assert hash(trail) == hash(Trail(plain))
    if -len(plain) <= index < len(plain):
        assert trail[index] == plain[index]
    else:
        with pytest.raises(IndexError):
            trail[index]


@given(st.lists(st.integers(0, 200).map(str), max_size=700))
def test_a_tally_counts_as_a_counter_does(names: list[str]) -> None:
    tally, middle = Tally(), Tally()
    for at, name in enumerate(names):
        tally = tally.once_more(name)
        middle = tally if at == len(names) // 2 else middle
    assert tally == Counter(names)
    assert len(tally) == len({*names})
    assert middle == Counter(names[: len(names) // 2 + 1])
    assert tally.get("never") is None


def test_two_can_grow_from_one() -> None:
    one = Trail([1])
    assert [[*each] for each in (one.plus((2,)), one.plus((3,)), one)] == [[1, 2], [1, 3], [1]]
    two = Tally().once_more("a")
    grown = (two.once_more("a"), two.once_more("b"), two)
    assert [dict(each) for each in grown] == [{"a": 2}, {"a": 1, "b": 1}, {"a": 1}]


@dataclass(frozen=True, slots=True)
class _Pair:
    given: int
    other: int = 0


def test_altering_gives_a_copy_with_the_changes() -> None:
    pair = _Pair(1, 2)
    assert (replace(pair, given=3), pair) == (_Pair(3, 2), _Pair(1, 2))
    with pytest.raises(TypeError, match="third"):
        replace(pair, third=4)
