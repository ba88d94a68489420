"""Plugins that go wrong, and one that is away for a while: runs say so, nothing is lost, others go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workshop import Workshop, make_workshop, open_workshop

from serving import wait_until

WORKFLOWS = {
    **{
        step: f"""\
retries:
  never: {{on: [timeout], attempts: 1}}
steps:
  first: {{call: craft.make, with: {{name: "${{ tag }}first"}}}}
  work: {{call: craft.{step}, with: {{name: "${{ tag }}work"}}, timeout: 300ms, retry: never}}
  last: {{call: craft.make, with: {{name: "${{ tag }}last"}}}}
"""
        for step in ("make", "forge")
    },
    "patient": """\
steps:
  ask: {wait: go}
  work: {call: craft.make, with: {name: "${ tag }work"}}
output: {name: "${ steps.work.name }"}
""",
    "plain": """\
steps:
  grade: {decide: grade}
output: {grade: "${ steps.grade.grade }"}
""",
}


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with open_workshop(tmp_path_factory.mktemp("plugins"), shared_database, WORKFLOWS) as opened:
        yield opened


@pytest.mark.parametrize("step", ["make", "forge"])
@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ("raise", "internal", "ZeroDivisionError: the lathe divided by zero"),
        ("hang", "timeout", "did not answer within 0.3 s; whether it took effect is unknown"),
        ("no-json", "internal", "returned what is no JSON to keep: /value: a set is no JSON; give a list"),
        ("misfit", "internal", "returned what does not fit its output schema"),
        ("vast", "internal", "returned what is no JSON to keep: /value: it has more than 1,048,576 bytes"),
        ("undeclared", "internal", "failed with the code gone-fishing, which it does not declare"),
        ("invalid", "invalid", "cannot be made: invalid"),
    ],
)
def test_a_step_that_goes_wrong_makes_the_run_an_incident_that_names_it(
    shop: Workshop, tag: str, step: str, fault: str, kind: str, told: str
) -> None:
    shop.craft.spoil(f"{tag}work", fault)
    run = shop.run(step, {"tag": tag})["id"]
    shown = shop.until(run, "incident")
    assert shown["problem"]["class"] == kind
    assert told in shown["problem"]["message"]
    if fault != "invalid":  # that is the plugin's own word
        assert f"step craft.{step}" in shown["problem"]["message"]
    assert shown["at"] == ["work"]
    assert "Traceback" not in str(shown)
    assert shop.craft.names(tag, "unmade") == []  # an incident undoes nothing
    shop.craft.mend(f"{tag}work")
    assert shop.order(run, "retry").status_code == 200
    shop.until(run, "completed")
    keys = {each["key"] for each in shop.craft.book(tag, "began") if each["name"] == f"{tag}work"}
    assert keys == {f"{run}/work/1"}


def test_a_plugin_observes_each_change_of_a_run_once(shop: Workshop, tag: str) -> None:
    brief, long = (shop.run(name, {"tag": tag})["id"] for name in ("plain", "patient"))
    shop.until(long, "waiting")
    assert shop.signal(long, "go", None).status_code < 300
    for run in (brief, long):
        shop.until(run, "completed")
        wait_until(lambda run=run: "run.completed" in shop.craft.observed(run), 30)
    assert shop.craft.observed(brief) == ["run.started", "run.completed"]
    assert shop.craft.observed(long) == ["run.started", "run.waiting", "run.running", "run.completed"]
    shop.craft.spoil(f"{tag}first", "raise")
    stuck = shop.run("make", {"tag": tag})["id"]
    shop.until(stuck, "incident")
    assert shop.craft.observed(stuck) == ["run.started", "run.incident"]


def test_while_steps_hang_others_go_on(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}work", "hang")
    hanging = [shop.run(step, {"tag": tag})["id"] for step in ("make", "forge") for _ in range(3)]
    assert shop.run("plain", {"tag": tag}, wait="10s")["status"] == "completed"
    for run in hanging:
        assert shop.until(run, "incident")["problem"]["class"] == "timeout"
    shop.craft.mend(f"{tag}work")
    for run in hanging:
        shop.order(run, "retry")
        shop.until(run, "completed")


def test_a_step_that_says_no_fails_the_run_and_takes_the_others_back(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}work", "refused")
    ended = shop.until(shop.run("make", {"tag": tag})["id"], "failed")
    assert (ended["problem"]["class"], ended["problem"]["code"]) == ("rejected", "refused")
    assert shop.craft.names(tag, "unmade") == ["first"]


def test_what_may_have_been_done_by_a_step_that_hangs_is_taken_back(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}work", "hang")
    run = shop.run("make", {"tag": tag})["id"]
    shop.until(run, "incident")
    shop.craft.mend(f"{tag}work")
    shop.order(run, "cancel")
    shop.until(run, "cancelled")
    taken = [(each["name"].removeprefix(tag), each["known"]) for each in shop.craft.book(tag, "unmade")]
    assert taken == [("work", False), ("first", True)]


def test_a_run_whose_plugin_has_vanished_is_an_incident_and_goes_on_when_it_is_back(
    tmp_path: Path, database_url: str, tag: str
) -> None:
    shop = make_workshop(tmp_path, database_url, WORKFLOWS)
    try:
        shop.start()
        run, other = (shop.run("patient", {"tag": f"{tag}{name}"})["id"] for name in ("a", "b"))
        for each in (run, other):
            shop.resting(each, "signal")
        shop.kill()
        shop.craft.uninstall()
        shop.start()
        # What is new cannot be started, since its step is not there; what has begun goes on as far as it can.
        assert "craft.make" in str(shop.client.get("/v1/ruleset").json()["error"])
        refused = shop.client.post("/v1/runs", json={"workflow": "patient", "input": {"tag": tag}})
        assert refused.status_code == 503
        assert shop.show(run)["status"] == "waiting"
        assert shop.signal(run, "go", {}).status_code == 202
        shown = shop.until(run, "incident")
        assert shown["problem"]["code"] == "unknown-step"
        assert (
            "no plugin has the step craft.make; is the plugin craft installed?" in shown["problem"]["message"]
        )
        shop.order(run, "retry")
        shop.until(run, "incident")
        listed = wait_until(lambda: shop.client.get("/v1/runs", params={"status": "incident"}).json()["runs"])
        assert [each["id"] for each in listed] == [run]
        shop.kill()
        shop.craft.install()
        shop.start()
        assert shop.until(run, "completed")["output"] == {"name": f"{tag}awork"}  # by itself
        shop.signal(other, "go", {})
        assert shop.until(other, "completed")["output"] == {"name": f"{tag}bwork"}
        assert shop.craft.names(tag, "made") == ["awork", "bwork"]
    finally:
        shop.stop()
