"""A service that is sent hostile events, and what the plain reference says of the same events."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from plain_matching import matches

from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import SECOND, Timestamp, parse_timestamp
from rulesflow.patterns.definition import Event
from rulesflow.runtime.project import load_project
from serving import Server, wait_until

_START = parse_timestamp("2026-01-01T00:00:00Z")
_LONG = 100  # characters from which on a key may be shown cut
BATCH = {"content-type": "application/cloudevents-batch+json"}
#: How long a state is waited for, in seconds.
SOON = 20


class Sent(NamedTuple):
    """An event; ``data`` is JSON as it goes over the wire, ``more`` are attributes of it."""

    data: str
    type: str = "thing"
    id: str = ""
    source: str = ""
    minute: float | None = None
    more: str = ""


class Hostile:
    """The service, and its project as this process reads it."""

    def __init__(self, server: Server, root: Path) -> None:
        folder = read_folder(root)
        self.project = load_project(folder.files, folder.diagnostics)
        assert self.project.ruleset is not None, self.project.diagnostics[:3]
        self.server = server
        self.root = root
        self._numbers = itertools.count(1)

    # -- sending ---------------------------------------------------------------------------------------

    def send(self, sent: Sequence[Sent]) -> list[Event]:
        """Post events that have to be taken, and the events as patterns read them. No two calls meet."""
        named = self._named(sent)
        texts = [_text(each) for each in named]
        response = self.server.post("/v1/events", content=f"[{','.join(texts)}]".encode(), headers=BATCH)
        assert response.status_code == 202, response.text[:2000]
        return [self._read(each) for each in named]

    def refused(self, content: bytes, **headers: str) -> httpx.Response:
        """Post what has to be refused."""
        headers = {"content-type": "application/cloudevents+json", **headers}
        response = self.server.post("/v1/events", content=content, headers=headers)
        assert 400 <= response.status_code < 500, (response.status_code, response.text[:2000])
        return response

    def _named(self, sent: Sequence[Sent]) -> list[Sent]:
        """With an id, a source and a time: each call has a day of its own."""
        day = next(self._numbers)
        return [
            each._replace(
                id=each.id or f"e{number}",
                source=f"/{day}{each.source}",
                minute=day * 24 * 60 + (number if each.minute is None else each.minute),
            )
            for number, each in enumerate(sent)
        ]

    def _read(self, sent: Sent) -> Event:
        data = self.project.events[sent.type].schema.validate(read_json(sent.data.encode()))
        return Event(f"{sent.id}\0{sent.source}", sent.type, _time(sent), data)

    # -- looking ---------------------------------------------------------------------------------------

    def looked(self) -> None:
        """Wait until every pattern has looked at every event."""
        for path in ("/v1/events", "/v1/matches"):
            wait_until(lambda path=path: not self._list(path, status="waiting", limit=1)[0], SOON)

    def is_well(self) -> None:
        """Healthy events, sent right now, are matched soon; the process is the one that it was."""
        key = f"well{next(self._numbers)}"
        self.send([Sent(json.dumps({"key": key}), "healthy")] * 2)
        wait_until(lambda: self._list("/v1/matches", pattern="healthy", key=key)[0], SOON)
        assert self.server.get("/livez").status_code == 200
        os.kill(self.server.pid, 0)

    def losses(self) -> float:
        """How many processes of the engine were lost."""
        counter = re.search(
            r"^rulesflow_event_worker_losses_total (.+)$", self.server.get("/metrics").text, re.MULTILINE
        )
        assert counter is not None
        return float(counter[1])

    def found(self, events: Iterable[Event], pattern: str | None = None) -> list[Any]:
        """The matches of these events that stand, as `expected` gives them."""
        ids = {event.id for event in events}
        parameters = {"limit": 1000} | ({"pattern": pattern} if pattern else {})
        found, cursor = [], None
        while True:
            page, cursor = self._list("/v1/matches", **parameters, **({"cursor": cursor} if cursor else {}))
            for match in page:
                named = tuple((each["alias"], f"{each['id']}\0{each['source']}") for each in match["events"])
                if match["status"] != "refuted" and not ids.isdisjoint(id_ for _, id_ in named):
                    assert match["status"] == "done", match
                    found.append((match["pattern"], _shown(match["key"]), named, match["due"]))
            if cursor is None:
                return sorted(found, key=repr)

    def expected(self, events: Sequence[Event], pattern: str | None = None) -> list[Any]:
        """What the reference finds."""
        every = [self.project.patterns[pattern]] if pattern else self.project.patterns.values()
        types = {event.type for event in events}
        asked = [each.compiled.pattern for each in every if each.types & types]
        return sorted(
            (
                (name, _shown(key), named, None if due is None else str(due))
                for name, key, named, due in matches(asked, events)
            ),
            key=repr,
        )

    def problems(self, events: Sequence[Event]) -> dict[str, set[str]]:
        """What patterns said of those of the events on which they failed."""
        ids, since = {event.id for event in events}, str(min(event.ts for event in events))
        found: dict[str, set[str]] = {}
        for event in self._list("/v1/events", status="failed", since=since, limit=1000)[0]:
            if f"{event['id']}\0{event['source']}" in ids:
                for problem in event["problems"]:
                    found.setdefault(problem["pattern"], set()).add(problem["message"])
        return found

    def _list(self, path: str, **parameters: Any) -> tuple[list[Any], str | None]:
        response = self.server.get(path, params=parameters)
        assert response.status_code == 200, response.text[:2000]
        page = read_json(response.content)
        return page[path.rpartition("/")[2]], page["next"]


def _time(sent: Sent) -> Timestamp:
    return Timestamp(_START + round((sent.minute or 0) * 60 * SECOND))


def _text(sent: Sent) -> str:
    """As JSON. The data is not touched."""
    attributes = {"specversion": "1.0", "id": sent.id, "source": sent.source, "type": sent.type}
    text = json.dumps({**attributes, "time": str(_time(sent))}, ensure_ascii=False)
    return f'{text[:-1]}{sent.more and ", "}{sent.more}, "data": {sent.data}}}'


def _shown(key: Any) -> tuple[str, Any]:
    """A key to compare: true is not 1."""
    if isinstance(key, str) and len(key) > _LONG:
        return "long", None
    return "bool" if isinstance(key, bool) else "", key
