"""Whether and how traces are sent: the standard variables, a receiver that is away, and what is loaded."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import get_current_span
from receiver import Receiver, receiving

from live_project import START
from rulesflow.hooks.invoker import Invoker
from rulesflow.runtime.drive import Order
from rulesflow.runtime.otlp import Sender
from rulesflow.runtime.telemetry import find_tracer
from rulesflow.settings import SettingsError
from rulesflow.workflows.commands import Done
from rulesflow.workflows.step import Step, StepCall
from serving import ROOT, wait_until
from shopfront import open_shop, purchase

HERE = "http://127.0.0.1:4318"
SAMPLED = f"00-{'ab' * 16}-{'cd' * 8}-01"
_BLOCKED = """
import sys
class Block:
    def find_spec(self, name, *_):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Block())
from rulesflow.cli import main
sys.argv = ["rulesflow", "serve", "--database", "none", "--rules", "rules", "--port", "0"]
main()
"""
_LOADED = """
import sys
from rulesflow.app import create_app
from rulesflow.settings import read_settings
create_app(read_settings({"rules": "rules", "database_url": "none"}))
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))])
"""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, which the variables of this process name."""
    with receiving() as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        yield started


def request(sender: Sender, *headers: tuple[bytes, bytes]) -> Mapping[str, str]:
    """One request; the headers by which what it orders joins its trace."""
    with sender.request("POST", "http", headers) as trace:
        trace.replied("/v1/runs", 202)
        return sender.context()


def order(trace: Mapping[str, str] | None = None, run: str = "run-7") -> Order:
    return Order(run, "order", "d1", {}, START, trace=trace or {})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_SDK_DISABLED": "TRUE"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_nobody_traces_where_no_receiver_is_named_or_tracing_is_off(given: dict[str, str]) -> None:
    assert find_tracer(given) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"},
            "OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' is no",
        ),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "x"},
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x' is no address",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' is not spoken here; set http/protobuf",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_TRACES_EXPORTER": "zipkin"},
            "OTEL_TRACES_EXPORTER: traces are sent by otlp or by none, not by 'zipkin'",
        ),
    ],
)
def test_what_is_set_and_cannot_be_done_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        find_tracer(given)


def test_limits_that_contradict_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "5")
    with pytest.raises(SettingsError, match="OpenTelemetry"):
        find_tracer({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE})


def test_the_standard_variables_name_the_service_and_the_headers(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=seven")
    sender = Sender()
    request(sender)
    sender.close()
    (span,) = receiver.spans
    assert span.resource["service.name"] == "shop"
    assert span.resource["deployment.environment.name"] == "test"
    assert receiver.headers[0]["x-tenant"] == "seven"


def test_what_a_caller_does_not_sample_is_not_sent_and_not_sampled_further_on(receiver: Receiver) -> None:
    sender = Sender()
    context = request(sender, (b"traceparent", SAMPLED[:-1].encode() + b"0"))
    assert context["traceparent"].endswith("-00")
    _carried_out(sender, order(context))
    sender.close()
    assert receiver.spans == []


def test_a_sampler_samples_a_run_as_a_whole(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    sender = Sender()
    for number in range(40):
        _carried_out(sender, order(run=f"run-{number}"))
    sender.close()
    runs = {span.trace for span in receiver.spans if span.name == "run order"}
    assert 0 < len(runs) < 40
    assert {span.trace for span in receiver.spans} == runs


def test_a_run_that_nobody_traced_at_first_has_one_trace_in_whatever_process(receiver: Receiver) -> None:
    first, second = Sender(), Sender()
    _carried_out(first, order())
    _carried_out(second, order())
    first.close()
    second.close()
    assert len({span.trace for span in receiver.spans}) == 1
    assert len({span.id for span in receiver.named("run order")}) == 1


def test_an_order_of_before_has_no_trace_and_a_broken_one_harms_no_run() -> None:
    frozen = order().freeze()
    assert "trace" not in frozen
    assert Order.thaw(frozen).trace == {}
    for broken in (7, [1], {"traceparent": 7}, None):
        assert Order.thaw({**frozen, "trace": broken}).trace == {}
    traced = order({"traceparent": SAMPLED})
    assert Order.thaw(traced.freeze()) == traced


def test_what_a_handler_traces_is_part_of_its_step_in_a_thread_too(receiver: Receiver) -> None:
    sender = Sender()
    found: list[int] = []

    def plain(_: StepCall) -> dict[str, Any]:
        found.append(get_current_span().get_span_context().span_id)
        return {}

    async def awaited(call: StepCall) -> dict[str, Any]:
        return plain(call)

    async def run() -> list[str]:
        invoker = Invoker({name: Step(name, handler) for name, handler in (("a.b", plain), ("a.c", awaited))})

        async def one(name: str) -> str:
            headers = sender.run(order({"traceparent": SAMPLED})).enter(name)
            await invoker.invoke(name, StepCall({}, "k", "r", "a", 1, headers))
            return headers["traceparent"].split("-")[2]

        ids = [await asyncio.create_task(one(name)) for name in ("a.b", "a.c")]
        invoker.close()
        return ids

    ids = asyncio.run(run())
    sender.close()
    assert [f"{each:016x}" for each in found] == ids
    assert len(set(ids)) == 2


def test_a_receiver_that_is_away_is_told_once_and_again_when_it_is_back(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 404
    sender = Sender()
    with caplog.at_level(logging.DEBUG, "rulesflow"):
        for _ in range(3):
            tries = receiver.tries
            request(sender)
            wait_until(lambda tries=tries: receiver.tries > tries)
        receiver.status = 200
        request(sender)
        sender.close()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [each.partition(":")[0] for each in told] == [
        "traces do not reach their receiver, so spans are lost",
        "traces reach their receiver again; 3 spans were lost",
    ]
    assert "404" in told[0]
    assert len(receiver.spans) == 1


def test_more_spans_than_can_be_sent_are_lost_and_told_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    receiver.status = 503
    sender = Sender()
    for _ in range(500):
        request(sender)
    receiver.status = 200
    sender.close()
    told = [record.getMessage() for record in caplog.records if "more spans come" in record.getMessage()]
    assert len(told) == 1


def test_orders_go_on_and_the_service_ends_where_the_receiver_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        url = f"sqlite:///{tmp_path / 'state.db'}"
        with open_shop(tmp_path, ROOT / "rules", url, environment=environment) as shop:
            shop.until(shop.run("order", purchase("silent"))["id"], "completed")
            process = shop.process
            assert process is not None
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(timeout=30) in (0, -signal.SIGTERM)  # uvicorn passes on what has ended it
            wait_until(lambda: "the last spans are lost" in "".join(shop.log))
            assert "Traceback" not in "".join(shop.log)


def test_without_a_receiver_nothing_of_opentelemetry_is_loaded() -> None:
    done = _python(_LOADED)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_receiver_without_opentelemetry_is_refused_at_the_start() -> None:
    done = _python(_BLOCKED, OTEL_EXPORTER_OTLP_ENDPOINT=HERE)
    assert done.returncode == 2
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is set" in done.stderr
    assert "pip install 'rulesflow[otel]'" in re.sub(r"\s+", " ", done.stderr)
    assert "Traceback" not in done.stderr


def test_opentelemetry_is_imported_by_one_module() -> None:
    line = re.compile(r"^\s*(?:from|import) opentelemetry", re.MULTILINE)
    importing = [path.name for path in (ROOT / "rulesflow").rglob("*.py") if line.search(path.read_text())]
    assert importing == ["otlp.py"]


class _Ended:
    """As much of a drive as its end needs."""

    done = Done("completed")
    taken = (
        {"id": "a", "path": "a", "decision": "fee", "matched": [], "layers": [], "digest": "d", "at": START},
    )
    state = type("State", (), {"at": START})


def _carried_out(sender: Sender, ordered: Order) -> None:
    sender.run(ordered).ended(_Ended, [])  # type: ignore[arg-type]


def _python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
