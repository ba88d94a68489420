"""What stands on a label, as a reader and a scanner see it."""

from __future__ import annotations

from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import reportlab
import rulesflow_shipping
from labelling import ORDER, label, read
from pydantic import ValidationError
from rulesflow_shipping.settings import Settings

from rulesflow import ErrorClass, StepError


def test_rulesflow_finds_the_plugin_by_its_entry_point() -> None:
    (entry,) = entry_points(group="rulesflow", name="shipping")
    assert entry.load() is rulesflow_shipping


def test_a_label_is_a_page_of_a6_with_the_address_and_two_codes(tmp_path: Path) -> None:
    made = label(
        tmp_path, more={"reservation": "r/1/stock", "carrier": "Parcels"}, sender=("Shop", "Leipzig")
    )
    found = read(tmp_path / made["label"])
    assert made["label"] == f"{made['tracking']}.pdf"
    assert made["carrier"] == "Parcels"
    assert found.millimetres == (105, 148)
    assert found.lines == [
        "Parcels",
        "Shop",
        "Leipzig",
        "Jürgen Łukasz",
        "Grünstraße 12a",
        "04109 Leipzig",
        "DE",
        "Order: A-100042",
        "Reservation: r/1/stock",
        "Pieces: 3",
        "Weight: 1.25 kg",
        "Service: express",
        made["tracking"],
    ]
    assert found.codes == {"Code 128": made["tracking"], "QR Code": made["tracking"]}


def test_the_qr_code_may_open_a_page(tmp_path: Path) -> None:
    made = label(tmp_path, tracking_url="https://track.example/{tracking}?x=1")
    codes = read(tmp_path / made["label"]).codes
    assert codes["QR Code"] == f"https://track.example/{made['tracking']}?x=1"


def test_a_folder_that_is_served_gives_urls(tmp_path: Path) -> None:
    made = label(tmp_path, base_url="https://labels.example/pdf/")
    assert made["label"] == f"https://labels.example/pdf/{made['tracking']}.pdf"
    assert (tmp_path / f"{made['tracking']}.pdf").is_file()


def test_an_order_that_says_nothing_still_has_a_label(tmp_path: Path) -> None:
    made = label(tmp_path, order={})
    assert read(tmp_path / made["label"]).lines == ["Standard", "(no address)", made["tracking"]]


@pytest.mark.parametrize(
    "order",
    [
        {"ship_to": None, "id": None, "express": "yes"},
        {"ship_to": "Leipzig", "items": [3], "weight_kg": True},
        {"ship_to": {"name": {"first": "J"}, "city": " \n "}, "weight_kg": Decimal("1e6000")},
    ],
)
def test_what_is_of_no_use_is_not_printed(tmp_path: Path, order: dict[str, Any]) -> None:
    made = label(tmp_path, order=order)
    assert read(tmp_path / made["label"]).lines == ["Standard", "(no address)", made["tracking"]]


def test_an_address_without_which_no_parcel_arrives_may_be_refused(tmp_path: Path) -> None:
    order = {"ship_to": {"country": "DE", "city": "Leipzig"}}
    with pytest.raises(StepError) as caught:
        label(tmp_path, order=order, require_address=True)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.REJECTED, "no-address")
    assert caught.value.message == "the order's ship_to lacks name, street"
    assert not list(tmp_path.iterdir())
    label(tmp_path, require_address=True)


def test_letters_that_the_font_lacks_lose_their_accents(tmp_path: Path) -> None:
    made = label(tmp_path, order={"ship_to": {"name": "Żaneta Őrsi Ħặng", "city": "Ły\u0301\nx\ttown"}})
    assert read(tmp_path / made["label"]).lines[1:3] == ["Zaneta Orsi Hang", "Łý x town"]


def test_letters_that_nobody_could_read_then_are_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        label(tmp_path, order={"ship_to": {"name": "東京 x 東"}})
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID, "unprintable")
    assert (
        caught.value.message == "the label's font lacks 東 京 of '東京 x 東'; set font to one that has them"
    )
    assert not list(tmp_path.iterdir())


def test_another_font_may_be_set(tmp_path: Path) -> None:
    font = Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"
    made = label(tmp_path / "bold", font=font)
    plain = label(tmp_path / "plain")
    assert read(tmp_path / "bold" / made["label"]).lines == read(tmp_path / "plain" / plain["label"]).lines
    assert b"VeraSans-Bold" in (tmp_path / "bold" / made["label"]).read_bytes()


def test_the_longest_texts_leave_the_codes_readable(tmp_path: Path) -> None:
    words = "a long word and a verylongwordwithoutanyspaceinit " * 1000
    names = ("name", "company", "street", "street2", "postal_code", "city", "state", "country")
    order = {**ORDER, "id": words, "ship_to": dict.fromkeys(names, words)}
    made = label(tmp_path, order=order, more={"carrier": "W" * 40}, sender=(words,) * 6)
    found = read(tmp_path / made["label"])
    assert set(found.codes.values()) == {made["tracking"]}
    assert all(line.endswith("...") for line in found.lines[1:13])
    assert len(found.lines) == 18


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("font", "nowhere.ttf", "no TrueType font"),
        ("font", __file__, "no TrueType font"),
        ("tracking_url", "https://track.example/", "write {tracking}"),
        ("tracking_url", "https://träck.example/{tracking}", "write {tracking}"),
        ("carrier", "", "at least 1"),
        ("sender", ["x"] * 7, "at most 6"),
        ("base_url", "labels", "valid URL"),
        ("foldr", "labels", "not permitted"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        Settings.model_validate({name: value})
    assert caught.value.errors()[0]["loc"] == (name,)
