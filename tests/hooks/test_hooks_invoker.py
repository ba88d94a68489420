from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rulesflow import EmitRefused, Emitted, ErrorClass, Step, StepCall, StepError
from rulesflow.hooks.invoker import Invoker
from rulesflow.model.times import parse_timestamp

ANYTHING = {"type": "object"}
CAUSE = contextvars.ContextVar("cause", default="none")


class Steps:
    """Steps by name, called through an invoker of their own."""

    def __init__(self, *steps: Step, **more: Any) -> None:
        self.invoker = Invoker({step.name: step for step in steps}, **more)

    def call(self, name: str, given: Any = None, timeout: float | None = 10) -> Any:
        return asyncio.run(self.acall(name, given, timeout))

    async def acall(self, name: str, given: Any = None, timeout: float | None = 10) -> Any:
        return await self.invoker.invoke(name, StepCall(given or {}, "r/a/1", "r", "a"), timeout)

    def error(self, name: str, given: Any = None, timeout: float | None = 10) -> StepError:
        with pytest.raises(StepError) as caught:
            self.call(name, given, timeout)
        return caught.value


def step(handler: Any, **more: Any) -> Steps:
    return Steps(Step("a.b", handler, **more))


def failing(error: BaseException, **more: Any) -> Steps:
    def handler(call: StepCall) -> None:
        raise error

    return step(handler, **more)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Opens at the end of the test at the latest, so that no thread hangs for longer."""
    event = threading.Event()
    yield event
    event.set()


# -- input and output ---------------------------------------------------------------------------------------


def test_a_plain_handler_runs_in_a_thread_and_an_asynchronous_one_on_the_loop() -> None:
    async def loop(call: StepCall) -> dict[str, str]:
        return {"thread": threading.current_thread().name}

    def thread(call: StepCall) -> dict[str, str]:
        return {"thread": threading.current_thread().name}

    steps = Steps(Step("a.loop", loop), Step("a.thread", thread))
    assert steps.call("a.loop") == {"thread": "MainThread"}
    assert steps.call("a.thread")["thread"].startswith("rulesflow-step-")


def test_whatever_is_awaitable_is_awaited() -> None:
    class Handler:
        async def __call__(self, call: StepCall, more: int = 0) -> dict[str, int]:
            await asyncio.sleep(0)
            return {"x": 1 + more}

    async def handler(more: int, call: StepCall) -> dict[str, int]:
        return {"x": 1 + more}

    assert step(Handler()).call("a.b") == {"x": 1}
    assert step(functools.partial(handler, 2)).call("a.b") == {"x": 3}
    assert step(lambda call: handler(3, call)).call("a.b") == {"x": 4}


def test_a_handler_sees_plain_json_with_exact_numbers_and_the_key() -> None:
    seen: list[StepCall] = []

    def handler(call: StepCall) -> dict[str, Any]:
        seen.append(call)
        call.input["at"] = "changed"  # type: ignore[index]
        return {}

    due = parse_timestamp("2026-11-27T08:00:00Z")
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
    given = {"amount": Decimal("0.1"), "at": due, "lines": [{"quantity": 2}]}
    step(handler, input=schema).call("a.b", given)
    assert seen == [StepCall({**given, "at": "changed"}, "r/a/1", "r", "a")]
    assert given["at"] is due


def test_times_come_back_as_conditions_know_them() -> None:
    schema = {
        "type": "object",
        "required": ["at"],
        "properties": {"at": {"type": "string", "format": "date-time"}},
    }
    steps = step(lambda call: {"at": "2026-11-27T09:00:00+01:00"}, output=schema)
    assert steps.call("a.b") == {"at": parse_timestamp("2026-11-27T08:00:00Z")}


def test_floats_become_exact_and_tuples_lists() -> None:
    assert step(lambda call: {"x": (0.1, 1e3)}).call("a.b") == {"x": [Decimal("0.1"), 1000]}


def test_input_that_does_not_fit_is_our_mistake_and_calls_nobody() -> None:
    called: list[StepCall] = []
    schema = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}
    error = step(called.append, input=schema).error("a.b", {"sku": 3})
    assert (error.error_class, error.code) == (ErrorClass.INVALID, "invalid")
    assert error.message.startswith("step a.b does not take this input: /sku: must be a string; it is 3")
    assert called == []


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ({"x": {1}}, "returned what is no JSON to keep: /x: a set is no JSON; give a list"),
        ({"x": float("nan")}, "returned what is no JSON to keep: /x: a number must be finite"),
        ({1: 2}, "returned what is no JSON to keep: the key 1 is no string"),
        ({"x": "y" * 200}, "returned what is no JSON to keep: /x: it has more than 100 bytes"),
        (None, "returned what does not fit its output schema: the value: must be an object; it is null"),
        ({"x": "one"}, "returned what does not fit its output schema: /x: must be a number; it is"),
    ],
)
def test_output_that_is_not_as_promised_is_internal(
    output: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "number"}}}
    error = (
        step(
            lambda call: output,
            output=schema,
        ).error("a.b")
        if "100" not in told
        else Steps(Step("a.b", lambda call: output), largest_output=100).error("a.b")
    )
    assert (error.error_class, error.code) == (ErrorClass.INTERNAL, "internal")
    assert error.message.startswith(f"step a.b {told}")
    assert caplog.records[0].message == error.message


# -- errors -------------------------------------------------------------------------------------------------


def test_a_declared_error_is_let_through_as_it_is() -> None:
    raised = StepError("rejected", "no money", code="declined", retry_after=3)
    error = failing(raised, errors={"declined": ErrorClass.REJECTED}).error("a.b")
    assert (error.error_class, error.code, error.message) == (ErrorClass.REJECTED, "declined", "no money")
    assert error.retry_after == 3


@pytest.mark.parametrize("error_class", list(ErrorClass))
def test_a_class_alone_needs_no_declaration(error_class: ErrorClass) -> None:
    error = failing(StepError(error_class, "so it is")).error("a.b")
    assert (error.error_class, error.code) == (error_class, str(error_class))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("declned", "which it does not declare (did you mean declined?): no money"),
        ("zzz", "which it does not declare (declare it in Step(errors=…)): no money"),
        ("declined", "failed with the code declined as conflict, and declares it as rejected: no money"),
    ],
)
def test_an_error_that_is_not_as_declared_is_internal(code: str, told: str) -> None:
    error = failing(
        StepError("conflict", "no money", code=code), errors={"declined": ErrorClass.REJECTED}
    ).error("a.b")
    assert (error.error_class, error.code) == (ErrorClass.INTERNAL, "internal")
    assert error.message.endswith(told)


@pytest.mark.parametrize("retry_after", [float("nan"), float("inf"), -1.0, "soon"])
def test_a_delay_that_is_none_is_left_out(retry_after: Any) -> None:
    assert failing(StepError("unavailable", "away", retry_after=retry_after)).error("a.b").retry_after is None


@pytest.mark.parametrize(
    "raised",
    [ValueError("broken"), StopIteration("broken"), SystemExit("broken"), KeyboardInterrupt("broken")],
)
def test_any_exception_is_internal_with_its_type_and_message_and_is_logged(
    raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(call: StepCall) -> None:
        raise raised

    plain = failing(raised).error("a.b")
    assert (plain.error_class, plain.code) == (ErrorClass.INTERNAL, "internal")
    assert plain.message.startswith(f"step a.b failed: {type(raised).__name__}: broken (hooks/test_hooks_inv")
    assert "Traceback" not in plain.message
    assert caplog.records[0].exc_info is not None
    if not isinstance(raised, StopIteration):  # in a coroutine it is a RuntimeError
        assert step(handler).error("a.b").message.startswith(f"step a.b failed: {type(raised).__name__}: ")


def test_a_handler_that_cancels_itself_is_internal() -> None:
    async def handler(call: StepCall) -> None:
        raise asyncio.CancelledError

    assert step(handler).error("a.b").error_class is ErrorClass.INTERNAL


def test_a_long_or_unprintable_message_can_be_kept() -> None:
    message = failing(StepError("rejected", "\ud800" + "x" * 10_000)).error("a.b").message
    assert message.encode().startswith(b"\\ud800x")
    assert len(message) == 2001


def test_a_step_that_no_plugin_has_names_the_plugin_and_what_is_close() -> None:
    error = step(print).error("stock.reserve")
    assert (error.error_class, error.code) == (ErrorClass.INTERNAL, "unknown-step")
    assert error.message == (
        "no plugin has the step stock.reserve; is the plugin stock installed? once it is back, retry"
    )
    assert step(print).error("a.bb").message.endswith("did you mean a.b?")


# -- time ---------------------------------------------------------------------------------------------------


def test_an_asynchronous_handler_is_cancelled_when_its_time_is_up() -> None:
    ended: list[str] = []

    async def handler(call: StepCall) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    error = step(handler).error("a.b", timeout=0.01)
    assert (error.error_class, error.code) == (ErrorClass.TIMEOUT, "timeout")
    assert error.message == "step a.b did not answer within 0.01 s; whether it took effect is unknown"
    assert ended == ["cancelled"]


def test_an_asynchronous_handler_that_will_not_end_is_left_behind() -> None:
    async def stubborn(call: StepCall) -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                continue

    assert step(stubborn).error("a.b", timeout=0.01).error_class is ErrorClass.TIMEOUT


def test_who_cancels_a_call_cancels_its_handler() -> None:
    ended: list[str] = []
    begun = asyncio.Event()

    async def handler(call: StepCall) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def main() -> None:
        task = asyncio.ensure_future(step(handler).acall("a.b", timeout=None))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ended == ["cancelled"]


def test_a_call_without_a_timeout_does_not_hang_for_ever(gate: threading.Event) -> None:
    async def handler(call: StepCall) -> None:
        await asyncio.Event().wait()

    steps = Steps(Step("a.loop", handler), Step("a.hang", lambda call: gate.wait(60)), longest_call=0.01)
    for name in ("a.loop", "a.hang"):
        assert steps.error(name, timeout=None).error_class is ErrorClass.TIMEOUT


def test_a_plain_handler_that_hangs_is_counted_until_it_ends(gate: threading.Event) -> None:
    steps = Steps(Step("a.hang", lambda call: gate.wait(60) and {}), Step("a.b", lambda call: {}), threads=2)
    error = steps.error("a.hang", timeout=0.01)
    assert (error.error_class, error.code) == (ErrorClass.TIMEOUT, "timeout")
    assert steps.invoker.hanging == 1
    assert steps.call("a.b") == {}
    gate.set()
    while steps.invoker.hanging:
        gate.wait(0.001)
    assert [steps.call("a.b"), steps.call("a.b")] == [{}, {}]


def test_when_all_threads_hang_nobody_waits_for_one(gate: threading.Event) -> None:
    steps = Steps(Step("a.hang", lambda call: gate.wait(60) and {}), Step("a.b", lambda call: {}), threads=2)

    async def main() -> list[Any]:
        calls = [steps.acall("a.hang", timeout=0.05), steps.acall("a.hang", timeout=0.05)]
        queued = [steps.acall("a.b", timeout=None) for _ in range(3)]
        return await asyncio.gather(*calls, *queued, return_exceptions=True)

    results = asyncio.run(main())
    assert [each.error_class for each in results] == [ErrorClass.TIMEOUT] * 2 + [ErrorClass.UNAVAILABLE] * 3
    error = steps.error("a.b")
    assert (error.error_class, error.code) == (ErrorClass.UNAVAILABLE, "unavailable")
    assert "all 2 threads are held by steps that did not come back in time" in error.message
    gate.set()
    while steps.invoker.hanging:
        gate.wait(0.001)
    assert steps.call("a.b") == {}


def test_waiting_for_a_thread_does_not_count(gate: threading.Event) -> None:
    def handler(call: StepCall) -> dict[str, Any]:
        gate.wait(0.05)
        return {}

    steps = Steps(Step("a.b", handler), threads=1)

    async def main() -> list[Any]:
        return await asyncio.gather(*(steps.acall("a.b", timeout=1) for _ in range(30)))

    assert asyncio.run(main()) == [{}] * 30


def test_many_calls_at_once_take_no_more_threads_than_there_are() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def handler(call: StepCall) -> dict[str, Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.001)
        with lock:
            running -= 1
        return {}

    steps = Steps(Step("a.b", handler), threads=4)

    async def main() -> list[Any]:
        return await asyncio.gather(*(steps.acall("a.b") for _ in range(200)))

    assert asyncio.run(main()) == [{}] * 200
    assert 2 <= most <= 4


def test_a_thread_knows_the_context_of_the_caller() -> None:
    steps = step(lambda call: {"cause": CAUSE.get()})
    CAUSE.set("order 7")
    assert steps.call("a.b") == {"cause": "order 7"}


def test_a_handler_that_hangs_does_not_keep_the_process_from_ending() -> None:
    code = (
        "import asyncio, time\n"
        "from rulesflow import Step, StepCall, StepError\n"
        "from rulesflow.hooks.invoker import Invoker\n"
        "invoker = Invoker({'a.b': Step('a.b', lambda call: time.sleep(600))})\n"
        "try: asyncio.run(invoker.invoke('a.b', StepCall({}, 'k', 'r', 'a'), 0.01))\n"
        "except StepError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("timeout\n", "")


def test_closing_ends_the_threads() -> None:
    steps = step(lambda call: {"thread": threading.get_ident()})
    ident = steps.call("a.b")["thread"]
    (thread,) = [each for each in threading.enumerate() if each.ident == ident]
    steps.invoker.close()
    thread.join(timeout=20)
    assert not thread.is_alive()


def test_what_a_handler_prints_in_its_error_stays_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        error = failing(ValueError("one\ntwo")).error("a.b")
    assert error.message.startswith("step a.b failed: ValueError: one two (")


# -- events -------------------------------------------------------------------------------------------------


def emitting(emit: Any) -> Any:
    def handler(call: StepCall) -> dict[str, Any]:
        emit(call)
        return {}

    return step(handler)


async def called(steps: Steps, timeout: float = 10) -> tuple[StepCall, Any]:
    call = StepCall({}, "r/a/1", "r", "a")
    try:
        return call, await steps.invoker.invoke("a.b", call, timeout)
    except StepError as error:
        return call, error


def test_what_a_handler_emits_is_kept_with_its_call_wherever_it_runs() -> None:
    async def handler(call: StepCall) -> dict[str, Any]:
        call.emit("loop", {"rate": 0.1, "list": (1, 2)})
        await asyncio.to_thread(call.emit, "thread", {}, id="t-1")
        return {}

    call, _ = asyncio.run(called(step(handler)))
    assert call.emitted == (
        Emitted("loop", {"rate": Decimal("0.1"), "list": [1, 2]}),
        Emitted("thread", {}, "t-1"),
    )
    call, _ = asyncio.run(called(emitting(lambda call: call.emit("plain", {"a": 1}))))
    assert call.emissions.close() == (Emitted("plain", {"a": 1}),)


def test_what_is_emitted_is_a_copy() -> None:
    data = {"lines": [1]}
    call = StepCall({}, "r/a/1", "r", "a")
    call.emit("a", data)
    data["lines"].append(2)
    assert call.emitted == (Emitted("a", {"lines": [1]}),)


def test_a_handler_that_fails_has_emitted_all_the_same() -> None:
    def emit(call: StepCall) -> None:
        call.emit("tried", {})
        raise StepError("rejected", "no")

    call, error = asyncio.run(called(emitting(emit)))
    assert isinstance(error, StepError)
    assert call.emitted == (Emitted("tried", {}),)


DEEP: Any = {}
for _ in range(41):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("no type", {}), "'no type' is no type of events: letters, digits, and . _ - / make one"),
        ((None, {}), "None is no type of events"),
        (("", {}), "'' is no type of events"),
        (("a.b", [1]), "the data of a.b is a list; give a dict, as events.yaml describes it"),
        (("a.b", None), "the data of a.b is a NoneType; give a dict"),
        (
            ("a.b", {"x": {"y": {1, 2}}}),
            "the data of a.b is no JSON to keep: /x/y: a set is no JSON; give a list",
        ),
        (("a.b", {"x": float("nan")}), "the data of a.b is no JSON to keep: /x: "),
        (("a.b", {"x": "a" * 70_000}), "it has more than 65,536 bytes"),
        (("a.b", DEEP), "the data of a.b is nested deeper than 40 levels"),
        (("a.b", {}, 7), "the id of a.b is 7; give a printable text of at most 128 characters"),
        (("a.b", {}, ""), "the id of a.b is ''; give a printable text"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_cannot_be_emitted_is_told_at_once_with_the_place_in_the_plugin(
    given: Any, message: str
) -> None:
    with pytest.raises(EmitRefused) as refused:
        StepCall({}, "r/a/1", "r", "a").emit(*given)
    assert message in str(refused.value)
    _, error = asyncio.run(called(emitting(lambda call: call.emit(*given))))
    assert error.error_class == "internal"
    assert f"EmitRefused: {refused.value}"[:200] in error.message
    assert "hooks/test_hooks_invoker.py:" in error.message


def test_an_attempt_emits_a_hundred_events_at_most_and_none_once_it_is_over() -> None:
    call = StepCall({}, "r/a/1", "r", "a")
    for number in range(100):
        call.emit("a", {"n": number})
    with pytest.raises(EmitRefused, match="a is one event too many: an attempt may emit 100"):
        call.emit("a", {})
    assert len(call.emissions.close()) == 100
    with pytest.raises(EmitRefused, match="a is emitted too late: the attempt is over"):
        call.emit("a", {})
