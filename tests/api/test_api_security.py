from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rulesflow.settings import Settings
from serving import Server, running, write_project

BODY = {"facts": {"total": 1}}
PATH = "/v1/decisions/fee"


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    rules = write_project(tmp_path_factory.mktemp("keyed") / "rules")
    with running(Settings(rules=rules, host="0.0.0.0", api_keys="ops:first-key,ci:second:key")) as server:
        yield server


def kind(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["type"]).removeprefix("/problems/")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8080"]
)
def test_the_names_of_this_machine_are_served(small_server: Server, host: str) -> None:
    assert small_server.post(PATH, json=BODY, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.7",
        "",
        "127.0.0.1:8080@evil.example",
        "[::1",
        "[::1]evil.example",
        "localhost:",
        "127.0.0.1,evil",
    ],
)
def test_a_rebound_name_is_refused_on_every_call(small_server: Server, host: str) -> None:
    headers = {"host": host}
    for response in (
        small_server.post(PATH, json=BODY, headers=headers),
        small_server.get("/v1/ruleset", headers=headers),
        small_server.get("/metrics", headers=headers),
        small_server.get("/openapi.json", headers=headers),
    ):
        assert response.status_code == 403
        assert kind(response) == "host-refused"


def test_probes_may_give_any_host(small_server: Server) -> None:
    for path in ("/livez", "/readyz"):
        assert small_server.get(path, headers={"host": "10.1.2.3"}).status_code == 200


def test_further_hosts_can_be_allowed(serve: Any, project: Any) -> None:
    server = serve(rules=project, allowed_hosts="Rules.example.com")
    assert server.post(PATH, json=BODY, headers={"host": "rules.EXAMPLE.com:443"}).status_code == 200
    assert server.post(PATH, json=BODY, headers={"host": "localhost"}).status_code == 200
    assert server.post(PATH, json=BODY, headers={"host": "other.example.com"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "something-new"},
        {"origin": "{own}", "sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_site_cannot_post(small_server: Server, headers: dict[str, str]) -> None:
    own = f"http://127.0.0.1:{small_server.port}"
    headers = {name: value.format(own=own) for name, value in headers.items()}
    for path in (PATH, f"{PATH}/batch", "/v1/ruleset/reload"):
        response = small_server.post(path, json=BODY, headers=headers)
        assert response.status_code == 403
        assert kind(response) == "cross-site"


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_the_services_own_pages_and_programs_can_post(small_server: Server, site: str | None) -> None:
    headers = {"origin": f"http://127.0.0.1:{small_server.port}"} | ({"sec-fetch-site": site} if site else {})
    assert small_server.post(PATH, json=BODY, headers=headers).status_code == 200
    assert small_server.post(PATH, json=BODY).status_code == 200


def test_with_keys_every_call_but_health_wants_one(keyed_server: Server) -> None:
    for method, path in (
        ("POST", PATH),
        ("POST", f"{PATH}/batch"),
        ("POST", "/v1/ruleset/reload"),
        ("GET", "/v1/ruleset"),
        ("GET", "/v1/decisions"),
        ("GET", PATH),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/nope"),
    ):
        response = keyed_server.client.request(method, path)
        assert response.status_code == 401
        assert kind(response) == "unauthorized"
        assert response.headers["www-authenticate"].startswith("Bearer")
    for path in ("/livez", "/readyz", "/metrics"):
        assert keyed_server.get(path).status_code == 200


@pytest.mark.parametrize("credentials", ["Bearer first-key", "bearer  second:key", "BEARER first-key"])
def test_a_key_opens(keyed_server: Server, credentials: str) -> None:
    headers = {"authorization": credentials}
    assert keyed_server.post(PATH, json=BODY, headers=headers).status_code == 200
    assert keyed_server.get("/v1/ruleset", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "Bearer",
        "first-key",
        "Basic first-key",
        "Bearer first-ke",
        "Bearer first-keyy",
        "Bearer ops:first-key",
        "Bearer FIRST-KEY",
        "Bearer first-key,second:key",
        "Bearer \xff\xfe",
    ],
)
def test_what_is_no_key_does_not(keyed_server: Server, credentials: str) -> None:
    headers = {"authorization": credentials.encode("latin-1")}
    assert keyed_server.post(PATH, json=BODY, headers=headers).status_code == 401


def test_behind_keys_any_host_is_served_but_pages_of_others_are_not(keyed_server: Server) -> None:
    headers = {"authorization": "Bearer first-key", "host": "rules.internal"}
    assert keyed_server.post(PATH, json=BODY, headers=headers).status_code == 200
    headers["origin"] = "https://evil.example"
    assert keyed_server.post(PATH, json=BODY, headers=headers).status_code == 403


def test_keys_count_on_this_machine_too(serve: Any, project: Any) -> None:
    server = serve(rules=project, api_keys="ops:first-key")
    assert server.post(PATH, json=BODY).status_code == 401
    assert server.post(PATH, json=BODY, headers={"authorization": "Bearer first-key"}).status_code == 200
