"""``rulesflow decide``: one decision, as the service would make it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from rulesflow.api.problems import problem_of
from rulesflow.cli.arguments import AtOption, JsonOption, RulesOption, read_facts, read_moment
from rulesflow.cli.console import OUT, paint, pretty, show, show_json, write
from rulesflow.cli.flips import flip_sentences
from rulesflow.cli.project import local_settings, working_ruleset
from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import RequestRefused
from rulesflow.model.rendering import visible
from rulesflow.rules import Explain
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.request import decode_request
from rulesflow.runtime.service import Service

_FLIPS = 10  # that a terminal shows

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def decide(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="The name of the decision.")],
    facts: Annotated[
        str, typer.Option("--facts", metavar="FILE", help="The facts, as JSON or .yaml; - is standard input.")
    ],
    at: AtOption = None,
    explain: Annotated[
        Explain,
        typer.Option(
            "--explain",
            help="Tell nothing, which rules matched, or what became of all and what would change the answer.",
        ),
    ] = Explain.MATCHED,
    rules: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one decision, as the service would.

    The reply is that of `POST /v1/decisions/DECISION`: the result, the rules that gave it, and the layers
    that were asked. With `--explain full` a terminal shows a table of all rules: which fired, and for the
    others the first test that failed and the value it saw; and then the nearest flips, the smallest changes
    of one fact that change the answer. Exits with 1 if the facts are refused or a rule fails; with `--json`
    the problem is then printed as the service would answer it.

    Examples:

        rulesflow decide refund --facts order.json
        rulesflow decide refund --facts order.json --explain full
        echo '{"order": {"total": 40}}' | rulesflow decide refund --facts - --at 2026-11-27
    """
    settings = local_settings(rules)
    ruleset = working_ruleset(settings.rules)
    moment = read_moment(at, ruleset.zone)
    try:
        request = decode_request({"facts": read_facts(facts), "explain": explain.value})
        service = Service(Catalog(), settings.cost_limit)
        reply = service.decide(ruleset, decision, request._replace(at=moment))
    except RequestRefused as refused:
        if not as_json:
            raise
        show_json(problem_of(refused).as_dict())
        raise typer.Exit(1) from None
    if explain is Explain.FULL and OUT.is_terminal and not as_json:
        _explain(reply)
    else:
        show_json(reply)


def _explain(reply: dict[str, Any]) -> None:
    """The rules in the order in which they are asked, and the answer."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("", "rule", "place", "why"):
        table.add_column(name, overflow="fold")
    for account in reply["explanation"]["rules"]:
        mark, why, style = _account(account)
        place = f"{account['file']}:{account['line']}"
        table.add_row(mark, *map(visible, (account["rule"], place, why)), style=style)
    show(table)
    write(f"\nlayers: {visible(', '.join(reply['layers']))}\n")
    for match in reply["matched"]:
        because = f": {visible(match['because'])}" if match["because"] else ""
        write(f"{paint('ok', visible(match['rule']))} ({match['file']}:{match['line']}){because}\n")
    show(pretty(write_json(reply["result"])))
    _flips(flip_sentences(reply))


def _flips(sentences: list[str]) -> None:
    """What would change the answer."""
    if sentences:
        write("\n" + "".join(f"{visible(each)}\n" for each in sentences[:_FLIPS]))
    if len(sentences) > _FLIPS:
        write(f"… and {len(sentences) - _FLIPS} more, which --json shows\n")


def _account(account: dict[str, Any]) -> tuple[str, str, str | None]:
    """A mark, a reason and a style for one rule of an explanation."""
    if "failed" in account:
        failed = account["failed"]
        seen = write_json(failed["value"]).decode()
        error = f", which fails: {failed['error']}" if failed.get("error") else ""
        return "-", f"{failed['test']} saw {seen}{error}", "dim"
    if account.get("overruled"):
        return "·", "matches too, but others come first", None
    return "✓", "fired", "green"
