"""A long run that has ended: kept as it was replayed, and told as its records tell it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import running, wait_until

LONG = f"""\
workflow: long
input: facts.yaml
steps:
  all:
    each: "${{ {[*range(520)]} }}"
    as: item
    concurrency: 20
    steps:
      nap: {{sleep: 0s}}
"""


def test_every_view_of_a_long_run_tells_the_same_each_time_until_it_is_gone(tmp_path: Path) -> None:
    rules = write_run_project(tmp_path / "rules")
    (rules / "workflows" / "long.yaml").write_text(LONG)
    url = f"sqlite:///{tmp_path / 'state.db'}"
    with running(Settings(rules=rules, database_url=url)) as server:
        body = {"workflow": "long", "input": order()}
        run = server.post("/v1/runs", json=body).json()["id"]
        wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "completed")
        views = [f"/v1/runs/{run}{each}" for each in ("", "/history?limit=1000", "/graph", "/timeline")]
        first = [server.get(each).json() for each in views]
        assert len(first[1]["entries"]) == 522
        assert first[0]["steps"]["all"][519]["ok"]
        assert [server.get(each).json() for each in reversed(views)] == first[::-1]
        engine = sa.create_engine(url)
        with engine.begin() as connection:  # as retention does
            connection.execute(
                sa.text("DELETE FROM workflow_status WHERE workflow_uuid = :run"), {"run": run}
            )
        engine.dispose()
        assert [server.get(each).status_code for each in views] == [404] * 4
