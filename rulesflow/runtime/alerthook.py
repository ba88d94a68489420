"""The webhook of alerts: openings and closings are posted, and tried again until they arrive."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import httpx
from sqlalchemy.exc import SQLAlchemyError
from standardwebhooks import Webhook

from rulesflow.runtime.alertstore import AlertStore, Delivery
from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.patience import told

logger = logging.getLogger(__name__)

_TIMEOUT: Final = 5.0  # seconds for all of a delivery, from looking up the host to the status
_GLANCE: Final = 0.1  # seconds between two looks whether it is to stop
_EVERY: Final = 1.0
_LONGEST: Final = 300  # seconds between two tries
_REST: Final = 60  # seconds, at most, in which nothing is posted to who does not answer
_TOO_OLD: Final = 86_400  # seconds after which it is given up
_MOST: Final = 200
_WELL: Final = range(200, 300)


class AlertHook:
    """``start`` it, ``stop`` it. ``leads``: whether this process looks after alerts, so that one posts.

    The address may hold a secret, so it is never told. Whoever receives knows a delivery by its header
    ``X-Rulesflow-Delivery``: one that was cut off is posted again with the same. Of its answer only the
    status is read. Where none comes, all deliveries rest for a while: the next would only wait as long.

    ``secret``, ``whsec_`` and base64: each try is signed with it, as Standard Webhooks has it
    (https://www.standardwebhooks.com); None: none is.
    """

    def __init__(
        self, store: AlertStore, address: str, leads: Callable[[], bool], secret: str | None = None
    ) -> None:
        self._store = store
        self._address = address
        self._leads = leads
        self._signer = None if secret is None else Webhook(secret)
        self._silent = 0  # times in a row that no answer came
        self._rests_until = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rulesflow-alert-hook", daemon=True)

    def start(self) -> None:
        """Begin to post."""
        self._thread.start()

    def stop(self) -> None:
        """End; a delivery that goes on is cut off, and stays to be posted. Blocks."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_TIMEOUT)

    def _work(self) -> None:
        while not self._stopping.wait(_EVERY):
            if not self._leads():
                continue
            try:
                self.post_all()
            except SQLAlchemyError as error:
                logger.debug("alerts wait to be posted: %s", told(error))
            except Exception:
                logger.exception("alerts could not be posted; it is tried again")

    def post_all(self) -> None:
        """Post what is due. Blocks."""
        now = time.time_ns() // 1000
        for delivery in self._store.deliveries(_MOST):
            if self._stopping.is_set() or time.monotonic() < self._rests_until:
                return
            if delivery.due_at <= now:
                self._post(delivery, now)

    def _post(self, delivery: Delivery, now: int) -> None:
        problem = self._problem(delivery)
        if problem is None:
            self._store.posted(delivery, well=True)
        elif self._stopping.is_set():
            return
        elif now - delivery.created_at > _TOO_OLD * MICROS:
            logger.warning("an alert is not posted any more, after %d tries: %s", delivery.attempts, problem)
            self._store.posted(delivery, well=False)
        else:
            if not delivery.attempts:
                logger.warning("an alert could not be posted, and is tried again: %s", problem)
            pause = min(2 ** min(delivery.attempts, 10), _LONGEST)
            self._store.postpone(delivery, now + pause * MICROS)

    def _problem(self, delivery: Delivery) -> str | None:
        """Why it has not arrived; None where it has."""
        try:
            status = asyncio.run(self._status(delivery))
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # its text may hold the address
            return type(error).__name__
        if status is None:
            self._rests_until = time.monotonic() + min(2 ** min(self._silent, 10), _REST)
            self._silent += 1
            return f"the webhook does not answer within {_TIMEOUT:g} s"
        self._silent = 0
        return None if status in _WELL else f"the webhook answers {status}"

    async def _status(self, delivery: Delivery) -> int | None:
        """What it is answered with; None where that takes too long, or this is to stop."""
        asked = asyncio.create_task(self._ask(delivery))
        until = time.monotonic() + _TIMEOUT
        while time.monotonic() < until and not self._stopping.is_set():
            if (await asyncio.wait({asked}, timeout=_GLANCE))[0]:
                return asked.result()
        asked.cancel()
        return None

    async def _ask(self, delivery: Delivery) -> int:
        """Its status. The body is left unread, however long, and a redirect is not followed."""
        headers = {"Content-Type": "application/json", "X-Rulesflow-Delivery": delivery.id}
        headers |= self._signature(delivery)
        async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client:
            request = client.stream("POST", self._address, content=delivery.body, headers=headers)
            async with request as answer:
                return answer.status_code

    def _signature(self, delivery: Delivery) -> dict[str, str]:
        """The headers by which who receives it can tell that it is ours, and of now."""
        if self._signer is None:
            return {}
        now = datetime.now(UTC)
        return {
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(delivery.id, now, delivery.body),
        }
