"""What a refusal of the payment service means for the run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from rulesflow import ErrorClass, StepError

_LONGEST = 86_400.0  # no service may put a run off for more than a day

#: Status -> class and code. 502 and 504 come from something in between, which cannot know what was done.
_MEANING: dict[int, tuple[ErrorClass, str]] = {
    401: (ErrorClass.INVALID, "unauthorized"),
    402: (ErrorClass.REJECTED, "declined"),
    403: (ErrorClass.INVALID, "unauthorized"),
    404: (ErrorClass.INVALID, "not-found"),
    408: (ErrorClass.TIMEOUT, "timeout"),
    409: (ErrorClass.CONFLICT, "conflict"),
    429: (ErrorClass.UNAVAILABLE, "unavailable"),
    502: (ErrorClass.TIMEOUT, "timeout"),
    503: (ErrorClass.UNAVAILABLE, "unavailable"),
    504: (ErrorClass.TIMEOUT, "timeout"),
}
#: The service's word for a conflict -> the code that the steps declare.
_CONFLICTS = {"stopped": "taken-back", "already-refunded": "already-refunded", "not-open": "not-open"}


def failure(reply: httpx.Response, secret: str) -> StepError:
    """The error for a reply that is no success; ``secret`` never stands in its message."""
    status = reply.status_code
    word, message = _told(reply)
    error_class, code = _MEANING.get(status, _other(status))
    if error_class is ErrorClass.CONFLICT:
        code = _CONFLICTS.get(word, code)
    text = f"the payment service answered {status}" + (f": {message}" if message else "")
    if secret:
        text = text.replace(secret, "***")
    return StepError(error_class, text, code=code, retry_after=_retry_after(reply))


def _other(status: int) -> tuple[ErrorClass, str]:
    if 400 <= status < 500:
        return ErrorClass.INVALID, "invalid"
    return ErrorClass.INTERNAL, "internal"


def _told(reply: httpx.Response) -> tuple[str, str]:
    """The service's own code and message, where it gave them."""
    try:
        error = json.loads(reply.content)["error"]
        return str(error["code"]), str(error["message"])[:200]
    except (ValueError, LookupError, TypeError):
        return "", ""


def _retry_after(reply: httpx.Response) -> float | None:
    """Seconds, from a count or a date."""
    text = reply.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else _until(text)
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST)


def _until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
