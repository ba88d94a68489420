"""A plugin whose steps do what their input says, note it in a book, and go wrong when told to.

In the folder that ``CRAFT_FOLDER`` names, a file ``hold-NAME`` makes the call of that name wait until it is
gone, and a file ``fault-NAME`` says what goes wrong with it. Where there is a file ``emits`` calls emit an
event each.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

from rulesflow import ErrorClass, Event, Step, StepCall, StepError, hookimpl

FOLDER = Path(os.environ["CRAFT_FOLDER"])
PAUSE = 0.005

INPUT = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "value": {"type": ["integer", "null"]}},
    "additionalProperties": False,
}
OUTPUT = {
    "type": "object",
    "required": ["name", "value"],
    "properties": {"name": {"type": "string"}, "value": {"type": ["integer", "null"]}},
    "additionalProperties": False,
}


def note(what: str, name: str, call: StepCall, **more: Any) -> None:
    """Write a line into the book."""
    line = {"what": what, "name": name, "key": call.key, "attempt": call.attempt, "pid": os.getpid(), **more}
    with (FOLDER / "book.ndjson").open("a") as book:
        book.write(json.dumps(line) + "\n")


def fault(name: str) -> str:
    """What is to go wrong with a call; empty if nothing."""
    try:
        return (FOLDER / f"fault-{name}").read_text()
    except FileNotFoundError:
        return ""


def outcome(call: StepCall) -> Any:
    """The end of a call, good or bad."""
    name = call.input["name"]
    word = fault(name)
    if (FOLDER / "emits").exists():
        call.emit("craft.tried", {"name": name, "attempt": call.attempt})
    if word in ("", "raise", "no-json", "misfit", "vast"):
        note("made", name, call)
    match word:
        case "raise":
            raise ZeroDivisionError("the lathe divided by zero")
        case "no-json":
            return {"name": name, "value": {1, 2}}
        case "misfit":
            return {"nmae": name}
        case "vast":
            return {"name": name, "value": "x" * (2 << 20)}
        case "undeclared":
            raise StepError("rejected", "nobody knows this word", code="gone-fishing")
        case "refused":
            raise StepError("rejected", f"{name} is not made here", code="refused")
        case "invalid" | "unavailable" | "conflict":
            raise StepError(word, f"{name} cannot be made: {word}")
    return {"name": name, "value": call.input.get("value")}


async def make(call: StepCall) -> Any:
    """Make something, as a coroutine."""
    name = call.input["name"]
    note("began", name, call)
    while (FOLDER / f"hold-{name}").exists() or fault(name) == "hang":
        await asyncio.sleep(PAUSE)
    return outcome(call)


def forge(call: StepCall) -> Any:
    """Make something, in a thread."""
    name = call.input["name"]
    note("began", name, call)
    while (FOLDER / f"hold-{name}").exists() or fault(name) == "hang":
        time.sleep(PAUSE)
    return outcome(call)


async def unmake(call: StepCall) -> dict[str, Any]:
    """Take back what was made."""
    name = call.input["input"]["name"]
    known = call.input["output"] is not None
    if fault(f"undo-{name}"):
        note("stuck", name, call, of=call.input["key"])
        raise StepError("invalid", f"{name} cannot be taken apart")
    note("unmade", name, call, of=call.input["key"], known=known)
    return {}


@hookimpl
def observe(event: Event) -> None:
    """Note what has become of a run."""
    with (FOLDER / "observed.ndjson").open("a") as book:
        book.write(json.dumps({"kind": event.kind, "subject": event.subject}) + "\n")


@hookimpl
def register_steps() -> list[Step]:
    """``craft.make`` and ``craft.forge``, which is plain; ``craft.unmake`` takes both back."""
    errors = {"refused": ErrorClass.REJECTED}
    return [
        Step("craft.make", make, INPUT, OUTPUT, undo="craft.unmake", errors=errors),
        Step("craft.forge", forge, INPUT, OUTPUT, undo="craft.unmake", errors=errors),
        Step("craft.unmake", unmake),
    ]
