"""What a shop that really runs sends to a receiver of traces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from receiver import Receiver, Span, serving

from serving import ROOT, wait_until
from shopfront import Shop, open_shop, purchase

SERVER = 2  # kind


@dataclass
class Asked:
    """A score service that notes by which traces it is asked."""

    url: str = ""
    traceparents: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    """The service, which finds nothing wrong with any order."""
    service = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.traceparents.append(self.headers["traceparent"])
            self.rfile.read(int(self.headers["content-length"]))
            body = b'{"value": 0, "reasons": []}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with serving(Handler) as service.url:
        yield service


@pytest.fixture(scope="module")
def settings(receiver: Receiver, asked: Asked) -> dict[str, str]:
    """The shop sends its traces to the receiver, and asks the score service."""
    return {**receiver.environment, "RULESFLOW_PLUGINS__FRAUD__BASE_URL": asked.url}


TRACE, CALLER = "ab" * 16, "cd" * 8


def test_an_order_is_one_tree_from_the_callers_span_to_each_step(shop: Shop, receiver: Receiver) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    body = {"workflow": "order", "input": purchase("tree", total=90)}
    reply = shop.client.post("/v1/runs", json=body, headers=headers, params={"wait": "20s"}).json()
    assert reply["status"] == "completed"
    receiver.until(
        lambda spans: {"POST /v1/runs", "run order"} <= {s.name for s in spans if s.trace == TRACE}
    )
    (request,) = [span for span in receiver.of(TRACE) if span.kind == SERVER]
    assert (request.name, request.parent) == ("POST /v1/runs", CALLER)
    assert request.attributes["http.route"] == "/v1/runs"
    assert request.attributes["http.request.method"] == "POST"
    (run,) = [span for span in receiver.of(TRACE) if span.name == "run order"]
    assert run.parent == request.id
    assert run.attributes["rulesflow.run"] == reply["id"]
    assert run.attributes["rulesflow.status"] == "completed"
    assert run.attributes["rulesflow.digest"] == reply["digest"]
    within = [span for span in receiver.of(TRACE) if span not in (request, run)]
    assert {span.parent for span in within} == {run.id}
    assert all(run.started <= span.started <= span.ended <= run.ended for span in within)
    assert len({span.id for span in within}) == len(within)
    assert _steps(within) == sorted(
        (each["step"], each["path"], each["attempt"]) for each in reply["attempts"]
    )
    assert _decisions(within) == sorted(
        (each["decision"], [rule["rule"] for rule in each["matched"]], each["layers"])
        for each in reply["decisions"]
    )


def test_a_span_of_an_order_tells_nothing_of_who_ordered(shop: Shop, receiver: Receiver) -> None:
    shop.until(shop.run("order", purchase("secret"))["id"], "completed")
    receiver.until(lambda spans: any(span.name == "run order" for span in spans))
    told = json.dumps([[span.name, span.attributes] for span in receiver.spans])
    assert "C-secret" not in told
    assert "A-secret" not in told


def test_a_decision_is_a_span_of_its_request_and_names_its_rules(shop: Shop, receiver: Receiver) -> None:
    headers = {"traceparent": f"00-{'12' * 16}-{CALLER}-01"}
    reply = shop.client.post("/v1/decisions/shipping", json={"facts": purchase(1)}, headers=headers).json()
    receiver.until(lambda spans: len(receiver.of("12" * 16)) == 2)
    decision, request = sorted(receiver.of("12" * 16), key=lambda span: span.kind)
    assert (decision.name, decision.parent) == ("decide shipping", request.id)
    assert request.name == "POST /v1/decisions/{decision}"
    assert decision.attributes["rulesflow.rule"] == [each["rule"] for each in reply["matched"]]
    assert decision.attributes["rulesflow.layers"] == reply["layers"]
    assert decision.attributes["rulesflow.digest"] == reply["digest"]
    assert decision.attributes["rulesflow.outcome"] == "decided"


def test_facts_that_are_refused_are_told_and_are_no_defect(shop: Shop, receiver: Receiver) -> None:
    headers = {"traceparent": f"00-{'13' * 16}-{CALLER}-01"}
    body = {"facts": {**purchase(1), "order": {"total": "many"}}}
    assert shop.client.post("/v1/decisions/shipping", json=body, headers=headers).status_code == 422
    receiver.until(lambda spans: len(receiver.of("13" * 16)) == 2)
    decision, request = sorted(receiver.of("13" * 16), key=lambda span: span.kind)
    assert decision.attributes["rulesflow.outcome"] == "facts-refused"
    assert request.attributes["http.response.status_code"] == 422
    assert not decision.failed
    assert not request.failed


def test_of_a_large_batch_a_hundred_decisions_are_told_and_the_others_counted(
    shop: Shop, receiver: Receiver
) -> None:
    headers = {"traceparent": f"00-{'14' * 16}-{CALLER}-01"}
    body = [{"facts": purchase(number)} for number in range(130)]
    assert len(shop.client.post("/v1/decisions/shipping/batch", json=body, headers=headers).json()) == 130
    receiver.until(lambda spans: any(span.kind == SERVER for span in receiver.of("14" * 16)))
    (request,) = [span for span in receiver.of("14" * 16) if span.kind == SERVER]
    assert request.attributes["rulesflow.decisions"] == 130
    assert len([span for span in receiver.of("14" * 16) if span.parent == request.id]) == 100


@pytest.mark.parametrize(
    "sent",
    [
        [f"00-{'15' * 16}-{CALLER}"],
        [f"00-{'15' * 16}-{'0' * 16}-01"],
        [f"00-{'0' * 32}-{CALLER}-01"],
        [f"ff-{'15' * 16}-{CALLER}-01"],
        [f"00-{'15' * 16}-{CALLER}-01", f"00-{'15' * 16}-{CALLER}-01"],
        ["é" * 600],
        [""],
    ],
    ids=["no flags", "no span", "no trace", "version ff", "twice", "no text", "empty"],
)
def test_a_traceparent_that_cannot_be_read_begins_a_trace_of_its_own(
    shop: Shop, receiver: Receiver, sent: list[str]
) -> None:
    before = len(receiver.named("GET /v1/decisions"))
    headers = [(b"traceparent", each.encode()) for each in sent]
    assert shop.client.get("/v1/decisions", headers=headers).status_code == 200
    receiver.until(lambda _: len(receiver.named("GET /v1/decisions")) > before)
    span = receiver.named("GET /v1/decisions")[-1]
    assert "traceparent" not in "".join(shop.log)
    assert span.parent == ""
    assert span.trace not in ("15" * 16, "0" * 32)


def test_a_span_is_named_by_its_route_and_by_nothing_that_callers_make_up(
    shop: Shop, receiver: Receiver
) -> None:
    for path in ("/v1/runs/made-up-1", "/v1/runs/made-up-2", "/v1/made-up-3", "/made-up-4", "/livez"):
        shop.client.get(path)
    shop.client.request("PROPFIND", "/v1/runs")
    receiver.until(lambda spans: any(span.name.startswith("HTTP") for span in spans))
    assert len(receiver.named("GET /v1/runs/{run}")) >= 2
    told = json.dumps([[span.name, span.attributes] for span in receiver.spans if span.kind == SERVER])
    assert "made-up" not in told.lower()
    assert "livez" not in told


def test_a_step_that_parks_and_one_that_is_undone_are_told(shop: Shop, receiver: Receiver) -> None:
    assert shop.client.post("/v1/resources/shipping/open", json={}).status_code == 200
    run = shop.run("order", purchase("parked"))["id"]
    wait_until(lambda: "park" in [each["kind"] for each in shop.show(run)["waiting_for"]], 20)
    assert shop.order(run, "cancel", reason="regret").status_code == 200
    shop.client.post("/v1/resources/shipping/close", json={})
    shop.until(run, "cancelled")

    def mine() -> list[Span]:
        return [span for span in receiver.spans if span.attributes.get("rulesflow.run") == run]

    receiver.until(lambda _: "run order" in [span.name for span in mine()])
    spans = {span.name: span for span in mine()}
    held = spans["step shipping.label"]
    assert [event.name for event in held.events] == ["rulesflow.parked"]
    assert held.attributes["error.type"] == "circuit-open"
    assert held.attributes["rulesflow.called"] is False
    assert spans["undo payment.refund"].attributes["rulesflow.undo"] is True
    whole = spans["run order"]
    assert whole.attributes["rulesflow.status"] == "cancelled"
    assert ("rulesflow.parked", "ship") in [
        (event.name, event.attributes.get("rulesflow.path")) for event in whole.events
    ]
    assert {span.parent for span in mine() if span is not whole} == {whole.id}


def test_a_step_that_fails_tells_its_class_and_code_and_not_its_message(
    shop: Shop, receiver: Receiver
) -> None:
    assert shop.payment is not None
    shop.payment.control(decline=True)
    try:
        shown = shop.until(shop.run("order", purchase("declined"))["id"], "failed", "completed")
    finally:
        shop.payment.control(decline=None)
    receiver.until(lambda _: any(span.failed for span in receiver.named("step payment.charge")))
    (charge,) = [span for span in receiver.named("step payment.charge") if span.failed]
    assert charge.attributes["rulesflow.run"] == shown["id"]
    assert charge.attributes["error.type"] == "declined"
    assert charge.attributes["rulesflow.error_class"] == "rejected"


def test_a_run_goes_on_in_its_trace_after_its_process_was_killed(tmp_path: Path, receiver: Receiver) -> None:
    trace = "16" * 16
    url = f"sqlite:///{tmp_path / 'state.db'}"
    with open_shop(tmp_path, ROOT / "rules", url, environment=receiver.environment) as shop:
        body = {"workflow": "order", "input": {**purchase("killed"), "payment": {"score": 0.7}}}
        headers = {"traceparent": f"00-{trace}-{CALLER}-01"}
        run = shop.client.post("/v1/runs", json=body, headers=headers).json()["id"]
        shop.until(run, "waiting")
        receiver.until(
            lambda _: {"step fraud.score", "POST /v1/runs"} <= {s.name for s in receiver.of(trace)}
        )
        shop.kill()
        first = [span.id for span in receiver.of(trace)]
        shop.start()
        assert shop.signal(run, "approval", {"verdict": "approved"}).status_code < 300
        shop.until(run, "completed", seconds=60)
        receiver.until(lambda _: "run order" in [span.name for span in receiver.of(trace)])
    spans = receiver.of(trace)
    whole = next(span for span in spans if span.name == "run order")
    (request,) = [span for span in spans if span.kind == SERVER]
    assert whole.parent == request.id
    assert {span.parent for span in spans if span not in (whole, request)} == {whole.id}
    assert {"step payment.charge", "step shipping.label"} <= {s.name for s in spans if s.id not in first}
    steps = [span.attributes["rulesflow.path"] for span in spans if span.name.startswith("step ")]
    assert sorted(steps) == sorted(set(steps))
    assert "rulesflow.signal" in [event.name for event in whole.events]


def test_services_that_steps_ask_join_the_trace(shop: Shop, receiver: Receiver, asked: Asked) -> None:
    run = shop.run("order", purchase("joined"))["id"]
    shop.until(run, "completed")

    def mine() -> list[Span]:
        return [s for s in receiver.named("step fraud.score") if s.attributes["rulesflow.run"] == run]

    receiver.until(lambda _: mine())
    (step,) = mine()
    assert f"00-{step.trace}-{step.id}" in [each.rpartition("-")[0] for each in asked.traceparents]


def _steps(spans: list[Span]) -> list[tuple[Any, ...]]:
    names = ("rulesflow.step", "rulesflow.path", "rulesflow.attempt")
    steps = [span for span in spans if span.name.startswith("step ")]
    return sorted(tuple(span.attributes[name] for name in names) for span in steps)


def _decisions(spans: list[Span]) -> list[tuple[Any, ...]]:
    names = ("rulesflow.decision", "rulesflow.rule", "rulesflow.layers")
    decisions = [span for span in spans if span.name.startswith("decide ")]
    return sorted(tuple(span.attributes[name] for name in names) for span in decisions)
