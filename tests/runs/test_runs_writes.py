"""What a run costs the database: a row when it begins, one for each effect, and one update when it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from workshop import Workshop, open_workshop

from rulesflow.runtime.database import Database
from serving import wait_until

WORKFLOWS = {
    "five": """\
steps:
  one: {call: craft.make, with: {name: "${ tag }1"}}
  grade: {decide: grade}
  route: {switch: [{when: steps.grade.grade == "fine", then: three}, {else: two}]}
  two: {call: craft.make, with: {name: "${ tag }2"}}
  sums: {set: {twice: "${ 2 * 21 }"}}
  three: {call: craft.forge, with: {name: "${ tag }3", value: 3}}
  again: {decide: {decision: grade, with: {total: 101}}}
  four: {call: craft.make, with: {name: "${ tag }4"}, if: 'steps.again.grade == "fine"'}
  note: {set: {grade: "${ steps.again.grade }"}}
  five: {call: craft.make, with: {name: "${ tag }5"}}
  last: {decide: grade}
output: {grade: "${ steps.last.grade }"}
""",
    "pure": """\
steps:
  grade: {decide: grade}
  sums: {set: {twice: "${ 2 * 21 }"}}
  again: {decide: grade}
output: {twice: "${ steps.sums.twice }"}
""",
    "latest": """\
steps:
  grade: {decide: {decision: grade, rules: latest}}
""",
}
#: Tables of the engine and of ours -> the column that names the run.
TABLES = {
    "operation_outputs": "workflow_uuid",
    "workflow_status": "workflow_uuid",
    "workflow_input": "workflow_uuid",
    "workflow_output": "workflow_uuid",
    "workflow_events": "workflow_uuid",
    "workflow_events_history": "workflow_uuid",
    "notifications": "destination_uuid",
    "streams": "workflow_uuid",
    "rulesflow_inbox": "run",
    "rulesflow_runs": "id",
}


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with open_workshop(tmp_path_factory.mktemp("writes"), shared_database, WORKFLOWS) as opened:
        yield opened


@pytest.fixture
def database(shop: Workshop) -> Iterator[Database]:
    opened = Database(shop.database_url)
    yield opened
    opened.close()


def rows(database: Database, run: str) -> dict[str, int]:
    """How many rows each table has of a run."""
    return {name: len(found) for name, column in TABLES.items() if (found := of(database, name, column, run))}


def of(database: Database, name: str, column: str, run: str) -> list[Any]:
    schema = None if database.sqlite or name.startswith("rulesflow_") else "dbos"
    table = sa.table(name, sa.column(column), schema=schema)
    return database.rows(sa.select(table.c[column]).where(table.c[column] == run))


def ended(shop: Workshop, database: Database, workflow: str, tag: str) -> dict[str, Any]:
    """A run that is over, also for the engine, which puts that down a moment later, and in the list."""
    run = shop.run(workflow, {"tag": tag}, wait="20s")
    assert run["status"] == "completed"
    wait_until(lambda: bool(of(database, "workflow_output", "workflow_uuid", run["id"])), 30)
    shop.client.get("/v1/runs")  # which shows all that came before
    return run


def test_a_run_of_five_effects_is_recorded_by_five_rows_besides_its_own(
    shop: Workshop, database: Database, tag: str
) -> None:
    run = ended(shop, database, "five", tag)
    assert shop.craft.names(tag, "made") == ["1", "2", "3", "4", "5"]
    assert len(run["decisions"]) == 3
    assert rows(database, run["id"]) == {
        "operation_outputs": 5,
        "workflow_status": 1,
        "workflow_input": 1,
        "workflow_output": 1,
        "rulesflow_runs": 1,
    }


def test_a_run_that_only_decides_is_recorded_by_its_beginning_and_its_end(
    shop: Workshop, database: Database, tag: str
) -> None:
    run = ended(shop, database, "pure", tag)
    assert rows(database, run["id"]).get("operation_outputs", 0) == 0
    assert shop.show(run["id"])["output"] == {"twice": 42}
    assert len(shop.show(run["id"])["decisions"]) == 2  # told by the end


def test_a_decision_by_the_latest_rules_is_recorded(shop: Workshop, database: Database, tag: str) -> None:
    run = ended(shop, database, "latest", tag)
    assert rows(database, run["id"])["operation_outputs"] == 1


def test_of_many_runs_each_is_written_once_and_updated_once(
    shop: Workshop, database: Database, tag: str
) -> None:
    if database.sqlite:
        pytest.skip("SQLite does not count what it writes")
    settle(shop)
    before = written(database)
    for number in range(30):
        ended(shop, database, "five", f"{tag}{number}")
    settle(shop)
    assert written(database) - before == {"workflow_status": 2 * 30, "operation_outputs": 5 * 30}


def written(database: Database) -> Counter[str]:
    """How many rows PostgreSQL has inserted and updated so far, by table."""
    query = sa.text(
        "SELECT relname, n_tup_ins + n_tup_upd AS written FROM pg_stat_user_tables"
        " WHERE relname IN ('workflow_status', 'operation_outputs')"
    )
    with database.reading() as connection:
        return Counter({row.relname: row.written for row in connection.execute(query)})


def settle(shop: Workshop) -> None:
    """Let the service's connections tell what they did, which they do at the latest when they are closed."""
    shop.stop()
    shop.start()
