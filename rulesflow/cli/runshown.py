"""One run, told to a person: its path, its decisions with their places, its attempts, what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from rulesflow.cli.console import paint, show, write
from rulesflow.cli.runtables import length, problem_text, seconds, since, status_text, table, value_text
from rulesflow.model.rendering import visible

_KINDS = {"operator": "a person to mend it", "park": "parked until well again:", "retry": "the next attempt"}
_STILL = ("completed", "failed", "cancelled")


def show_run(run: Mapping[str, Any]) -> None:
    """Print a run in full."""
    head = Text.assemble(visible(f"{run['workflow']} {run['id']}  "), status_text(run["status"]))
    took = length(seconds(run["updated_at"]) - seconds(run["created_at"]))
    head.append(f" after {took}" if run["status"] in _STILL else f" for {since(run['updated_at'])}")
    show(head)
    write(f"began {visible(run['created_at'])}, rules {visible(str(run['digest'])[:12])}\n")
    if run.get("problem"):
        write(f"{paint('error', 'problem')}: {visible(problem_text(run['problem']))}\n")
    _section("path", [_path(run["path"])] if run["path"] else [])
    _section("waits for", map(_wait, run["waiting_for"]))
    _decisions(run["decisions"])
    _attempts(run["attempts"])
    _section("undone", map(visible, run["undone"]))
    if run.get("output") is not None:
        _section("output", [value_text(run["output"])])


def entry_text(entry: Mapping[str, Any]) -> Text:
    """One thing that happened, in a line."""
    text = Text(visible(str(entry.get("at", "")))[11:23].rstrip("Z").ljust(13), style="dim")
    text.append(visible(entry["type"]).ljust(9), style="bold")
    if entry["type"] in ("status", "end"):
        text.append_text(status_text(entry.get("status", "")))
    else:
        text.append(visible(" ".join(_told(entry))))
    if entry.get("problem"):
        text.append("  " + visible(problem_text(entry["problem"])), style="red")
    return text


def _told(entry: Mapping[str, Any]) -> Iterable[str]:
    for name in ("path", "step", "decision", "signal"):
        if entry.get(name):
            yield str(entry[name])
    if entry.get("attempt", 1) != 1:
        yield f"attempt {entry['attempt']}"
    if isinstance(entry.get("order"), dict):
        yield " ".join(
            value if isinstance(value, str) else value_text(value)
            for value in entry["order"].values()
            if value is not None
        )
    for name in ("result", "output"):
        if entry.get(name) is not None:
            yield value_text(entry[name])
    for match in entry.get("matched") or ():
        yield f"by {_rule(match)}"


def _section(title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        write(("" if number else f"\n{paint('place', title)}\n") + f"  {line}\n")


def _path(path: Iterable[Mapping[str, Any]]) -> str:
    steps = (f"{each['path']} ({each['visit']})" if each["visit"] > 1 else each["path"] for each in path)
    return visible(" → ".join(steps))


def _wait(wait: Mapping[str, Any]) -> str:
    kind = str(wait["kind"])
    names = (str(wait[name]) for name in ("signal", "decision", "step") if wait.get(name) is not None)
    what = " ".join([_KINDS.get(kind, kind), *names])
    until = f", until {wait['until']}" if wait.get("until") else ""
    attempt = f", attempt {wait['attempt']}" if wait.get("attempt", 1) != 1 else ""
    problem = f": {problem_text(wait['problem'])}" if wait.get("problem") else ""
    return visible(f"{wait['path']}: {what}{attempt}{until}{problem}")


def _decisions(decisions: Iterable[Mapping[str, Any]]) -> None:
    made = table("path", "decision", "result", "by", "because")
    for each in decisions:
        matched, problem = each.get("matched") or [], each.get("problem")
        made.add_row(
            *map(visible, (each["path"], each["decision"])),
            _result(problem, each.get("result")),
            "\n".join(visible(_rule(match)) for match in matched) or ("" if problem else "no rule"),
            "\n".join(visible(str(match.get("because") or "")) for match in matched),
        )
    if made.row_count:
        write(f"\n{paint('place', 'decisions')}\n")
        show(made)


def _rule(match: Mapping[str, Any]) -> str:
    """A rule and its place."""
    return f"{match['rule']} {match['file']}:{match['line']}"


def _result(problem: Mapping[str, Any] | None, value: object) -> Text:
    """What came, or why nothing did."""
    return Text(visible(problem_text(problem)), style="red") if problem else Text(value_text(value))


def _attempts(attempts: Iterable[Mapping[str, Any]]) -> None:
    made = table("path", "step", "attempt", "took", "result")
    for each in attempts:
        took = length(seconds(each.get("ended_at")) - seconds(each.get("started_at")))
        step = each["step"] if each.get("kind", "call") == "call" else f"{each['step']} (undo)"
        made.add_row(
            *map(visible, (each["path"], step)),
            str(each["attempt"]),
            took,
            _result(each.get("problem"), each.get("output")),
        )
    if made.row_count:
        write(f"\n{paint('place', 'attempts')}\n")
        show(made)
