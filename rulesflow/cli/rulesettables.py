"""Rulesets, and what differs between them, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from rulesflow.cli.console import paint, show, write
from rulesflow.cli.runtables import since, table
from rulesflow.model.rendering import counted, visible

Shown = Mapping[str, Any]
_MARKS: Final = {
    "added": ("ok", "+"),
    "removed": ("error", "-"),
    "changed": ("warning", "~"),
    "moved": ("hint", ">"),
}
_SHORT: Final = 12  # digits of a digest


def list_table(rulesets: Iterable[Shown]) -> Table:
    """Rulesets in short, a line each."""
    made = table("ruleset", "state", "for", "holds", "source", "note")
    for each in rulesets:
        made.add_row(
            each["digest"][:_SHORT],
            _state(each),
            since(each["activated_at"]) if each["activated_at"] else "",
            _holds(each["counts"]),
            visible(each["source"]),
            visible(each["note"] or ""),
        )
    return made


def file_table(files: Iterable[Shown]) -> Table:
    """Files, a line each."""
    made = table("file", "bytes")
    for each in files:
        made.add_row(visible(each["path"]), f"{each['bytes']:,}")
    return made


def state(status: Shown) -> Text:
    """What is in charge, in a line."""
    digest = status["digest"]
    if digest is None:
        return Text("no ruleset is active", style="bold red")
    waits = status["pending"]
    pending = f"; {waits['digest'][:_SHORT]} waits" if waits else ""
    return Text(f"{digest[:_SHORT]} is active{', pinned' if status['pinned'] else ''}{pending}")


def show_status(status: Shown) -> None:
    """Print what is in charge, and what is wrong."""
    show(state(status))
    show_diagnostics(status["error"]["diagnostics"] if status["error"] else ())


def show_diagnostics(diagnostics: Iterable[Shown]) -> None:
    """Print what is wrong, a line each."""
    for found in diagnostics:
        place = paint("place", visible(f"{found['file']}:{found['line']}:{found['column']}"))
        hint = f"; {visible(found['hint'])}" if found["hint"] else ""
        severity = paint(found["severity"], found["severity"])
        write(f"{place}: {severity} {paint('code', found['code'])} {visible(found['message'])}{hint}\n")


def show_diff(diff: Shown) -> None:
    """Print what differs: a line each, and below it the fields that do."""
    for each in diff["decisions"]:
        write(f"{_mark(each)} decision {paint('place', visible(each['decision']))}\n")
        for change in each["changes"]:
            write("".join(f"  {line}\n" for line in _change(change)))
    for each in diff["workflows"]:
        write(f"{_mark(each)} workflow {paint('place', visible(each['workflow']))}\n")
        for change in each["changes"]:
            write(f"  {_mark(change)} step {visible(change['step'])}  {_place(change)}\n")
    for each in diff["others"]:
        write(f"{_mark(each)} file {paint('place', visible(each['file']))}\n")
    if diff["same"]:
        write("nothing is decided differently\n")
        paths = ", ".join(visible(each["path"]) for each in diff["files"])
        if paths:
            write(f"in comments, layout or cases: {paths}\n")


def _change(change: Shown) -> Iterator[str]:
    what = visible(
        f"{change['what']} {change['name']}" if change["name"] != change["what"] else change["what"]
    )
    yield f"{_mark(change)} {what}  {visible(change['layer'])}  {_place(change)}"
    for each in change["fields"]:
        before, after = (_inline(each[side]) for side in ("before", "after"))
        yield f"    {visible(each['field'])}: {before} → {after}"


def _inline(text: str | None) -> str:
    return "none" if text is None else visible(" && ".join(text.splitlines()))


def _place(change: Shown) -> str:
    at = change["after"] or change["before"]
    return paint("frame", visible(f"{at['file']}:{at['line']}"))


def _mark(change: Shown) -> str:
    role, mark = _MARKS.get(change["status"], ("frame", "?"))
    return paint(role, mark)


def _state(each: Shown) -> Text:
    if each["active"]:
        return Text("active, pinned" if each["pinned"] else "active", style="green")
    return Text("pending", style="yellow") if each["pending"] else Text("")


def _holds(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(number, noun[:-1]) for noun, number in counts.items() if number)
