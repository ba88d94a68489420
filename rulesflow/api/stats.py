"""The call that tells how steps and resources do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from rulesflow.api.problems import DecisionsOnly
from rulesflow.api.routing import Answer, JsonReply
from rulesflow.api.runqueries import once, read_pairs, refused_query
from rulesflow.documents.jsontext import write_json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault
from rulesflow.model.times import SECOND, TimeRefused, Timestamp, parse_duration
from rulesflow.runtime.stats import LONGEST, SHORTEST, WINDOW, Stats
from rulesflow.watch.measures import Latency, Measured, Measures, Point, Usual

_KNOWN: Final = ("window", "series", "step")
_FLAGS: Final = {"true": True, "false": False}
_SHOWN: Final = 80  # characters of a caller's text that a message repeats
_MICRO: Final = 1000  # nanoseconds


@dataclass(frozen=True, slots=True)
class StatQuery:
    """What is asked for: a ``window`` in seconds, with its ``series``, of one ``step`` or of all."""

    window: float = WINDOW
    series: bool = False
    step: str | None = None


class StatCalls:
    """``GET /v1/steps/stats``. ``stats``: None where only decisions are served."""

    def __init__(self, stats: Stats | None) -> None:
        self._stats = stats

    async def show(self, request: Request) -> Answer:
        """``GET /v1/steps/stats``."""
        if self._stats is None:
            raise DecisionsOnly
        query = read_stat_query(request.scope["query_string"])
        measured = await self._stats.measures(query.window, series=query.series)
        return JsonReply(write_json(shown_stats(measured, query)))


def read_stat_query(query: bytes) -> StatQuery:
    """What a query string asks for. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), _KNOWN)
    window, series = _window(given, faults), given.get("series", "false")
    if series not in _FLAGS:
        faults.append(Fault("/series", "enum", "series is true or false"))
    if faults:
        raise refused_query(faults)
    return StatQuery(window, _FLAGS[series], given.get("step"))


def _window(given: dict[str, str], faults: list[Fault]) -> float:
    if "window" not in given:
        return WINDOW
    try:
        window = parse_duration(given["window"]) / SECOND
    except TimeRefused as error:
        faults.append(Fault("/window", "format", str(error), "write window=5m"))
        return WINDOW
    if not SHORTEST <= window <= LONGEST:
        faults.append(Fault("/window", "range", "window must be between 10s and 7d"))
    return window


def shown_stats(measured: Measured, query: StatQuery) -> dict[str, Any]:
    """Measures as callers see them. Raises `FactsRefused` where there is no such step."""
    steps = measured.steps
    if query.step is not None:
        steps = tuple(each for each in steps if each.step == query.step)
        if not steps:
            hint = did_you_mean(query.step[:_SHOWN], [each.step for each in measured.steps])
            message = f"there is no step {query.step[:_SHOWN]!r}"
            raise refused_query(
                [Fault("/step", "unknown-step", message, hint or "GET /v1/steps/stats lists all")]
            )
    worst = measured.bottleneck
    return {
        "at": Timestamp(measured.at * _MICRO),
        "window": measured.window,
        "bottleneck": None if worst is None else {"step": worst.step, **_verdict(worst)},
        "steps": [{"step": each.step, **_shown(each, query.series)} for each in steps],
        "resources": [_shown(each, query.series) for each in measured.resources],
    }


def _shown(each: Measures, series: bool) -> dict[str, Any]:
    told = {
        "resource": each.resource,
        "calls": each.calls,
        "per_second": each.per_second,
        "errors": each.errors,
        "error_rate": each.error_rate,
        "by_class": each.by_class,
        "run": _latency(each.run),
        "queue": _latency(each.queue),
        "in_flight": each.in_flight,
        "oldest_call": each.oldest_call,
        "waiting": each.waiting,
        "parked": each.parked,
        "usual": _usual(each.usual),
        "verdict": _verdict(each),
    }
    return told | ({"series": [_point(point) for point in each.series]} if series else {})


def _verdict(each: Measures) -> dict[str, str]:
    return {"state": each.verdict.state, "text": each.verdict.text}


def _latency(latency: Latency | None) -> dict[str, float] | None:
    return None if latency is None else latency.facts()


def _usual(usual: Usual | None) -> dict[str, Any] | None:
    if usual is None:
        return None
    return usual.facts() | {"run": _latency(usual.run), "queue": _latency(usual.queue)}


def _point(point: Point) -> dict[str, Any]:
    return {
        "at": Timestamp(point.at * _MICRO),
        "calls": point.calls,
        "errors": point.errors,
        "run_p95": point.run_p95,
        "queue_p95": point.queue_p95,
    }
