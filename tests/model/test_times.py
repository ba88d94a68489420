"""Timestamps and durations: exact to the nanosecond, and refused where they mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given, strategies as st

from rulesflow.model.times import (
    CEL_UNITS,
    FIRST,
    LAST,
    SECOND,
    Duration,
    TimeRefused,
    Timestamp,
    parse_date,
    parse_duration,
    parse_timestamp,
    zone_named,
)

BERLIN = zone_named("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2026-11-27T08:00:00+01:00", "2026-11-27T07:00:00Z"),
        ("2026-11-27t08:00:00.5-02:30", "2026-11-27T10:30:00.5Z"),
        ("2026-11-27T08:00:00.123456789z", "2026-11-27T08:00:00.123456789Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_timestamps_are_read_and_written_in_utc(text: str, written: str) -> None:
    assert str(parse_timestamp(text)) == written
    assert parse_timestamp(written) == parse_timestamp(text)


@given(
    st.from_regex(
        r"(0000|0001|[129]\d{3})-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-6]\d)",
        fullmatch=True,
        alphabet="0123456789-T:.Z+",
    )
)
@example("2026-11-27T24:00:00Z")
@example("0001-01-01T00:00:00+00:01")
@example("9999-12-31T23:59:59-00:01")
@example("2026-11-27T08:00:00+05:60")
def test_the_letter_between_date_and_time_may_be_small(text: str) -> None:
    assert outcome(text) == outcome(text.replace("T", "t"))


def outcome(text: str) -> int | str:
    try:
        return parse_timestamp(text)
    except TimeRefused as refused:
        return str(refused).replace(repr(text), "it")


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-27", "2026-11-26T23:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-11-27T08:00:00", "2026-11-27T07:00:00Z"),
        ("2026-11-27T08:00:00Z", "2026-11-27T08:00:00Z"),
    ],
)
def test_in_a_file_a_date_is_local_midnight_and_a_time_local(text: str, local: str) -> None:
    assert str(parse_timestamp(text, BERLIN)) == local


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-27", "2026-11-27T08:00:00", "2026-11-27 08:00:00Z", "2026-02-30T00:00:00Z", "tomorrow",
        "2026-11-27T25:00:00Z", "2026-11-27T08:00:00+24:00", "0000-01-01T00:00:00Z", "2026-11-27T08:00:60Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
        "٢٠٢٦-11-27T08:00:00Z", "2026-11-27T08:00:00Z\n",
    ],
)  # fmt: skip
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(TimeRefused):
        parse_timestamp(text)


def test_a_date_is_nothing_but_a_date() -> None:
    assert str(parse_date("2026-11-27", UTC)) == "2026-11-27T00:00:00Z"
    with pytest.raises(TimeRefused):
        parse_date("2026-11-27T00:00:00Z", UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", "90s"),
        ("1h30m", "5400s"),
        ("2d", "172800s"),
        ("-1.5h", "-5400s"),
        ("250ms", "0.25s"),
        ("0", "0s"),
    ],
)
def test_durations_are_written_in_seconds(text: str, seconds: str) -> None:
    assert str(parse_duration(text)) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "s", "1y", "1 h", "1h 30m", "1us", "h1", "--1s", "1" * 100 + "s", "9000000d"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(TimeRefused):
        parse_duration(text)


def test_conditions_know_the_units_of_cel() -> None:
    assert parse_duration("1us1ns", CEL_UNITS) == 1001
    with pytest.raises(TimeRefused):
        parse_duration("1d", CEL_UNITS)


@given(st.integers(FIRST, LAST))
def test_every_timestamp_survives_being_written(nanoseconds: int) -> None:
    moment = Timestamp(nanoseconds)
    assert parse_timestamp(str(moment)) == moment


@given(st.integers(-(10**18), 10**18))
def test_every_duration_survives_being_written(nanoseconds: int) -> None:
    assert parse_duration(str(Duration(nanoseconds))) == nanoseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_wall_clock_is_that_of_datetime(moment: datetime) -> None:
    ours = parse_timestamp(moment.isoformat().replace("+00:00", "Z"))
    assert ours.local(BERLIN if 1 < moment.year < 9999 else UTC) == moment
    assert ours // SECOND == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // (moment.resolution * 10**6)


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "+02:00", "-03:30", "05:00"])
def test_zones_are_iana_names_or_offsets(name: str) -> None:
    assert zone_named(name) is zone_named(name)


@pytest.mark.parametrize("name", ["Europe/Berln", "", "../etc/passwd", "+25:00", "x" * 500])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(TimeRefused):
        zone_named(name)
