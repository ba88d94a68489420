from __future__ import annotations

from itertools import permutations

from hypothesis import given, strategies as st

from rulesflow.model.order import moved

orders = st.permutations(list("abcdefgh")).flatmap(
    lambda one: st.tuples(st.just(one), st.permutations(list("abcdefghxyz")))
)


def test_what_stands_as_it_stood_has_not_moved() -> None:
    assert moved("abc", "abc") == frozenset()
    assert moved("abc", "xaybzc") == frozenset()
    assert moved("axbyc", "abc") == frozenset()
    assert moved("", "abc") == frozenset()


def test_one_that_goes_elsewhere_is_the_one_that_moved() -> None:
    assert moved("abcde", "bcdea") == {"a"}
    assert moved("abcde", "eabcd") == {"e"}
    assert moved("abcde", "acdbe") == {"b"}


@given(orders)
def test_the_other_way_round_it_is_the_same(pair: tuple[list[str], list[str]]) -> None:
    one, other = pair
    assert moved(one, other) == moved(other, one)


@given(orders)
def test_the_others_stand_in_one_order(pair: tuple[list[str], list[str]]) -> None:
    one, other = pair
    away = moved(one, other)
    stay = [name for name in one if name in other and name not in away]
    assert stay == [name for name in other if name in one and name not in away]


def test_they_are_as_few_as_can_be() -> None:
    names = list("abcde")
    for order in permutations(names):
        longest = max(
            len(chain)
            for mask in range(32)
            if (chain := [name for spot, name in enumerate(names) if mask >> spot & 1])
            == [name for name in order if name in chain]
        )
        assert len(moved(names, list(order))) == len(names) - longest
