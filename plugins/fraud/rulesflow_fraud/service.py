"""The score service: one POST, and what each failure means. Asking changes nothing, so it may be repeated."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from types import TracebackType
from urllib.parse import quote

import httpx

from rulesflow import ErrorClass, StepCall, StepError
from rulesflow_fraud.settings import Settings

_MEANING = {
    401: (ErrorClass.INVALID, "unauthorized"),
    403: (ErrorClass.INVALID, "unauthorized"),
    408: (ErrorClass.TIMEOUT, "timeout"),
    **dict.fromkeys((429, 502, 503, 504), (ErrorClass.UNAVAILABLE, "unavailable")),
}
_LONGEST = 86_400  # no service may put a run off for more than a day


class ScoreService:
    """A client of the service, which connects when first asked. Leaving it as a context disconnects it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> ScoreService:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def score(self, call: StepCall) -> tuple[Decimal, list[str]]:
        """The chance of fraud of a call's facts, 0 to 1, and the reasons. Raises `StepError`."""
        body = json.dumps(call.input, default=_number).encode()
        headers = {
            **call.trace,
            "Content-Type": "application/json",
            "X-Request-Id": quote(call.key, safe="/"),
        }
        try:
            reply = await self._connected().post("scores", content=body, headers=headers)
        except httpx.TimeoutException as error:
            raise _away(ErrorClass.TIMEOUT, error) from None
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as error:
            raise _away(ErrorClass.UNAVAILABLE, error) from None
        except httpx.HTTPError as error:
            raise _bad_answer(f"it cannot be read: {type(error).__name__}") from None
        if not reply.is_success:
            raise self._refusal(reply)
        return _score(reply)

    def _connected(self) -> httpx.AsyncClient:
        """The client; connections belong to the event loop that opened them."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = self._opened(), loop
        return self._client

    def _opened(self) -> httpx.AsyncClient:
        settings = self._settings
        secret = settings.api_key.get_secret_value() if settings.api_key else ""
        return httpx.AsyncClient(
            base_url=str(settings.base_url),
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=httpx.Timeout(settings.timeout, connect=settings.connect_timeout),
            limits=httpx.Limits(max_connections=settings.connections),
        )

    def _refusal(self, reply: httpx.Response) -> StepError:
        """The error for a reply that is no success; not quoting the reply, which may repeat a secret."""
        status = reply.status_code
        other = (ErrorClass.INVALID if 400 <= status < 500 else ErrorClass.INTERNAL, None)
        error_class, code = _MEANING.get(status, other)
        text = reply.headers.get("Retry-After", "").strip()
        after = (
            float(min(int(text), _LONGEST)) if text.isascii() and text.isdigit() and len(text) < 10 else None
        )
        message = f"the score service answered {status}"
        return StepError(error_class, message, code=code, retry_after=after)


def _score(reply: httpx.Response) -> tuple[Decimal, list[str]]:
    try:
        answer = json.loads(reply.content, parse_float=Decimal)
        value, reasons = answer["value"], answer.get("reasons", [])
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _bad_answer("it is no object with a value") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= 1:
        raise _bad_answer("its value is no number from 0 to 1")
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise _bad_answer("its reasons are no list of texts")
    return Decimal(value), reasons


def _number(value: object) -> object:
    """A decimal as JSON's number where that keeps it as it is, else as a text."""
    if not isinstance(value, Decimal):
        return str(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


def _away(error_class: ErrorClass, error: Exception) -> StepError:
    reason = f"{type(error).__name__}: {error}".rstrip(": ")
    return StepError(error_class, f"no answer from the score service: {reason}")


def _bad_answer(why: str) -> StepError:
    return StepError(ErrorClass.INTERNAL, f"the score service's answer is broken: {why}", code="bad-answer")
