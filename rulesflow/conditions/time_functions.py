"""Functions that read parts of timestamps and durations; by default in UTC, as CEL has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Final

from rulesflow.conditions.functions import Form, Function, Overload, standard
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import DURATION, NUMBER, STRING, TIMESTAMP
from rulesflow.model.times import SECOND, Duration, TimeRefused, Timestamp, zone_named

_MILLISECOND: Final = SECOND // 1000


def _zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except TimeRefused as error:
        raise EvaluationError("bad-argument", str(error)) from None


def _part(read: Callable[[datetime], int], moment: Timestamp, zone: str | None = None) -> int:
    try:
        return read(moment.local(UTC if zone is None else _zone(zone)))
    except OverflowError:
        message = f"{moment} lies outside the years 1 to 9999 in {zone}"
        raise EvaluationError("out-of-range", message) from None


def _milliseconds(moment: Timestamp, zone: str | None = None) -> int:
    if zone is not None:
        _zone(zone)
    return int(moment) % SECOND // _MILLISECOND


def _units(unit: int, length: Duration) -> int:
    units = abs(int(length)) // unit
    return -units if length < 0 else units


def _millisecond_part(length: Duration) -> int:
    """CEL gives the part below a second here, though all other functions give the whole duration."""
    part = abs(int(length)) % SECOND // _MILLISECOND
    return -part if length < 0 else part


def _getter(
    name: str,
    summary: str,
    of_moment: Callable[..., int],
    of_length: Callable[[Duration], int] | None = None,
) -> Function:
    overloads = [
        Overload((TIMESTAMP,), NUMBER, of_moment, Form.METHOD, fallible=False),
        Overload((TIMESTAMP, STRING), NUMBER, of_moment, Form.METHOD),
    ]
    if of_length is not None:
        overloads.append(Overload((DURATION,), NUMBER, of_length, Form.METHOD, fallible=False))
    return standard(name, *overloads, summary=summary)


def _calendar(name: str, summary: str, read: Callable[[datetime], int]) -> Function:
    return _getter(name, summary, partial(_part, read))


def _clock(name: str, summary: str, unit: int, read: Callable[[datetime], int]) -> Function:
    return _getter(name, summary, partial(_part, read), partial(_units, unit))


TIME_FUNCTIONS: Final[tuple[Function, ...]] = (
    _calendar("getFullYear", "The year.", lambda moment: moment.year),
    _calendar("getMonth", "The month, from 0.", lambda moment: moment.month - 1),
    _calendar("getDate", "The day of the month, from 1.", lambda moment: moment.day),
    _calendar("getDayOfMonth", "The day of the month, from 0.", lambda moment: moment.day - 1),
    _calendar("getDayOfWeek", "The day of the week, from 0 for Sunday.", lambda at: at.isoweekday() % 7),
    _calendar("getDayOfYear", "The day of the year, from 0.", lambda at: at.timetuple().tm_yday - 1),
    _clock("getHours", "The hour, or a duration in whole hours.", 3600 * SECOND, lambda at: at.hour),
    _clock("getMinutes", "The minute, or a duration in whole minutes.", 60 * SECOND, lambda at: at.minute),
    _clock("getSeconds", "The second, or a duration in whole seconds.", SECOND, lambda at: at.second),
    _getter("getMilliseconds", "The thousandths of the second.", _milliseconds, _millisecond_part),
)
