"""The functions of conditions, as they are registered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rulesflow_fraud.functions import fraud_functions

SECOND = 1_000_000_000


def call(name: str, *args: Any, domains: tuple[str, ...] = ()) -> Any:
    (found,) = [each for each in fraud_functions(domains) if each.name == name]
    return found.overloads[0].call(*args)


@pytest.mark.parametrize(
    ("address", "disposable"),
    [
        ("x@mailinator.com", True),
        ("x@MAILINATOR.com.", True),
        (" x@deep.below.mailinator.com ", True),
        ("x@y@yopmail.com", True),
        ("x@notmailinator.com", False),
        ("x@mailinator.com.example", False),
        ("x@example.com", False),
        ("x@com", False),
        ("mailinator.com", False),
        ("@mailinator.com", False),
        ("", False),
    ],
)
def test_throw_away_mail_is_known_by_its_domain(address: str, disposable: bool) -> None:
    assert call("fraud.disposable_email", address) is disposable


def test_a_shop_may_add_domains_however_it_writes_them() -> None:
    assert call("fraud.disposable_email", "x@Gone.example", domains=(" @GONE.example. ",)) is True
    assert call("fraud.disposable_email", "x@mailinator.com", domains=("gone.example",)) is True


@pytest.mark.parametrize(
    ("ages", "count"),
    [([], 0), ([0], 1), ([-1], 0), ([59, 60, 61], 1), ([1, 2, 3], 3)],
    ids=["none", "at the moment", "after it", "the far end is out", "all"],
)
def test_velocity_counts_the_events_of_the_window(ages: list[int], count: int) -> None:
    at = 1_800_000_000 * SECOND
    events = [at - age * SECOND for age in ages]
    assert call("fraud.velocity", events, at, 60 * SECOND) == Decimal(count)


def test_the_functions_tell_their_types_and_what_they_do() -> None:
    told = {
        each.name: ([str(p) for p in each.overloads[0].params], each.summary) for each in fraud_functions()
    }
    assert told["fraud.velocity"][0] == ["list(timestamp)", "timestamp", "duration"]
    assert all(summary for _, summary in told.values())
