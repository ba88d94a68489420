"""``rulesflow test``: the cases that authors wrote, and the rules, steps and patterns they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.table import Table

from rulesflow.cli.arguments import JsonOption
from rulesflow.cli.check import Format, report
from rulesflow.cli.console import paint, show, show_json, write
from rulesflow.cli.project import load_project, local_settings
from rulesflow.model.errors import FactsRefused
from rulesflow.model.rendering import counted, visible
from rulesflow.patterns.casereport import (
    PatternCoverage,
    PatternReport,
    PatternResult,
    run_pattern_cases,
)
from rulesflow.patterns.supervisor import Supervisor
from rulesflow.rules import CaseReport, CaseResult, RuleCoverage, Ruleset, run_cases
from rulesflow.runtime.secondopinion import Compared, Request, SecondOpinion, outside_of
from rulesflow.runtime.workflow_cases import run_cases_of
from rulesflow.workflows.casereport import StepCoverage, WorkflowReport, WorkflowResult

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


_Result: TypeAlias = CaseResult | WorkflowResult | PatternResult
_Coverage: TypeAlias = RuleCoverage | StepCoverage | PatternCoverage


@dataclass(frozen=True, slots=True)
class _Opinions:
    """How often durable-rules decided as we do, and otherwise. ``outside``: cases by why it was not asked."""

    agreed: int
    differed: int
    outside: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Report:
    """What came of all cases. ``opinions``: where a second opinion was asked for."""

    rules: CaseReport
    workflows: WorkflowReport
    patterns: PatternReport
    opinions: _Opinions | None = None

    @property
    def results(self) -> tuple[_Result, ...]:
        return self.rules.results + self.workflows.results + self.patterns.results

    @property
    def failures(self) -> tuple[_Result, ...]:
        return self.rules.failures + self.workflows.failures + self.patterns.failures

    @property
    def uncovered(self) -> tuple[_Coverage, ...]:
        return self.rules.uncovered + self.workflows.uncovered + self.patterns.uncovered


@app.command()
def test(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder of rules.", show_default=False)
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Count for each rule, step and pattern the cases that show it.")
    ] = False,
    second_opinion: Annotated[
        bool,
        typer.Option(
            "--second-opinion",
            help="Let durable-rules decide each case of a decision too; another answer is a failure.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the cases, and tell which rules and which steps of workflows they show.

    A case stands in NAME.cases.yaml beside the decision: facts, the part of the result that is expected, and
    the rule that must win. Beside a workflow it has an input, what the steps of plugins answer (none is
    called, and time is skipped), and the path, the output and the end that are expected. Beside a pattern it
    has events with their times, and the matches that are expected, whatever order the events came in. Exits
    with 1 if a case fails, or if the folder does not pass rulesflow check. What no case shows is named, but
    is no failure.

    Examples:

        rulesflow test
        rulesflow test shop/rules --coverage
        rulesflow test shop/rules --json
        rulesflow test --second-opinion
    """
    root = folder or local_settings(None).rules
    loaded = load_project(root)
    if loaded.ruleset is None:
        report(loaded, root, Format.JSON if as_json else Format.TEXT)
        raise typer.Exit(1)
    rules, opinions = run_cases(loaded.ruleset, loaded.cases), None
    if second_opinion:
        rules, opinions = _with_second_opinion(loaded.ruleset, rules)
    of_patterns = run_pattern_cases(loaded.patterns, loaded.pattern_cases)
    cases = _Report(rules, run_cases_of(loaded), of_patterns, opinions)
    if as_json:
        show_json(_as_json(cases, coverage))
    else:
        _print(cases, coverage)
    if cases.failures:
        raise typer.Exit(1)


def _with_second_opinion(ruleset: Ruleset, report: CaseReport) -> tuple[CaseReport, _Opinions]:
    """The report, with a failure of each case that durable-rules decides otherwise."""
    asked = [Request(each.case.decision, each.case.facts, each.case.at) for each in report.results]
    with Supervisor() as supervisor:
        compared = SecondOpinion(ruleset, supervisor).compare(asked)
    pairs = zip(report.results, compared, strict=True)
    results = tuple(_doubted(result, each) for result, each in pairs)
    answered = [each for each in compared if isinstance(each, Compared) and each.other is not None]
    differed = sum(each.difference is not None for each in answered)
    opinions = _Opinions(len(answered) - differed, differed, outside_of(compared))
    return replace(report, results=results), opinions


def _doubted(result: CaseResult, compared: Compared | FactsRefused) -> CaseResult:
    difference = compared.difference if isinstance(compared, Compared) else None
    if difference is None:
        return result
    return replace(result, failure="; ".join(filter(None, (result.failure, difference))))


def _print(cases: _Report, coverage: bool) -> None:
    for result in cases.failures:
        write(_failure(result))
    if cases.opinions is not None:
        for reason, count in cases.opinions.outside.items():
            write(f"{paint('warning', 'no second opinion')} on {counted(count, 'case')}: {visible(reason)}\n")
    if coverage:
        show(_table(("decision", "rule", "layer"), cases.rules.coverage))
        if cases.workflows.coverage:
            show(_table(("workflow", "step"), cases.workflows.coverage))
        if cases.patterns.coverage:
            show(_table(("pattern",), cases.patterns.coverage))
        for each in cases.uncovered:
            place = paint("place", visible(f"{each.file}:{each.line}:"))
            write(f"{place} {paint('warning', 'not covered')}: {visible(_name(each))}\n")
    write(_summary(cases, coverage) + "\n")


def _failure(result: _Result) -> str:
    case = result.case
    place = paint("place", visible(f"{case.span.file}:{case.span.line}:"))
    return f"{place} {paint('error', 'failed')}: {visible(case.name)}\n    {visible(result.failure or '')}\n"


def _name(covered: _Coverage) -> str:
    if isinstance(covered, PatternCoverage):
        return f"pattern {covered.pattern}"
    if isinstance(covered, StepCoverage):
        return f"{covered.workflow}, step {covered.step}"
    return f"{covered.decision}, rule {covered.rule}, layer {covered.layer}"


def _table(columns: tuple[str, ...], rows: Iterable[_Coverage]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in (*columns, "place"):
        table.add_column(name, overflow="fold")
    table.add_column("cases", justify="right")
    for row in rows:
        cells = (*(getattr(row, name) for name in columns), f"{row.file}:{row.line}", str(row.cases))
        table.add_row(*map(visible, cells), style=None if row.cases else "yellow")
    return table


def _summary(cases: _Report, coverage: bool) -> str:
    shown = "; ".join([", ".join(_covered(cases)), *_opinions(cases.opinions)])
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

    patterns = len(cases.patterns.coverage)
    if patterns:
        yield f"{patterns - len(cases.patterns.uncovered)} of {counted(patterns, 'pattern')} covered"


def _opinions(opinions: _Opinions | None) -> Iterable[str]:
    if opinions is not None:
        outside = sum(opinions.outside.values())
        told = f"second opinion: {opinions.agreed} agree, {opinions.differed} differ"
        yield f"{told}, {outside} outside its fence" if outside else told


def _as_json(cases: _Report, coverage: bool) -> dict[str, Any]:
    rules, steps, patterns = cases.rules, cases.workflows, cases.patterns
    shown: dict[str, Any] = {
        "ok": not cases.failures,
        "passed": len(cases.results) - len(cases.failures),
        "failed": len(cases.failures),
        "cases": [_case(each) for each in cases.results],
        "covered": len(rules.coverage) - len(rules.uncovered),
        "uncovered": [_rule(each) for each in rules.uncovered],
        "covered_steps": len(steps.coverage) - len(steps.uncovered),
        "uncovered_steps": [_step(each) for each in steps.uncovered],
        "covered_patterns": len(patterns.coverage) - len(patterns.uncovered),
        "uncovered_patterns": [_pattern(each) for each in patterns.uncovered],
    }
    if coverage:
        shown |= {"rules": [*map(_rule, rules.coverage)], "steps": [*map(_step, steps.coverage)]}
        shown["patterns"] = [*map(_pattern, patterns.coverage)]
    if cases.opinions is not None:
        shown["second_opinion"] = {
            "agreed": cases.opinions.agreed,
            "differed": cases.opinions.differed,
            "outside": [{"reason": why, "cases": count} for why, count in cases.opinions.outside.items()],
        }
    return shown


def _case(result: _Result) -> dict[str, Any]:
    case = result.case
    return {
        "case": case.name,
        **_about(result),
        "file": case.span.file,
        "line": case.span.line,
        "ok": result.failure is None,
        "failure": result.failure,
    }


def _about(result: _Result) -> dict[str, Any]:
    if isinstance(result, WorkflowResult):
        return {"decision": None, "workflow": result.case.workflow.name}
    if isinstance(result, PatternResult):
        matches = [{"key": each.key, "events": dict(each.events)} for each in result.matches]
        return {"decision": None, "pattern": result.case.pattern.name, "matches": matches}
    return {"decision": result.case.decision}


def _rule(rule: RuleCoverage) -> dict[str, Any]:
    names = ("decision", "rule", "layer", "file", "line", "cases")
    return {name: getattr(rule, name) for name in names}


def _step(step: StepCoverage) -> dict[str, Any]:
    return {name: getattr(step, name) for name in ("workflow", "step", "file", "line", "cases")}


def _pattern(pattern: PatternCoverage) -> dict[str, Any]:
    return {name: getattr(pattern, name) for name in ("pattern", "file", "line", "cases")}
