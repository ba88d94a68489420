"""Who calls, and what he may, where a plugin has a say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kept_rulesets import versions_of
from rulesflow import Principal, Request, Verdict, hookimpl
from rulesflow.api.access import purpose
from rulesflow.api.application import build_application
from rulesflow.hooks.manager import load_plugins
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.project import load_project
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.service import Service
from rulesflow.settings import Settings

FILES = {
    "rulesflow.yaml": b"project: small\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": b"type: object\nproperties: {total: {type: number}}\n",
    "base/fee.yaml": b"decision: fee\noutcome: {low: {type: number}}\ndefault: {low: 1}\n",
}


class Badges:
    """Knows callers by a badge; may fail."""

    @hookimpl
    async def authenticate(self, request: Request) -> Principal | None:
        badge = request.headers.get("x-badge")
        if badge == "broken":
            raise RuntimeError("the reader is out of order")
        return Principal(badge) if badge else None


class Doors:
    """Lets the clerk decide and nothing else; the boss may everything."""

    @hookimpl
    def authorize(self, principal: Principal, action: str, resource: str) -> Verdict | None:
        if principal.name == "boss":
            return Verdict(True)
        if principal.name == "clerk" and action == "reload":
            return Verdict(False, "clerks do not touch the rules")
        return Verdict(True) if (principal.name, action) == ("clerk", "decide") else None


def app(*plugins: Any, **settings: Any) -> FastAPI:
    catalog = Catalog()
    catalog.activate(load_project(FILES), "here")
    given = Settings(**settings)
    versions = versions_of(catalog, Reloader(given.rules, catalog, lambda folder: load_project(folder.files)))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    found = load_plugins(only=[], extra={f"p{number}": each for number, each in enumerate(plugins)})
    return build_application(given, Service(catalog, 10_000), versions, lifespan, None, found)


def ask(app: FastAPI, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(
                method, path, json={"facts": {}} if method == "POST" else None, headers=named
            )

    return asyncio.run(call())


def kind(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("type", "")


def test_without_keys_and_plugins_nobody_is_asked() -> None:
    assert ask(app(), "/v1/decisions").status_code == 200


def test_a_plugin_tells_who_calls() -> None:
    badges = app(Badges())
    assert kind(ask(badges, "/v1/decisions")) == (401, "/problems/unauthorized")
    assert ask(badges, "/v1/decisions", x_badge="clerk").status_code == 200
    assert ask(badges, "/livez").status_code == 200


def test_a_key_of_the_settings_counts_beside_a_plugin() -> None:
    both = app(Badges(), api_keys="shop:secret")
    assert ask(both, "/v1/decisions", authorization="Bearer secret").status_code == 200
    assert ask(both, "/v1/decisions", x_badge="clerk").status_code == 200
    assert kind(ask(both, "/v1/decisions", authorization="Bearer wrong")) == (401, "/problems/unauthorized")


def test_a_plugin_that_fails_lets_nobody_in_and_tells_the_caller_nothing() -> None:
    answer = ask(app(Badges()), "/v1/decisions", x_badge="broken")
    assert kind(answer) == (500, "/problems/internal-error")
    assert "reader" not in answer.text


def test_a_denial_tells_why_and_silence_denies() -> None:
    doors = app(Badges(), Doors())
    assert ask(doors, "/v1/decisions/fee", "POST", x_badge="clerk").status_code == 200
    denied = ask(doors, "/v1/ruleset/reload", "POST", x_badge="clerk")
    assert kind(denied) == (403, "/problems/forbidden")
    assert denied.json()["detail"] == "clerks do not touch the rules"
    assert kind(ask(doors, "/v1/decisions", x_badge="clerk")) == (403, "/problems/forbidden")
    assert ask(doors, "/v1/decisions", x_badge="boss").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/decisions/fraud", ("decide", "decision:fraud")),
        ("POST", "/v1/decisions/fraud/batch", ("decide", "decision:fraud")),
        ("GET", "/v1/decisions/fraud", ("read", "decision:fraud")),
        ("POST", "/v1/runs", ("start", "run:*")),
        ("GET", "/v1/runs", ("read", "runs")),
        ("POST", "/v1/runs/bulk", ("bulk", "run:*")),
        ("GET", "/v1/runs/bulk", ("read", "run:*")),
        ("GET", "/v1/runs/bulk/7", ("read", "run:*")),
        ("POST", "/v1/runs/bulk/7/cancel", ("bulk", "run:*")),
        ("GET", "/v1/incidents", ("read", "incidents")),
        ("POST", "/v1/runs/7/signals/approval", ("signal", "run:7")),
        ("POST", "/v1/runs/7/cancel", ("cancel", "run:7")),
        ("GET", "/v1/runs/7/history", ("read", "run:7")),
        ("GET", "/v1/runs/7/graph", ("read", "run:7")),
        ("GET", "/v1/runs/7/timeline", ("read", "run:7")),
        ("GET", "/v1/runs/7/decisions", ("read", "run:7")),
        ("GET", "/v1/workflows/order", ("read", "workflow:order")),
        ("POST", "/v1/ruleset/reload", ("reload", "ruleset")),
        ("GET", "/v1/ruleset", ("read", "ruleset")),
        ("POST", "/v1/rulesets", ("propose", "ruleset:*")),
        ("GET", "/v1/rulesets", ("read", "rulesets")),
        ("POST", "/v1/rulesets/71d2/activate", ("activate", "ruleset:71d2")),
        ("GET", "/v1/rulesets/71d2/files/base/fee.yaml", ("read", "ruleset:71d2")),
        ("GET", "/v1/rulesets/71d2/diff/active", ("read", "ruleset:71d2")),
        ("GET", "/docs", ("read", "page")),
    ],
)
def test_a_call_has_a_verb_and_a_thing(method: str, path: str, expected: tuple[str, str]) -> None:
    assert purpose(method, path) == expected
