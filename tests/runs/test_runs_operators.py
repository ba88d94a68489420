"""What a person may order of a run, in whatever it is at; and what of it survives a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from workshop import Workshop, open_workshop

from serving import wait_until

WORKFLOWS = {
    "ask": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  ask:
    wait: go
    payload: {verdict: {enum: ["yes", "no"]}}
    timeout: 1h
    on: {"yes": last, "no": {fail: refused}, timeout: {fail: late}}
  last: {call: craft.make, with: {name: "${ tag }last"}}
""",
    "nap": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  rest: {sleep: 1h}
""",
    "again": """\
retries:
  slow: {on: [unavailable], attempts: 3, delay: 1h, max_delay: 1h}
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  second: {call: craft.make, with: {name: "${ tag }second"}, retry: slow}
""",
    "park": """\
retries:
  patient: {on: [unavailable], attempts: 1, then: park}
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  second: {call: craft.make, with: {name: "${ tag }second"}, retry: patient}
""",
    "two": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  second: {call: craft.make, with: {name: "${ tag }second", value: 1}}
output: {name: "${ steps.second.name }", value: "${ steps.second.value }"}
""",
    "sent": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}, commit: true}
  ask: {wait: go}
""",
    "doomed": """\
steps:
  first: {call: craft.make, with: {name: "${ tag }first"}}
  second: {call: craft.make, with: {name: "${ tag }second"}}
  third: {call: craft.make, with: {name: "${ tag }third"}}
  stop: {fail: doomed}
""",
}


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with open_workshop(tmp_path_factory.mktemp("operators"), shared_database, WORKFLOWS) as opened:
        yield opened


def refused(response: httpx.Response, code: str) -> str:
    """The message of a conflict that must have this code."""
    assert response.status_code == 409, response.text
    (error,) = response.json()["errors"]
    assert error["code"] == code
    return error["message"]


def began(shop: Workshop, workflow: str, tag: str) -> str:
    return shop.run(workflow, {"tag": tag})["id"]


# -- cancel ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workflow", "kind"), [("ask", "signal"), ("nap", "sleep"), ("again", "retry"), ("park", "park")]
)
def test_what_rests_is_cancelled_at_once_and_taken_back(
    shop: Workshop, tag: str, workflow: str, kind: str
) -> None:
    shop.craft.spoil(f"{tag}second", "unavailable")
    run = began(shop, workflow, tag)
    shop.resting(run, kind)
    answer = shop.order(run, "cancel", reason="the customer has changed her mind")
    assert answer.status_code == 200
    ended = shop.until(run, "cancelled")
    assert shop.craft.names(tag, "unmade") == ["first"]
    entries = shop.client.get(f"/v1/runs/{run}/history").json()["entries"]
    (order,) = [each["order"] for each in entries if each["type"] == "order"]
    assert (order["action"], order["reason"]) == ("cancel", "the customer has changed her mind")
    assert ended["undone"]
    refused(shop.order(run, "cancel"), "run-ended")


def test_a_call_in_flight_ends_before_its_run_is_cancelled_and_is_taken_back_too(
    shop: Workshop, tag: str
) -> None:
    shop.craft.hold(f"{tag}second")
    run = began(shop, "two", tag)
    shop.craft.until(tag, "began", "first", "second")
    assert shop.order(run, "cancel").json()["status"] != "cancelled"
    assert shop.craft.names(tag, "unmade") == []
    shop.craft.release(f"{tag}second")
    shop.until(run, "cancelled")
    assert shop.craft.names(tag, "unmade") == ["second", "first"]


def test_a_cancel_during_a_call_is_not_forgotten_in_a_power_cut(shop: Workshop, tag: str) -> None:
    shop.craft.hold(f"{tag}second")
    run = began(shop, "two", tag)
    shop.craft.until(tag, "began", "first", "second")
    shop.order(run, "cancel")
    shop.kill()
    shop.craft.release(f"{tag}second")
    shop.start()
    shop.until(run, "cancelled")
    assert sorted(shop.craft.names(tag, "unmade")) == ["first", "second"]
    assert shop.craft.names(tag, "began").count("first") == 1


def test_what_has_committed_is_not_cancelled(shop: Workshop, tag: str) -> None:
    run = began(shop, "sent", tag)
    shop.resting(run, "signal")
    assert "commits" in refused(shop.order(run, "cancel"), "committed")
    assert shop.show(run)["status"] == "waiting"
    shop.signal(run, "go", {})
    shop.until(run, "completed")


# -- pause -----------------------------------------------------------------------------------------------


def test_a_paused_run_takes_no_signal_until_it_is_resumed(shop: Workshop, tag: str) -> None:
    run = began(shop, "ask", tag)
    shop.resting(run, "signal")
    assert shop.order(run, "pause").json()["status"] == "paused"
    refused(shop.order(run, "pause"), "paused")
    assert shop.signal(run, "go", {"verdict": "yes"}).status_code == 202
    shop.kill()
    shop.start()
    assert shop.show(run)["status"] == "paused"
    assert shop.order(run, "resume").status_code == 200
    shop.until(run, "completed")
    assert shop.craft.names(tag, "made") == ["first", "last"]


def test_a_pause_lets_a_call_in_flight_end_and_begins_no_other(shop: Workshop, tag: str) -> None:
    shop.craft.hold(f"{tag}first")
    run = began(shop, "two", tag)
    shop.craft.until(tag, "began", "first")
    shop.order(run, "pause")
    shop.craft.release(f"{tag}first")
    shop.attempted(run, "first")
    assert shop.show(run)["status"] == "paused"
    assert shop.craft.names(tag, "began") == ["first"]
    refused(shop.order(began(shop, "nap", f"{tag}other"), "resume"), "not-paused")
    shop.order(run, "resume")
    shop.until(run, "completed")


# -- retry -----------------------------------------------------------------------------------------------


def test_a_retry_after_an_incident_keeps_the_key(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "invalid")
    run = began(shop, "two", tag)
    assert shop.until(run, "incident")["problem"]["class"] == "invalid"
    shop.craft.mend(f"{tag}second")
    assert shop.order(run, "retry").status_code == 200
    shop.until(run, "completed")
    keys = {each["key"] for each in shop.craft.book(tag, "began") if each["name"] == f"{tag}second"}
    assert keys == {f"{run}/second/1"}
    refused(shop.order(run, "retry"), "run-ended")


def test_a_retry_with_another_input_is_another_visit(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "invalid")
    run = began(shop, "two", tag)
    shop.until(run, "incident")
    shop.order(run, "retry", step="second", input={"name": f"{tag}other", "value": 9})
    assert shop.until(run, "completed")["output"] == {"name": f"{tag}other", "value": 9}
    assert [each["key"] for each in shop.craft.book(tag, "made")] == [f"{run}/first/1", f"{run}/second/2"]


def test_another_input_must_be_forced_where_the_effect_is_unknown(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "raise")
    run = began(shop, "two", tag)
    shop.until(run, "incident")
    edited: dict[str, Any] = {"name": f"{tag}other", "value": 3}
    assert "force" in refused(shop.order(run, "retry", input=edited), "effect-unknown")
    assert shop.show(run)["status"] == "incident"
    shop.order(run, "retry", input=edited, force=True)
    assert shop.until(run, "completed")["output"] == {"name": f"{tag}other", "value": 3}


def test_an_input_that_does_not_fit_the_step_is_an_incident_and_no_loss(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "invalid")
    run = began(shop, "two", tag)
    shop.until(run, "incident")
    shop.order(run, "retry", input={"nmae": "x"})
    wait_until(lambda: "does not take this input" in str(shop.show(run)["problem"]))
    shop.order(run, "retry", input={"name": f"{tag}other"})
    shop.until(run, "completed")


def test_a_parked_step_is_tried_again_as_soon_as_a_person_wants_it(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "unavailable")
    run = began(shop, "park", tag)
    (waits,) = shop.resting(run, "park")["waiting_for"]
    assert (waits["path"], waits["step"], waits["parks"], waits["until"]) == ("second", "craft.make", 0, None)
    shop.craft.mend(f"{tag}second")
    assert shop.order(run, "retry", step="second").status_code == 200
    shop.until(run, "completed")
    entries = shop.client.get(f"/v1/runs/{run}/history").json()["entries"]
    assert [each["type"] for each in entries] == ["started", "call", "call", "parked", "order", "call", "end"]
    (parked,) = [each for each in entries if each["type"] == "parked"]
    assert parked["problem"]["class"] == "unavailable"
    assert shop.craft.names(tag, "made") == ["first", "second"]


def test_there_is_nothing_to_retry_where_nothing_went_wrong(shop: Workshop, tag: str) -> None:
    run = began(shop, "ask", tag)
    shop.resting(run, "signal")
    refused(shop.order(run, "retry"), "no-incident")
    refused(shop.order(run, "retry", step="first"), "no-incident")


# -- rerun -----------------------------------------------------------------------------------------------


def test_a_rerun_takes_back_the_steps_behind_and_visits_them_anew(shop: Workshop, tag: str) -> None:
    run = began(shop, "ask", tag)
    shop.resting(run, "signal")
    assert shop.order(run, "rerun", **{"from": "first"}).status_code == 200
    wait_until(lambda: shop.craft.names(tag, "made") == ["first", "first"])
    shop.resting(run, "signal")
    assert [each["of"] for each in shop.craft.book(tag, "unmade")] == [f"{run}/first/1"]
    shop.signal(run, "go", {"verdict": "yes"})
    ended = shop.until(run, "completed")
    refused(shop.order(run, "rerun", **{"from": "first"}), "run-ended")
    assert [each["key"] for each in shop.craft.book(tag, "made")] == [
        f"{run}/first/1",
        f"{run}/first/2",
        f"{run}/last/1",
    ]
    visits = [(each["path"], each["visit"]) for each in ended["path"]]
    assert visits == [("first", 1), ("ask", 1), ("first", 2), ("ask", 2), ("last", 1)]


def test_a_rerun_from_nowhere_is_refused(shop: Workshop, tag: str) -> None:
    run = began(shop, "ask", tag)
    shop.resting(run, "signal")
    refused(shop.order(run, "rerun", **{"from": "nowhere"}), "unknown-step")
    refused(shop.order(run, "rerun", **{"from": "last"}), "not-reached")


# -- undo ------------------------------------------------------------------------------------------------


def test_an_undo_that_is_stuck_holds_up_no_other_and_is_retried(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"undo-{tag}second", "stuck")
    run = began(shop, "doomed", tag)
    wait_until(lambda: shop.show(run)["undone"] == ["third", "first"])  # recorded, so not done again
    seen = shop.resting(run, "operator")
    assert seen["status"] == "undoing"
    assert seen["problem"]["message"] == f"{tag}second cannot be taken apart"
    shop.kill()
    shop.start()
    assert shop.resting(run, "operator")["status"] == "undoing"
    assert shop.craft.names(tag, "stuck") == ["second"]  # the restart did not ask again
    shop.craft.mend(f"undo-{tag}second")
    shop.order(run, "retry")
    ended = shop.until(run, "failed")
    assert ended["problem"]["code"] == "doomed"
    assert shop.craft.names(tag, "unmade") == ["third", "first", "second"]


def test_what_may_have_been_done_is_taken_back_too(shop: Workshop, tag: str) -> None:
    shop.craft.spoil(f"{tag}second", "raise")
    run = began(shop, "two", tag)
    shop.until(run, "incident")
    shop.order(run, "cancel")
    shop.until(run, "cancelled")
    taken = [(each["name"].removeprefix(tag), each["known"]) for each in shop.craft.book(tag, "unmade")]
    assert taken == [("second", False), ("first", True)]


# -- bulk ------------------------------------------------------------------------------------------------


def test_a_bulk_order_is_counted_first_and_then_obeyed_by_all(shop: Workshop, tag: str) -> None:
    runs = [began(shop, "ask", tag) for _ in range(5)]
    for run in runs:
        shop.resting(run, "signal")
    wait_until(lambda: shop.client.get("/v1/runs/count", params={"tag": tag}).json()["count"] == 5)
    bulk = {"action": "cancel", "filter": f"tag={tag}"}
    preview = shop.client.post("/v1/runs/bulk", json=bulk).json()
    assert (preview["count"], preview["by_status"], preview["id"]) == (5, {"waiting": 5}, None)
    assert set(preview["sample"]) == set(runs)
    assert {shop.show(run)["status"] for run in runs} == {"waiting"}
    told = shop.client.post("/v1/runs/bulk", json={**bulk, "dry_run": False}).json()
    assert told["count"] == 5
    for run in runs:
        shop.until(run, "cancelled")
    assert shop.craft.names(tag, "unmade") == ["first"] * 5
