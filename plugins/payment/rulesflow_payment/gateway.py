"""The connection to the payment service: POSTs with an idempotency key, and what each failure means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from rulesflow import ErrorClass, StepCall, StepError
from rulesflow_payment.replies import failure
from rulesflow_payment.settings import Settings

_HEALTH = "health"
#: The service may have done its work, or may yet: only an answer would have told.
_UNKNOWN = (httpx.ReadTimeout, httpx.WriteTimeout, httpx.NetworkError, httpx.RemoteProtocolError)
#: The request never left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Gateway:
    """A client of the service, which connects when first asked. Leaving it as a context disconnects it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Gateway:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def post(self, path: str, call: StepCall, body: Mapping[str, Any]) -> dict[str, Any]:
        """The service's answer to the POST that a call makes. Numbers in it are exact. Raises `StepError`."""
        headers = {**call.trace, "Idempotency-Key": key_text(call.key)}
        try:
            reply = await self._connected().post(path, json=body, headers=headers)
        except _NOT_SENT as error:
            raise StepError(
                ErrorClass.UNAVAILABLE, f"no connection to the payment service: {_name(error)}"
            ) from None
        except _UNKNOWN as error:
            message = f"no answer from the payment service: {_name(error)}"
            raise StepError(ErrorClass.TIMEOUT, message) from None
        except httpx.HTTPError as error:
            message = f"the payment service cannot be read: {type(error).__name__}"
            raise StepError(ErrorClass.INTERNAL, message, code="bad-answer") from None
        if not reply.is_success:
            raise failure(reply, self._secret())
        try:
            answer = json.loads(reply.content, parse_float=Decimal)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise bad_answer("it is no JSON object")
        return answer

    async def is_well(self) -> bool:
        """Whether the service says so; one that has no health path is well as long as it answers."""
        try:
            reply = await self._connected().get(_HEALTH)
        except httpx.HTTPError:
            return False
        return not reply.is_server_error and reply.status_code != httpx.codes.TOO_MANY_REQUESTS

    def _connected(self) -> httpx.AsyncClient:
        """The client; connections belong to the event loop that opened them."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = self._opened(), loop
        return self._client

    def _opened(self) -> httpx.AsyncClient:
        settings = self._settings
        secret = self._secret()
        return httpx.AsyncClient(
            base_url=str(settings.base_url),
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=httpx.Timeout(settings.timeout, connect=settings.connect_timeout),
            limits=httpx.Limits(max_connections=settings.connections),
        )

    def _secret(self) -> str:
        return self._settings.api_key.get_secret_value() if self._settings.api_key else ""


def key_text(key: str) -> str:
    """An idempotency key as a header can carry it; most stay as they are."""
    return quote(key, safe="/:._-~!$&'()*+,;=@[]#?")


def bad_answer(why: str) -> StepError:
    """The service said yes, but not so that we could be sure of what."""
    return StepError(ErrorClass.INTERNAL, f"the payment service's answer is broken: {why}", code="bad-answer")


def _name(error: Exception) -> str:
    """The kind of a failure, and what the system said, which holds no header of ours."""
    return f"{type(error).__name__}: {error}".rstrip(": ")
