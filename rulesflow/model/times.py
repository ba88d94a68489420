"""Timestamps and durations, exact to the nanosecond.

Both are whole nanoseconds in an ``int`` subclass: comparisons run at the speed of integers, and nothing is
lost that RFC 3339 can say. A timestamp counts from 1970-01-01T00:00:00Z and lies in the years 1 to 9999.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rulesflow.model.errors import RulesflowError

SECOND = 1_000_000_000
_UNITS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000,
    "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND,
}  # fmt: skip
#: The units of durations in files; the condition language knows also those of CEL (``us``, ``ns``).
FILE_UNITS = frozenset({"ms", "s", "m", "h", "d"})
CEL_UNITS = frozenset({"ns", "us", "µs", "ms", "s", "m", "h"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
#: The forms that nearly all senders use, which Python reads as we do. It takes 24:00, from 3.14 on.
_COMMON = re.compile(
    r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)", re.ASCII)


class TimeRefused(RulesflowError):
    """The text is no timestamp, date, duration or time zone, or lies outside their range."""


class Timestamp(int):
    """An instant, in nanoseconds since 1970-01-01T00:00:00Z."""

    __slots__ = ()

    def __str__(self) -> str:
        """RFC 3339 in UTC, with as many digits of the second as are needed."""
        seconds, nanos = divmod(int(self), SECOND)
        whole = _whole_second(seconds)
        if not nanos:
            return whole + "Z"
        fraction = f"{nanos:09d}" if nanos % 1000 else f"{nanos // 1000:06d}"
        return f"{whole}.{fraction.rstrip('0') if fraction[-1] == '0' else fraction}Z"

    def __repr__(self) -> str:
        return f"Timestamp({str(self)!r})"

    def local(self, zone: tzinfo) -> datetime:
        """The wall clock in ``zone``, cut to the microsecond."""
        seconds, nanos = divmod(int(self), SECOND)
        return (_EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)).astimezone(zone)


class Duration(int):
    """A length of time in nanoseconds; may be negative."""

    __slots__ = ()

    def __str__(self) -> str:
        """Seconds with a trailing ``s``: ``"3600s"``, ``"0.5s"``."""
        seconds, nanos = divmod(abs(int(self)), SECOND)
        fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
        return f"{'-' if self < 0 else ''}{seconds}{fraction}s"

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"


FIRST = Timestamp((date(1, 1, 1).toordinal() - _EPOCH_ORDINAL) * 86_400 * SECOND)
LAST = Timestamp((date(9999, 12, 31).toordinal() + 1 - _EPOCH_ORDINAL) * 86_400 * SECOND - 1)
#: CEL's and protobuf's bound on a duration: about 10,000 years either way.
LONGEST = Duration(315_576_000_000 * SECOND)


@lru_cache(maxsize=64)  # most timestamps that are written are of this second
def _whole_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def timestamp(nanoseconds: int) -> Timestamp:
    """Make a timestamp; raises `TimeRefused` outside the years 1 to 9999."""
    if not FIRST <= nanoseconds <= LAST:
        raise TimeRefused("a timestamp must lie in the years 1 to 9999")
    return Timestamp(nanoseconds)


def duration(nanoseconds: int) -> Duration:
    """Make a duration; raises `TimeRefused` beyond ±315,576,000,000 seconds."""
    if not -LONGEST <= nanoseconds <= LONGEST:
        raise TimeRefused("a duration must lie within ±10,000 years")
    return Duration(nanoseconds)


def parse_timestamp(text: str, zone: tzinfo | None = None) -> Timestamp:
    """Read RFC 3339 (``2026-11-27T08:00:00+01:00``).

    With a ``zone``, a date alone is its midnight there and a time without offset is the wall clock there;
    without one, both are refused. Raises `TimeRefused`.
    """
    if _COMMON.fullmatch(text):
        try:
            delta = datetime.fromisoformat(text) - _EPOCH
        except ValueError:
            pass  # what follows says what is wrong
        else:
            return timestamp((delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1000)
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise TimeRefused(f"{text[:40]!r} is not an RFC 3339 timestamp such as 2026-11-27T08:00:00Z")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if zone is None and offset is None:
        missing = "a time and an offset" if hour is None else "an offset"
        raise TimeRefused(f"{text!r} lacks {missing}, as in 2026-11-27T08:00:00Z")
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError as error:
        raise TimeRefused(f"{text!r} is no moment of the calendar: {error}") from None
    nanos = int((fraction or "").ljust(9, "0"))
    if offset is None:
        assert zone is not None
        return timestamp(_since_epoch(moment.replace(tzinfo=zone)) + nanos)
    whole = _since_epoch(moment.replace(tzinfo=UTC)) + nanos
    return timestamp(whole - _offset(offset) * SECOND)


def parse_date(text: str, zone: tzinfo) -> Timestamp:
    """Read ``2026-11-27`` as its midnight in ``zone``. Raises `TimeRefused`."""
    if len(text) != 10:
        raise TimeRefused(f"{text[:40]!r} is not a date such as 2026-11-27")
    return _midnight(text, zone)


@lru_cache(maxsize=1024)
def _midnight(text: str, zone: tzinfo) -> Timestamp:
    """The same few days are asked for again and again."""
    return parse_timestamp(text, zone)


def _since_epoch(moment: datetime) -> int:
    try:
        delta = moment - _EPOCH
    except OverflowError:
        raise TimeRefused("a timestamp must lie in the years 1 to 9999") from None
    return (delta.days * 86_400 + delta.seconds) * SECOND


def _offset(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise TimeRefused(f"{text} is not an offset from UTC")
    return (1 if text[0] == "+" else -1) * (hours * 3600 + minutes * 60)


def parse_duration(text: str, units: frozenset[str] = FILE_UNITS) -> Duration:
    """Read ``90s``, ``1h30m``, ``-1.5h`` with the given units. Raises `TimeRefused`.

    ``0`` alone is allowed, as in Go and CEL.
    """
    if len(text) > 64:  # far more than any duration needs; bounds the work on a caller's text
        raise TimeRefused(f"{text[:40]!r}… is too long for a duration")
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return Duration(0)
    total, position = 0, 0
    for match in _PART.finditer(body):
        if match.start() != position or match[2] not in units:
            break
        position = match.end()
        whole, _, fraction = match[1].partition(".")
        total += int(whole or 0) * _UNITS[match[2]] + int(fraction or 0) * _UNITS[match[2]] // 10 ** len(
            fraction
        )
    if not body or position != len(body):
        known = " ".join(unit for unit in ("ns", "us", "ms", "s", "m", "h", "d") if unit in units)
        raise TimeRefused(f"{text[:40]!r} is not a duration such as 90s or 1h30m (units: {known})")
    return duration(-total if text[0] == "-" else total)


@lru_cache(maxsize=512)
def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name (``Europe/Berlin``) or an offset (``+02:00``). Raises `TimeRefused`."""
    if re.fullmatch(r"[+-]?\d\d:\d\d", name, re.ASCII):
        from_utc = _offset(name if name[0] in "+-" else "+" + name)
        return timezone(timedelta(seconds=from_utc))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeRefused(f"{name[:60]!r} is not a time zone such as Europe/Berlin") from None
