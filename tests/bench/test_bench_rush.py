"""The shape of a Black Friday, and the moments at which its orders come."""

from __future__ import annotations

import pytest

from bench.rush import Rush, lasting

RUSH = Rush(quiet=2, peak=20, before=10, climb=5, lasts=30, after=10, outage_after=5, outage=20)


@pytest.mark.parametrize(
    ("second", "rate"), [(0, 2), (10, 2), (12.5, 11), (15, 20), (45, 20), (47.5, 11), (50, 2), (60, 2)]
)
def test_the_rate_climbs_to_its_peak_and_falls_again(second: float, rate: float) -> None:
    assert RUSH.rate(second) == rate


def test_a_rush_without_a_climb_jumps() -> None:
    jump = Rush(quiet=2, peak=20, before=10, climb=0, lasts=30, after=10, outage_after=5, outage=20)
    assert [jump.rate(second) for second in (9, 10, 40, 41)] == [2, 20, 20, 2]
    assert jump.orders == 640


def test_there_are_as_many_orders_as_the_rates_give() -> None:
    assert RUSH.seconds == 60
    assert RUSH.orders == 2 * 20 + 11 * 10 + 20 * 30
    assert RUSH.outage_at == 20


def test_orders_come_at_the_same_moments_for_the_same_seed_earliest_first() -> None:
    times = RUSH.times(RUSH.orders, 7)
    assert times == RUSH.times(RUSH.orders, 7) == sorted(times)
    assert times != RUSH.times(RUSH.orders, 8)
    assert 0 <= times[0] <= times[-1] <= RUSH.seconds


def test_orders_come_as_the_rates_have_it() -> None:
    times = RUSH.times(20_000, 7)
    peak = sum(15 <= second < 45 for second in times) / len(times)
    assert peak == pytest.approx(600 / 750, abs=0.02)


@pytest.mark.parametrize(("orders", "peak", "outage"), [(1_000, 14, 30), (5_000, 14, 30), (60, 8, 3)])
def test_a_rush_of_so_many_orders_has_its_outage_within_the_peak(
    orders: int, peak: float, outage: float
) -> None:
    rush = lasting(orders, peak, outage)
    assert rush.orders == orders
    assert rush.rate(rush.outage_at) == rush.rate(rush.outage_at + outage) == peak
    assert rush.peak == 10 * rush.quiet


def test_too_few_orders_for_the_outage_are_an_error_that_says_how_many_do() -> None:
    with pytest.raises(ValueError, match=r"at 14 a second, with 525 orders"):
        lasting(100, 14, 30)
    assert lasting(525, 14, 30).orders == 525
