"""Fingerprints: one for all runs that fail for the same reason, another for every other reason."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from rulesflow.runtime.fingerprints import LENGTH, any_item, fingerprint, without_details


def problem(message: str, class_: str = "internal", code: str = "internal") -> dict[str, Any]:
    return {"class": class_, "code": code, "message": message}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 has no lines", "order 4,711 has no lines"),
        ("order A-1001 is unknown", "order B-2 is unknown"),
        ("KeyError: 'sku-blue'", "KeyError: 'mug'"),
        ('there is no "MUG" in “Aachen”', 'there is no "CAP" in “Köln am Rhein”'),
        ("no answer after 4.1 s", "no answer after 30 s"),
        ("no answer after 250ms", "no answer after 1m30s"),
        ("at 2026-11-27T08:00:00Z it was full", "at 2026-11-27T09:12:13.456+01:00 it was full"),
        ("run 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 broke", "run 7f3e9c1a-0000-4a51-8f1c-aaaaaaaaaaaa broke"),
        ("cannot reach 10.0.0.1:5432", "cannot reach 192.168.17.4:80"),
        ("t3f9a12bcname cannot be made: internal", "t77aa0b1name cannot be made: internal"),
        ("/lines/3/sku must be a string", "/lines/12/sku must be a string"),
        ("the lathe  stopped\nat -3.5 °C", "the lathe stopped at 12 °C"),
    ],
)
def test_what_differs_from_run_to_run_makes_no_difference(one: str, other: str) -> None:
    assert without_details(one) == without_details(other)
    assert fingerprint("order", "charge", problem(one)) == fingerprint("order", "charge", problem(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the card was stolen", "the card has expired"),
        ("it can't be charged and won't be", "it can't be shipped and won't be"),
        ("/lines/3/sku must be a string", "/lines/3/price must be a string"),
        ("no answer after 4 s", "no answer"),
    ],
)
def test_another_reason_is_another_group(one: str, other: str) -> None:
    assert fingerprint("order", "charge", problem(one)) != fingerprint("order", "charge", problem(other))


def test_each_part_of_the_reason_counts() -> None:
    prints = {
        fingerprint("order", "charge", problem("no")),
        fingerprint("refund", "charge", problem("no")),
        fingerprint("order", "ship", problem("no")),
        fingerprint("order", "charge", problem("no", "invalid")),
        fingerprint("order", "charge", problem("no", code="no-stock")),
        fingerprint("order", "charge", problem("no"), undo=True),
    }
    assert len(prints) == 6
    assert all(re.fullmatch(rf"[0-9a-f]{{{LENGTH}}}", each) for each in prints)


def test_items_of_a_list_are_one_place() -> None:
    assert any_item("split/3/take") == "split/*/take"
    assert any_item("both/mail/rows/0/cells/12/fill") == "both/mail/rows/*/cells/*/fill"
    assert any_item("step2") == "step2"
    assert fingerprint("order", "split/3/take", problem("no")) == fingerprint(
        "order", "split/14/take", problem("no")
    )


@example("", "0''").via("an apostrophe behind a word that is left out")
@example("", "'a'0")
@given(st.text(), st.text(alphabet="#\"'`“”«»0a-_ \ud800\0"))
def test_any_text_has_a_fingerprint(path: str, message: str) -> None:
    assert len(fingerprint("order", path, problem(message))) == LENGTH
    assert without_details(without_details(message)) == without_details(message)


@pytest.mark.parametrize("piece", ["'", '"', "“", "a1", "1.", "#.", "x'", "«'", " ", "-"])
def test_a_long_message_costs_no_more_than_its_length(piece: str) -> None:
    before = time.process_time()
    without_details(piece * 200_000)
    assert time.process_time() - before < 60  # of processor time; were it quadratic, it would be hours
