"""Acting on runs from the command line: on those that are named, or in bulk on those that a filter finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

import typer
from rich.text import Text

from rulesflow.cli.bulkwatch import conclude, watched
from rulesflow.cli.client import Client, Refused, problems, read_filter
from rulesflow.cli.console import complain, show, show_json, write
from rulesflow.cli.runtables import status_text
from rulesflow.documents.jsontext import Json
from rulesflow.model.rendering import counted, visible

RunsArgument: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="RUN...", help="The ids of the runs.", show_default=False)
]
WhereOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="FILTER",
        help="All runs of a filter: 'status=incident,parked workflow=order order.region=eu/de since=TIME'.",
    ),
]
DryOption: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="With --where: only tell how many runs it would be.")
]
RateOption: TypeAlias = Annotated[
    float | None,
    typer.Option("--rate", metavar="N", help="With --where: so many runs a second.", show_default=False),
]
ReasonOption: TypeAlias = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why; the run's history keeps it.")
]

NoWaitOption: TypeAlias = Annotated[
    bool, typer.Option("--no-wait", help="With --where: leave once it has begun; the service goes on.")
]

_PAGE = 200  # runs


@dataclass(frozen=True, slots=True)
class Target:
    """Which runs are meant, and how they are to be gone through. ``wait``: until the last one was told."""

    runs: tuple[str, ...]
    where: str | None
    dry_run: bool
    rate: float | None
    wait: bool = True

    @classmethod
    def of(
        cls,
        runs: Iterable[str] | None,
        where: str | None,
        dry_run: bool,
        rate: float | None,
        *,
        wait: bool = True,
    ) -> Target:
        """What was given; what does not go together is a mistake of usage."""
        target = cls(tuple(runs or ()), where, dry_run, rate, wait)
        if bool(target.runs) == (where is not None):
            raise typer.BadParameter("name runs, or give --where FILTER")
        if where is None and (dry_run or rate is not None or not wait):
            raise typer.BadParameter("--dry-run, --rate and --no-wait go with --where")
        if rate is not None and not 0 < rate < float("inf"):
            raise typer.BadParameter("must be above 0", param_hint="'--rate'")
        read_filter(where)
        return target


def order(client: Client, action: str, target: Target, body: dict[str, Json], as_json: bool) -> None:
    """Order something of runs; exits with 1 if any refuses."""
    with client, problems(as_json):
        if target.where is None:
            _each(
                target.runs,
                lambda run: client.post(f"/v1/runs/{_part(run)}/{action}", body, has="status"),
                as_json,
            )
        else:
            _bulk(client, action, target, body, as_json)


def signal(client: Client, name: str, target: Target, payload: Json, as_json: bool) -> None:
    """Send a signal to runs; exits with 1 if any refuses."""
    with client, problems(as_json):
        if target.dry_run:
            counts = client.get("/v1/runs/count", read_filter(target.where), has="count")
            _preview(f"signal {name} to", {**counts, "id": None}, as_json)
            return
        found = target.runs if target.where is None else _paced(_found(client, target.where), target.rate)
        _each(
            found,
            lambda run: client.post(f"/v1/runs/{_part(run)}/signals/{_part(name)}", payload, has="status"),
            as_json,
        )


def _each(runs: Iterable[str], send: Callable[[str], dict[str, Any]], as_json: bool) -> None:
    """Act on runs one by one; the others go on when one refuses."""
    refusals = 0
    for run in runs:
        try:
            answer = send(run)
        except Refused as refused:
            refusals += 1
            if as_json:
                show_json(refused.problem)
            else:
                complain(f"{run}: {refused.detail}")
            continue
        if as_json:
            show_json(answer)
        else:
            show(Text.assemble(f"{visible(run)}  ", status_text(answer["status"])))
    if refusals:
        raise typer.Exit(1)


def _bulk(client: Client, action: str, target: Target, body: dict[str, Json], as_json: bool) -> None:
    request = {"action": action, "filter": target.where, "dry_run": target.dry_run, **body}
    if target.rate is not None:
        request["rate"] = target.rate
    begun = client.post("/v1/runs/bulk", request, has="count")
    if target.dry_run or begun.get("id") is None:
        _preview(action, begun, as_json)
    elif target.wait:
        conclude(watched(client, begun["id"]), as_json)
    elif as_json:
        show_json(begun)
    else:
        write(f"{visible(begun['id'])}  {visible(action)} {counted(begun['count'], 'run')}\n")
        write(f"see how far it is: rulesflow runs bulk show {visible(begun['id'])} --follow\n")


def _preview(action: str, answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    by_status = ", ".join(f"{number:,} {visible(name)}" for name, number in answer["by_status"].items())
    told = f": {by_status}" if by_status else ""
    write(f"would {visible(action)} {counted(answer['count'], 'run')}{told}\n")
    if answer.get("sample"):
        write(f"such as {', '.join(map(visible, answer['sample']))}\n")


def _found(client: Client, where: str) -> Iterator[str]:
    """The ids of the runs that a filter finds, all looked up before the first is acted on."""
    runs: list[str] = []
    page: list[tuple[str, str]] = []
    while True:
        query = [*read_filter(where), ("limit", str(_PAGE)), ("sort", "oldest"), *page]
        answer = client.get("/v1/runs", query, has="runs")
        runs += [run["id"] for run in answer["runs"]]
        if answer.get("next") is None:
            return iter(runs)
        page = [("cursor", answer["next"])]


def _paced(runs: Iterable[str], rate: float | None) -> Iterator[str]:
    for number, run in enumerate(runs):
        if rate is not None and number:
            time.sleep(1 / rate)
        yield run


def _part(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")
