"""The state of an alert: held long enough it opens, well for long enough it closes."""

from __future__ import annotations

from hypothesis import given, strategies as st

from rulesflow.watch.alertstate import GAP, Look, Standing, advance

_SECOND = 1_000_000
_LOOKS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([True, False, None]), st.sampled_from([True, False, None])),
    max_size=60,
)
_HOLDS = st.integers(0, 60)


def _told(looks: list[Look], hold: float, clear_hold: float) -> list[tuple[int, str]]:
    standing = Standing()
    told: list[tuple[int, str]] = []
    for number, look in enumerate(looks):
        standing, what = advance(standing, look, hold, clear_hold)
        if what is not None:
            told.append((number, what))
    return told


def _looks(found: list[tuple[int, bool | None, bool | None]]) -> list[Look]:
    at, looks = 10**15, []
    for pause, when, clear in found:
        at += pause * _SECOND
        looks.append(Look(at, when, clear))
    return looks


def _held(looks: list[Look], number: int, seconds: int, of: str) -> bool:
    """Whether every look of the last seconds up to this one found it true, with no gap between them."""
    last = looks[number]
    while getattr(looks[number], of) is True:
        if last.at - looks[number].at >= seconds * _SECOND:
            return True
        if number == 0 or looks[number].at - looks[number - 1].at > GAP:
            return False
        number -= 1
    return False


@given(_LOOKS, _HOLDS, _HOLDS)
def test_it_opens_only_after_when_has_held_and_closes_only_after_clear_has(
    found: list[tuple[int, bool | None, bool | None]], hold: int, clear_hold: int
) -> None:
    looks = _looks(found)
    for number, what in _told(looks, hold, clear_hold):
        if what == "opened":
            assert _held(looks, number, hold, "when")
        else:
            assert _held(looks, number, clear_hold, "clear")


@given(_LOOKS, _HOLDS, _HOLDS)
def test_openings_and_closings_take_turns(
    found: list[tuple[int, bool | None, bool | None]], hold: int, clear_hold: int
) -> None:
    told = [what for _, what in _told(_looks(found), hold, clear_hold)]
    assert told == [("opened", "closed")[number % 2] for number in range(len(told))]


def test_what_cannot_be_told_neither_opens_nor_closes() -> None:
    looks = _looks([(5, True, False), *[(5, None, None)] * 20])
    assert _told(looks, 0, 0) == [(0, "opened")]
    assert _told(looks[1:], 0, 0) == []
