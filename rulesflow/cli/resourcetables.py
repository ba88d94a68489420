"""Resources and the backlog as people read them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from rulesflow.cli.console import paint, show, write
from rulesflow.cli.runtables import length, problem_text, seconds, since, table
from rulesflow.model.rendering import counted, visible

Resource = Mapping[str, Any]
_STYLES: Final = {"closed": "green", "half-open": "yellow", "open": "bold red"}


def resource_table(resources: Iterable[Resource]) -> Table:
    """Resources in short, a line each."""
    made = table("resource", "state", "for", "parked", "oldest", "drain", "done in", "errors")
    for each in resources:
        made.add_row(
            visible(each["name"]),
            state_text(each),
            _ago(each["since"]),
            f"{each['parked']:,}" if each["parked"] else "",
            _ago(each["oldest_parked"]),
            f"{figure(each['drain_rate'])}/s" if each["draining"] else "",
            _done_in(each),
            _errors(each["window"]),
        )
    return made


def figure(number: float) -> str:
    """A number as people read it: ``1,644.903``, ``50``."""
    return f"{float(number):,.3f}".rstrip("0").rstrip(".")


def state_text(resource: Resource) -> Text:
    """A state in its colour, and whether a person wants it so."""
    state = str(resource["state"])
    text = "draining" if resource["draining"] else f"{state} (forced)" if resource["forced"] else state
    return Text(visible(text), style="cyan" if resource["draining"] else _STYLES.get(state, ""))


def head(resource: Resource) -> Text:
    """A resource in a line."""
    lasted = f" for {_ago(resource['since'])}" if resource["since"] else ""
    parked = f", {counted(resource['parked'], 'step')} parked" if resource["parked"] else ""
    return Text.assemble(visible(f"{resource['name']}  "), state_text(resource), f"{lasted}{parked}")


def show_resource(resource: Resource) -> None:
    """Print a resource in full."""
    show(head(resource))
    if resource["problem"]:
        write(f"{paint('error', 'problem')}: {visible(problem_text(resource['problem']))}\n")
    for title, text in _lines(resource):
        write(f"{paint('place', title.ljust(10))} {visible(text)}\n")


def _lines(resource: Resource) -> Iterable[tuple[str, str]]:
    name = resource["name"]
    if resource["next_probe"]:
        yield "next probe", f"in {length(seconds(resource['next_probe']) - time.time())}"
    elif resource["forced"]:
        yield "next probe", f"never by itself: rulesflow resources close {name}, or probe {name}"
    yield "calls", f"{resource['in_flight']} in flight, {resource['waiting']} waiting"
    yield "limits", _limits(resource["limits"])
    yield "breaker", _breaker(resource["breaker"])
    yield "window", _window(resource["window"])
    if resource["parked"]:
        yield (
            "parked",
            f"{counted(resource['parked'], 'step')}, the oldest for {_ago(resource['oldest_parked'])}",
        )
        ends = f"done in {_done_in(resource)}" if resource["expected_end"] else "end unknown"
        yield "drain", f"{figure(resource['drain_rate'])} a second, {ends}"


def _limits(limits: Mapping[str, Any]) -> str:
    parts = []
    if limits["concurrency"] is not None:
        parts.append(f"{limits['concurrency']} calls in flight")
    if limits["rate"] is not None:
        parts.append(f"{figure(limits['rate'])} calls a second")
    return ", ".join([*parts, f"{figure(limits['drain'])} parked steps a second"])


def _breaker(breaker: Mapping[str, Any]) -> str:
    slow = f" or take {length(breaker['slow'])}" if breaker["slow"] is not None else ""
    return (
        f"opens when of {breaker['calls']} calls within {length(breaker['window'])} "
        f"{breaker['failures']:.0%} fail by {' or '.join(breaker['errors'])}{slow}"
    )


def _window(window: Mapping[str, Any]) -> str:
    classes = ", ".join(f"{count} {name}" for name, count in window["by_class"].items())
    took = f"; p50 {length(window['p50'])}, p95 {length(window['p95'])}" if window["p50"] is not None else ""
    return (_errors(window) or "no calls lately") + (f" ({classes})" if classes else "") + took


def _errors(window: Mapping[str, Any]) -> str:
    if not window["calls"]:
        return ""
    slow = f", {window['slow']:,} slow" if window["slow"] else ""
    return f"{window['failed']:,} of {window['calls']:,}{slow}"


def _done_in(resource: Resource) -> str:
    if not resource["parked"]:
        return ""
    if resource["expected_end"] is None:
        return "?"
    return length(max(seconds(resource["expected_end"]) - time.time(), 0.0))


def _ago(moment: str | None) -> str:
    return since(moment) if moment else ""
