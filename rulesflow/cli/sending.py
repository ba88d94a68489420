"""Events of a file, sent to a service in batches; what is wrong with one is told by its place in the file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from rich.progress import Progress, TextColumn

from rulesflow.cli.arguments import reason
from rulesflow.cli.client import Client, Refused
from rulesflow.cli.console import ERR, fail
from rulesflow.documents.jsontext import Json, read_json, write_json
from rulesflow.model.errors import Fault, JsonRefused
from rulesflow.model.rendering import counted, visible

MOST: Final = 500  # events of a batch, unless somebody says otherwise
_MOST_BYTES: Final = 1 << 20  # of a batch, unless one event has more
_OVERLOADED: Final = "/problems/overloaded"
_PATIENCE: Final = 300  # seconds for which a service may have too much to do


@dataclass
class Taken:
    """What became of events so far."""

    accepted: int = 0
    duplicates: int = 0

    def __str__(self) -> str:
        again = f", {self.duplicates:,} that had come before" if self.duplicates else ""
        return f"{counted(self.accepted, 'event')} taken in{again}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that are sent together. ``first``: the place of the first in the file, counted from 1."""

    first: int
    events: list[Json] = field(default_factory=list)


def read_events(source: str) -> Iterator[Json]:
    """The events of a file, or of the standard input where it is called ``-``: one, an array, or one a line.

    Ends the command where it cannot be read. Raises `JsonRefused`.
    """
    with _opened(source) as file:
        yield from _events(file, "standard input" if source == "-" else source)


def send(client: Client, events: Iterable[Json], taken: Taken, most: int = MOST) -> None:
    """Send events in their order, ``most`` in a batch, and count them.

    Raises `Refused` at the first batch that is refused.
    """
    with _counter() as counter:
        task = counter.add_task("", total=None)
        for batch in _batches(events, most):
            answer = _post(client, batch)
            taken.accepted += answer["accepted"]
            taken.duplicates += answer["duplicates"]
            counter.update(task, description=str(taken))


def _post(client: Client, batch: Batch) -> dict[str, Any]:
    """Send a batch, again and again while the service has too much to do."""
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            return client.post("/v1/events", batch.events, has="accepted")
        except Refused as refused:
            pause = refused.retry_after if refused.problem.get("type") == _OVERLOADED else None
            if pause is None or time.monotonic() + pause > ends:
                raise _placed(refused, batch) from None
            sys.stderr.write(f"{visible(refused.detail)}\n")
            time.sleep(pause)


def _placed(refused: Refused, batch: Batch) -> Refused:
    """The refusal with places in the file instead of those in the batch: pointers count events from 0.

    To people they are told from 1 on.
    """
    errors = [_moved(each, batch.first - 1) for each in refused.problem.get("errors") or ()]
    problem = refused.problem | {"errors": errors}
    if len(errors) == 1 and (place := _place(str(errors[0].get("pointer", "")))) is not None:
        within = f"{place[1]}: " if place[1] else ""
        hint = f"; {errors[0]['hint']}" if errors[0].get("hint") else ""
        problem["detail"] = f"event {place[0] + 1}: {within}{errors[0].get('message')}{hint}"
    placed = Refused(problem)
    placed.faults = tuple(_in_words(fault) for fault in placed.faults)
    return placed


def _in_words(fault: Fault) -> Fault:
    place = _place(fault.pointer)
    return fault if place is None else replace(fault, pointer=f"event {place[0] + 1}: {place[1]}")


def _moved(error: dict[str, Any], by: int) -> dict[str, Any]:
    place = _place(str(error.get("pointer", "")))
    return error if place is None else error | {"pointer": f"/{place[0] + by}{place[1]}"}


def _place(pointer: str) -> tuple[int, str] | None:
    """The number of an event in its batch, and the pointer within it."""
    number, slash, rest = pointer[1:].partition("/")
    return (int(number), slash + rest) if number.isascii() and number.isdigit() else None


def _batches(events: Iterable[Json], most: int) -> Iterator[Batch]:
    batch, size = Batch(1), 0
    for number, event in enumerate(events, 1):
        length = len(write_json(event))
        if batch.events and (len(batch.events) >= most or size + length > _MOST_BYTES):
            yield batch
            batch, size = Batch(number), 0
        batch.events.append(event)
        size += length
    if batch.events:
        yield batch


def _events(file: IO[bytes], name: str) -> Iterator[Json]:
    """One a line, if the first line that is not blank is an object by itself; else all of it is one JSON."""
    head = b""
    for line in file:
        head += line
        if line.strip():
            break
    first = _object(head)
    if first is not None:
        yield first
        yield from _lines(file, name, head.count(b"\n") + 1)
        return
    whole = _read(b"".join(chain([head], file)), name)
    yield from whole if isinstance(whole, list) else [whole]


def _object(line: bytes) -> Json:
    """The object that a line is; None for what is none, or not the whole of one."""
    if line.lstrip()[:1] != b"{":
        return None
    try:
        return read_json(line)
    except JsonRefused:
        return None


def _lines(file: IO[bytes], name: str, number: int) -> Iterator[Json]:
    for place, line in enumerate(file, number):
        if line.strip():
            yield _read(line.rstrip(b"\r\n"), f"{name}, line {place}")


def _read(data: bytes, name: str) -> Json:
    try:
        return read_json(data)
    except JsonRefused as refused:
        raise JsonRefused(f"{name}: {refused.detail}", refused.faults) from None


def _opened(source: str) -> AbstractContextManager[IO[bytes]]:
    if source == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except (OSError, ValueError) as error:
        fail(f"cannot read {source}: {reason(error)}")


def _counter() -> Progress:
    return Progress(
        TextColumn("{task.description}"), console=ERR, transient=True, disable=not ERR.is_terminal
    )
