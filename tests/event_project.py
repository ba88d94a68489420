"""A small project with types of events, and processes that match the patterns it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rulesflow.app import House
from rulesflow.documents.folder import read_folder
from rulesflow.model.times import SECOND, Timestamp, parse_timestamp
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.database import Database
from rulesflow.runtime.eventquery import EventQuery, MatchQuery
from rulesflow.runtime.events import MOST_WAITING, Around, Events
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.intake import Intake
from rulesflow.runtime.listing import Listing
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.runtime.setfacts import SetFacts
from rulesflow.settings import Settings
from serving import wait_until

BEGIN = parse_timestamp("2026-01-01T00:00:00Z")
_DATA = """\
  type: object
  required: [key]
  additionalProperties: false
  properties:
    key: {type: string}
    other: {type: string}
    n: {type: number}
"""
TYPES = ("opened", "closed", "noise")
_FILES = {
    "rulesflow.yaml": "project: small\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": """\
type: object
properties:
  order:
    type: object
    required: [id]
    properties:
      id: {type: string, x-indexed: true}
      device: {type: string}
  risk: {type: object, properties: {known: {type: boolean}}}
""",
    "base/d.yaml": """\
decision: d
hit: first
outcome: {risky: {type: boolean}}
default: {risky: false}
rules:
  - rule: known
    when: has(risk) && has(risk.known) && risk.known
    because: A pattern says so
    then: {risky: true}
""",
    "workflows/review.yaml": """\
workflow: review
title: Somebody is asked
input: facts.yaml
steps:
  ask:
    wait: approval
    payload: {verdict: {enum: [approved, rejected]}}
    timeout: 24h
    on: {approved: done, rejected: {fail: {code: rejected, message: "No"}}, timeout: {fail: late}}
  done: {set: {ok: true}}
""",
    "workflows/quick.yaml": """\
workflow: quick
title: It ends at once
input: facts.yaml
steps:
  done: {set: {ok: true}}
""",
    "events.yaml": "".join(f"{name}:\n{_DATA}" for name in TYPES),
}
#: What follows: a fact, a run, a signal.
FACT = 'fact: risk.known\nwhere: {order.id: "${ key }"}\nvalue: true\nfor: 1h'
START = 'start: quick\nwith: {order: {id: "${ key }"}}'
SIGNAL = 'signal: approval\nwhere: {order.id: "${ key }"}\nwith: {verdict: approved}'


def pattern(
    name: str,
    events: Mapping[str, str],
    *,
    by: str = "key",
    within: str = "10m",
    unless: str | None = None,
    then: str = FACT,
    throttle: str | None = None,
) -> tuple[str, str]:
    """A pattern's path and file. ``events``: aliases with a type, or with ``type | condition``."""
    lines = [f"pattern: {name}", f"by: {by}", f"within: {within}", "events:"]
    lines += [f"  {alias}: {_term(text)}" for alias, text in events.items()]
    lines += [f"unless: {_term(unless)}"] if unless else []
    lines += [f"throttle: {throttle}"] if throttle else []
    lines += ["then:", *(f"  {line}" for line in then.splitlines())]
    return f"patterns/{name}.yaml", "\n".join(lines) + "\n"


def _term(text: str) -> str:
    type_, _, when = text.partition(" | ")
    return f'{{type: {type_}, when: "{when}"}}' if when else f"{{type: {type_}}}"


PAIR = pattern("pair", {"one": "opened", "two": "opened | two.ts > one.ts"})
UNCLOSED = pattern("unclosed", {"one": "opened"}, unless="closed")


def write_event_project(root: Path, *patterns: tuple[str, str]) -> Path:
    """The project with these patterns, and with no others."""
    for old in root.glob("patterns/*.yaml"):
        old.unlink()
    for name, text in [*_FILES.items(), *patterns]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def loaded(root: Path) -> LoadedProject:
    """The project as it loads, without plugins."""
    folder = read_folder(root)
    project = load_project(folder.files, folder.diagnostics)
    assert project.ruleset is not None, project.diagnostics
    return project


def event(
    id_: str, type_: str = "opened", key: str = "k", seconds: float = 0, source: str = "/test", **data: Any
) -> CloudEvent:
    """An event so many seconds after the year began."""
    time = Timestamp(BEGIN + round(seconds * SECOND))
    return CloudEvent(id_, source, type_, {"key": key, **data}, time)


@dataclass
class Process:
    """What one process would be: everything but its front. ``reload``: reads the folder anew."""

    house: House
    events: Events
    catalog: Catalog
    root: Path
    reload: Callable[[], Any]

    def accept(self, *events: CloudEvent, batch: bool = False) -> dict[str, Any]:
        """Post events."""
        return asyncio.run(self.events.accept(events, batch=batch))

    def listed(self, **query: Any) -> list[dict[str, Any]]:
        """The events of a query."""
        return list(asyncio.run(self.events.list(EventQuery(limit=1000, **query)))["events"])

    def matches(self, **query: Any) -> list[dict[str, Any]]:
        """The matches of a query."""
        return list(asyncio.run(self.events.matches(MatchQuery(limit=1000, **query)))["matches"])

    def found(self, **query: Any) -> set[tuple[str, ...]]:
        """The ids of the events of each match, once all events were looked at; each match is there once."""
        self.looked()
        found = [tuple(sorted(each["id"] for each in match["events"])) for match in self.matches(**query)]
        assert len(found) == len(set(found))
        return set(found)

    def looked(self) -> None:
        """Wait until every event was looked at."""
        wait_until(lambda: not self.listed(status=("waiting",)), 60)

    def statuses(self, **query: Any) -> list[str]:
        """Those of the matches, sorted."""
        return sorted(match["status"] for match in self.matches(**query))

    def retry(self, pattern: str | None = None) -> int:
        """Try again what has failed."""
        return int(asyncio.run(self.events.retry(pattern))["count"])

    def paged(self, which: str, size: int) -> list[Any]:
        """The numbers of all events, or the ids of all matches, taken from pages of a size."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            if which == "events":
                page = asyncio.run(self.events.list(EventQuery(limit=size, cursor=cursor)))
                found += [each["number"] for each in page["events"]]
            else:
                page = asyncio.run(self.events.matches(MatchQuery(limit=size, cursor=cursor)))
                found += [each["id"] for each in page["matches"]]
            cursor = page["next"]
            if cursor is None:
                return found

    def change(self, *patterns: tuple[str, str]) -> None:
        """Go by these patterns."""
        write_event_project(self.root, *patterns)
        self.reload()

    def put(self, change: Callable[[LoadedProject], LoadedProject]) -> None:
        """Go by a project that no files make."""
        self.catalog.activate(change(self.catalog.current().project), "here")


@contextmanager
def process(
    root: Path, database_url: str, patterns: Sequence[tuple[str, str]], *, runs: bool = True
) -> Iterator[Process]:
    """A process that serves such a project. Without ``runs`` none can be started, but it starts sooner."""
    house = House(Settings(rules=write_event_project(root, *patterns), database_url=database_url))
    assert house.events is not None
    with _all_of(house) if runs else _events_of(house, house.events):
        assert house.catalog.state.snapshot is not None, house.catalog.state.failure
        yield Process(house, house.events, house.catalog, root, lambda: house.reloader.reload().result())


@contextmanager
def _all_of(house: House) -> Iterator[None]:
    house.start()
    try:
        yield
    finally:
        house.stop()


@contextmanager
def _events_of(house: House, events: Events) -> Iterator[None]:
    house.reloader.start().result()
    events.open()
    events.start()
    try:
        yield
    finally:
        events.stop()
        events.close()
        house.reloader.stop()
        house.close()


@contextmanager
def rival(other: Process, database_url: str, *, limit: int = MOST_WAITING) -> Iterator[Process]:
    """What matches events in another process; runs are those of the first, since a process has one engine."""
    assert other.house.runs is not None
    database, catalog = Database(database_url), Catalog()
    catalog.activate(loaded(other.root), "here")
    intake, facts = Intake(EventStore(database), catalog), SetFacts(database)
    around = Around(database, catalog, intake, other.house.runs, Listing(database), facts, "rival")
    events = Events(around, limit=limit)
    events.open()
    events.start()
    try:
        yield Process(other.house, events, catalog, other.root, lambda: None)
    finally:
        events.stop()
        events.close()
        database.close()
