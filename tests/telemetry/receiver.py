"""A receiver of traces: a real HTTP server that takes OTLP and reads its protobuf."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from serving import wait_until


@dataclass(frozen=True)
class Event:
    """What happened within a span."""

    name: str
    at: int
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A span as it came; ids in hexadecimal, times in nanoseconds, ``parent`` empty for a root."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    started: int
    ended: int
    failed: bool
    attributes: dict[str, Any]
    events: tuple[Event, ...]
    resource: dict[str, Any]


@dataclass
class Receiver:
    """What has come. ``status``: what it answers; ``tries``: how often it has."""

    url: str
    spans: list[Span] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    tries: int = 0

    def of(self, trace: str) -> list[Span]:
        """The spans of a trace, in the order in which they came."""
        return [span for span in self.spans if span.trace == trace]

    def named(self, name: str) -> list[Span]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def until(self, state: Callable[[list[Span]], Any]) -> list[Span]:
        """Wait until what has come is so; all of it."""
        wait_until(lambda: state([*self.spans]), 60)
        return [*self.spans]

    @property
    def environment(self) -> dict[str, str]:
        """With this a process sends its traces here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        taken = self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf"
        status = self.receiver.status if taken else 404
        if status == 200:
            self.receiver.headers.append(dict(self.headers))
            self.receiver.spans += _read(body)
        self.receiver.tries += 1
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver("")
    with serving(type("Handler", (_Handler,), {"receiver": receiver})) as receiver.url:
        yield receiver


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """An HTTP server on a free port; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(body: bytes) -> list[Span]:
    return [
        _span(span, _attributes(each.resource.attributes))
        for each in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in each.scope_spans
        for span in scope.spans
    ]


def _span(span: Any, resource: dict[str, Any]) -> Span:
    events = tuple(Event(e.name, e.time_unix_nano, _attributes(e.attributes)) for e in span.events)
    return Span(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code == span.status.STATUS_CODE_ERROR,
        _attributes(span.attributes),
        events,
        resource,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind)
