"""Facts that patterns set, as callers see them: by REST, singly and in batches, and in runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rulesflow.model.times import SECOND, Duration
from rulesflow.runtime.database import Database
from rulesflow.runtime.setfacts import SetFacts
from serving import Server, wait_until

_FILES = {
    "rulesflow.yaml": "project: p\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": """\
type: object
required: [device_id]
properties:
  device_id: {type: string}
  device: {type: object, properties: {tested: {type: boolean}}}
""",
    "events.yaml": """\
card.declined: {type: object, required: [device_id], properties: {device_id: {type: string}}}
""",
    "base/grade.yaml": """\
decision: grade
hit: first
outcome: {grade: {enum: [bad, good]}}
rules:
  - {rule: tested, when: has(device) && has(device.tested) && device.tested, then: {grade: bad}}
default: {grade: good}
""",
    "base/plain.yaml": "decision: plain\nhit: first\noutcome: {r: {type: number}}\ndefault: {r: 1}\n",
    "patterns/testing.yaml": """\
pattern: testing
by: device_id
within: 10m
events: {one: {type: card.declined}, two: {type: card.declined}}
then:
  fact: device.tested
  where: {device_id: "${ key }"}
  value: true
  for: 1h
""",
    "workflows/check.yaml": """\
workflow: check
input: facts.yaml
steps: {grade: {decide: grade}}
output: {grade: "${ steps.grade.grade }"}
""",
}
TESTED = {"fact": "device.tested", "value": True, "pattern": "testing", "match": "m1"}


@pytest.fixture
def server(
    tmp_path: Path, database_url: str, serve: Callable[..., Server]
) -> Iterator[tuple[Server, Database]]:
    for name, text in _FILES.items():
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    database = Database(database_url)
    yield serve(rules=tmp_path / "rules", database_url=database_url), database
    database.close()


def put(database: Database, device: str, seconds: float = 3600) -> None:
    with database.writing() as connection:
        SetFacts(database).set(
            connection,
            fact=("device", "tested"),
            where=[(("device_id",), device)],
            value=True,
            lasts=Duration(int(seconds * SECOND)),
            match="m1",
            pattern="testing",
        )


def without_until(reply: Any) -> Any:
    (shown,) = reply["set_facts"]
    assert shown.pop("until") > "2026"
    return shown


def test_a_fact_reaches_decisions_of_every_form_and_runs(server: tuple[Server, Database]) -> None:
    service, database = server
    first = service.decide("grade", {"device_id": "D-1"}).json()
    assert first["result"] == {"grade": "good"}
    assert "set_facts" not in first
    put(database, "D-1")
    wait_until(lambda: service.decide("grade", {"device_id": "D-1"}).json()["result"] == {"grade": "bad"})

    reply = service.decide("grade", {"device_id": "D-1"}, explain="full").json()
    assert without_until(reply) == TESTED
    assert reply["matched"][0]["rule"] == "tested"
    assert "set_facts" not in service.decide("grade", {"device_id": "D-2"}).json()
    assert "set_facts" not in service.decide("plain", {"device_id": "D-1"}).json(), "it reads no such fact"
    own = service.decide("grade", {"device_id": "D-1", "device": {"tested": False}}).json()
    assert own["result"] == {"grade": "good"} and "set_facts" not in own

    items = [{"facts": {"device_id": name}} for name in ("D-1", "D-2", "D-1")]
    array = service.post("/v1/decisions/grade/batch", json=items).json()
    lines = "\n".join(map(json.dumps, items)) + "\n"
    stream = service.post(
        "/v1/decisions/grade/batch", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    for replies in (array, [json.loads(line) for line in stream.text.splitlines()]):
        assert [each["result"]["grade"] for each in replies] == ["bad", "good", "bad"]
        assert ["set_facts" in each for each in replies] == [True, False, True]

    grades = {}
    for device in ("D-1", "D-2"):
        body = {"workflow": "check", "input": {"device_id": device}}
        run = service.post("/v1/runs", json=body).json()["id"]
        shown = wait_until(lambda run=run: ended(service, run))
        grades[device] = shown["output"]["grade"]
        (decision,) = shown["decisions"]
        assert ("set_facts" in decision) == (device == "D-1")
        if device == "D-1":
            assert without_until(decision) == TESTED
    assert grades == {"D-1": "bad", "D-2": "good"}


def test_a_fact_lapses(server: tuple[Server, Database]) -> None:
    service, database = server
    put(database, "D-1", seconds=1)
    put(database, "D-2")
    wait_until(lambda: service.decide("grade", {"device_id": "D-2"}).json()["result"] == {"grade": "bad"})
    wait_until(lambda: service.decide("grade", {"device_id": "D-1"}).json()["result"] == {"grade": "good"})


def ended(service: Server, run: str) -> Any:
    shown = service.get(f"/v1/runs/{run}").json()
    return shown if shown["status"] == "completed" else None
