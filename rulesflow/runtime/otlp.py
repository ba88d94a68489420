"""The sender of traces: OpenTelemetry, which is imported here and nowhere else.

A run may take days, and move between processes. So no span of it is held in memory: each is made at its end,
with times of before, and with an id that follows from the run's id and the command's. Whoever carries a run
on gives the same ids, so its steps find the run's span, which is told last.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from opentelemetry.context import Context, attach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from rulesflow import __version__
from rulesflow.model.errors import DecisionFailed, FactsRefused, RulesflowError
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.rules import Answer
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.lostspans import LostSpans
from rulesflow.runtime.records import Record
from rulesflow.workflows.commands import CallStep, CallUndo, Event, Held, Problem, Raised

logger = logging.getLogger(__name__)

_W3C: Final = TraceContextTextMapPropagator()
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_MOST_DECISIONS: Final = 100  # of one request that are told: a batch may have a hundred thousand
_MOST_RULES: Final = 100  # of one decision
_MOST_EVENTS: Final = 100  # of one run
_LAST: Final = 3.0  # seconds for what waits to be sent when the process ends
#: Who logs each header that is not as it should be: callers are not to fill our log with theirs.
_HEADERS: Final = ("opentelemetry.trace.span", "opentelemetry.trace.propagation.tracecontext")
#: What happened to a run, of the entries of its history that are no spans.
_EVENTS: Final = frozenset({"parked", "released", "held", "signal", "timeout", "retry", "sleep", "order"})

_Self = TypeVar("_Self")
_P = ParamSpec("_P")


def _harmless(tell: Callable[Concatenate[_Self, _P], None]) -> Callable[Concatenate[_Self, _P], None]:
    """The same, raising nothing: a defect here must cost spans, not orders."""

    @functools.wraps(tell)
    def told(self: _Self, /, *args: _P.args, **options: _P.kwargs) -> None:
        try:
            tell(self, *args, **options)
        except Exception:
            logger.exception("a span is lost by a defect")

    return told


class Sender:
    """A `rulesflow.runtime.tracing.Tracer` that sends spans by OTLP, as the standard variables say.

    Raises `ValueError` where they cannot be used.
    """

    def __init__(self) -> None:
        for name in _HEADERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        self._ids = _Ids()
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False, id_generator=self._ids)
        self._exporter = _Exporter(OTLPSpanExporter())
        self._processor = BatchSpanProcessor(self._exporter)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("rulesflow", __version__)

    @contextmanager
    def request(self, method: str, scheme: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[_Request]:
        """See `Tracer`."""
        known = method if method in _METHODS else "_OTHER"
        attributes = {"http.request.method": known, "url.scheme": scheme}
        name = known if known == method else "HTTP"
        with self._tracer.start_as_current_span(
            name,
            _parent(headers),
            SpanKind.SERVER,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            request = _Request(span, name)
            token = _REQUEST.set(request)
            try:
                yield request
            finally:
                _REQUEST.reset(token)
                request.end()

    def context(self) -> Mapping[str, str]:
        """See `Tracer`."""
        request = _REQUEST.get()
        return {} if request is None else _carrier(set_span_in_context(request.span, Context()))

    def decision(self, decision: str, digest: str, decide: Callable[[], Answer]) -> Answer:
        """See `Tracer`."""
        request = _REQUEST.get()
        if request is None or not request.takes_decision():
            return decide()
        attributes = {"rulesflow.decision": decision, "rulesflow.digest": digest}
        with self._tracer.start_as_current_span(
            f"decide {decision}", attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                answer = decide()
            except RulesflowError as error:
                _refused(span, error)
                raise
            if span.is_recording():  # a sampler may leave out what it likes
                span.set_attributes(_answered([rule.name for rule in answer.rules], answer.layers))
            return answer

    def run(self, order: Order) -> Run:
        """See `Tracer`."""
        return Run(self, order)

    def sampled(self, trace: int, name: str) -> bool:
        """Whether a trace that begins with a run is one of those to be told."""
        found = self._provider.sampler.should_sample(None, trace, name)
        return found.decision is Decision.RECORD_AND_SAMPLE

    def span(
        self,
        ids: tuple[int, int],
        name: str,
        parent: Context,
        started: Timestamp,
        attributes: Mapping[str, Any],
    ) -> Span:
        """A span of these ids of its trace and its own, begun at a moment of before."""
        with self._ids.planned(*ids):
            return self._tracer.start_span(name, parent, attributes=attributes, start_time=int(started))

    def close(self) -> None:
        """See `Tracer`."""
        ending = threading.Thread(target=self._processor.shutdown, name="rulesflow-traces", daemon=True)
        ending.start()
        ending.join(_LAST)
        if ending.is_alive():
            logger.warning("the last spans are lost, since the receiver of traces does not take them")
            self._exporter.shutdown()


class _Request:
    """The trace of one request."""

    def __init__(self, span: Span, method: str) -> None:
        self.span = span
        self._method = method
        self._decisions = 0

    @_harmless
    def replied(self, route: str | None, status: int) -> None:
        """See `RequestTrace`."""
        span = self.span
        span.set_attribute("http.response.status_code", status)
        if route is not None:
            span.set_attribute("http.route", route)
            span.update_name(f"{self._method} {route}")
        if status >= 500:
            span.set_attribute("error.type", str(status))
            span.set_status(StatusCode.ERROR)

    @_harmless
    def end(self) -> None:
        """Tell how many decisions there were, where not all of them are told."""
        if self._decisions > _MOST_DECISIONS:
            self.span.set_attribute("rulesflow.decisions", self._decisions)

    def takes_decision(self) -> bool:
        """Whether one more decision of the request is told."""
        self._decisions += 1
        return self._decisions <= _MOST_DECISIONS and self.span.is_recording()


class Run:
    """The trace of one run, as `RunTrace` has it."""

    def __init__(self, sender: Sender, order: Order) -> None:
        self._sender = sender
        self._order = order
        self._name = f"run {order.workflow}"
        self._before = _W3C.extract(order.trace, Context())
        self._id = _id(order.run)
        ordered = get_current_span(self._before).get_span_context()
        if not ordered.is_valid:
            trace = _id(order.run, "trace") << 64 | self._id
            flags = TraceFlags(
                TraceFlags.SAMPLED if sender.sampled(trace, self._name) else TraceFlags.DEFAULT
            )
            ordered = SpanContext(trace, self._id, False, flags)
        self._ordered = ordered
        self._sampled = ordered.trace_flags.sampled
        self._context = self._within(self._id)

    def enter(self, command: str) -> Mapping[str, str]:
        """See `RunTrace`."""
        context = self._within(_id(self._order.run, command))
        attach(context)  # the task ends with the call, so nobody need detach it
        return _carrier(context)

    @_harmless
    def called(
        self, command: CallStep | CallUndo, resource: str, event: Event, asked: Timestamp, started: Timestamp
    ) -> None:
        """See `RunTrace`. One that was not admitted took the time for which it asked."""
        if not self._sampled:
            return
        made = not isinstance(event, Held) or event.called
        undo = isinstance(command, CallUndo)
        attributes = {
            "rulesflow.run": self._order.run,
            "rulesflow.workflow": self._order.workflow,
            "rulesflow.step": command.step,
            "rulesflow.path": command.path,
            "rulesflow.resource": resource,
            "rulesflow.attempt": command.attempt,
            "rulesflow.undo": undo,
            "rulesflow.called": made,
            "rulesflow.queue_seconds": max(0, int(started) - int(asked)) / SECOND,
        }
        name = f"{'undo' if undo else 'step'} {command.step}"
        span = self._span(command.id, name, started if made else asked, attributes)
        if isinstance(event, Held) and (isinstance(command, CallUndo) or command.parks):
            span.add_event("rulesflow.parked", {"rulesflow.resource": resource}, int(event.at))
        if isinstance(event, Raised | Held):
            _failed(span, event.problem)
        span.end(int(event.at))

    @_harmless
    def recorded(self, record: Record) -> None:
        """See `RunTrace`. A decision takes no time of the run, unless it was waited for."""
        for taken in record.decisions if self._sampled else ():
            waited = taken["id"] == record.id
            self._decided(taken, record.started if waited else None, record.event.at if waited else None)

    def _decided(
        self, taken: Mapping[str, Any], started: Timestamp | None = None, ended: Timestamp | None = None
    ) -> None:
        attributes = {
            "rulesflow.run": self._order.run,
            "rulesflow.workflow": self._order.workflow,
            "rulesflow.path": taken["path"],
            "rulesflow.decision": taken["decision"],
            "rulesflow.digest": taken.get("digest", self._order.digest),
        }
        problem = taken.get("problem")
        if problem is None:
            attributes |= _answered([each["rule"] for each in taken["matched"]], taken["layers"])
        span = self._span(
            f"decide {taken['id']}", f"decide {taken['decision']}", started or taken["at"], attributes
        )
        if problem is not None:
            span.set_attributes({"rulesflow.outcome": problem["code"], "error.type": problem["code"]})
            span.set_status(StatusCode.ERROR)
        span.end(int(ended or taken["at"]))

    @_harmless
    def ended(self, drive: Drive, history: Sequence[Mapping[str, Any]]) -> None:
        """See `RunTrace`."""
        order, done = self._order, drive.done
        if done is None or not self._sampled:
            return
        for taken in drive.taken:
            self._decided(taken)
        attributes = {
            "rulesflow.run": order.run,
            "rulesflow.workflow": order.workflow,
            "rulesflow.digest": order.digest,
            "rulesflow.status": done.status,
        }
        ids = self._ordered.trace_id, self._id
        span = self._sender.span(ids, self._name, self._before, order.at, attributes)
        if span.is_recording():
            for entry in [each for each in history if each["type"] in _EVENTS][-_MOST_EVENTS:]:
                span.add_event(f"rulesflow.{entry['type']}", _about(entry), int(entry["at"]))
        if done.problem is not None:
            _failed(span, done.problem)
        span.end(int(drive.state.at))

    def _span(self, of: str, name: str, started: Timestamp, attributes: Mapping[str, Any]) -> Span:
        ids = self._ordered.trace_id, _id(self._order.run, of)
        return self._sender.span(ids, name, self._context, started, attributes)

    def _within(self, span: int) -> Context:
        """The context of what happens within a span of the run."""
        of = self._ordered
        within = SpanContext(of.trace_id, span, False, of.trace_flags, of.trace_state)
        return set_span_in_context(NonRecordingSpan(within), Context())


class _Exporter(SpanExporter):
    """Sends by another exporter, and has it said how that goes."""

    def __init__(self, exporter: OTLPSpanExporter) -> None:
        self._exporter = exporter
        self._lost = LostSpans()
        self._closing = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        with self._lost.sending():
            result = self._exporter.export(spans)
        self._lost.sent(len(spans), result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """Send no more, and wait for nothing."""
        if self._closing.acquire(blocking=False):  # the first time
            self._exporter.shutdown()  # type: ignore[no-untyped-call]
            self._lost.close()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True


class _Ids(RandomIdGenerator):
    """Gives the ids that are planned in this thread, else random ones."""

    def __init__(self) -> None:
        self._thread = threading.local()

    @contextmanager
    def planned(self, trace: int, span: int) -> Iterator[None]:
        """Give these to the span that is begun meanwhile."""
        self._thread.ids = trace, span
        try:
            yield
        finally:
            self._thread.ids = None

    def generate_trace_id(self) -> int:
        """See `RandomIdGenerator`."""
        planned: tuple[int, int] | None = getattr(self._thread, "ids", None)
        return planned[0] if planned else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """See `RandomIdGenerator`."""
        planned: tuple[int, int] | None = getattr(self._thread, "ids", None)
        return planned[1] if planned else super().generate_span_id()


_REQUEST: ContextVar[_Request | None] = ContextVar("rulesflow-request", default=None)


def _id(*parts: str) -> int:
    """64 bits that follow from texts; never zero, which is no id."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


def _parent(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """What a request says that it is part of; nothing, where that cannot be read, or is said twice."""
    found: dict[str, list[str]] = {"traceparent": [], "tracestate": []}
    for name, value in headers:
        if name in (b"traceparent", b"tracestate"):
            found[name.decode()].append(value.decode("latin-1"))
    if len(found["traceparent"]) != 1:
        return Context()
    return _W3C.extract(found, Context())


def _carrier(context: Context) -> dict[str, str]:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, context)
    return carrier


def _answered(rules: Sequence[str], layers: Sequence[str]) -> dict[str, Any]:
    """What is told of a decision."""
    return {
        "rulesflow.rule": rules[:_MOST_RULES],
        "rulesflow.layers": list(layers),
        "rulesflow.outcome": "decided",
    }


def _refused(span: Span, error: RulesflowError) -> None:
    """A decision that was not taken. Only what fails by the rules is a defect; facts are the caller's."""
    kinds = {DecisionFailed: "decision-failed", FactsRefused: "facts-refused"}
    outcome = next((name for kind, name in kinds.items() if isinstance(error, kind)), "refused")
    span.set_attributes({"rulesflow.outcome": outcome, "error.type": outcome})
    if isinstance(error, DecisionFailed):
        span.set_status(StatusCode.ERROR)


def _failed(span: Span, problem: Problem) -> None:
    """Its class and code, not its message, which may quote anything."""
    span.set_attributes({"error.type": problem.code, "rulesflow.error_class": str(problem.error_class)})
    span.set_status(StatusCode.ERROR)


def _about(entry: Mapping[str, Any]) -> dict[str, str]:
    """The names in an entry of a run's history."""
    named = {"path": entry.get("path"), "step": entry.get("step"), "signal": entry.get("signal")}
    named["action"] = (entry.get("order") or {}).get("action")
    return {f"rulesflow.{name}": text for name, text in named.items() if text}


def _resource() -> Resource:
    """What sends: ours, unless the standard variables call it by another name."""
    named = OTELResourceDetector().detect().attributes
    ours = {"service.name": "rulesflow", "service.version": __version__}
    return Resource.create({name: text for name, text in ours.items() if name not in named})
