"""What comes of the cases of workflows: which fail and why, and which steps they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rulesflow.conditions import Value
from rulesflow.schemas import SchemaMismatch
from rulesflow.schemas.expectation import difference
from rulesflow.workflows.cases import WorkflowCase
from rulesflow.workflows.commands import Event, TakeDecision
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.mocks import UNDO
from rulesflow.workflows.places import fits, places
from rulesflow.workflows.simulate import Simulated, SimulationFailed, simulate
from rulesflow.workflows.stepschema import StepSchemas


@dataclass(frozen=True, slots=True)
class WorkflowResult:
    """What came of a case. ``failure`` says what differs, None where all is as expected."""

    case: WorkflowCase
    failure: str | None
    run: Simulated | None


@dataclass(frozen=True, slots=True)
class StepCoverage:
    """A step of a workflow and the number of cases in which a run came to it."""

    workflow: str
    step: str
    file: str
    line: int
    cases: int


@dataclass(frozen=True, slots=True)
class WorkflowReport:
    """All results, and the coverage of every step, in the order of the files."""

    results: tuple[WorkflowResult, ...]
    coverage: tuple[StepCoverage, ...]

    @property
    def failures(self) -> tuple[WorkflowResult, ...]:
        """The cases that did not come out as expected."""
        return tuple(each for each in self.results if each.failure is not None)

    @property
    def uncovered(self) -> tuple[StepCoverage, ...]:
        """The steps that no case has shown."""
        return tuple(each for each in self.coverage if not each.cases)


def run_workflow_cases(
    workflows: Iterable[Workflow],
    cases: Sequence[WorkflowCase],
    decide: Callable[[TakeDecision], Event],
    steps: Mapping[str, StepSchemas],
) -> WorkflowReport:
    """Simulate every case and compare. ``decide`` and ``steps`` are those of `simulate`."""
    results = tuple(_run(case, decide, steps) for case in cases)
    return WorkflowReport(results, tuple(_coverage(workflows, results)))


def _run(
    case: WorkflowCase, decide: Callable[[TakeDecision], Event], steps: Mapping[str, StepSchemas]
) -> WorkflowResult:
    run = partial(simulate, case.workflow, decide=decide, mocks=case.mocks, at=case.at, steps=steps)
    try:
        given = case.workflow.input.validate(case.input)
        simulated = run(given, signals=case.signals)
    except SchemaMismatch as mismatch:
        return WorkflowResult(case, f"the input does not fit the workflow's schema: {mismatch}", None)
    except SimulationFailed as failed:
        return WorkflowResult(case, str(failed), None)
    return WorkflowResult(case, _difference(case, simulated), simulated)


def _difference(case: WorkflowCase, run: Simulated) -> str | None:
    """What differs first, in the order in which an author would ask."""
    expected = case.expected
    found = _status(expected.status, run)
    if found is None and expected.path is not None:
        found = _listed(expected.path, run.path, "path")
    if found is None and expected.error is not None:
        code = run.problem.code if run.problem else None
        found = difference(expected.error, code, "error")
    if found is None and expected.has_output:
        found = difference(expected.output, run.output, "output")
    if found is None and expected.undone is not None:
        found = _listed(expected.undone, run.undone, "undone")
    if found is None:
        found = next(filter(None, (_called(path, part, run) for path, part in expected.calls.items())), None)
    if found is not None:
        return f"{found} ({_story(run)})"
    return _left(run)


def _status(expected: str | None, run: Simulated) -> str | None:
    """A case that names no status may end in any way but in an incident."""
    if expected is None:
        wrong = run.status in ("incident", "undoing")
        return "status: nobody expected an incident" if wrong else None
    return None if expected == run.status else f"status: expected {expected}, got {run.status}"


def _listed(expected: Sequence[str], actual: Sequence[str], what: str) -> str | None:
    if tuple(expected) == tuple(actual):
        return None
    pairs = zip(expected, actual, strict=False)
    place = next((n for n, (one, other) in enumerate(pairs) if one != other), None)
    if place is None:
        place = min(len(expected), len(actual))
    wanted, got = (each[place] if place < len(each) else "the end" for each in (expected, actual))
    return f"{what}: at {place + 1} expected {wanted}, got {got}"


def _called(path: str, expected: Value, run: Simulated) -> str | None:
    """Whether the last call of a path was given this."""
    inputs = [each.input for each in run.calls if each.path + (UNDO if each.undo else "") == path]
    return difference(expected, inputs[-1], f"calls: {path}") if inputs else f"calls: {path} was not called"


def _left(run: Simulated) -> str | None:
    """What a case has prepared in vain."""
    for path, number in run.answers_left.items():
        return (
            f"mocks: {path}: {number} of the listed answers {'was' if number == 1 else 'were'} not asked for"
        )
    never = [each.name for each in run.signals_left if each.after is None]
    return f"signals: nobody waited for {never[0]} ({_story(run)})" if never else None


def _story(run: Simulated) -> str:
    """How the run went, in a line."""
    told = f"{run.status} after {_line(run.path)}"
    if run.undone:
        told += f"; undone: {_line(run.undone)}"
    if run.problem is not None:
        told += f"; {run.problem.code}: {run.problem.message}"
    if run.status == "waiting" and run.waits:
        told += f"; for signal {', '.join(run.waits)}"
    return told


def _line(paths: Sequence[str]) -> str:
    return ", ".join(paths) or "no step"


def _coverage(workflows: Iterable[Workflow], results: Iterable[WorkflowResult]) -> Iterable[StepCoverage]:
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        for step in _visited(result):
            counts[step] = counts.get(step, 0) + 1
    for workflow in workflows:
        for place in places(workflow):
            if place.workflow is workflow:
                count = counts.get((workflow.name, place.own), 0)
                span = place.node.span
                yield StepCoverage(workflow.name, place.own, span.file, span.line, count)


def _visited(result: WorkflowResult) -> set[tuple[str, str]]:
    """The steps that the run of a case came to, each by its workflow and its path there."""
    paths = set(result.run.path) if result.run else set()
    return {
        (place.workflow.name, place.own)
        for place in places(result.case.workflow)
        if any(fits(place.path, path) for path in paths)
    }
