"""What becomes of events over REST: lists, matches, patterns and metrics, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from databases import new_database, postgres
from event_service import declined, write_event_project
from rulesflow.model.errors import Overloaded
from rulesflow.runtime.events import Events
from rulesflow.settings import Settings
from serving import Server, running, wait_until

__all__ = ["postgres"]
ALLOWED = {200, 202, 400, 404, 413, 422}
fuzz = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(max_size=30) | st.sampled_from(
    ["payment.declined", "ping", "/test", "1.0", "\0", "a\0b", "é"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["specversion", "id", "source", "type", "time", "subject", "data", "data_base64", "dataschema", "ext"]
)
#: Events of which one or two things are not as they should be.
events = st.builds(
    lambda id_, data, changed: declined(id_) | {"data": data} | changed,
    texts,
    st.fixed_dictionaries({"device": texts, "card": texts}) | values,
    st.dictionaries(names, values, max_size=2),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the small project, shared by the tests of this module: each sends events of its own."""
    folder = tmp_path_factory.mktemp("events")
    rules = write_event_project(folder / "rules")
    url = f"sqlite:///{folder}/state.db"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"))
    with running(Settings(rules=rules, database_url=url)) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    return server.get("/openapi.json").json()


def send(server: Server, *sent: dict[str, Any]) -> None:
    response = server.post("/v1/events", json=sent)
    assert (response.status_code, response.json().get("duplicates")) == (202, 0), response.text


def get(server: Server, path: str, **query: Any) -> dict[str, Any]:
    response = server.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


def ids(server: Server, **query: Any) -> list[str]:
    return [each["id"] for each in get(server, "/v1/events", **query)["events"]]


def looked_at(server: Server, **query: Any) -> None:
    """Wait until all patterns have looked at the events."""
    wait_until(lambda: not ids(server, **query, status="waiting"), 30)


def match_of(server: Server, device: str, pattern: str = "card-testing") -> dict[str, Any]:
    """The match of a device, once it is there."""
    query = {"pattern": pattern, "key": device}
    (match,) = wait_until(lambda: get(server, "/v1/matches", **query)["matches"], 30)
    return match


def pair(name: str, **more: Any) -> list[dict[str, Any]]:
    """Two events that the pattern `card-testing` matches."""
    return [declined(f"{name}-{card}", name, card, **more) for card in ("1", "2")]


def refused(response: httpx.Response, status: int, kind: str) -> list[dict[str, Any]]:
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{kind}"), response.text
    return problem["errors"]


def fits(document: dict[str, Any], value: Any, path: str, method: str = "get") -> None:
    """Hold a reply against its schema in the OpenAPI document."""
    content = document["paths"][path][method]["responses"]["200"]["content"]
    schema = next(iter(content.values()))["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


# -- events ----------------------------------------------------------------------------------------------


def test_an_event_is_listed_as_it_came(server: Server, document: dict[str, Any]) -> None:
    number = "1234567890123456.0000000000000001"
    event = declined("whole", time="2026-11-27T09:00:00.5+01:00", subject="an order", trace="t", sampled=True)
    text = json.dumps(event).replace('"card": "1"', f'"card": "a\\u0000b", "total": {number}')
    assert server.post("/v1/events", content=text).status_code == 202
    looked_at(server, id="whole")
    reply = server.get("/v1/events?id=whole")
    assert f'"total":{number}' in reply.text
    (shown,) = reply.json()["events"]
    assert shown["data"]["card"] == "a\0b"
    assert (shown["source"], shown["type"], shown["subject"]) == ("/test", "payment.declined", "an order")
    assert (shown["time"], shown["status"], shown["problems"]) == ("2026-11-27T08:00:00.5Z", "matched", [])
    assert shown["extensions"] == {"trace": "t", "sampled": True}
    fits(document, reply.json(), "/v1/events")


def test_events_are_found_by_what_they_are(server: Server) -> None:
    day = "2026-03-0{}T00:00:00Z"
    send(
        server,
        declined("f-1", source="/filters", time=day.format(1)),
        declined("f-2", source="/filters", time=day.format(2)),
        declined("f-3", source="/filters", type="ping", time=day.format(3)),
    )
    assert ids(server, source="/filters") == ["f-3", "f-2", "f-1"]
    assert ids(server, source="/filters", type="payment.declined") == ["f-2", "f-1"]
    assert ids(server, source="/filters", id="f-2") == ["f-2"]
    assert ids(server, source="/filters", since=day.format(2)) == ["f-3", "f-2"]
    assert ids(server, source="/filters", until="2026-03-02T01:00:00+01:00") == ["f-1"]
    looked_at(server, source="/filters")
    assert ids(server, source="/filters", status="matched") == ["f-3", "f-2", "f-1"]
    assert ids(server, source="/filters", status="waiting,failed") == []
    assert ids(server, source="/nowhere") == []


def test_a_list_goes_on_page_by_page(server: Server) -> None:
    send(server, *(declined(f"page-{number}", source="/pages") for number in range(5)))
    found, query = [], {"source": "/pages", "limit": "2"}
    for _ in range(3):
        page = get(server, "/v1/events", **query)
        found += [each["id"] for each in page["events"]]
        query["cursor"] = page["next"]
    assert query["cursor"] is None
    assert sorted(found) == [f"page-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("events", "status=fialed", "/status"),
        ("events", "status=", "/status"),
        ("events", "since=yesterday", "/since"),
        ("events", "limit=0", "/limit"),
        ("events", "limit=1001", "/limit"),
        ("events", "cursor=x", "/cursor"),
        ("events", "cursor=1." + "9" * 5000, "/cursor"),
        ("events", "type=a&type=b", "/type"),
        ("events", "type=%00", "/type"),
        ("events", "typ=a", "/typ"),
        ("matches", "status=matched", "/status"),
        ("matches", "cursor=1", "/cursor"),
        ("matches", "id=x", "/id"),
        ("matches", "until=1", "/until"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(server: Server, path: str, query: str, pointer: str) -> None:
    (error,) = refused(server.get(f"/v1/{path}?{query}"), 422, "facts-refused")
    assert error["pointer"] == pointer


# -- matches and patterns --------------------------------------------------------------------------------


def test_a_match_is_shown_with_its_events_and_is_read_by_decisions(
    server: Server, document: dict[str, Any]
) -> None:
    send(server, *pair("found"))
    match = match_of(server, "found")
    assert [(each["alias"], each["id"]) for each in match["events"]] == [
        ("first", "found-1"),
        ("second", "found-2"),
    ]
    assert (match["key"], match["problem"]) == ("found", None)
    shown = get(server, f"/v1/matches/{match['id']}")
    assert shown["id"] == match["id"]
    fits(document, shown, "/v1/matches/{match}")
    fits(document, get(server, "/v1/matches"), "/v1/matches")
    wait_until(lambda: get(server, f"/v1/matches/{match['id']}")["status"] == "done")
    facts = {"order": {"device": "found"}}
    wait_until(lambda: server.decide("trust", facts).json()["result"] == {"trusted": False})
    assert match["id"] in json.dumps(server.decide("trust", facts).json()["set_facts"])
    assert "found-1" in ids(server, pattern="card-testing")


def test_a_match_that_may_be_forbidden_waits(server: Server) -> None:
    send(server, declined("absent"))
    assert match_of(server, "absent", "lost")["status"] == "waiting"
    captured = declined("absent-2", type="payment.captured", data={"device": "absent"})
    send(server, captured)
    looked_at(server, id="absent-2")
    found = get(server, "/v1/matches", pattern="lost", key="absent")["matches"]
    assert [each["status"] for each in found if each["status"] != "waiting"] in ([], ["refuted"])


def test_patterns_are_listed(server: Server, document: dict[str, Any]) -> None:
    listed = get(server, "/v1/patterns")
    fits(document, listed, "/v1/patterns")
    assert (listed["engine"], listed["digest"]) == ("ready", server.status()["digest"])
    first, second = listed["patterns"]
    assert (first["name"], first["by"], first["within"]) == ("card-testing", "device", "600s")
    assert first["then"] == {"fact": "device.tried", "where": ["order.device"], "for": "86400s"}
    assert (first["file"], first["types"]) == ("patterns/card-testing.yaml", ["payment.declined"])
    assert (second["name"], second["types"]) == ("lost", ["payment.captured", "payment.declined"])


def test_what_has_not_failed_is_not_tried_again(server: Server, document: dict[str, Any]) -> None:
    for path in ("/v1/events/retry", "/v1/patterns/lost/retry"):
        response = server.post(path)
        assert (response.status_code, response.json()) == (200, {"count": 0})
        assert server.post(path, content=b"{}").status_code == 200
        refused(server.post(path, content=b'{"pattern": "lost"}'), 422, "facts-refused")
        refused(server.post(path, content=b"{"), 400, "json-refused")
    fits(document, {"count": 0}, "/v1/events/retry", "post")


def test_an_unknown_name_is_a_problem(server: Server) -> None:
    (error,) = refused(server.post("/v1/patterns/lots/retry"), 404, "unknown-pattern")
    assert error["hint"] == "did you mean lost?"
    refused(server.post("/v1/patterns/%00/retry"), 404, "unknown-pattern")
    refused(server.get("/v1/matches/nothing"), 404, "unknown-match")
    refused(server.get("/v1/matches/%00"), 404, "unknown-match")
    refused(server.client.delete("/v1/events"), 405, "method-not-allowed")


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_too_much_that_waits_is_a_problem_that_says_when_to_come_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overloaded(*_: object, **__: object) -> None:
        raise Overloaded("1,000,000 events wait to be matched", 10)

    monkeypatch.setattr(Events, "accept", overloaded)
    response = server.post("/v1/events", json=declined("late"))
    refused(response, 429, "overloaded")
    assert response.headers["retry-after"] == "10"


def test_a_database_that_is_away_is_a_problem_that_tells_nothing_of_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secrets", None, Exception("away"))

    monkeypatch.setattr(Events, "accept", away)
    response = server.post("/v1/events", json=declined("away"))
    refused(response, 503, "database-away")
    assert response.headers["retry-after"] == "1"
    assert "secrets" not in response.text


def check(response: httpx.Response) -> None:
    assert response.status_code in ALLOWED, response.text
    if response.status_code >= 400:
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == response.status_code


@fuzz
@given(event=events | values, batch=st.booleans())
def test_no_event_makes_the_service_fail(server: Server, event: Any, batch: bool) -> None:
    body = json.dumps([event, declined("x")] if batch else event).encode()
    check(server.post("/v1/events", content=body))
    check(server.get("/v1/events"))


@fuzz
@given(body=st.binary(max_size=200), headers=st.dictionaries(names, st.text(max_size=20), max_size=3))
def test_no_bytes_and_no_headers_make_the_service_fail(
    server: Server, body: bytes, headers: dict[str, str]
) -> None:
    attributes = {
        f"ce-{name.replace('_', '-')}": value.encode()
        for name, value in headers.items()
        if value.isprintable() and value == value.strip()
    }
    check(server.post("/v1/events", content=body))
    check(server.post("/v1/events", content=body, headers={"ce-specversion": b"1.0"} | attributes))


@fuzz
@given(text=st.text(max_size=100))
def test_no_query_makes_the_service_fail(server: Server, text: str) -> None:
    query = dict.fromkeys(("type", "source", "id", "pattern", "cursor", "key"), text)
    check(server.get("/v1/events", params={each: query[each] for each in list(query)[:5]}))
    check(server.get("/v1/matches", params={each: query[each] for each in list(query)[3:]}))
    check(server.get("/v1/events", params={text: text}))


def test_the_service_is_well_after_all_that(server: Server) -> None:
    send(server, *pair("well"))
    assert match_of(server, "well")["status"] in ("pending", "done")
    assert server.get("/readyz").status_code == 200


# -- metrics ---------------------------------------------------------------------------------------------


def measured(server: Server) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(server.get("/metrics").text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_becomes_of_events_is_measured(server: Server) -> None:
    before = measured(server)

    def more(*name: str) -> float:
        return measured(server).get(name, 0) - before.get(name, 0)

    send(server, *pair("measured"))
    server.post("/v1/events", json=declined("measured-1"))
    assert more("rulesflow_events_total", "accepted", "payment.declined") == 2
    assert more("rulesflow_events_total", "duplicate", "payment.declined") == 1
    for name in ("made-up-1", "made-up-2"):
        server.post("/v1/events", json=declined("x", type=name))
    assert not [name for name in measured(server) if any("made-up" in label for label in name)]
    wait_until(lambda: more("rulesflow_event_matches_total", "card-testing", "done") >= 1, 30)
    wait_until(lambda: measured(server)["rulesflow_events_waiting",] == 0, 30)
    assert measured(server)["rulesflow_event_worker_losses_total",] == 0
