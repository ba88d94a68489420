"""What is said of how something does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rulesflow.watch.measures import Latency, StepMeasures, Usual
from rulesflow.watch.verdict import Going, Limits, bottleneck, judge, length

WELL = Limits(slots=32)
QUICK = Latency(0.0, 0.001, 0.002)


def usual(run: Latency, error_rate: float = 0.0, declined: float = 0.0, calls: int = 5000) -> Usual:
    return Usual("recent", calls, error_rate, run, QUICK, declined)


def step(run: Latency | None, known: Usual | None, name: str = "charge", **more: Any) -> StepMeasures:
    told = {"calls": 300, "per_second": 1.0, "queue": QUICK, "resource": "payment"} | more
    return StepMeasures(step=name, window=300.0, run=run, usual=known, **told)


def said(measures: StepMeasures, limits: Limits = WELL) -> tuple[str, str]:
    verdict = judge(measures.step, measures, limits)
    return verdict.state, verdict.text


def test_a_slow_step_is_told_beside_what_is_usual_and_who_waits() -> None:
    slow = step(Latency(2.0, 4.1, 4.9), usual(Latency(0.3, 0.6, 0.9)), waiting=212)
    assert said(slow) == ("slow", "charge: p95 4.1 s against 0.6 s, 212 runs waiting")


def test_a_few_milliseconds_more_are_no_alarm() -> None:
    assert said(step(Latency(0.002, 0.003, 0.003), usual(Latency(0.0005, 0.001, 0.001))))[0] == "well"


def test_few_calls_are_no_alarm() -> None:
    assert said(step(Latency(5.0, 9.0, 9.0), usual(Latency(0.3, 0.6, 0.9)), calls=9))[0] == "unknown"


def test_half_of_a_few_calls_are_told_only_if_they_are_as_slow_as_hardly_any_is() -> None:
    known = usual(Latency(0.3, 0.9, 1.2))
    assert said(step(Latency(0.7, 2.0, 2.0), known, calls=12))[0] == "well"
    assert said(step(Latency(1.0, 2.0, 2.0), known, calls=12))[0] == "slow"


def test_the_slowest_are_told_only_where_enough_is_known_of_them() -> None:
    slowest = Latency(0.1, 2.0, 2.0)
    assert said(step(slowest, usual(Latency(0.1, 0.2, 0.2), calls=100)))[0] == "well"
    assert said(step(slowest, usual(Latency(0.1, 0.2, 0.2), calls=200)))[0] == "slow"


def test_a_step_that_fails_throughout_is_failing_whatever_is_usual() -> None:
    all_ = {"errors": 300, "error_rate": 1.0}
    known = usual(QUICK, 0.6, declined=0.6)
    for name in ("timeout", "invalid", "rejected"):
        state, text = said(step(QUICK, known, by_class={name: 300}, **all_))
        assert state == "failing", name
        assert text.endswith(f"mostly {name}")
    assert said(step(QUICK, usual(QUICK, 0.7), by_class={"timeout": 300}, **all_))[0] == "failing"


def test_what_fails_as_usual_is_told_beside_that_all_is_well() -> None:
    declined = {"errors": 90, "error_rate": 0.3, "by_class": {"rejected": 90}}
    text = said(step(QUICK, usual(QUICK, 0.28, declined=0.28), **declined))[1]
    assert text == "charge: p95 1 ms, usual is 1 ms, 30% of calls fail"


def hanging(measures: StepMeasures, *ages: tuple[float, int], per_second: float = 0.0) -> tuple[str, str]:
    verdict = judge(measures.step, measures, WELL, None, Going(ages, per_second))
    return verdict.state, verdict.text


def test_calls_that_hang_are_slow_before_any_of_them_has_ended() -> None:
    silent = step(None, usual(Latency(0.1, 0.3, 0.9)), calls=0, per_second=0.0, in_flight=14, waiting=3)
    assert hanging(silent, (245.0, 2), (40.0, 10), (2.0, 2)) == (
        "slow",
        "charge: 12 calls have run for more than 30 s, the first for 4 min, usual is 0.3 s, "
        "none has ended within 5 min, 3 runs waiting",
    )


def test_calls_that_hang_are_told_beside_others_that_end_as_ever() -> None:
    known = Latency(0.1, 0.3, 0.9)
    state, text = hanging(step(known, usual(known)), (40.0, 3), per_second=1.0)
    assert (state, text) == (
        "slow",
        "charge: 3 calls have run for more than 30 s, the first for 40 s, usual is 0.3 s",
    )


def test_a_stray_call_that_hangs_is_no_alarm() -> None:
    known = Latency(0.1, 0.3, 0.9)
    assert hanging(step(known, usual(known)), (500.0, 2))[0] == "well"
    assert hanging(step(known, usual(known)), (500.0, 20), per_second=50.0)[0] == "well"


def test_calls_that_run_for_minutes_as_usual_do_not_hang() -> None:
    known = Latency(60.0, 90.0, 100.0)
    assert hanging(step(known, usual(known)), (290.0, 50))[0] == "well"
    assert hanging(step(known, usual(known)), (310.0, 50))[0] == "slow"


def test_nothing_hangs_while_nothing_usual_is_known() -> None:
    assert hanging(step(None, None, calls=0, in_flight=12), (500.0, 12))[0] == "unknown"


def test_the_bottleneck_is_the_step_whose_calls_hang() -> None:
    known = usual(Latency(0.1, 0.3, 0.9))
    stuck = step(None, known, calls=0, per_second=0.0, in_flight=32)
    stuck = replace(stuck, verdict=judge("charge", stuck, WELL, None, Going(((200.0, 32),))))
    behind = step(None, known, "reserve", resource="stock", calls=0, waiting=99)
    behind = replace(behind, verdict=judge("reserve", behind, WELL))
    assert behind.verdict.state == "saturated"
    assert bottleneck([behind, stuck]) == stuck


def test_nothing_is_slow_while_nothing_usual_is_known() -> None:
    state, text = said(step(Latency(5.0, 9.0, 9.0), None))
    assert (state, text) == ("well", "charge: p95 9.0 s, what is usual is not known yet")


def test_a_step_whose_calls_are_queued_longer_than_they_take_is_saturated_by_a_limit() -> None:
    queued = step(Latency(0.3, 0.6, 0.9), usual(Latency(0.3, 0.6, 0.9)), queue=Latency(2.0, 3.0, 4.0))
    assert said(queued)[0] == "saturated"
    assert said(queued)[1].endswith("a process may have 32 calls in flight (concurrency)")
    assert said(queued, Limits(concurrency=4, busy=4, slots=32))[1].endswith(
        "payment may have 4 calls in flight"
    )
    assert said(queued, Limits(rate=5.0, per_second=4.9, slots=32))[1].endswith(
        "payment may be called 5 times a second"
    )


def test_a_step_that_fails_more_than_usual_is_failing_by_its_class() -> None:
    failing = step(QUICK, usual(QUICK, 0.01), errors=120, error_rate=0.4, by_class={"timeout": 120})
    assert said(failing) == ("failing", "charge: 40% of calls fail against 1%, mostly timeout")


def test_a_service_that_declines_as_usual_is_well() -> None:
    declined = {"errors": 90, "error_rate": 0.3, "by_class": {"rejected": 90}}
    assert said(step(QUICK, usual(QUICK, 0.28, declined=0.28), **declined))[0] == "well"
    assert said(step(QUICK, None, **declined))[0] == "well"


def test_a_step_whose_breaker_is_open_is_held() -> None:
    held = step(None, None, calls=0, parked=4180)
    text = "charge: payment is not called, its breaker is open, 4,180 steps parked"
    assert said(held, Limits(state="open")) == ("held", text)


def test_a_step_without_calls_is_unknown() -> None:
    assert said(step(None, None, calls=0)) == ("unknown", "charge: no calls within 5 min")


def test_the_bottleneck_is_what_is_slow_not_what_waits_behind_it() -> None:
    def judged(made: StepMeasures) -> StepMeasures:
        return StepMeasures(
            step=made.step, resource=made.resource, window=300.0, verdict=judge(made.step, made, WELL)
        )

    slow = judged(step(Latency(2.0, 4.0, 4.0), usual(Latency(0.3, 0.6, 0.9))))
    behind = judged(
        step(QUICK, usual(QUICK), "reserve", resource="stock", queue=Latency(9, 9, 9), waiting=99)
    )
    well = judged(step(QUICK, usual(QUICK), "ship"))
    assert behind.verdict.cost > slow.verdict.cost
    assert bottleneck([slow, behind, well]) == slow
    assert bottleneck([well]) is None


def test_of_the_steps_of_a_service_that_is_away_the_one_that_is_called_is_the_bottleneck() -> None:
    def held(name: str, calls: int) -> StepMeasures:
        made = step(None, None, name, calls=calls)
        return replace(made, verdict=judge(name, made, Limits(state="open")))

    never, often = held("authorize", 0), held("charge", 207)
    assert never.verdict.cost == often.verdict.cost
    assert bottleneck([never, often]) == often


def test_where_slots_are_what_is_waited_for_it_is_told_which_step_takes_them_up() -> None:
    def judged(made: StepMeasures) -> StepMeasures:
        return replace(made, verdict=judge(made.step, made, WELL))

    long = judged(step(Latency(5.0, 6.0, 6.0), None, per_second=6.0))
    short = judged(
        step(QUICK, None, "reserve", resource="stock", queue=Latency(9, 9, 9), waiting=99, per_second=9.0)
    )
    assert (long.verdict.state, short.verdict.state) == ("well", "saturated")
    found = bottleneck([long, short])
    assert found is not None
    assert (found.step, found.verdict.state) == ("charge", "saturated")
    assert found.verdict.text.startswith("charge: its calls are 100% of those in flight; reserve: p95 9.0 s")
    assert bottleneck([short]) == short


def test_lengths_are_told_in_few_digits() -> None:
    assert [length(each) for each in (0.0005, 0.035, 0.6, 4.12, 42.0, 300.0)] == [
        "0.5 ms",
        "35 ms",
        "0.6 s",
        "4.1 s",
        "42 s",
        "5 min",
    ]
    assert length(7 * 86_400.0) == "7 d"
