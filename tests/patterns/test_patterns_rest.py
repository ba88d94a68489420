"""Whatever is sent, the service stays up, goes on matching, and tells no match that is none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from math import comb

import pytest
from hostile_events import ACCEPTED, REFUSED
from hostile_project import CROWD, pattern, write_hostile_project
from rest_service import BATCH, SOON, Hostile, Sent

from rulesflow.patterns.definition import Event
from serving import spawned, wait_until

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
_ROOM = 16 << 20  # bytes of one event
_KEYS = 1_100


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    folder = tmp_path_factory.mktemp("hostile")
    root = write_hostile_project(folder / "rules")
    given = {"rules": root, "database_url": f"sqlite:///{folder / 'events.db'}", "max_body_bytes": _ROOM}
    with spawned(given) as server:
        yield Hostile(server, root)


@pytest.mark.parametrize("events", ACCEPTED.values(), ids=ACCEPTED)
def test_hostile_events_make_the_matches_that_they_are(hostile: Hostile, events: list[Sent]) -> None:
    losses = hostile.losses()
    sent = hostile.send(events)
    hostile.is_well()
    hostile.looked()
    assert hostile.found(sent) == hostile.expected(sent)
    assert hostile.losses() == losses


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_event_is_refused_and_told(hostile: Hostile, content: bytes) -> None:
    assert hostile.refused(content).json()["errors"]
    hostile.is_well()


def test_a_condition_that_fails_is_told_and_forbids_no_other_match(hostile: Hostile) -> None:
    sent = hostile.send([Sent(f'{{"key": "k", "n": {each}}}') for each in (1, 0, 4)])
    hostile.looked()
    problems = hostile.problems(sent)
    assert {"quotient", "unless-divided"} <= problems.keys()
    assert {message for told in problems.values() for message in told} == {"division by zero"}
    assert hostile.found(sent, "quotient") == hostile.expected(sent, "quotient") != []


def test_a_batch_of_nothing_is_harmless(hostile: Hostile) -> None:
    assert hostile.server.post("/v1/events", content=b"[]", headers=BATCH).json()["accepted"] == 0
    hostile.is_well()


def test_a_batch_whose_quotes_never_close_is_soon_refused(hostile: Hostile) -> None:
    hostile.refused(b'["' + b'\\"' * 500_000, **BATCH)
    hostile.is_well()


def test_events_that_come_again_make_no_match_again(hostile: Hostile) -> None:
    events = [
        {"specversion": "1.0", "id": each, "source": "/again", "type": "keyed", "data": {"key": "again"}}
        for each in ("1", "2", "1", "2")
    ]
    for _ in range(3):
        hostile.server.post("/v1/events", json=events, headers=BATCH)
    hostile.is_well()
    hostile.looked()
    page = hostile.server.get("/v1/matches", params={"key": "again"}).json()
    assert [sorted(event["id"] for event in match["events"]) for match in page["matches"]] == [["1", "2"]]


def test_more_keys_than_the_engine_has_states_are_told_apart(hostile: Hostile) -> None:
    keys = [each % _KEYS for each in range(2 * _KEYS)]
    sent = hostile.send([Sent(f'{{"key": "s{key}", "sid": "s{key}"}}', "keyed", minute=0) for key in keys])
    hostile.is_well()
    hostile.looked()
    found = {key: [id_ for _, id_ in named] for _, (_, key), named, _ in hostile.found(sent, "two-of-a-key")}
    assert {key: {*ids} for key, ids in found.items()} == {
        f"s{each}": {sent[each].id, sent[each + _KEYS].id} for each in range(_KEYS)
    }


@pytest.mark.parametrize("count", [11, 12, 15])
def test_twelve_events_are_joined_of_however_many(hostile: Hostile, count: int) -> None:
    sent = hostile.send([Sent(f'{{"key": "k", "n": {each}}}', "tick") for each in range(count)])
    hostile.is_well()
    hostile.looked()
    for name in ("twelve", "twelve-rising"):
        wait_until(lambda name=name: len(hostile.found(sent, name)) >= comb(count, 12), SOON)
        assert len(_places(hostile, sent, name)) == comb(count, 12)


def _places(hostile: Hostile, sent: Sequence[Event], name: str) -> list[list[int]]:
    """The places of each match's events, which stand in the order of time; no match is there twice."""
    places = {event.id: place for place, event in enumerate(sent)}
    found = [[places[id_] for _, id_ in named] for _, _, named, _ in hostile.found(sent, name)]
    assert all(each == sorted(set(each)) for each in found)
    assert len({tuple(each) for each in found}) == len(found)
    return found


def test_a_flood_of_one_key_ends_and_tells_nothing_wrong(hostile: Hostile) -> None:
    losses = hostile.losses()
    declined = [
        Sent(f'{{"device": "d", "card": "c{each % 7}"}}', "declined", minute=each / 30) for each in range(300)
    ]
    sent = hostile.send(declined)
    hostile.is_well()
    hostile.looked()
    found = hostile.found(sent, "cards")
    events = {event.id: event for event in sent}
    assert len(found) == len({frozenset(id_ for _, id_ in named) for _, _, named, _ in found}) == 1_000
    for match in found:
        assert [match] == hostile.expected([events[id_] for _, id_ in match[2]], "cards")
    assert hostile.losses() == losses


def test_a_pattern_of_thirteen_events_is_refused_and_the_others_stay(hostile: Hostile) -> None:
    before = hostile.server.status()["digest"]
    path = hostile.root / "patterns" / "thirteen.yaml"
    path.write_text(pattern("thirteen", "tick", [""] * 13))
    try:
        status = hostile.server.post("/v1/ruleset/reload").json()
        assert status["digest"] == before
        assert [each["code"] for each in status["error"]["diagnostics"]] == ["RF805"]
        hostile.is_well()
    finally:
        path.unlink()
    assert hostile.server.post("/v1/ruleset/reload").json()["error"] is None
    sent = hostile.send([Sent(json.dumps({"key": "k", "n": each}), "crowd") for each in (1, 2)])
    hostile.looked()
    assert len(hostile.found(sent)) == CROWD


def test_more_joined_events_than_can_be_looked_at_in_time_hold_up_nothing(hostile: Hostile) -> None:
    sent = hostile.send([Sent(f'{{"key": "k", "n": {each}}}', "tick") for each in range(20)])
    hostile.is_well()
    hostile.looked()
    for name in ("twelve", "twelve-rising"):
        assert _places(hostile, sent, name) or name in hostile.problems(sent)
