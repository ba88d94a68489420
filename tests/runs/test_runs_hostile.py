"""Somebody has changed the database: rows that would run code if unpickled, and rows that are no records."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from workshop import Workshop, make_workshop, new_tag

from rulesflow.runtime.database import Database
from serving import wait_until

WORKFLOWS = {
    "ask": """\
steps:
  make: {call: craft.make, with: {name: "${ tag }make"}}
  ask: {wait: go}
output: {name: "${ steps.make.name }"}
""",
}
#: What is poisoned -> table, columns that hold the row, and whether the run has ended before.
POISONED = {
    "record": ("operation_outputs", {"output": "pickle", "serialization": "py_pickle"}, False),
    "record-error": (
        "operation_outputs",
        {"error": "pickle", "output": None, "serialization": "py_pickle"},
        False,
    ),
    "record-garbage": ("operation_outputs", {"output": "{{{"}, False),
    "record-number": ("operation_outputs", {"output": "42"}, False),
    "record-strange": ("operation_outputs", {"output": '{"id": 3}'}, False),
    "record-unknown": ("operation_outputs", {"output": "x", "serialization": "yaml"}, False),
    "input": ("workflow_input", {"inputs": "pickle"}, False),
    "input-garbage": ("workflow_input", {"inputs": "[["}, False),
    "input-strange": ("workflow_input", {"inputs": '{"args": [{"run": 1}], "kwargs": {}}'}, False),
    "output": ("workflow_output", {"output": "pickle"}, True),
    "error": ("workflow_output", {"error": "pickle"}, True),
}


class Trap:
    """Its unpickling creates a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self.file,)


class Attacked:
    """A service on a database that was tampered with; ``runs``: what was poisoned -> its run."""

    def __init__(self, shop: Workshop, trap: Path) -> None:
        self.shop = shop
        self.trap = trap
        self.runs: dict[str, str] = {}
        self.sound = self.begin()
        for kind, (_, _, ended) in POISONED.items():
            self.runs[kind] = self.begin()
            if ended:
                shop.signal(self.runs[kind], "go", {})
                shop.until(self.runs[kind], "completed")
        outcomes = [self.runs[kind] for kind, (_, _, ended) in POISONED.items() if ended]
        wait_until(lambda: self.written(outcomes), 30)

    def written(self, outcomes: list[str]) -> bool:
        """Whether the engine has put down how these runs ended: a moment after that is certain and shown."""
        with closing(Database(self.shop.database_url)) as database:
            table = sa.table("workflow_output", sa.column("workflow_uuid"), schema=schema_of(database))
            with database.reading() as connection:
                found = connection.execute(sa.select(table).where(table.c.workflow_uuid.in_(outcomes))).all()
        return len(found) == len(outcomes)

    def begin(self) -> str:
        run = self.shop.run("ask", {"tag": new_tag()})["id"]
        self.shop.until(run, "waiting")
        return str(run)

    def poison(self) -> None:
        """Put the rows there, as somebody with a password of the database can."""
        pickled = base64.b64encode(pickle.dumps(Trap(self.trap))).decode()
        with closing(Database(self.shop.database_url)) as database, database.writing() as connection:
            schema = schema_of(database)
            for kind, (table, columns, _) in POISONED.items():
                values = {name: pickled if value == "pickle" else value for name, value in columns.items()}
                run = {"run": self.runs[kind]}
                put(connection, schema, table, values, run)
                if "pickle" in columns.values() and table != "operation_outputs":
                    put(connection, schema, "workflow_status", {"serialization": "py_pickle"}, run)


def schema_of(database: Database) -> str | None:
    return None if database.sqlite else "dbos"


def put(
    connection: sa.Connection, schema: str | None, table: str, values: dict[str, Any], run: dict[str, str]
) -> None:
    columns = [sa.column(name) for name in ("workflow_uuid", *values)]
    target = sa.table(table, *columns, schema=schema)
    changed = connection.execute(sa.update(target).where(target.c.workflow_uuid == run["run"]).values(values))
    assert changed.rowcount == 1, table


@pytest.fixture(scope="module")
def attacked(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The service, killed, and started again on what was put there meanwhile."""
    folder = tmp_path_factory.mktemp("hostile")
    shop = make_workshop(folder, shared_database, WORKFLOWS)
    try:
        shop.start()
        attacked = Attacked(shop, folder / "executed")
        shop.kill()
        attacked.poison()
        shop.start()
        yield attacked
        assert not attacked.trap.exists()
    finally:
        shop.stop()


def test_the_trap_would_work(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize("kind", POISONED)
def test_the_run_is_an_incident_that_says_so_and_nothing_is_executed(attacked: Attacked, kind: str) -> None:
    shown = attacked.shop.until(attacked.runs[kind], "incident")
    assert not attacked.trap.exists()
    assert (shown["problem"]["class"], shown["problem"]["code"]) == ("internal", "broken")
    if "pickle" in POISONED[kind][1].values():
        assert "pickled" in shown["problem"]["message"]
    assert "Traceback" not in str(shown)


def test_the_list_shows_them_as_incidents_and_is_searched_as_ever(attacked: Attacked) -> None:
    def incidents() -> set[str]:
        listed = attacked.shop.client.get("/v1/runs", params={"status": "incident", "limit": 500}).json()
        return {each["id"] for each in listed["runs"]}

    wait_until(lambda: set(attacked.runs.values()) <= incidents(), 30)
    assert attacked.sound not in incidents()


def test_others_go_on_and_new_ones_begin(attacked: Attacked) -> None:
    for run in (attacked.sound, attacked.begin()):
        assert attacked.shop.signal(run, "go", {}).status_code == 202
        attacked.shop.until(run, "completed")
    assert attacked.shop.client.get("/livez").status_code == 200
    assert not attacked.trap.exists()


@pytest.mark.parametrize("kind", POISONED)
def test_everything_about_such_a_run_is_answered(attacked: Attacked, kind: str) -> None:
    client, run = attacked.shop.client, attacked.runs[kind]
    assert client.get(f"/v1/runs/{run}/history").status_code == 200
    for action, body in (("cancel", {}), ("pause", {}), ("rerun", {"from": "make"})):
        answer = client.post(f"/v1/runs/{run}/{action}", json=body)
        assert answer.status_code in (200, 409), (action, answer.text)
    assert client.post(f"/v1/runs/{run}/signals/go", json={}).status_code in (202, 409)
    attacked.shop.until(run, "incident")
    assert not attacked.trap.exists()


@pytest.mark.parametrize(
    "kind", ["record", "record-error", "record-garbage", "record-number", "record-unknown"]
)
def test_a_call_whose_record_cannot_be_read_is_made_again_by_a_retry(attacked: Attacked, kind: str) -> None:
    shop, run = attacked.shop, attacked.runs[kind]

    def goes_on() -> bool:  # it may have to be found broken first, since the service has just started
        shop.order(run, "retry")
        return bool(shop.show(run)["status"] == "waiting")

    wait_until(goes_on, 30)
    shop.signal(run, "go", {})
    tag = shop.until(run, "completed")["input"]["tag"]
    assert [each["key"] for each in shop.craft.book(tag, "made")] == [f"{run}/make/1"] * 2
    assert not attacked.trap.exists()


@pytest.mark.parametrize("kind", ["input", "input-garbage", "input-strange"])
def test_a_run_whose_beginning_cannot_be_read_cannot_be_retried(attacked: Attacked, kind: str) -> None:
    answer = attacked.shop.order(attacked.runs[kind], "retry")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "run-broken"
