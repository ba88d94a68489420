"""``rulesflow backtest``: what changed patterns would have found among the events that are stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy.exc import SQLAlchemyError

from rulesflow.cli.arguments import DatabaseOption, JsonOption, RulesOption
from rulesflow.cli.check import Format, report
from rulesflow.cli.console import ERR, fail, paint, show_json, write
from rulesflow.cli.project import load_project, settings_for, working_project
from rulesflow.documents.jsontext import write_json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.rendering import counted, visible
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import Supervisor
from rulesflow.runtime.backtest import CANDIDATE, NOW, Backtest, Compared, Report, Span
from rulesflow.runtime.database import Database, database_url
from rulesflow.runtime.patience import told
from rulesflow.runtime.project import LoadedProject

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def backtest(
    candidate: Annotated[
        Path,
        typer.Option("--candidate", metavar="DIR", help="The folder of rules with the changed patterns."),
    ],
    last: Annotated[
        int | None,
        typer.Option("--last", metavar="N", min=1, help="Only the last N events that came in."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only events of this time or later.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", metavar="NAME", help="Only this pattern.")
    ] = None,
    database: DatabaseOption = None,
    rules: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what changed patterns would have found among the events that are stored.

    The events of the database are looked at once more, by the patterns in force (those of --rules) and by
    the candidate's. For each pattern it is told how many matches both find, and which are found by one
    only, with what would follow; and which events the candidate's `events.yaml` would not take any more.
    Nothing is recorded and nothing follows. Absence is judged where its time is over. Exits with 1 if the
    candidate does not pass rulesflow check; a difference is no failure.

    Examples:

        rulesflow backtest --candidate ../shop-next/rules
        rulesflow backtest --candidate next --last 100000 --pattern card-testing
        rulesflow backtest --candidate next --since 2026-11-01 --json
    """
    settings = settings_for(rules, database_url=database, host="127.0.0.1")
    changed = load_project(candidate)
    if changed.ruleset is None:
        report(changed, candidate, Format.JSON if as_json else Format.TEXT)
        raise typer.Exit(1)
    current = working_project(settings.rules)
    _check_name(pattern, current, changed)
    assert current.ruleset is not None
    span = Span(last, _moment(since, current.ruleset.zone))
    with Supervisor() as supervisor, closing(_database(settings.database_url)) as events:
        supervisor.start()
        found = _run(Backtest(events, Matcher(supervisor), current, changed), span, pattern)
    if as_json:
        show_json(_as_json(found))
    else:
        _print(found)


def _check_name(pattern: str | None, *projects: LoadedProject) -> None:
    names = sorted({name for each in projects for name in each.patterns})
    if pattern is not None and pattern not in names:
        hint = did_you_mean(pattern, names) or f"patterns: {', '.join(names) or 'none'}"
        fail(f"neither folder has a pattern {visible(pattern)}", hint)


def _moment(text: str | None, zone: tzinfo) -> Timestamp | None:
    try:
        return None if text is None else parse_timestamp(text, zone)
    except TimeRefused as refused:
        raise typer.BadParameter(visible(str(refused)), param_hint="'--since'") from None


def _database(address: str) -> Database:
    """The database that is there. None is made for it."""
    if address == "none":
        fail("there are no events without a database", "name it with --database URL")
    url = database_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        fail(f"there is no database {visible(str(url.database))}", "name it with --database URL")
    return Database(address)


def _run(backtest: Backtest, span: Span, pattern: str | None) -> Report:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[of]}"),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        task = bar.add_task("reading", total=None, of="")

        def progress(done: int, total: int, what: str) -> None:
            of = f"{done:,} of {counted(total, 'event')}"
            bar.update(task, description=what, completed=done, total=max(total, 1), of=of)

        try:
            return backtest.run(span, pattern, progress)
        except SQLAlchemyError as error:
            fail(f"the database cannot be read: {told(error)}")


# -- what is told ------------------------------------------------------------------------------------------


def _print(found: Report) -> None:
    for compared in found.patterns:
        write(f"{paint('place', visible(compared.pattern))}: {_counts(compared)}\n")
        for what, examples in (("only now", compared.only_now), ("only then", compared.only_candidate)):
            for each in examples:
                write(f"    {paint('warning', what)}: {visible(_match(each))}\n")
                write(f"        {visible(_text(each['follows']))}\n")
        for problem in _problems(compared):
            write(f"    {paint('error', visible(problem))}\n")
    for type_, refused in found.refused.items():
        one = refused.example
        count = counted(refused.events, "event")
        write(f"{paint('error', 'no longer valid')}: {count} of type {visible(type_)}, ")
        write(f"such as {visible(_event(one))}: {visible(one['problem'])}\n")
    differ = sum(_differs(each) for each in found.patterns)
    patterns = counted(len(found.patterns), "pattern")
    write(f"{counted(found.events, 'event')} looked at; {differ} of {patterns} found something else\n")


def _counts(compared: Compared) -> str:
    both, only_now, only_candidate, otherwise = compared.counts
    if compared.sides == {NOW}:
        return f"the candidate does not have it; {_matches(only_now)} now"
    if compared.sides == {CANDIDATE}:
        return f"new; {_matches(only_candidate)}"
    told_ = f"{_matches(both)} of both, {only_now} only now, {only_candidate} only then"
    return f"{told_}; from {otherwise} of both something else follows" if otherwise else told_


def _problems(compared: Compared) -> Iterator[str]:
    if compared.notes.cut:
        yield "there are more matches or events than are looked at: of some keys not all is told"
    if compared.notes.failed:
        yield f"it could not be said of {compared.notes.failed} what matches: {compared.notes.problem}"
    if compared.notes.open:
        yield f"not told: {_matches(len(compared.notes.open))} that an event may yet forbid"


def _matches(number: int) -> str:
    return f"{number:,} match" if number == 1 else f"{number:,} matches"


def _match(example: dict[str, Any]) -> str:
    events = "; ".join(f"{each['event']} {_event(each)}" for each in example["events"])
    return f"key {_text(example['key'])}: {events}"


def _event(event: dict[str, Any]) -> str:
    return f"{event['source']} {event['id']} of {event['time']}"


def _text(value: object) -> str:
    return write_json(value).decode()


def _differs(compared: Compared) -> bool:
    _, *differences = compared.counts
    return any(differences)


def _as_json(found: Report) -> dict[str, Any]:
    return {
        "events": found.events,
        "patterns": [_pattern(each) for each in found.patterns],
        "no_longer_valid": [
            {"type": type_, "events": refused.events, "example": refused.example}
            for type_, refused in found.refused.items()
        ],
    }


def _pattern(compared: Compared) -> dict[str, Any]:
    return {
        "pattern": compared.pattern,
        "now": NOW in compared.sides,
        "candidate": CANDIDATE in compared.sides,
        **compared.counts._asdict(),
        "open": len(compared.notes.open),
        "cut": compared.notes.cut,
        "failed": compared.notes.failed,
        "problem": compared.notes.problem,
        "examples": {"only_now": compared.only_now, "only_candidate": compared.only_candidate},
    }
