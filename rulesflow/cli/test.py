"""``rulesflow test``: the cases that authors wrote, and the rules and steps they show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.check import Format, report
from rulesflow.cli.console import paint, show, show_json, write
from rulesflow.cli.project import load_project, local_settings
from rulesflow.model.rendering import counted, visible
from rulesflow.rules import CaseReport, CaseResult, RuleCoverage, run_cases
from rulesflow.runtime.workflow_cases import run_cases_of
from rulesflow.workflows.casereport import StepCoverage, WorkflowReport, WorkflowResult

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@dataclass(frozen=True, slots=True)
class _Report:
    """What came of all cases."""

    rules: CaseReport
    workflows: WorkflowReport

    @property
    def results(self) -> tuple[CaseResult | WorkflowResult, ...]:
        return self.rules.results + self.workflows.results

    @property
    def failures(self) -> tuple[CaseResult | WorkflowResult, ...]:
        return self.rules.failures + self.workflows.failures

    @property
    def uncovered(self) -> tuple[RuleCoverage | StepCoverage, ...]:
        return self.rules.uncovered + self.workflows.uncovered


@app.command()
def test(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder of rules.", show_default=False)
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Count for each rule and step the cases that show it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the cases, and tell which rules and which steps of workflows they show.

    A case stands in NAME.cases.yaml beside the decision: facts, the part of the result that is expected, and
    the rule that must win. Beside a workflow it has an input, what the steps of plugins answer (none is
    called, and time is skipped), and the path, the output and the end that are expected. Exits with 1 if a
    case fails, or if the folder does not pass rulesflow check. What no case shows is named, but is no
    failure.

    Examples:

        rulesflow test
        rulesflow test shop/rules --coverage
        rulesflow test shop/rules --json
    """
    root = folder or local_settings(None).rules
    loaded = load_project(root)
    if loaded.ruleset is None:
        report(loaded, root, Format.JSON if as_json else Format.TEXT)
        raise typer.Exit(1)
    cases = _Report(run_cases(loaded.ruleset, loaded.cases), run_cases_of(loaded))
    if as_json:
        show_json(_as_json(cases, coverage))
    else:
        _print(cases, coverage)
    if cases.failures:
        raise typer.Exit(1)


def _print(cases: _Report, coverage: bool) -> None:
    for result in cases.failures:
        write(_failure(result))
    if coverage:
        show(_table(("decision", "rule", "layer"), cases.rules.coverage))
        if cases.workflows.coverage:
            show(_table(("workflow", "step"), cases.workflows.coverage))
        for each in cases.uncovered:
            place = paint("place", visible(f"{each.file}:{each.line}:"))
            write(f"{place} {paint('warning', 'not covered')}: {visible(_name(each))}\n")
    write(_summary(cases, coverage) + "\n")


def _failure(result: CaseResult | WorkflowResult) -> str:
    case = result.case
    place = paint("place", visible(f"{case.span.file}:{case.span.line}:"))
    return f"{place} {paint('error', 'failed')}: {visible(case.name)}\n    {visible(result.failure or '')}\n"


def _name(covered: RuleCoverage | StepCoverage) -> str:
    if isinstance(covered, StepCoverage):
        return f"{covered.workflow}, step {covered.step}"
    return f"{covered.decision}, rule {covered.rule}, layer {covered.layer}"


def _table(columns: tuple[str, ...], rows: Iterable[RuleCoverage | StepCoverage]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in (*columns, "place"):
        table.add_column(name, overflow="fold")
    table.add_column("cases", justify="right")
    for row in rows:
        cells = (*(getattr(row, name) for name in columns), f"{row.file}:{row.line}", str(row.cases))
        table.add_row(*map(visible, cells), style=None if row.cases else "yellow")
    return table


def _summary(cases: _Report, coverage: bool) -> str:
    shown = ", ".join(_covered(cases))
    hint = " (--coverage names the others)" if cases.uncovered and not coverage else ""
    if not cases.results:
        return f"{paint('warning', 'no cases')}: write some into base/NAME.cases.yaml; {shown}"
    if cases.failures:
        failed = f"{len(cases.failures)} of {counted(len(cases.results), 'case')} failed"
        return f"{paint('error', failed)}; {shown}{hint}"
    return f"{paint('ok', 'ok')}: {counted(len(cases.results), 'case')} passed; {shown}{hint}"


def _covered(cases: _Report) -> Iterable[str]:
    rules, steps = len(cases.rules.coverage), len(cases.workflows.coverage)
    yield f"{rules - len(cases.rules.uncovered)} of {counted(rules, 'rule')} covered"
    if steps:
        yield f"{steps - len(cases.workflows.uncovered)} of {counted(steps, 'step')} covered"


def _as_json(cases: _Report, coverage: bool) -> dict[str, Any]:
    rules, steps = cases.rules, cases.workflows
    shown: dict[str, Any] = {
        "ok": not cases.failures,
        "passed": len(cases.results) - len(cases.failures),
        "failed": len(cases.failures),
        "cases": [_case(each) for each in cases.results],
        "covered": len(rules.coverage) - len(rules.uncovered),
        "uncovered": [_rule(each) for each in rules.uncovered],
        "covered_steps": len(steps.coverage) - len(steps.uncovered),
        "uncovered_steps": [_step(each) for each in steps.uncovered],
    }
    if coverage:
        shown |= {"rules": [*map(_rule, rules.coverage)], "steps": [*map(_step, steps.coverage)]}
    return shown


def _case(result: CaseResult | WorkflowResult) -> dict[str, Any]:
    case = result.case
    about: dict[str, Any]
    if isinstance(result, WorkflowResult):
        about = {"decision": None, "workflow": result.case.workflow.name}
    else:
        about = {"decision": result.case.decision}
    return {
        "case": case.name,
        **about,
        "file": case.span.file,
        "line": case.span.line,
        "ok": result.failure is None,
        "failure": result.failure,
    }


def _rule(rule: RuleCoverage) -> dict[str, Any]:
    names = ("decision", "rule", "layer", "file", "line", "cases")
    return {name: getattr(rule, name) for name in names}


def _step(step: StepCoverage) -> dict[str, Any]:
    return {name: getattr(step, name) for name in ("workflow", "step", "file", "line", "cases")}
