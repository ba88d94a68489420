"""When an attempt that failed is made again, and when its step parks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from rulesflow.model.times import LAST, SECOND, Timestamp
from rulesflow.workflows.commands import Held, Park, Problem
from rulesflow.workflows.definition import Retry
from rulesflow.workflows.step import ErrorClass

#: How an undo is tried: afterwards it parks with its resource.
UNDOING: Final = Retry(attempts=5, park=True)
#: Parks with the retries used up, on one visit. What it calls was well each time, so a call that fails even
#: then has its trouble in itself, and would only take the place of others.
MOST_PARKS: Final = 5

_ANSWERS: Final = (ErrorClass.REJECTED, ErrorClass.INVALID, ErrorClass.CONFLICT)


def matches(on: tuple[str, ...], problem: Problem) -> bool:
    """Whether an error is one of those: by its class, its code, or because any is."""
    return "any" in on or str(problem.error_class) in on or problem.code in on


def next_attempt(
    retry: Retry, attempt: int, key: str, problem: Problem, failed_at: Timestamp
) -> Timestamp | None:
    """When to try again after the ``attempt``-th failed; None if that was the last."""
    if attempt >= retry.attempts or not matches(retry.on, problem):
        return None
    return later(failed_at, _delay(retry, attempt, key, problem))


def parks(retry: Retry, problem: Problem) -> bool:
    """Whether a step parks with this error once its attempts are used up."""
    return retry.park and matches(retry.on, problem)


def rests(held: Held) -> bool:
    """Whether a call waits for its resource: an answer that came stands, however the resource fares."""
    return not held.called or held.problem.error_class not in _ANSWERS


def counted(park: Park) -> int:
    """How often a call has parked once it goes on from there: being held is no failure of its own."""
    return park.parks if park.held else park.parks + 1


def parked_too_long(park: Park) -> Problem:
    """What a park is answered with when its time is up."""
    message = f"{park.step} was parked for as long as it may be: {park.problem.message}"
    return Problem(ErrorClass.UNAVAILABLE, "parked-too-long", message)


def parked_too_often(problem: Problem) -> Problem:
    """Why a person has to see to a call that would park once more."""
    message = f"{problem.message} (the step has parked {MOST_PARKS} times, and what it calls is well)"
    return replace(problem, message=message)


def later(moment: Timestamp, seconds: float) -> Timestamp:
    """So many seconds later, or at the end of time."""
    return Timestamp(min(moment + int(min(seconds, LAST // SECOND) * SECOND), LAST))


def _delay(retry: Retry, attempt: int, key: str, problem: Problem) -> float:
    """Seconds before the next attempt. The jitter is a hash of the key, so that a replay waits alike."""
    delay = min(retry.delay * retry.factor ** min(attempt - 1, 64), retry.max_delay)
    if retry.full_jitter:
        drawn = hashlib.blake2b(f"{key}#{attempt}".encode(), digest_size=8).digest()
        delay *= int.from_bytes(drawn) / 2**64
    return max(delay, min(problem.retry_after or 0.0, retry.max_delay))
