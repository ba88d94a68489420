"""``rulesflow test``: the cases that authors wrote, and the rules they show."""

from __future__ import annotations

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

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def test(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder of rules.", show_default=False)
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Count for each rule the cases in which it decided.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the cases, and tell which rules they show.

    A case stands in NAME.cases.yaml beside the decision: facts, the part of the result that is expected, and
    the rule that must win. Exits with 1 if a case fails, or if the rules do not pass rulesflow check. A rule
    that no case shows is named, but is no failure.

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
    cases = run_cases(loaded.ruleset, loaded.cases)
    if as_json:
        show_json(_as_json(cases, coverage))
    else:
        _print(cases, coverage)
    if cases.failures:
        raise typer.Exit(1)


def _print(cases: CaseReport, coverage: bool) -> None:
    for result in cases.failures:
        write(_failure(result))
    if coverage:
        show(_table(cases.coverage))
        for rule in cases.uncovered:
            place = paint("place", visible(f"{rule.file}:{rule.line}:"))
            write(f"{place} {paint('warning', 'not covered')}: {visible(_name(rule))}\n")
    write(_summary(cases, coverage) + "\n")


def _failure(result: CaseResult) -> str:
    case = result.case
    place = paint("place", visible(f"{case.span.file}:{case.span.line}:"))
    return f"{place} {paint('error', 'failed')}: {visible(case.name)}\n    {visible(result.failure or '')}\n"


def _name(rule: RuleCoverage) -> str:
    return f"{rule.decision}, rule {rule.rule}, layer {rule.layer}"


def _table(rules: tuple[RuleCoverage, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("decision", "rule", "layer", "place"):
        table.add_column(name, overflow="fold")
    table.add_column("cases", justify="right")
    for rule in rules:
        cells = (rule.decision, rule.rule, rule.layer, f"{rule.file}:{rule.line}", str(rule.cases))
        table.add_row(*map(visible, cells), style=None if rule.cases else "yellow")
    return table


def _summary(cases: CaseReport, coverage: bool) -> str:
    covered, rules = len(cases.coverage) - len(cases.uncovered), len(cases.coverage)
    shown = f"{covered} of {counted(rules, 'rule')} covered"
    hint = "" if coverage or covered == rules else " (--coverage names the others)"
    if not cases.results:
        return f"{paint('warning', 'no cases')}: write some into base/NAME.cases.yaml; {shown}"
    if cases.failures:
        failed = f"{len(cases.failures)} of {counted(len(cases.results), 'case')} failed"
        return f"{paint('error', failed)}; {shown}{hint}"
    return f"{paint('ok', 'ok')}: {counted(len(cases.results), 'case')} passed; {shown}{hint}"


def _as_json(cases: CaseReport, coverage: bool) -> dict[str, Any]:
    rules = [_rule(each) for each in cases.coverage]
    return {
        "ok": not cases.failures,
        "passed": len(cases.results) - len(cases.failures),
        "failed": len(cases.failures),
        "cases": [_case(each) for each in cases.results],
        "covered": len(cases.coverage) - len(cases.uncovered),
        "uncovered": [_rule(each) for each in cases.uncovered],
        **({"rules": rules} if coverage else {}),
    }


def _case(result: CaseResult) -> dict[str, Any]:
    case = result.case
    return {
        "case": case.name,
        "decision": case.decision,
        "file": case.span.file,
        "line": case.span.line,
        "ok": result.failure is None,
        "failure": result.failure,
    }


def _rule(rule: RuleCoverage) -> dict[str, Any]:
    names = ("decision", "rule", "layer", "file", "line", "cases")
    return {name: getattr(rule, name) for name in names}
