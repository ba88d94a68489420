"""The sample shop's workflows: they load, their cases pass and show every step and every end."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.runtime.loading import load_folder, plugins_for
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.workflow_cases import run_cases_of
from rulesflow.workflows.casereport import WorkflowReport, WorkflowResult
from rulesflow.workflows.definition import Cases, Conditions, Fail, Stop, Target, Wait
from rulesflow.workflows.places import places
from rulesflow.workflows.simulate import Simulated

RULES = Path(__file__).parents[2] / "rules"
WORKFLOWS = {"back-order", "investigate", "order", "refund"}


@pytest.fixture(scope="module")
def project() -> LoadedProject:
    folder = read_folder(RULES)
    return load_folder(folder, plugins_for(folder))


@pytest.fixture(scope="module")
def report(project: LoadedProject) -> WorkflowReport:
    return run_cases_of(project)


def test_the_shop_loads_with_its_workflows_and_without_a_single_diagnostic(project: LoadedProject) -> None:
    assert project.diagnostics == ()
    assert set(project.workflows) == WORKFLOWS


def test_every_case_of_the_workflows_passes(report: WorkflowReport) -> None:
    assert [(each.case.name, each.failure) for each in report.failures] == []


def test_every_step_is_shown_by_a_case_and_every_workflow_has_some(report: WorkflowReport) -> None:
    assert [f"{each.file}:{each.line} {each.step}" for each in report.uncovered] == []
    counts = Counter(each.case.workflow.name for each in report.results)
    assert set(counts) == WORKFLOWS
    assert min(counts.values()) >= 5


def test_every_failure_that_a_workflow_may_end_with_is_shown_by_a_case(
    project: LoadedProject, report: WorkflowReport
) -> None:
    written = {
        target.code
        for workflow in project.workflows.values()
        for place in places(workflow)
        for target in targets(place.node)
        if isinstance(target, Fail)
    }
    assert len(written) >= 7
    shown = {each.run.problem.code for each in report.results if each.run and each.run.problem}
    assert written <= shown


def test_every_step_that_a_branch_leads_to_is_come_to_from_there(
    project: LoadedProject, report: WorkflowReport
) -> None:
    """Which step follows which is seen in the paths, at top level, where nothing runs side by side."""
    order = project.workflows["order"]
    wanted = {
        (name, target.step)
        for name, node in order.nodes.items()
        for target in targets(node)
        if not isinstance(target, Fail) and target.step is not None
    }
    runs = [each.run for each in report.results if each.run and each.case.workflow is order]
    taken = {pair for run in runs for pair in pairs(run)}
    assert len(wanted) >= 10
    assert wanted <= taken


def test_a_german_vip_and_an_american_guest_part_ways_by_different_files(
    project: LoadedProject, report: WorkflowReport
) -> None:
    """The same goods for the same money: region, currency and kind of customer differ."""
    vip, guest = (found(report, kind, 450) for kind in ("vip", "new"))
    assert (vip.case.input["order"]["lines"], vip.run and vip.run.status) == (
        guest.case.input["order"]["lines"],
        "completed",
    )
    assert vip.run is not None
    assert guest.run is not None
    assert set(guest.run.path) - set(vip.run.path) == {"review"}
    assert decided(project, vip, "fraud") == {"base/fraud.yaml"}
    assert decided(project, guest, "fraud") == {"customer/new/fraud.yaml"}
    assert "customer/vip/discount.yaml" in decided(project, vip, "discount")
    assert decided(project, guest, "discount") == {"base/discount.yaml"}


def found(report: WorkflowReport, customer: str, total: int) -> WorkflowResult:
    """The case of `order` with such a customer and total."""
    return next(
        each
        for each in report.results
        if each.case.workflow.name == "order"
        and (each.case.input["customer"]["type"], each.case.input["order"]["total"]) == (customer, total)
    )


def decided(project: LoadedProject, result: WorkflowResult, decision: str) -> set[str]:
    """The files whose rules decided on the order of a case."""
    assert project.ruleset is not None
    return {
        match.file for match in project.ruleset.decide(decision, result.case.input, result.case.at).matched
    }


def targets(node: object) -> list[Target]:
    """Where a step may lead by name."""
    then = getattr(node, "then", None)
    found: list[Target] = [then] if then is not None else []
    found += [catch.then for catch in getattr(node, "catch", ())]
    verb, on = getattr(node, "verb", None), getattr(node, "on", None)
    branches = on if on is not None else getattr(verb, "branches", None)
    if isinstance(branches, Conditions):
        found += [target for _, target in branches.branches]
    elif isinstance(branches, Cases):
        found += [*branches.targets.values(), *([branches.other] if branches.other else [])]
    if isinstance(verb, Wait) and verb.on_timeout is not None:
        found.append(verb.on_timeout)
    if isinstance(verb, Stop):
        found.append(verb.fail)
    return found


def pairs(run: Simulated) -> set[tuple[str, str]]:
    """Each step at top level with the one that came next."""
    top = [path for path in run.path if "/" not in path]
    return set(pairwise(top))
