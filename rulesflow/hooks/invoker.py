"""The invoker: calls the steps of plugins, and lets nothing out but what the step promised.

What comes back fits the step's output schema; everything else is a `StepError` of a class and a code that a
workflow can catch. Plain handlers run in threads of its own, asynchronous ones on the loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Final

from rulesflow.conditions import Value
from rulesflow.hooks.failure import told
from rulesflow.hooks.threads import AllThreadsHang, HandlerThreads
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.payload import PayloadRefused, as_payload
from rulesflow.schemas import SchemaMismatch
from rulesflow.workflows.step import ErrorClass, Handler, Step, StepCall, StepError
from rulesflow.workflows.stepschema import StepSchemas, step_schemas

logger = logging.getLogger(__name__)

THREADS: Final = 32
LARGEST_OUTPUT: Final = 1 << 20  # bytes
LONGEST_CALL: Final = 600.0  # seconds
_LONGEST_MESSAGE: Final = 2000


class Invoker:
    """Calls steps by name. `close` it when no step will be called any more.

    ``threads``: how many plain handlers may run at once. ``largest_output``: bytes of an output as JSON.
    ``longest_call``: seconds for a call that has no timeout of its own, so that none hangs for ever.
    """

    def __init__(
        self,
        steps: Mapping[str, Step],
        *,
        threads: int = THREADS,
        largest_output: int = LARGEST_OUTPUT,
        longest_call: float = LONGEST_CALL,
    ) -> None:
        self._steps = {name: _Compiled(step, step_schemas(step)) for name, step in steps.items()}
        self._threads = HandlerThreads(threads)
        self._largest_output = largest_output
        self._longest_call = longest_call

    @property
    def hanging(self) -> int:
        """How many threads are taken by handlers that did not come back in time."""
        return self._threads.hanging

    def knows(self, name: str) -> bool:
        """Whether some plugin has the step."""
        return name in self._steps

    def resource_of(self, name: str) -> str:
        """The resource that a step needs; of one that no plugin has, what it would need by default."""
        compiled = self._steps.get(name)
        return compiled.step.needs if compiled is not None else name.partition(".")[0]

    async def invoke(self, name: str, call: StepCall, timeout: float | None = None) -> Value:
        """Call a step once and give its output, with its times as `Timestamp`.

        ``timeout``: seconds for the handler; waiting for a thread does not count. Raises `StepError`.
        """
        compiled = self._steps.get(name)
        if compiled is None:
            raise self._unknown(name)
        call = replace(call, input=_input(compiled, call))
        timeout = self._longest_call if timeout is None else timeout
        try:
            output = await self._run(compiled.step, call, timeout)
        except TimeoutError:
            message = f"step {name} did not answer within {timeout:g} s; whether it took effect is unknown"
            raise StepError(ErrorClass.TIMEOUT, message) from None
        except AllThreadsHang as hang:
            message = f"step {name} cannot be called: {hang}"
            raise StepError(ErrorClass.UNAVAILABLE, message) from None
        if isinstance(output, _Failed):
            raise _error(compiled.step, output.error)
        return self._output(compiled, output)

    def close(self) -> None:
        """Take no more calls. Handlers that still run are not waited for."""
        self._threads.close()

    def _unknown(self, name: str) -> StepError:
        plugin = name.partition(".")[0]
        hint = did_you_mean(name, self._steps) or "once it is back, retry"
        message = f"no plugin has the step {name}; is the plugin {plugin} installed? {hint}"
        return StepError(ErrorClass.INTERNAL, message, code="unknown-step")

    async def _run(self, step: Step, call: StepCall, timeout: float) -> Any:
        started = asyncio.get_running_loop().time()
        if _is_async(step.handler):
            result = await _within(_awaited(lambda: step.handler(call)), timeout)
        else:
            result = await self._threads.run(lambda: _called(step.handler, call), timeout)
            if isawaitable(result):  # a plain function that gives a coroutine, as a partial may
                spent = asyncio.get_running_loop().time() - started
                result = await _within(_awaited(lambda: result), max(timeout - spent, 0.0))
        return result

    def _output(self, compiled: _Compiled, output: Any) -> Value:
        name = compiled.step.name
        try:
            return compiled.schemas.output.validate(as_payload(output, self._largest_output))
        except PayloadRefused as refused:
            reason = f"returned what is no JSON to keep: {refused}"
        except SchemaMismatch as mismatch:
            reason = f"returned what does not fit its output schema: {mismatch}"
        except RecursionError:
            reason = "returned what is nested too deep"
        logger.error("step %s %s", name, reason)
        raise StepError(ErrorClass.INTERNAL, f"step {name} {reason}")


@dataclass(frozen=True, slots=True)
class _Compiled:
    step: Step
    schemas: StepSchemas


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a handler raised, as a value: not every exception can travel through a future."""

    error: BaseException


def _input(compiled: _Compiled, call: StepCall) -> Any:
    """The input as plain JSON, once it fits: a copy, which the handler may do with as it likes."""
    try:
        payload = as_payload(call.input)
        compiled.schemas.input.validate(payload)
    except (PayloadRefused, SchemaMismatch) as refused:
        message = f"step {compiled.step.name} does not take this input: {refused}"
        raise StepError(ErrorClass.INVALID, message) from None
    return payload


def _error(step: Step, error: BaseException) -> StepError:
    """The error as the step may raise it; anything else is internal, and logged."""
    if isinstance(error, StepError):
        declared = {str(each): each for each in ErrorClass} | dict(step.errors)
        expected = declared.get(error.code)
        if expected == error.error_class:
            return _tidied(error)
        if expected is None:
            hint = did_you_mean(str(error.code), declared) or "declare it in Step(errors=…)"
            reason = f"failed with the code {error.code}, which it does not declare ({hint}): {error.message}"
        else:
            reason = (
                f"failed with the code {error.code} as {error.error_class}, "
                f"and declares it as {expected}: {error.message}"
            )
    else:
        reason = f"failed: {told(error)}"
    logger.error("step %s %s", step.name, reason, exc_info=error)
    return StepError(ErrorClass.INTERNAL, _cut(f"step {step.name} {reason}"))


def _tidied(error: StepError) -> StepError:
    """A copy that holds no frame of the plugin, with a message that can be kept."""
    wait = error.retry_after
    usable = isinstance(wait, int | float) and math.isfinite(wait) and wait >= 0
    message = _cut(str(error.message) or str(error.error_class))
    return StepError(
        error.error_class, message, code=error.code, retry_after=float(wait) if usable and wait else None
    )


def _cut(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"


def _is_async(handler: Callable[..., Any]) -> bool:
    return iscoroutinefunction(handler) or iscoroutinefunction(type(handler).__call__)


def _called(handler: Handler, call: StepCall) -> Any:
    try:
        return handler(call)
    except BaseException as error:  # in a thread of ours, even SystemExit is only the plugin's
        return _Failed(error)


async def _awaited(make: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await make()
    except GeneratorExit:
        raise
    except BaseException as error:  # cancellation too: whoever asked for it no longer waits
        return _Failed(error)


async def _within(work: Awaitable[Any], timeout: float) -> Any:
    """What the work gives. One that does not end when it is cancelled is left behind."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=timeout)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()
