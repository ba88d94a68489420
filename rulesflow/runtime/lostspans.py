"""Lost spans: what the log says where the receiver of traces is away, or too slow.

OpenTelemetry would log each batch that fails. Here it is said once, and once more when the receiver is back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

logger = logging.getLogger(__name__)

#: Who logs what happens to a batch, and who logs that more spans come than can be sent.
_SENDS: Final = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
_QUEUES: Final = logging.getLogger("opentelemetry.sdk._shared_internal")


class LostSpans:
    """Counts the spans that are lost. ``close`` it, or its words replace those of OpenTelemetry for good."""

    def __init__(self) -> None:
        self._lost = 0
        self._reason = _Reason()
        self._full = _Full()
        _SENDS.addFilter(self._reason)
        _QUEUES.addFilter(self._full)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """The time in which a batch is sent by this thread."""
        self._reason.thread.sends = True
        try:
            yield
        finally:
            self._reason.thread.sends = False

    def sent(self, spans: int, well: bool) -> None:
        """So many were sent, or were not."""
        if not well:
            if not self._lost:
                logger.warning("traces do not reach their receiver, so spans are lost: %s", self._reason.text)
            self._lost += spans
        elif self._lost:
            logger.warning("traces reach their receiver again; %d spans were lost", self._lost)
            self._lost = 0

    def close(self) -> None:
        """Say no more."""
        _SENDS.removeFilter(self._reason)
        _QUEUES.removeFilter(self._full)


class _Reason(logging.Filter):
    """Keeps what is logged while we send."""

    def __init__(self) -> None:
        super().__init__()
        self.text = "no reason was given"
        self.thread = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what comes of others that send."""
        if not getattr(self.thread, "sends", False):
            return True
        self.text = record.getMessage()
        return False


class _Full(logging.Filter):
    """Says once that the queue is full."""

    def __init__(self) -> None:
        super().__init__()
        self._said = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass all else."""
        if not record.getMessage().startswith("Queue full"):
            return True
        if not self._said:
            self._said = True
            hint = "see OTEL_BSP_MAX_QUEUE_SIZE, or sample with OTEL_TRACES_SAMPLER"
            logger.warning("more spans come than their receiver takes, so some are lost; %s", hint)
        return False
