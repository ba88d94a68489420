"""A run that could not be carried on is an incident, and goes on once a person has mended the cause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from rulesflow.runtime.database import RULESETS, Database
from run_project import order, write_run_project
from serving import wait_until
from shopfront import Shop


@pytest.fixture
def small(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    shop = Shop(tmp_path, write_run_project(tmp_path / "rules"), database_url)
    shop.start()
    yield shop
    shop.stop()


def test_a_run_whose_rules_were_lost_goes_on_once_they_are_back(small: Shop) -> None:
    run = small.run("review", order())["id"]
    small.until(run, "waiting")
    small.kill()
    database = Database(small.database_url)
    kept = [dict(row._mapping) for row in database.rows(sa.select(RULESETS))]
    with database.writing() as connection:
        connection.execute(sa.delete(RULESETS))
    share = small.rules / "region/eu/share.yaml"  # what is in the folder is archived again as it takes charge
    share.write_text(share.read_text().replace("20 /", "30 /"))
    small.start()
    stood = small.until(run, "incident")
    assert "archive" in stood["problem"]["message"]
    wait_until(lambda: "broke off" in "".join(small.log))
    assert small.order(run, "retry").status_code == 409
    with database.writing() as connection:
        connection.execute(sa.insert(RULESETS), kept)
    database.close()
    small.stop()
    small.start()
    assert small.order(run, "retry").status_code == 200
    small.until(run, "waiting")
    assert small.signal(run, "approval", {"verdict": "approved"}).status_code == 202
    assert small.until(run, "completed")["output"]["each"] == 5


def test_a_decision_by_the_latest_rules_waits_until_there_are_any(small: Shop) -> None:
    flow = small.rules / "workflows" / "latest.yaml"
    flow.write_text(
        "workflow: latest\ninput: facts.yaml\nsteps:\n"
        "  ask: {wait: go, payload: {yes: {type: boolean}}}\n"
        "  share: {decide: {decision: share, rules: latest}}\n"
        'output: {each: "${ steps.share.each }"}\n'
    )
    small.client.post("/v1/ruleset/reload")
    run = small.run("latest", order())["id"]
    small.until(run, "waiting")
    share = small.rules / "base" / "share.yaml"
    good = share.read_text()
    share.write_text("decision: [")
    small.stop()
    small.start()
    assert small.signal(run, "go", {"yes": True}).status_code == 202
    small.until(run, "running")
    share.write_text(good)
    assert small.until(run, "completed")["output"]["each"] == 5
