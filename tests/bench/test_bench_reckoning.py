"""The reckoning: which ends are as they must be, and what is said of those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from bench import traffic
from bench.ends import End
from bench.gateway import Charge
from bench.play import Placed, Played
from bench.reckoning import Outage, outage_of, reckon
from bench.rush import Rush
from bench.samples import Sample

ORDER = next(traffic.orders(1, 7))
DONE: dict[str, Any] = {
    "status": "completed",
    "output": {"charged": Decimal("12.50")},
    "problem": None,
    "decisions": [{"decision": "fraud", "result": {"verdict": "approve"}}],
    "attempts": [],
    "steps": {},
    "at": [],
}
PAID = Charge("r1", "r1/charge/1", Decimal("12.50"), Decimal(0))


def ended(run: Mapping[str, Any], *, name: str = "r1", **more: Any) -> End:
    placed = Placed(ORDER, name, 1.0, 0.01, 0.02)
    return End(**{"placed": placed, "run": run, "second": 3.0, "parked": None, "through": None, **more})


def failed(code: str, **more: Any) -> dict[str, Any]:
    return {**DONE, "status": "failed", "problem": {"code": code, "message": "no"}, "output": None, **more}


def verdicts(*ends: End, charges: list[Charge] | None) -> tuple[int, int, int]:
    found = reckon(ends, charges)
    assert found.well == (not (found.lost or found.doubled or found.wrong))
    return len(found.lost), len(found.doubled), len(found.wrong)


def test_an_order_that_is_done_and_charged_once_is_well() -> None:
    assert verdicts(ended(DONE), charges=[PAID]) == (0, 0, 0)


def test_what_costs_nothing_needs_no_charge() -> None:
    assert verdicts(ended({**DONE, "output": {"charged": Decimal(0)}}), charges=[]) == (0, 0, 0)


def test_two_charges_are_one_too_many_even_where_one_was_given_back() -> None:
    again = Charge("r1", "r1/charge/2", Decimal("12.50"), Decimal("12.50"))
    assert verdicts(ended(DONE), charges=[PAID, again])[1] == 1
    assert "r1/charge/2" in reckon([ended(DONE)], [PAID, again]).doubled[0]


def test_another_sum_than_the_run_says_is_wrong() -> None:
    assert verdicts(ended(DONE), charges=[]) == (0, 0, 1)
    assert verdicts(ended({**DONE, "output": {"charged": 13}}), charges=[PAID]) == (0, 0, 1)


def test_a_refund_of_a_part_leaves_the_charge_right() -> None:
    assert verdicts(ended(DONE), charges=[Charge("r1", "k", Decimal("12.50"), Decimal(3))]) == (0, 0, 0)


def test_a_failed_order_must_not_stay_charged() -> None:
    fraud = failed("rejected", decisions=[{"decision": "fraud", "result": {"verdict": "reject"}}])
    assert verdicts(ended(fraud), charges=[PAID]) == (0, 0, 1)
    assert verdicts(ended(fraud), charges=[Charge("r1", "k", Decimal(9), Decimal(9))]) == (0, 0, 0)


@pytest.mark.parametrize(
    "run",
    [
        failed("rejected", decisions=[{"decision": "fraud", "result": {"verdict": "reject"}}]),
        failed("rejected", steps={"review": {"verdict": "rejected"}}),
        failed("no-stock", decisions=[{"decision": "stock", "result": {"action": "reject"}}]),
        failed("declined", attempts=[{"problem": {"class": "rejected", "code": "declined"}}]),
    ],
)
def test_a_no_that_the_order_explains_is_no_loss(run: dict[str, Any]) -> None:
    assert verdicts(ended(run), charges=[]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("run", "word"),
    [
        (failed("rejected"), "nothing in it explains that"),
        (failed("no-stock"), "nothing in it explains that"),
        (failed("declined", attempts=[{"problem": None}]), "nothing in it explains that"),
        (
            failed("unavailable", attempts=[{"problem": {"class": "unavailable", "code": "unavailable"}}]),
            "by un",
        ),
        ({**DONE, "status": "cancelled"}, "is cancelled"),
        ({**DONE, "status": "incident", "at": ["charge"]}, "is incident at charge"),
        ({**DONE, "status": "parked", "at": ["charge"]}, "is parked at charge"),
        ({}, "is unknown"),
    ],
)
def test_every_other_end_is_a_loss_and_says_why(run: dict[str, Any], word: str) -> None:
    (complaint,) = reckon([ended(run)], []).lost
    assert word in complaint
    assert "A-100000 (run r1)" in complaint


def test_without_a_ledger_only_losses_can_be_told() -> None:
    found = reckon([ended(DONE), ended({}, name="r2")], None)
    assert (found.charges, len(found.lost), found.doubled, found.wrong) == (None, 1, (), ())


def sample(second: float, parked: int) -> Sample:
    return Sample(second, 1, parked, 0, 0, 0, "open", 0.0, None)


def test_an_outage_counts_from_the_return_of_payment() -> None:
    rush = Rush(1, 10, 1, 1, 5, 1, 1, 3)
    played = Played(rush, 1_000.0, samples=[sample(3, 1), sample(5, 2), sample(7, 0)], outage=(3.0, 6.0))
    ends = [
        ended(DONE),
        ended(DONE, parked=5.0, through=7.5, second=8.0),
        ended(DONE, parked=4.0, through=6.5, second=7.0),
        ended(DONE, parked=7.0, through=9.0, second=9.5),
    ]
    wanted = Outage(3.0, 6.0, parked=2, at_most=2, first=0.5, drained=1.5, later=1)
    assert outage_of(played, ends) == wanted


def test_what_is_still_parked_has_not_drained() -> None:
    played = Played(Rush(1, 10, 1, 1, 5, 1, 1, 3), 1_000.0, outage=(3.0, 6.0))
    ends = [ended(DONE, parked=4.0, through=6.5), ended({}, parked=5.0, second=None)]
    outage = outage_of(played, ends)
    assert outage is not None
    assert (outage.first, outage.drained) == (0.5, None)
    assert outage_of(Played(played.rush, 1_000.0), ends) is None
