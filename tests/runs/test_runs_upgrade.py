"""A new version of rulesflow goes on with the runs that an old one has begun."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from rulesflow.runtime.database import Database
from run_project import order, write_run_project
from serving import wait_until
from shopfront import Shop


@pytest.fixture
def small(tmp_path: Path, database_url: str) -> Shop:
    return Shop(tmp_path, write_run_project(tmp_path / "rules"), database_url)


@pytest.mark.parametrize("status", ["PENDING", "ENQUEUED"])
def test_a_run_of_another_version_goes_on(small: Shop, status: str) -> None:
    small.start()
    run = small.run("review", order())["id"]
    small.until(run, "waiting")
    small.kill()
    pretend(small, run, status)
    small.start()
    try:
        wait_until(lambda: "runs of another version" in "".join(small.log))
        answer = small.signal(run, "approval", {"verdict": "approved"})
        assert answer.status_code == 202
        assert small.until(run, "completed")["output"]["each"] == 5
    finally:
        small.stop()


def pretend(shop: Shop, run: str, status: str) -> None:
    """Let the run look as if a process of an older version had left it behind."""
    database = Database(shop.database_url)
    table = "workflow_status" if database.sqlite else "dbos.workflow_status"
    queue = ", queue_name = '_dbos_internal_queue', updated_at = 1" if status == "ENQUEUED" else ""
    with database.writing() as connection:
        changed = connection.execute(
            sa.text(
                f"UPDATE {table} SET application_version = 'rulesflow-0', status = :status{queue}"
                " WHERE workflow_uuid = :run"
            ),
            {"run": run, "status": status},
        )
    assert changed.rowcount == 1
    database.close()
