"""The cases of workflows, run: their decisions are taken by the rules of the same folder."""

from __future__ import annotations

from rulesflow.rules import COST_LIMIT
from rulesflow.runtime.drive import decide, outcome
from rulesflow.runtime.project import LoadedProject
from rulesflow.workflows.casereport import WorkflowReport, run_workflow_cases
from rulesflow.workflows.commands import Event, TakeDecision
from rulesflow.workflows.simulate import Decider
from rulesflow.workflows.stepschema import StepSchemas, step_schemas


def run_cases_of(project: LoadedProject) -> WorkflowReport:
    """Simulate all cases of a project that loaded without error."""
    workflows = project.workflows.values()
    return run_workflow_cases(workflows, project.workflow_cases, decider(project), schemas_of(project))


def decider(project: LoadedProject) -> Decider:
    """What decides by the rules of a project."""

    def by_the_rules(command: TakeDecision) -> Event:
        return outcome(decide(project, command, COST_LIMIT), command.at)

    return by_the_rules


def schemas_of(project: LoadedProject) -> dict[str, StepSchemas]:
    """What the steps of the plugins take and give."""
    around = project.surroundings
    if around is None:
        return {}
    return {name: step_schemas(step, around.zone) for name, step in around.steps.items()}
