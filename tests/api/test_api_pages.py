"""The dashboard's pages as they are served: what a browser keeps, what it may load, what needs no key."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from rulesflow.api.pages import add_pages, is_page
from serving import Server, serving

SCRIPT = "document.title = 'rulesflow';" * 50


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A dashboard of one script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>rulesflow</title>")
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return tmp_path


@pytest.fixture
def client(built: Path) -> Iterator[httpx.Client]:
    app = FastAPI()
    add_pages(app, built)
    with serving(app) as server:
        yield server.client


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/019aa6b5", "/rules", "/decide", "/health", "/inbox"])
def test_each_screens_address_gives_the_document_which_is_asked_for_anew(
    client: httpx.Client, path: str
) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    for path in ("/", "/assets/index-abc.js"):
        tag = client.get(path).headers["etag"]
        for sent in (tag, f'"other", W/{tag}', "*"):
            again = client.get(path, headers={"if-none-match": sent})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_assets_are_kept_for_ever_and_come_compressed_to_who_takes_that(client: httpx.Client) -> None:
    packed = client.get("/assets/index-abc.js", headers={"accept-encoding": "br, gzip;q=0.5"})
    plain = client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip;q=0, identity"})
    assert packed.text == plain.text == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] != plain.headers["etag"]
    for reply in (packed, plain):
        assert reply.headers["vary"] == "accept-encoding"
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-type"] == "text/javascript; charset=utf-8"


def test_a_head_tells_what_a_get_would(client: httpx.Client) -> None:
    for path in ("/runs", "/assets/index-abc.js"):
        head, full = client.head(path), client.get(path)
        assert head.status_code == 200
        assert head.content == b""
        assert {**head.headers, "date": ""} == {**full.headers, "date": ""}


@pytest.mark.parametrize(
    "path", ["/assets/other.js", "/assets/..%2findex.html", "/assets/index-abc.js.gz", "/assets/"]
)
def test_no_other_file_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_a_dashboard_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI()
    add_pages(app, tmp_path / "missing")
    with serving(app) as server:
        reply = server.get("/")
        assert reply.status_code == 503
        assert "pip install -e ." in reply.text
        assert server.get("/assets/index.js").status_code == 404


def test_pages_need_no_key_and_calls_do(serve: Any, project: Path) -> None:
    server: Server = serve(rules=project, api_keys="ops:key")
    assert server.get("/runs").status_code in (200, 503)
    assert server.get("/v1/ruleset").status_code == 401
    assert server.get("/docs").status_code == 401
    assert server.get("/nowhere").status_code == 401
    assert server.get("/runs", headers={"host": "evil.example"}).status_code == 403
    assert server.post("/runs").status_code == 405


def test_what_is_a_page_is_told_by_its_first_part() -> None:
    for path in ("/", "/runs", "/runs/1", "/inbox", "/assets/a.js"):
        assert is_page(path)
    for path in ("/v1/runs", "/docs", "/runsome", "", "//runs", "/openapi.json", "/assets"):
        assert not is_page(path)
