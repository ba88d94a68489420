"""Events that runs and steps give are stored, each once, whatever happens to the process meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from workshop import Workshop, make_workshop

from rulesflow.documents.jsontext import read_json
from rulesflow.runtime.database import DORMANT, EVENTS, Database
from serving import wait_until

RUNS = 12
KILLS = 3
WORKFLOWS = {
    "build": """\
steps:
  frame: {call: craft.make, with: {name: "${ tag + '-frame' }", value: 1}}
  door:
    call: craft.forge
    with: {name: "${ tag + '-door' }", value: 2}
    retry: {on: [unavailable], attempts: 2, delay: 5ms, jitter: none, then: park}
    catch: {on: [refused], then: roof}
  roof: {wait: dry, payload: {}}
  key: {call: craft.make, with: {name: "${ tag + '-key' }", value: 3}}
""",
}
EVENTS_FILE = """\
build.started:
  type: object
  required: [tag, run]
  properties:
    tag: {type: string}
    run: {type: string, x-from: run}
build.completed: {type: object, required: [tag], properties: {tag: {type: string}}}
craft.make.completed:
  type: object
  required: [tag, name]
  properties:
    tag: {type: string}
    name: {type: string, x-from: with.name}
    value: {type: integer, x-from: output.value}
craft.forge.completed: {type: object, properties: {value: {type: integer, x-from: output.value}}}
craft.unavailable: {type: object, required: [tag], properties: {tag: {type: string}}}
craft.refused:
  type: object
  required: [tag, code, message]
  properties:
    tag: {type: string}
    code: {type: string, x-from: code}
    message: {type: string, x-from: message}
craft.tried:
  type: object
  required: [name, attempt]
  properties: {name: {type: string}, attempt: {type: integer}}
"""


@contextmanager
def building(folder: Path, database_url: str, events: str = EVENTS_FILE) -> Iterator[Workshop]:
    """A workshop whose project declares events."""
    shop = make_workshop(folder, database_url, WORKFLOWS)
    (shop.rules / "events.yaml").write_text(events)
    (shop.craft.folder / "emits").touch()
    try:
        shop.start()
        ready = shop.client.get("/readyz")
        assert ready.status_code == 200, (ready.text, shop.client.get("/v1/ruleset").text, shop.log)
        yield shop
    finally:
        shop.stop()


def stored(database: Database) -> list[tuple[str, str, Any]]:
    """Source, type and data of all events."""
    rows = database.rows(sa.select(EVENTS.c.source, EVENTS.c.type, EVENTS.c.data).order_by(EVENTS.c.number))
    return [(row.source, row.type, read_json(row.data.encode())) for row in rows]


def expected(shop: Workshop, run: str) -> Counter[tuple[str, str]]:
    """Source and type of what a run must have told, by its history."""
    source = f"/runs/{run}"
    found = Counter({(source, "build.started"): 1})
    for each in shop.client.get(f"/v1/runs/{run}/history").json()["entries"]:
        if each["type"] == "call":
            code = each.get("problem", {}).get("code")
            found[source, f"{each['step']}.completed" if code is None else f"craft.{code}"] += 1
            found[f"{source}/{each['path']}", "craft.tried"] += 1
        elif each["type"] == "end":
            found[source, f"build.{each['status']}"] += 1
    return found


def kept(database: Database) -> Counter[tuple[str, str]]:
    return Counter((source, type_) for source, type_, _ in stored(database))


def go_on(shop: Workshop, run: str) -> None:
    """Send the signal, again and again while the process is down."""
    try:
        shop.client.post(f"/v1/runs/{run}/signals/dry", json={}, headers={"Idempotency-Key": "dry"})
    except httpx.HTTPError:
        return


def test_what_runs_and_steps_tell_is_stored_with_what_is_declared(tmp_path: Path, database_url: str) -> None:
    with building(tmp_path, database_url) as shop:
        shop.craft.spoil("t-door", "refused")
        run = shop.run("build", {"tag": "t"})["id"]
        shop.until(run, "waiting")
        go_on(shop, run)
        shop.until(run, "completed")
        database = Database(database_url)
        wait_until(lambda: (f"/runs/{run}", "build.completed") in kept(database))
        assert kept(database) == expected(shop, run)
        data = {
            (source.removeprefix(f"/runs/{run}"), type_): data for source, type_, data in stored(database)
        }
        assert data["", "build.started"] == {"tag": "t", "run": run}
        assert data["", "craft.refused"] == {
            "tag": "t",
            "code": "refused",
            "message": "t-door is not made here",
        }
        assert data["/key", "craft.tried"] == {"name": "t-key", "attempt": 1}
        assert data["", "craft.make.completed"] == {"tag": "t", "name": "t-key", "value": 3}
        database.close()


def test_what_a_process_had_no_time_to_store_is_told_again_by_the_next(
    tmp_path: Path, database_url: str
) -> None:
    """Of runs that it had ended, of those that wait in it, and of those that rest in none."""
    with building(tmp_path, database_url) as shop:
        database = Database(database_url)
        ended, waiting = (shop.run("build", {"tag": tag})["id"] for tag in ("a", "b"))
        shop.until(ended, "waiting")
        go_on(shop, ended)
        shop.until(ended, "completed")
        shop.until(waiting, "waiting")
        shop.craft.spoil("c-door", "unavailable")
        parked = shop.run("build", {"tag": "c"})["id"]
        shop.until(parked, "parked")
        runs = (ended, waiting, parked)
        wanted = sum((expected(shop, run) for run in runs), Counter[tuple[str, str]]())
        assert wanted[f"/runs/{parked}", "craft.unavailable"] == 2
        wait_until(lambda: database.rows(sa.select(DORMANT)), 30)
        wait_until(lambda: kept(database) == wanted, 30)
        shop.kill()
        with database.writing() as connection:
            connection.execute(sa.delete(EVENTS))
        shop.start()
        wait_until(lambda: kept(database).total() >= wanted.total(), 30)
        assert kept(database) == wanted
        database.close()


def test_nothing_is_lost_and_nothing_told_twice_when_the_process_is_killed(
    tmp_path: Path, database_url: str
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    with building(tmp_path, database_url) as shop:
        for number in range(0, RUNS, 3):
            shop.craft.spoil(f"r{number}-door", "refused")
        runs: list[str] = []
        for kill in range(KILLS):
            begun = [
                shop.run("build", {"tag": f"r{number}"}, key=f"r{number}")["id"]
                for number in range(kill, RUNS, KILLS)
            ]
            runs += begun
            for run in chance.sample(begun, 2):
                shop.until(run, "waiting")
            chosen = chance.sample(runs, len(runs) // 2)
            for run in chosen:
                go_on(shop, run)
            if chance.random() < 0.5:
                shop.until(chosen[0], "completed")
            shop.kill()
            shop.start()
        for run in runs:
            shop.until(run, "waiting", "completed", seconds=60)
            go_on(shop, run)
        for run in runs:
            shop.until(run, "completed", seconds=60)
        wanted: Counter[tuple[str, str]] = Counter()
        for run in runs:
            wanted += expected(shop, run)
        database = Database(database_url)
        wait_until(lambda: kept(database).total() >= wanted.total(), 30)
        assert kept(database) == wanted
        database.close()
