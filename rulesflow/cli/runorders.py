"""The commands by which people order runs about: pause, resume, cancel, retry and rerun."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from rulesflow.cli.arguments import JsonOption, read_facts
from rulesflow.cli.client import Client, KeyOption, UrlOption
from rulesflow.cli.ordering import (
    DryOption,
    NoWaitOption,
    RateOption,
    ReasonOption,
    RunsArgument,
    Target,
    WhereOption,
    order,
)
from rulesflow.documents.jsontext import Json

InputOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--input", metavar="FILE", help="Edited input of the step, as JSON or .yaml; - is standard input."
    ),
]
LatestOption: TypeAlias = Annotated[
    bool, typer.Option("--latest", help="Decide by the rules of now from here on, not by those of the start.")
]
ForceOption: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Go on although the effect of the last attempt is unknown.")
]


def pause(
    run: RunsArgument = None,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    no_wait: NoWaitOption = False,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pause runs: calls in flight finish, nothing more begins.

    Signals that come meanwhile are kept; time that passes counts.

    Examples:

        rulesflow runs pause 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --reason 'stock is being counted'
        rulesflow runs pause --where 'workflow=order status=running' --dry-run
    """
    target = Target.of(run, where, dry_run, rate, wait=not no_wait)
    order(Client(url, key), "pause", target, _given(reason=reason), as_json)


def resume(
    run: RunsArgument = None,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    no_wait: NoWaitOption = False,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let paused runs go on.

    A run that is not paused refuses.

    Examples:

        rulesflow runs resume 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
        rulesflow runs resume --where status=paused --rate 20
    """
    target = Target.of(run, where, dry_run, rate, wait=not no_wait)
    order(Client(url, key), "resume", target, _given(reason=reason), as_json)


def cancel(
    run: RunsArgument = None,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    no_wait: NoWaitOption = False,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel runs: what they did is undone, newest first.

    A run is refused once a step that commits has completed.

    Examples:

        rulesflow runs cancel 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --reason 'the customer called'
        rulesflow runs cancel --where 'status=waiting until=2026-11-01T00:00:00Z' --dry-run
    """
    target = Target.of(run, where, dry_run, rate, wait=not no_wait)
    order(Client(url, key), "cancel", target, _given(reason=reason), as_json)


def retry(
    run: RunsArgument = None,
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="PATH", help="The path of the incident or park. [default: all]"),
    ] = None,
    given: InputOption = None,
    force: ForceOption = False,
    latest: LatestOption = False,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    no_wait: NoWaitOption = False,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try incidents again, all of a run or the one at a step; where there is none, steps that are parked.

    The idempotency key stays, so an effect that happened is not repeated; edited input makes a new one.

    Examples:

        rulesflow runs retry 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --step charge --input amount.json
        rulesflow runs retry --where 'status=incident order.region=eu/de' --rate 20
        rulesflow runs retry --where fingerprint=5be1c04a9d2f7713 --dry-run
        rulesflow runs retry --where 'status=parked workflow=order'
    """
    target = Target.of(run, where, dry_run, rate, wait=not no_wait)
    body = _given(step=step, input=_edited(given), reason=reason, **_ways(force, latest))
    order(Client(url, key), "retry", target, body, as_json)


def rerun(
    step: Annotated[str, typer.Option("--from", metavar="STEP", help="The step from which to run again.")],
    run: RunsArgument = None,
    given: InputOption = None,
    force: ForceOption = False,
    latest: LatestOption = False,
    where: WhereOption = None,
    dry_run: DryOption = False,
    rate: RateOption = None,
    no_wait: NoWaitOption = False,
    reason: ReasonOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run again from a step on, after undoing what came behind it.

    The same run goes on with new visits, and so with new idempotency keys.

    Examples:

        rulesflow runs rerun 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7 --from fraud
        rulesflow runs rerun --from fraud --where 'status=incident workflow=order' --dry-run
    """
    target = Target.of(run, where, dry_run, rate, wait=not no_wait)
    body = _given(**{"from": step}, input=_edited(given), reason=reason, **_ways(force, latest))
    order(Client(url, key), "rerun", target, body, as_json)


def _given(**members: Json) -> dict[str, Json]:
    """A body of what was given."""
    return {name: value for name, value in members.items() if value is not None}


def _ways(force: bool, latest: bool) -> dict[str, Json]:
    return {"force": force or None, "rules": "latest" if latest else None}


def _edited(source: str | None) -> Json:
    return None if source is None else read_facts(source)
