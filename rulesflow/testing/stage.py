"""The stage of a test: real plugins, a real invoker, and a loop in a thread on which they live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.hooks.invoker import Invoker
from rulesflow.hooks.manager import load_plugins
from rulesflow.hooks.settings import PluginSettings
from rulesflow.model.payload import as_payload
from rulesflow.model.rendering import as_text
from rulesflow.model.times import Timestamp, parse_timestamp
from rulesflow.rules import Answer
from rulesflow.runtime.catalog import now
from rulesflow.runtime.loading import load_folder
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.workflow_cases import decider, schemas_of
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.emitted import Emitted
from rulesflow.workflows.mocks import Mock
from rulesflow.workflows.simulate import SignalGiven, Simulated, simulate
from rulesflow.workflows.step import StepCall, StepError

_ORIGIN: Final = "the fixture plugin_settings"
_T = TypeVar("_T")


class Stage:
    """What the fixtures do. `close` it when the test is over. ``emitted``: by all attempts so far."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]], only: Collection[str] | None) -> None:
        self.plugins = load_plugins(PluginSettings.of(settings, _ORIGIN), only=only)
        self._invoker = Invoker(self.plugins.steps)
        self.emitted: list[Emitted] = []
        self._begun: Future[None] = Future()
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="rulesflow-stage", daemon=True)
        self._thread.start()
        self._begun.result()

    def close(self) -> None:
        """End the plugins, the threads and the loop. Raises `PluginError` where a plugin fails to end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._invoker.close()
        self._ended.result()

    def run_step(
        self,
        name: str,
        given: Mapping[str, Any] | None = None,
        *,
        key: str = "test/step/1",
        attempt: int = 1,
        timeout: float | None = 10,
    ) -> Any:
        """One attempt at a step. Raises `StepError`."""
        run, _, path = key.partition("/")
        call = StepCall({} if given is None else given, key, run, path.rpartition("/")[0] or path, attempt)
        try:
            return self._wait(self._invoker.invoke(name, call, timeout))
        finally:
            self.emitted += call.emissions.close()

    def decide(
        self, folder: Path | str, name: str, facts: Mapping[str, Any], at: str | None = None
    ) -> Answer:
        """One decision. Raises `RequestRefused` for a name or facts that do not fit."""
        ruleset = self._project(folder).ruleset
        assert ruleset is not None
        return ruleset.decide(name, as_payload(facts), _moment(at, ruleset.zone))

    def run_workflow(
        self,
        folder: Path | str,
        name: str,
        given: Mapping[str, Any],
        *,
        mocks: Mapping[str, Any] | None = None,
        signals: Sequence[tuple[str, Any]] = (),
        at: str | None = None,
    ) -> Simulated:
        """One run. Raises `SimulationFailed` where a mock is missing, `SchemaMismatch` for a wrong input."""
        project = self._project(folder)
        assert project.ruleset is not None
        if name not in project.workflows:
            known = ", ".join(project.workflows) or "none"
            pytest.fail(f"there is no workflow {name}; workflows: {known}", pytrace=False)
        workflow = project.workflows[name]
        return simulate(
            workflow,
            workflow.input.validate(as_payload(given)),
            decide=decider(project),
            mocks={path: _answers(answers) for path, answers in (mocks or {}).items()},
            at=_moment(at, project.ruleset.zone),
            signals=[SignalGiven(signal, as_payload(payload)) for signal, payload in signals],
            steps=schemas_of(project),
        )

    def _project(self, folder: Path | str) -> LoadedProject:
        """The folder, loaded with the plugins; read anew each time, for a test may change it."""
        loaded = load_folder(read_folder(Path(folder)), self.plugins)
        if loaded.ruleset is None:
            pytest.fail(f"{folder} does not load:\n{as_text(loaded.errors, loaded.files)}", pytrace=False)
        return loaded

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            (self._ended if self._begun.done() else self._begun).set_exception(error)
        else:
            self._ended.set_result(None)

    async def _live(self) -> None:
        """The life of the plugins, in one task, as a service has it."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self.plugins.lifespan():
            self._begun.set_result(None)
            await self._stop.wait()


def _moment(at: str | None, zone: tzinfo) -> Timestamp:
    return now() if at is None else parse_timestamp(at, zone)


def _answers(answers: Any) -> list[Mock]:
    return [_mock(each) for each in (answers if isinstance(answers, list) else [answers])]


def _mock(answer: Any) -> Mock:
    if isinstance(answer, StepError):
        return Mock(problem=Problem(answer.error_class, answer.code, answer.message, answer.retry_after))
    return Mock(as_payload(answer))
