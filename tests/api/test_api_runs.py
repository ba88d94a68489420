"""Runs over REST, against a real service on a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, wait_until

APPROVED = {"verdict": "approved", "note": "a regular"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the small project, shared by the tests of this module: each makes runs of its own."""
    folder = tmp_path_factory.mktemp("runs")
    rules = write_run_project(folder / "rules")
    with running(Settings(rules=rules, database_url=f"sqlite:///{folder}/state.db")) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    return server.get("/openapi.json").json()


def start(server: Server, workflow: str = "review", given: Any = None, **options: Any) -> dict[str, Any]:
    body = {"workflow": workflow, "input": order() if given is None else given}
    response = server.post("/v1/runs", json=body, **options)
    assert response.status_code in (200, 202), response.text
    return response.json()


def waiting(server: Server, **more: Any) -> str:
    """The id of a run that waits for a person."""
    run = start(server, given=order(**more))["id"]
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "waiting")
    return run


def incident(server: Server) -> str:
    """The id of a run that is an incident, since it divides by zero."""
    run = start(server, "quick", order(total=0))["id"]
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "incident")
    return run


def refused(response: httpx.Response, status: int, kind: str) -> list[dict[str, Any]]:
    """The errors of a problem that must be of this kind."""
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{kind}"), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return problem["errors"]


def fits(document: dict[str, Any], response: httpx.Response, path: str, method: str = "get") -> None:
    """Hold a reply against its schema in the OpenAPI document."""
    content = document["paths"][path][method]["responses"][str(response.status_code)]["content"]
    schema = next(iter(content.values()))["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(response.json())


# -- starting --------------------------------------------------------------------------------------------


def test_a_run_is_accepted_with_its_id_and_place(server: Server, document: dict[str, Any]) -> None:
    response = server.post("/v1/runs", json={"workflow": "review", "input": order()})
    assert response.status_code == 202
    run = response.json()
    assert response.headers["location"] == f"/v1/runs/{run['id']}"
    assert run["status"] in ("queued", "running", "waiting")
    fits(document, response, "/v1/runs", "post")


def test_who_waits_gets_the_end_if_it_comes(server: Server, document: dict[str, Any]) -> None:
    response = server.post("/v1/runs?wait=20s", json={"workflow": "quick", "input": order(total=4)})
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["output"]) == ("completed", {"each": 5})
    fits(document, response, "/v1/runs", "post")


def test_who_waits_for_less_than_it_takes_gets_the_run_as_it_is(server: Server) -> None:
    response = server.post("/v1/runs?wait=200ms", json={"workflow": "review", "input": order()})
    assert response.status_code == 202
    assert response.json()["status"] == "waiting"


def test_a_show_waits_for_the_end_too(server: Server) -> None:
    run = waiting(server)
    with ThreadPoolExecutor() as pool:
        shown = pool.submit(server.get, f"/v1/runs/{run}?wait=60s")
        server.post(f"/v1/runs/{run}/signals/approval", json=APPROVED)
        assert shown.result(30).json()["status"] == "completed"


def test_numbers_are_exact(server: Server) -> None:
    total = "1234567890123456.0000000000000001"
    body = f'{{"workflow": "review", "input": {{"order": {{"total": {total}, "region": "us"}}}}}}'
    run = server.post("/v1/runs", content=body).json()["id"]
    assert f'"total":{total}' in server.get(f"/v1/runs/{run}").text


def test_the_same_key_is_the_same_run_and_another_body_a_conflict(server: Server) -> None:
    headers = {"idempotency-key": "checkout:A-1/!~"}
    first = start(server, headers=headers)
    again = start(server, headers=headers)
    assert again["id"] == first["id"]
    other = server.post("/v1/runs", json={"workflow": "review", "input": order(5)}, headers=headers)
    assert refused(other, 409, "key-reused")


def test_one_key_in_many_calls_at_once_is_one_run(server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: start(server, headers={"idempotency-key": "rush"}), range(24)))
    assert len({run["id"] for run in runs}) == 1


@pytest.mark.parametrize("key", ["", "a b", "ä".encode(), "a\tb", "k" * 256])
def test_what_is_no_key_is_refused_by_every_post(server: Server, key: str | bytes) -> None:
    for path in ("/v1/runs", "/v1/runs/bulk", "/v1/runs/x/signals/y", "/v1/runs/x/retry"):
        (error,) = refused(server.post(path, json={}, headers={"idempotency-key": key}), 422, "facts-refused")
        assert error["code"] == "idempotency-key"


def test_two_keys_are_none(server: Server) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
    assert refused(server.post("/v1/runs", json={}, headers=headers), 422, "facts-refused")


def test_an_unknown_workflow_is_told_the_right_name(server: Server) -> None:
    response = server.post("/v1/runs", json={"workflow": "reviw", "input": order()})
    (error,) = refused(response, 404, "unknown-workflow")
    assert error["hint"] == "did you mean review?"


def test_an_input_that_does_not_fit_is_refused_with_pointers(server: Server) -> None:
    response = server.post("/v1/runs", json={"workflow": "review", "input": {"order": {"total": "4"}}})
    pointers = [error["pointer"] for error in refused(response, 422, "facts-refused")]
    assert sorted(pointers) == ["/input/order/region", "/input/order/total"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ("[]", [""]),
        ("3", [""]),
        ("{}", ["/workflow"]),
        ('{"workflow": ""}', ["/workflow"]),
        ('{"workflow": 3, "input": {}}', ["/workflow"]),
        ('{"workflow": "review", "inptu": {}, "a/b": 1}', ["/inptu", "/a~1b"]),
        ('{"workflow": "review", "input": null}', ["/input"]),
        ('{"workflow": "review", "input": [1]}', ["/input"]),
    ],
)
def test_a_body_of_another_shape_is_refused_with_pointers(
    server: Server, body: str, pointers: list[str]
) -> None:
    errors = refused(server.post("/v1/runs", content=body), 422, "facts-refused")
    assert [error["pointer"] for error in errors] == pointers


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff{}", b'{"workflow": "a", "workflow": "b"}', b'{"input": NaN}', b"[" * 200]
)
@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/bulk"])
def test_what_is_no_json_is_refused(server: Server, body: bytes, path: str) -> None:
    assert refused(server.post(path, content=body), 400, "json-refused")


def test_too_large_a_body_is_refused(server: Server) -> None:
    run = waiting(server)
    large = json.dumps({"note": "x" * (1 << 20)})
    for path in ("/v1/runs", "/v1/runs/bulk", f"/v1/runs/{run}/signals/approval", f"/v1/runs/{run}/cancel"):
        assert refused(server.post(path, content=large), 413, "too-large")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("wait=5", "/wait"),
        ("wait=-1s", "/wait"),
        ("wait=1h", "/wait"),
        ("wait=1s&wait=2s", "/wait"),
        ("w=1", "/w"),
    ],
)
def test_a_wrong_wait_is_refused_before_anything_begins(server: Server, query: str, pointer: str) -> None:
    headers = {"idempotency-key": f"waits {query}".replace(" ", ":")}
    body = {"workflow": "quick", "input": order()}
    response = server.post(f"/v1/runs?{query}", json=body, headers=headers)
    assert refused(response, 422, "facts-refused")[0]["pointer"] == pointer
    start(server, "review", headers=headers)  # the key is still free for another body


# -- looking ---------------------------------------------------------------------------------------------


def test_a_run_shows_its_path_its_decisions_with_their_places_and_what_it_waits_for(
    server: Server, document: dict[str, Any]
) -> None:
    run = waiting(server, total=5)
    response = server.get(f"/v1/runs/{run}")
    fits(document, response, "/v1/runs/{run}")
    shown = response.json()
    assert [step["path"] for step in shown["path"]] == ["share", "ask"]
    (decision,) = shown["decisions"]
    (match,) = decision["matched"]
    assert (match["rule"], match["file"], match["line"]) == ("in_the_eu", "region/eu/share.yaml", 3)
    (wait,) = shown["waiting_for"]
    assert (wait["path"], wait["kind"], wait["signal"]) == ("ask", "signal", "approval")
    assert wait["payload"]["properties"]["verdict"] == {"enum": ["approved", "rejected"]}
    assert shown["steps"] == {"share": {"each": 4}}


def test_an_incident_shows_its_problem(server: Server, document: dict[str, Any]) -> None:
    response = server.get(f"/v1/runs/{incident(server)}")
    fits(document, response, "/v1/runs/{run}")
    assert response.json()["problem"]["code"] == "decision-failed"
    assert "region/eu/share.yaml" in response.json()["problem"]["message"]


@pytest.mark.parametrize("run", ["nope", "%00", "%ff", "x" * 300, "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7"])
def test_a_run_that_is_not_there_is_told_by_every_call(server: Server, run: str) -> None:
    for path in ("", "/history", "/events"):
        assert refused(server.get(f"/v1/runs/{run}{path}"), 404, "unknown-run")
    for path in ("signals/approval", "pause", "resume", "cancel", "retry"):
        assert refused(server.post(f"/v1/runs/{run}/{path}"), 404, "unknown-run")
    assert refused(server.post(f"/v1/runs/{run}/rerun", json={"from": "ask"}), 404, "unknown-run")


def test_a_history_comes_in_pages(server: Server, document: dict[str, Any]) -> None:
    run = waiting(server)
    server.post(f"/v1/runs/{run}/signals/approval", json=APPROVED)
    wait_until(lambda: server.get(f"/v1/runs/{run}").json()["status"] == "completed")
    whole = server.get(f"/v1/runs/{run}/history")
    fits(document, whole, "/v1/runs/{run}/history")
    entries, after = [], 0
    while after is not None:
        page = server.get(f"/v1/runs/{run}/history", params={"after": after, "limit": 2}).json()
        assert len(page["entries"]) <= 2
        entries += page["entries"]
        after = page["next"]
    assert entries == whole.json()["entries"]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    types = [entry["type"] for entry in entries]
    assert (types[0], types[-1]) == ("started", "end")
    assert {"decision", "signal"} <= set(types)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "after=-1", "after=1&after=2", "afer=1", "limit=99999"]
)
def test_a_wrong_page_is_refused(server: Server, query: str) -> None:
    assert refused(server.get(f"/v1/runs/{waiting(server)}/history?{query}"), 422, "facts-refused")


# -- lists -----------------------------------------------------------------------------------------------


def ids(server: Server, **query: Any) -> list[str]:
    return [run["id"] for run in server.get("/v1/runs", params=query).json()["runs"]]


def test_runs_are_found_by_workflow_status_time_and_fields(server: Server, document: dict[str, Any]) -> None:
    us, eu = waiting(server, region="us", id="L-1"), waiting(server, region="eu", id="L-2")
    wait_until(lambda: us in ids(server) and eu in ids(server))
    fits(document, server.get("/v1/runs"), "/v1/runs")
    assert ids(server, **{"order.id": "L-1"}) == [us]
    assert ids(server, **{"order.region": "us", "order.id": "L-2"}) == []
    assert eu not in ids(server, **{"order.region": "us", "status": "waiting", "workflow": "review"})
    assert ids(server, **{"order.id": "L-1", "workflow": "quick"}) == []
    assert ids(server, **{"order.id": "L-1", "status": ["completed", "waiting"]}) == [us]
    assert ids(server, **{"order.id": "L-1", "status": "completed,failed"}) == []
    began = server.get(f"/v1/runs/{us}").json()["created_at"]
    assert ids(server, **{"order.id": "L-1", "since": began}) == [us]
    assert ids(server, **{"order.id": "L-1", "until": began}) == []
    assert server.get("/v1/runs?order.id=L-1&since=2026-01-01T00:00:00+01:00").status_code == 200


def test_a_list_comes_in_pages_the_newest_first_or_the_oldest(server: Server) -> None:
    runs = [start(server, "quick", order(id="P-1"))["id"] for _ in range(7)]
    wait_until(lambda: len(ids(server, **{"order.id": "P-1"})) == 7)
    for sort, expected in (("newest", runs[::-1]), ("oldest", runs)):
        found: list[str] = []
        query: dict[str, Any] = {"order.id": "P-1", "limit": 3, "sort": sort}
        while query.get("cursor", "") is not None:
            page = server.get("/v1/runs", params=query).json()
            found += [run["id"] for run in page["runs"]]
            query["cursor"] = page["next"]
        assert found == expected


def test_runs_are_counted_by_status(server: Server, document: dict[str, Any]) -> None:
    for _ in range(3):
        waiting(server, id="C-1")
    query = "/v1/runs/count?order.id=C-1"
    wait_until(lambda: server.get(query).json() == {"count": 3, "by_status": {"waiting": 3}})
    fits(document, server.get(query), "/v1/runs/count")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=waitin", "/status"),
        ("status=", "/status"),
        ("since=yesterday", "/since"),
        ("until=2026-13-01T00:00:00Z", "/until"),
        ("limit=0", "/limit"),
        ("limit=1001", "/limit"),
        ("limit=1e2", "/limit"),
        ("sort=best", "/sort"),
        ("cursor=x", "/cursor"),
        ("workflow=a&workflow=b", "/workflow"),
        ("order.regio=eu", "/order.regio"),
        ("order.id=%00", "/order.id"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_name(server: Server, query: str, pointer: str) -> None:
    (error,) = refused(server.get(f"/v1/runs?{query}"), 422, "facts-refused")
    assert error["pointer"] == pointer


def test_the_workflows_are_told(server: Server, document: dict[str, Any]) -> None:
    response = server.get("/v1/workflows")
    fits(document, response, "/v1/workflows")
    review = next(each for each in response.json()["workflows"] if each["name"] == "review")
    assert (review["file"], review["signals"]) == ("workflows/review.yaml", ["approval"])
    assert review["steps"] == ["share", "ask", "done"]


def test_the_plugins_are_told(server: Server, document: dict[str, Any]) -> None:
    response = server.get("/v1/plugins")
    fits(document, response, "/v1/plugins")
    assert response.json()["plugins"][0]["name"] == "rulesflow"


# -- signals and orders ----------------------------------------------------------------------------------


def test_a_signal_moves_a_run_on(server: Server, document: dict[str, Any]) -> None:
    run = waiting(server, total=4)
    response = server.post(f"/v1/runs/{run}/signals/approval", json=APPROVED)
    assert response.status_code == 202
    fits(document, response, "/v1/runs/{run}/signals/{name}", "post")
    ended = server.get(f"/v1/runs/{run}?wait=20s").json()
    assert (ended["status"], ended["output"]) == ("completed", {"each": 5, "note": "a regular"})
    again = server.post(f"/v1/runs/{run}/signals/approval", json=APPROVED)
    assert refused(again, 409, "run-ended")


def test_a_signal_sent_twice_with_one_key_is_one(server: Server) -> None:
    run, headers = waiting(server), {"idempotency-key": "said-once"}
    first = server.post(f"/v1/runs/{run}/pause")
    assert first.json()["status"] == "paused"
    sent = [
        server.post(f"/v1/runs/{run}/signals/approval", json=APPROVED, headers=headers).json()["number"]
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    other = server.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "rejected"}, headers=headers)
    assert refused(other, 409, "key-reused")


def test_a_signal_that_no_wait_has_is_told_the_right_name(server: Server) -> None:
    response = server.post(f"/v1/runs/{waiting(server)}/signals/aproval", json=APPROVED)
    (error,) = refused(response, 404, "unknown-signal")
    assert error["hint"] == "did you mean approval?"


def test_a_payload_that_does_not_fit_is_refused_with_pointers(server: Server) -> None:
    path = f"/v1/runs/{waiting(server)}/signals/approval"
    (error,) = refused(server.post(path, json={"verdict": "maybe"}), 422, "facts-refused")
    assert error["pointer"] == "/verdict"
    assert refused(server.post(path), 422, "facts-refused")[0]["pointer"] == "/verdict"
    assert refused(server.post(path, content=b"{"), 400, "json-refused")


def test_a_run_is_paused_and_goes_on(server: Server, document: dict[str, Any]) -> None:
    run = waiting(server)
    paused = server.post(f"/v1/runs/{run}/pause", json={"reason": "we are counting"})
    assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    fits(document, paused, "/v1/runs/{run}/pause", "post")
    (error,) = refused(server.post(f"/v1/runs/{run}/pause"), 409, "conflict")
    assert error["code"] == "paused"
    assert server.post(f"/v1/runs/{run}/resume").json()["status"] == "waiting"
    (error,) = refused(server.post(f"/v1/runs/{run}/resume"), 409, "conflict")
    assert error["code"] == "not-paused"
    orders = [
        entry["order"]
        for entry in server.get(f"/v1/runs/{run}/history").json()["entries"]
        if "order" in entry
    ]
    assert [(each["action"], each["reason"]) for each in orders] == [
        ("pause", "we are counting"),
        ("resume", ""),
    ]


def test_a_cancelled_run_has_ended(server: Server) -> None:
    run = waiting(server)
    assert server.post(f"/v1/runs/{run}/cancel", json={"reason": "he called"}).json()["status"] == "cancelled"
    for action, body in (("cancel", {}), ("pause", {}), ("retry", {}), ("rerun", {"from": "ask"})):
        assert refused(server.post(f"/v1/runs/{run}/{action}", json=body), 409, "run-ended")


def test_an_incident_is_retried_with_edited_input(server: Server) -> None:
    run = incident(server)
    assert server.post(f"/v1/runs/{run}/retry").json()["status"] == "incident"
    mended = server.post(f"/v1/runs/{run}/retry", json={"step": "share", "input": order(total=10)})
    assert (mended.json()["status"], mended.json()["output"]) == ("completed", {"each": 2})


def test_a_retry_without_an_incident_is_a_conflict(server: Server) -> None:
    assert refused(server.post(f"/v1/runs/{waiting(server)}/retry"), 409, "no-incident")


def test_a_run_runs_again_from_a_step_on(server: Server) -> None:
    run = waiting(server)
    rerun = server.post(f"/v1/runs/{run}/rerun", json={"from": "share", "input": order(total=20)}).json()
    assert rerun["path"][-2:] == [{"path": "share", "visit": 2}, {"path": "ask", "visit": 2}]
    assert rerun["steps"]["share"] == {"each": 1}
    assert refused(server.post(f"/v1/runs/{run}/rerun", json={"from": "nope"}), 409, "conflict")


@pytest.mark.parametrize(
    ("action", "body", "pointers"),
    [
        ("pause", {"why": "x"}, ["/why"]),
        ("cancel", {"reason": 3}, ["/reason"]),
        ("cancel", [], [""]),
        ("retry", {"force": "yes", "stp": "x"}, ["/force", "/stp"]),
        ("retry", {"rules": "newest"}, ["/rules"]),
        ("retry", {"step": 1}, ["/step"]),
        ("rerun", {}, ["/from"]),
        ("rerun", {"step": "ask"}, ["/from", "/step"]),
    ],
)
def test_an_order_of_another_shape_is_refused_with_pointers(
    server: Server, action: str, body: Any, pointers: list[str]
) -> None:
    errors = refused(server.post(f"/v1/runs/{waiting(server)}/{action}", json=body), 422, "facts-refused")
    assert [error["pointer"] for error in errors] == pointers


def test_only_orders_that_there_are_have_a_path(server: Server) -> None:
    run = waiting(server)
    assert refused(server.post(f"/v1/runs/{run}/stop"), 404, "not-found") == []
    assert refused(server.get(f"/v1/runs/{run}/pause"), 405, "method-not-allowed") == []


# -- bulk ------------------------------------------------------------------------------------------------


def bulk(server: Server, **body: Any) -> httpx.Response:
    return server.post("/v1/runs/bulk", json=body)


def test_a_bulk_order_is_only_counted_unless_it_is_meant(server: Server, document: dict[str, Any]) -> None:
    runs = [waiting(server, id="B-1") for _ in range(3)]
    wait_until(lambda: server.get("/v1/runs/count?order.id=B-1").json()["by_status"] == {"waiting": 3})
    counted = bulk(server, action="cancel", filter={"order.id": "B-1", "status": ["waiting", "paused"]})
    assert counted.status_code == 200
    told = counted.json()
    assert set(told.pop("sample")) == set(runs)
    assert told == {"count": 3, "by_status": {"waiting": 3}, "id": None}
    fits(document, counted, "/v1/runs/bulk", "post")
    assert server.get(f"/v1/runs/{runs[0]}").json()["status"] == "waiting"


def test_a_bulk_order_goes_on_at_its_rate_and_tells_how_far_it_is(
    server: Server, document: dict[str, Any]
) -> None:
    runs = [waiting(server, id="B-2") for _ in range(4)]
    wait_until(lambda: server.get("/v1/runs/count?order.id=B-2").json()["by_status"] == {"waiting": 4})
    begun = bulk(
        server, action="cancel", filter="status=waiting order.id=B-2", dry_run=False, rate=8.5, reason="x"
    )
    assert begun.status_code == 202
    assert begun.json()["count"] == 4
    place = begun.headers["location"]
    ended = wait_until(lambda: (found := server.get(place)) and not found.json()["running"] and found, 20)
    fits(document, ended, "/v1/runs/bulk/{bulk}")
    assert (ended.json()["done"], ended.json()["failed"]) == (4, 0)
    assert {server.get(f"/v1/runs/{run}").json()["status"] for run in runs} == {"cancelled"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_who_names_a_status_of_runs_that_have_ended_is_told_so(server: Server, dry_run: bool) -> None:
    filter_ = "status=waiting,failed,cancelled order.id=B-6"
    (error,) = refused(bulk(server, action="cancel", filter=filter_, dry_run=dry_run), 422, "facts-refused")
    assert error["code"] == "run-ended"
    assert error["message"] == "runs that are failed or cancelled have ended: they obey no order"
    assert error["pointer"].endswith("/status")


def test_the_sample_of_a_preview_is_small(server: Server) -> None:
    for _ in range(6):
        waiting(server, id="B-3")
    wait_until(lambda: server.get("/v1/runs/count?order.id=B-3").json()["by_status"] == {"waiting": 6})
    counted = bulk(server, action="pause", filter="order.id=B-3").json()
    assert (counted["count"], len(counted["sample"])) == (6, 5)


def test_bulk_orders_are_listed_newest_first_and_can_be_stopped(
    server: Server, document: dict[str, Any]
) -> None:
    runs = {waiting(server, id="B-4") for _ in range(3)}
    wait_until(lambda: server.get("/v1/runs/count?order.id=B-4").json()["by_status"] == {"waiting": 3})
    begun = bulk(server, action="pause", filter={"order.id": "B-4"}, dry_run=False, rate=0.001).json()["id"]
    page = server.get("/v1/runs/bulk?limit=1")
    fits(document, page, "/v1/runs/bulk")
    (first,) = page.json()["bulks"]
    assert (first["id"], first["filter"], first["rate"]) == (begun, {"order.id": "B-4"}, 0.001)
    more = server.get("/v1/runs/bulk", params={"cursor": page.json()["next"]}).json()["bulks"]
    assert begun not in [each["id"] for each in more]
    place = f"/v1/runs/bulk/{begun}"
    wait_until(lambda: server.get(place).json()["done"] == 1)
    stopped = server.post(f"{place}/cancel")
    fits(document, stopped, "/v1/runs/bulk/{bulk}/cancel", "post")
    assert stopped.json()["cancelled"]
    ended = wait_until(lambda: (found := server.get(place).json()) and not found["running"] and found)
    assert (ended["done"], ended["failed"], ended["cancelled"]) == (1, 0, True)
    assert sorted(server.get(f"/v1/runs/{run}").json()["status"] for run in runs) == [
        "paused",
        "waiting",
        "waiting",
    ]


def test_a_bulk_order_that_has_ended_cannot_be_stopped(server: Server) -> None:
    body = {"action": "pause", "filter": "order.id=none", "dry_run": False}
    place = f"/v1/runs/bulk/{bulk(server, **body).json()['id']}"
    wait_until(lambda: not server.get(place).json()["running"])
    (error,) = refused(server.post(f"{place}/cancel"), 409, "conflict")
    assert error["code"] == "bulk-ended"
    (error,) = refused(server.post(f"{place}/cancel", json={"reason": "x"}), 422, "facts-refused")
    assert (error["pointer"], error["hint"]) == ("/reason", "leave it out")


def test_why_runs_refused_is_told(server: Server, document: dict[str, Any]) -> None:
    run = waiting(server, id="B-5")
    wait_until(lambda: server.get("/v1/runs/count?order.id=B-5").json()["by_status"] == {"waiting": 1})
    begun = bulk(server, action="resume", filter="status=waiting order.id=B-5", dry_run=False)
    place = begun.headers["location"]
    ended = wait_until(lambda: (found := server.get(place)) and not found.json()["running"] and found)
    fits(document, ended, "/v1/runs/bulk/{bulk}")
    (problem,) = ended.json()["problems"]
    assert problem == {"run": run, "code": "not-paused", "message": "the run is not paused"}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "cursor=x", "cursor=1.%00", "since=now", "limit=1&limit=2"]
)
def test_a_wrong_page_of_bulk_orders_is_refused(server: Server, query: str) -> None:
    refused(server.get(f"/v1/runs/bulk?{query}"), 422, "facts-refused")


def test_a_bulk_order_repeated_with_its_key_is_the_same(server: Server) -> None:
    body, headers = {"action": "pause", "filter": "order.id=none", "dry_run": False}, {"idempotency-key": "b"}
    first, again = (server.post("/v1/runs/bulk", json=body, headers=headers).json() for _ in range(2))
    assert first["id"] == again["id"]
    other = server.post("/v1/runs/bulk", json=body | {"action": "resume"}, headers=headers)
    assert refused(other, 409, "key-reused")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/action", "/filter"]),
        ({"action": "stop", "filter": {}}, ["/action"]),
        ({"action": "pause", "filter": 3}, ["/filter"]),
        ({"action": "pause", "filter": {"status": "waitin"}}, ["/filter/status"]),
        ({"action": "pause", "filter": {"fingerprint": "xyz"}}, ["/filter/fingerprint"]),
        ({"action": "pause", "filter": "waiting"}, ["/filter"]),
        ({"action": "pause", "filter": {"order.id": 3}}, ["/filter/order.id"]),
        ({"action": "pause", "filter": {"order.idd": "3"}}, ["/filter/order.idd"]),
        ({"action": "pause", "filter": {}, "rate": 0}, ["/rate"]),
        ({"action": "pause", "filter": {}, "rate": "9"}, ["/rate"]),
        ({"action": "pause", "filter": {}, "dry_run": 0}, ["/dry_run"]),
        ({"action": "pause", "filter": {}, "from": "ask"}, ["/from"]),
        ({"action": "rerun", "filter": {}}, ["/from"]),
    ],
)
def test_a_wrong_bulk_order_is_refused_with_pointers(server: Server, body: Any, pointers: list[str]) -> None:
    errors = refused(bulk(server, **body), 422, "facts-refused")
    assert [error["pointer"] for error in errors] == pointers


def test_a_bulk_order_that_is_not_there_is_told(server: Server) -> None:
    assert refused(server.get("/v1/runs/bulk/nope"), 404, "unknown-bulk")
    assert refused(server.post("/v1/runs/bulk/nope/cancel"), 404, "unknown-bulk")


# -- who calls -------------------------------------------------------------------------------------------


def test_runs_want_a_key_where_keys_are_set_and_keys_keep_their_own_idempotency(
    spawn: Any, tmp_path: Path
) -> None:
    rules = write_run_project(tmp_path / "rules")
    server = spawn(rules=rules, database_url=f"sqlite:///{tmp_path}/state.db", api_keys="shop:one,desk:two")
    assert refused(server.post("/v1/runs", json={}), 401, "unauthorized") == []
    assert refused(server.get("/v1/runs"), 401, "unauthorized") == []
    runs = [
        start(server, headers={"authorization": f"Bearer {key}", "idempotency-key": "same"})["id"]
        for key in ("one", "two", "one")
    ]
    assert runs[0] == runs[2] != runs[1]


def test_a_service_without_a_database_says_that_it_only_decides(serve: Any, project: Path) -> None:
    server = serve(rules=project, database_url="none")
    assert server.decide("fee", {}).status_code == 200
    for response in (
        server.post("/v1/runs", json={"workflow": "review", "input": {}}),
        server.get("/v1/runs"),
        server.get("/v1/runs/x"),
        server.get("/v1/runs/x/events"),
        server.get("/v1/workflows"),
        server.post("/v1/runs/bulk", json={}),
        server.get("/v1/runs/bulk"),
        server.get("/v1/incidents"),
    ):
        assert refused(response, 503, "decisions-only") == []
