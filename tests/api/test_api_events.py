"""Events over REST: CloudEvents in each of their forms, told apart from what only looks like one."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from event_service import declined, write_event_project
from rulesflow.api.access import purpose
from rulesflow.settings import Settings
from serving import Server, running

SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/binary",
    "ce-type": "payment.declined",
    "content-type": "application/json",
}
MOST = 1000  # events of a batch
DATA = {"device": "d-1", "card": "1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the small project, shared by the tests of this module: each sends events of its own."""
    folder = tmp_path_factory.mktemp("events")
    rules = write_event_project(folder / "rules")
    settings = Settings(rules=rules, database_url=f"sqlite:///{folder}/state.db", max_batch_items=MOST)
    with running(settings) as server:
        yield server


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    return server.get("/openapi.json").json()


def send(server: Server, body: Any, content_type: str = SINGLE, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.post("/v1/events", content=content, headers={"content-type": content_type, **headers})


def sent_binary(server: Server, content: bytes = b"", **headers: str | None) -> httpx.Response:
    """``ce_id=…`` for a header; None to leave it out."""
    given = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value.encode() for name, value in given.items() if value is not None}
    return server.post("/v1/events", content=content, headers=kept)


def taken(response: httpx.Response) -> list[tuple[str, str]]:
    """The ids of events that were taken in or known, with their status."""
    assert response.status_code == 202, response.text
    return [(each["id"], each["status"]) for each in response.json()["events"]]


def refused(response: httpx.Response, status: int, kind: str) -> list[dict[str, Any]]:
    """The errors of a problem that must be of this kind."""
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{kind}"), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return problem["errors"]


def fault(response: httpx.Response) -> tuple[str, str]:
    """The pointer and the code of the only thing that is wrong."""
    (error,) = refused(response, 422, "facts-refused")
    return error["pointer"], error["code"]


# -- the forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", [SINGLE, f"{SINGLE.upper()}; charset=utf-8", "application/json", ""])
def test_one_event_is_taken_in_whatever_its_content_type(
    server: Server, document: dict[str, Any], content_type: str
) -> None:
    id_ = f"one-{content_type}"
    response = send(server, declined(id_, time="2026-11-27T09:00:00.5+01:00"), content_type)
    assert taken(response) == [(id_, "accepted")]
    content = document["paths"]["/v1/events"]["post"]["responses"]["202"]["content"]
    schema = next(iter(content.values()))["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(response.json())


@pytest.mark.parametrize("content_type", [BATCH, "application/json", "text/plain"])
def test_a_batch_is_an_array(server: Server, content_type: str) -> None:
    ids = [f"{content_type}-{number}" for number in range(3)]
    response = send(server, [declined(id_) for id_ in ids], content_type)
    assert taken(response) == [(id_, "accepted") for id_ in ids]
    assert send(server, b" \n []", content_type).json() == {"accepted": 0, "duplicates": 0, "events": []}


def test_what_came_before_is_not_taken_in_again(server: Server) -> None:
    assert taken(send(server, declined("twice"))) == [("twice", "accepted")]
    again = send(server, [declined("twice", card="2"), declined("thrice"), declined("thrice")], BATCH)
    assert taken(again) == [("twice", "duplicate"), ("thrice", "accepted"), ("thrice", "duplicate")]
    assert (again.json()["accepted"], again.json()["duplicates"]) == (1, 2)
    assert taken(send(server, declined("twice", source="/elsewhere"))) == [("twice", "accepted")]


def test_an_event_may_stand_in_headers(server: Server) -> None:
    body = json.dumps(DATA).encode()
    assert taken(sent_binary(server, body, ce_id="b-1", ce_time="2026-11-27T08:00:00Z")) == [
        ("b-1", "accepted")
    ]
    assert taken(sent_binary(server, body, ce_id="b-1")) == [("b-1", "duplicate")]
    assert taken(sent_binary(server, body, ce_id="b-2", content_type=None, ce_trace="x")) == [
        ("b-2", "accepted")
    ]
    assert taken(sent_binary(server, ce_type="ping", ce_id="b-3")) == [("b-3", "accepted")]


def test_headers_are_percent_decoded_and_may_be_quoted(server: Server) -> None:
    body = json.dumps(DATA).encode()
    decoded = sent_binary(server, body, ce_id="%C3%BC%25%E2%82%AC")
    assert taken(decoded) == [("ü%€", "accepted")]
    assert taken(send(server, declined("ü%€", source="/binary"))) == [("ü%€", "duplicate")]
    assert taken(sent_binary(server, body, ce_id='"a \\"quoted\\" b"')) == [('a "quoted" b', "accepted")]


def test_headers_of_an_event_in_json_are_not_read(server: Server) -> None:
    response = send(server, declined("structured"), SINGLE, **{"ce-id": "other", "ce-specversion": "0.3"})
    assert taken(response) == [("structured", "accepted")]


def test_extensions_and_nulls_do_no_harm(server: Server) -> None:
    event = declined(
        "extended",
        subject="an order",
        dataschema="https://shop.example/schemas/declined",
        datacontenttype="application/vnd.shop+json; charset=UTF-8",
        traceparent="00-0af7651916cd43dd8448eb211c80319c",
        sampled=True,
        attempt=-3,
        time=None,
        partition=None,
    )
    assert taken(send(server, event)) == [("extended", "accepted")]


def test_data_may_be_json_in_base64(server: Server) -> None:
    event = declined("base64")
    encoded = base64.b64encode(json.dumps(event.pop("data")).encode()).decode()
    assert taken(send(server, event | {"data_base64": encoded})) == [("base64", "accepted")]


def test_data_may_be_left_out_where_its_type_needs_none(server: Server) -> None:
    event = declined("no data")
    del event["data"]
    assert taken(send(server, event | {"type": "ping"})) == [("no data", "accepted")]
    errors = refused(send(server, event), 422, "facts-refused")
    assert {error["pointer"] for error in errors} == {"/data/device", "/data/card"}


# -- what is none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"specversion": None}, ("/specversion", "required")),
        ({"specversion": "0.3"}, ("/specversion", "enum")),
        ({"specversion": 1.0}, ("/specversion", "enum")),
        ({"id": None}, ("/id", "required")),
        ({"id": ""}, ("/id", "type")),
        ({"id": 7}, ("/id", "type")),
        ({"id": "x" * 256}, ("/id", "too-long")),
        ({"id": "a\u0000b"}, ("/id", "control-character")),
        ({"id": "a\u202eb"}, ("/id", "control-character")),
        ({"source": []}, ("/source", "type")),
        ({"source": "x" * 401}, ("/source", "too-long")),
        ({"type": {}}, ("/type", "type")),
        ({"type": "payment.declind"}, ("/type", "unknown-type")),
        ({"subject": ""}, ("/subject", "type")),
        ({"subject": "a\nb"}, ("/subject", "control-character")),
        ({"time": 1764230400}, ("/time", "type")),
        ({"time": "2026-11-27"}, ("/time", "format")),
        ({"time": "2026-11-27T08:00:00"}, ("/time", "format")),
        ({"time": "2026-13-27T08:00:00Z"}, ("/time", "format")),
        ({"time": "9999-12-31T23:59:59Z"}, ("/time", "format")),
        ({"time": "0001-01-01T00:00:00Z"}, ("/time", "format")),
        ({"datacontenttype": "application/xml"}, ("/datacontenttype", "media-type")),
        ({"datacontenttype": "application/json; charset=utf-16"}, ("/datacontenttype", "media-type")),
        ({"datacontenttype": 1}, ("/datacontenttype", "media-type")),
        ({"dataschema": True}, ("/dataschema", "type")),
        ({"deviceId": "d-1"}, ("/deviceId", "name")),
        ({"a/b": "d-1"}, ("/a~1b", "name")),
        ({"": "d-1"}, ("/", "name")),
        ({"x" * 65: "d-1"}, ("/" + "x" * 40, "name")),
        ({"trace": {"id": 1}}, ("/trace", "type")),
        ({"trace": 1.5}, ("/trace", "type")),
        ({"trace": 1 << 31}, ("/trace", "type")),
        ({"trace": "x" * 2001}, ("/trace", "too-long")),
        ({"trace": "\u0000"}, ("/trace", "control-character")),
        ({f"e{number}": "x" for number in range(51)}, ("", "too-many")),
        ({"data_base64": "e30="}, ("/data_base64", "duplicate-key")),
        ({"data": "text"}, ("/data", "type")),
        ({"data": {"device": 1, "card": "1"}}, ("/data/device", "type")),
        ({"data": {"device": "d", "card": "1", "total": "1"}}, ("/data/total", "type")),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_place(
    server: Server, changed: dict[str, Any], expected: tuple[str, str]
) -> None:
    event = declined("wrong") | changed
    assert fault(send(server, event)) == expected
    pointer, code = expected
    assert fault(send(server, [declined("right"), event], BATCH)) == (f"/1{pointer}", code)


def test_a_batch_is_taken_in_as_a_whole_or_not_at_all(server: Server) -> None:
    wrong = [declined("all-1"), declined("all-2", time="now"), declined("all-3", type="pong")]
    assert [each["pointer"] for each in refused(send(server, wrong, BATCH), 422, "facts-refused")] == [
        "/1/time"
    ]
    assert taken(send(server, declined("all-1"))) == [("all-1", "accepted")]


def test_everything_that_is_wrong_is_told_at_once_and_no_more_than_a_hundred(server: Server) -> None:
    errors = refused(send(server, {"specversion": "1.1", "id": 5, "time": "now"}), 422, "facts-refused")
    assert [each["pointer"] for each in errors] == ["/specversion", "/id", "/source", "/type", "/time"]
    assert len(refused(send(server, [{}] * 500, BATCH), 422, "facts-refused")) == 100


@pytest.mark.parametrize(
    ("encoded", "told"),
    [
        ("no base64!", "base64"),
        ("e30", "base64"),
        (5, "base64"),
        ("ü", "base64"),
        (base64.b64encode(b"\xff\xfe").decode(), "not JSON"),
        (base64.b64encode(b'{"a": 1, "a": 2}').decode(), "stands twice"),
        (base64.b64encode(b"NaN").decode(), "not JSON"),
        ("", "not JSON"),
    ],
)
def test_data_in_base64_must_be_json(server: Server, encoded: Any, told: str) -> None:
    event = declined("base64?")
    del event["data"]
    (error,) = refused(send(server, event | {"data_base64": encoded}), 422, "facts-refused")
    assert error["pointer"] == "/data_base64" and told in error["message"]
    assert error["hint"] == "send JSON as it is, in data"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ce_specversion": None}, ("/specversion", "required")),
        ({"ce_id": None}, ("/id", "required")),
        ({"ce_id": "ü"}, ("/id", "encoding")),
        ({"ce_id": "%FF"}, ("/id", "encoding")),
        ({"ce_id": "100%"}, ("/id", "encoding")),
        ({"ce_id": "%00"}, ("/id", "control-character")),
        ({"ce_id": ""}, ("/id", "type")),
        ({"ce_time": "now"}, ("/time", "format")),
        ({"ce_datacontenttype": "application/json"}, ("/datacontenttype", "unknown-key")),
        ({"ce_data": "{}"}, ("/data", "unknown-key")),
        ({"content_type": "application/x-www-form-urlencoded"}, ("/datacontenttype", "media-type")),
        ({"content_type": "text/plain"}, ("/datacontenttype", "media-type")),
        ({"ce_my_ext": "x"}, ("/my-ext", "name")),
    ],
    ids=str,
)
def test_what_is_wrong_with_headers_is_told(
    server: Server, headers: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert fault(sent_binary(server, json.dumps(DATA).encode(), **headers)) == expected


def test_a_header_that_stands_twice_is_refused(server: Server) -> None:
    headers = [*HEADERS.items(), ("ce-id", "2")]
    response = server.post("/v1/events", content=json.dumps(DATA), headers=headers)
    assert fault(response) == ("/id", "duplicate-key")


def test_the_form_must_be_what_the_content_type_says(server: Server) -> None:
    assert fault(send(server, [declined("a")], SINGLE)) == ("", "type")
    assert fault(send(server, declined("a"), BATCH)) == ("", "type")
    assert fault(send(server, b"7", "application/json")) == ("", "type")
    assert fault(send(server, b"x", "application/cloudevents+avro")) == ("", "media-type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[",
        b'{"specversion": "1.0",',
        b"\xff\xfe{}",
        b'{"id": "a", "id": "b"}',
        b'{"data": NaN}',
        b'{"data": 1e999999}',
        b'{"data": ' + b"9" * 5000 + b"}",
        b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id": "\\ud800"}',
        b'{"specversion": "1.0"}\n{"specversion": "1.0"}',
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
@pytest.mark.parametrize("content_type", [SINGLE, BATCH, "application/json"])
def test_what_is_no_json_is_refused(server: Server, body: bytes, content_type: str) -> None:
    refused(send(server, body, content_type), 400, "json-refused")


def test_json_that_is_broken_within_a_batch_is_told_with_its_place(server: Server) -> None:
    good = json.dumps(declined("good")).encode()
    (error,) = refused(send(server, b"[" + good + b', {"id": 1, "id": 2}]', BATCH), 400, "json-refused")
    assert (error["pointer"], error["code"]) == ("/1", "duplicate-key")
    number = good.replace(b'"card": "1"', b'"total": 1e7000')
    (error,) = refused(send(server, b"[" + number + b"]", BATCH), 400, "json-refused")
    assert error["pointer"] in ("/0", "/0/data/total")
    deep = b"[" + good + b", " + b"[" * 200 + b"]" * 200 + b"]"
    (error,) = refused(send(server, deep, BATCH), 400, "json-refused")
    assert (error["pointer"], error["code"]) == ("/1", "too-deep")


# -- limits ----------------------------------------------------------------------------------------------


def test_what_is_too_large_is_refused(server: Server) -> None:
    large = declined("large", device="x" * (1 << 20))
    for content_type in (SINGLE, "application/json"):
        refused(send(server, large, content_type), 413, "too-large")
    refused(sent_binary(server, json.dumps(large["data"]).encode()), 413, "too-large")
    (error,) = refused(send(server, [declined("small"), large], BATCH), 413, "too-large")
    assert error["pointer"] == "/1"
    refused(send(server, b" " * (2 << 20), "application/json"), 413, "too-large")
    refused(send(server, b"[" + b" " * (33 << 20), BATCH), 413, "too-large")


def test_ten_megabytes_of_events_are_taken_in(server: Server) -> None:
    padding = "x" * 100_000
    events = [declined(f"big-{number}", card=padding) for number in range(100)]
    assert send(server, events, "application/json").json()["accepted"] == 100
    assert send(server, events, BATCH).json()["duplicates"] == 100


@pytest.mark.parametrize("head", [b"", b"ce-specversion: 1.0\r\n", f"content-type: {BATCH}\r\n".encode()])
def test_who_leaves_within_a_body_does_no_harm(server: Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        start = b"POST /v1/events HTTP/1.1\r\nhost: localhost\r\n" + head
        connection.sendall(start + b'content-length: 1000\r\n\r\n[{"specversion"')
    assert server.get("/readyz").status_code == 200


def test_a_body_that_comes_in_pieces_is_one(server: Server) -> None:
    body = json.dumps([declined("pieces")]).encode()
    response = server.post("/v1/events", content=iter([b" ", b"\n", body[:1], body[1:7], body[7:]]))
    assert taken(response) == [("pieces", "accepted")]


def test_a_batch_has_so_many_events_at_most(server: Server) -> None:
    many = [declined(f"many-{number}") for number in range(MOST + 1)]
    refused(send(server, many, BATCH), 413, "too-large")
    assert send(server, many[:MOST], BATCH).json()["accepted"] == MOST


# -- the rest --------------------------------------------------------------------------------------------


def test_pages_of_other_sites_send_nothing(server: Server) -> None:
    refused(send(server, declined("evil"), SINGLE, origin="http://evil.example"), 403, "cross-site")


def test_who_only_decides_takes_no_events(shop_server: Server) -> None:
    for method, path in (
        ("POST", "/v1/events"),
        ("GET", "/v1/events"),
        ("POST", "/v1/events/retry"),
        ("GET", "/v1/matches"),
        ("GET", "/v1/matches/x"),
        ("GET", "/v1/patterns"),
        ("POST", "/v1/patterns/x/retry"),
    ):
        refused(shop_server.client.request(method, path), 503, "decisions-only")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/events", ("send", "event:*")),
        ("GET", "/v1/events", ("read", "events")),
        ("POST", "/v1/events/retry", ("retry", "event:*")),
        ("GET", "/v1/matches", ("read", "matches")),
        ("GET", "/v1/matches/m", ("read", "match:m")),
        ("GET", "/v1/patterns", ("read", "patterns")),
        ("POST", "/v1/patterns/p/retry", ("retry", "pattern:p")),
    ],
)
def test_a_call_about_events_has_a_verb_and_a_thing(
    method: str, path: str, expected: tuple[str, str]
) -> None:
    assert purpose(method, path) == expected
