"""Rules and workflows change: what has begun goes on as it began, unless it asks for the latest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from workshop import Workshop, open_workshop

from serving import wait_until

WORKFLOWS = {
    "ask": """\
steps:
  ask: {wait: go}
  old: {call: craft.make, with: {name: "${ tag }old"}}
  grade: {decide: grade}
output: {grade: "${ steps.grade.grade }", by: old}
""",
    "latest": """\
steps:
  ask: {wait: go}
  pinned: {decide: grade}
  latest: {decide: {decision: grade, rules: latest}}
output: {pinned: "${ steps.pinned.grade }", latest: "${ steps.latest.grade }"}
""",
    "mended": """\
steps:
  make: {call: craft.make, with: {name: "${ tag }make"}}
  grade: {decide: grade}
output: {grade: "${ steps.grade.grade }"}
""",
}
_NEW = """\
workflow: ask
title: a new way
input: facts.yaml
steps:
  ask: {wait: go}
  new: {call: craft.make, with: {name: "${ tag }new"}}
  grade: {decide: grade}
output: {grade: "${ steps.grade.grade }", by: new}
"""


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Workshop]:
    with open_workshop(tmp_path, database_url, WORKFLOWS) as opened:
        yield opened


def change(shop: Workshop) -> str:
    """Turn the rules round and let the workflow go another way; the new digest, once it is live."""
    before = shop.client.get("/v1/ruleset").json()["digest"]
    grade = shop.rules / "base" / "grade.yaml"
    grade.write_text(grade.read_text().replace("default: {grade: rough}", "default: {grade: fine}"))
    (shop.rules / "workflows" / "ask.yaml").write_text(_NEW)

    def live() -> Any:
        status = shop.client.get("/v1/ruleset").json()
        settled = status["pending"] in (None, False) and status["error"] is None
        decided = shop.client.post("/v1/decisions/grade", json={"facts": {"tag": "x"}}).json()
        return settled and status["digest"] != before and decided["result"]["grade"] == "fine" and status

    return wait_until(live, 30)["digest"]


def waiting(shop: Workshop, workflow: str, tag: str) -> str:
    run = shop.run(workflow, {"tag": tag})["id"]
    shop.resting(run, "signal")
    return run


def test_what_waits_goes_on_by_the_files_it_began_with_over_a_reload_and_a_power_cut(
    shop: Workshop, tag: str
) -> None:
    reloaded, killed = waiting(shop, "ask", f"{tag}a"), waiting(shop, "ask", f"{tag}b")
    old = shop.show(reloaded)["digest"]
    new = change(shop)
    assert new != old
    shop.signal(reloaded, "go", {})
    first = shop.until(reloaded, "completed")
    shop.kill()
    shop.start()
    assert shop.client.get("/v1/ruleset").json()["digest"] == new
    shop.signal(killed, "go", {})
    second = shop.until(killed, "completed")
    for ended in (first, second):
        assert ended["output"] == {"grade": "rough", "by": "old"}
        assert {ended["digest"], ended["decisions"][0]["digest"]} == {old}
    later = waiting(shop, "ask", f"{tag}c")
    shop.signal(later, "go", {})
    ended = shop.until(later, "completed")
    assert (ended["output"], ended["digest"]) == ({"grade": "fine", "by": "new"}, new)
    assert shop.craft.names(tag, "made") == ["aold", "bold", "cnew"]


def workflows(shop: Workshop) -> list[str]:
    return [each["name"] for each in shop.client.get("/v1/workflows").json()["workflows"]]


def test_a_run_outlives_the_file_of_its_workflow(shop: Workshop, tag: str) -> None:
    run = waiting(shop, "ask", tag)
    (shop.rules / "workflows" / "ask.yaml").unlink()
    wait_until(lambda: "ask" not in workflows(shop), 30)
    shop.kill()
    shop.start()
    shop.signal(run, "go", {})
    assert shop.until(run, "completed")["output"] == {"grade": "rough", "by": "old"}
    answer = shop.client.post("/v1/runs", json={"workflow": "ask", "input": {"tag": tag}})
    assert answer.status_code == 404


def test_a_decision_by_the_latest_rules_takes_those_of_now_and_keeps_its_answer(
    shop: Workshop, tag: str
) -> None:
    run = waiting(shop, "latest", tag)
    old = shop.show(run)["digest"]
    new = change(shop)
    shop.signal(run, "go", {})
    ended = shop.until(run, "completed")
    assert ended["output"] == {"pinned": "rough", "latest": "fine"}
    assert {each["path"]: each["digest"] for each in ended["decisions"]} == {"pinned": old, "latest": new}
    grade = shop.rules / "base" / "grade.yaml"
    grade.write_text(grade.read_text().replace("default: {grade: fine}", "default: {grade: rough}"))
    shop.kill()
    shop.start()
    again = shop.show(run)
    assert (again["output"], again["decisions"]) == (ended["output"], ended["decisions"])


def test_a_retry_by_the_latest_rules_decides_by_those_of_now_from_there_on(shop: Workshop, tag: str) -> None:
    for name in ("pinned", "latest"):
        shop.craft.spoil(f"{tag}{name}make", "invalid")
    runs = [shop.run("mended", {"tag": f"{tag}{name}"})["id"] for name in ("pinned", "latest")]
    for run in runs:
        shop.until(run, "incident")
    change(shop)
    for run, name in zip(runs, ("pinned", "latest"), strict=True):
        shop.craft.mend(f"{tag}{name}make")
        assert shop.order(run, "retry", rules=name).status_code == 200
    grades = [shop.until(run, "completed")["output"]["grade"] for run in runs]
    assert grades == ["rough", "fine"]
    shop.kill()
    shop.start()
    assert [shop.show(run)["output"]["grade"] for run in runs] == grades


def test_rules_that_do_not_load_change_nothing_for_anybody(shop: Workshop, tag: str) -> None:
    run = waiting(shop, "ask", tag)
    (shop.rules / "workflows" / "ask.yaml").write_text("workflow: ask\nsteps: {ask: {wait: [}}\n")
    wait_until(lambda: shop.client.get("/v1/ruleset").json()["error"], 30)
    other = waiting(shop, "ask", f"{tag}x")
    for each in (run, other):
        shop.signal(each, "go", {})
        assert shop.until(each, "completed")["output"]["by"] == "old"
