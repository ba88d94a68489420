from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rulesflow.api import examples, problems
from serving import Server


@pytest.fixture(scope="module")
def document(shop_server: Server) -> dict[str, Any]:
    return shop_server.get("/openapi.json").json()


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def reply_schema(document: dict[str, Any], path: str, method: str, status: str = "200") -> dict[str, Any]:
    content = document["paths"][path][method]["responses"][status]["content"]
    return next(iter(content.values()))["schema"]


def test_every_route_is_described(document: dict[str, Any]) -> None:
    assert [name for name, _ in operations(document)] == [
        "POST /v1/decisions/{decision}",
        "GET /v1/decisions/{decision}",
        "POST /v1/decisions/{decision}/batch",
        "GET /v1/decisions",
        "GET /v1/decisions/{decision}/cases",
        "GET /v1/facts",
        "GET /v1/ruleset",
        "POST /v1/ruleset/reload",
        "GET /v1/rulesets",
        "POST /v1/rulesets",
        "GET /v1/rulesets/{a}/diff/{b}",
        "POST /v1/rulesets/{digest}/activate",
        "GET /v1/rulesets/{digest}/files",
        "GET /v1/rulesets/{digest}/files/{path}",
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "POST /v1/runs",
        "GET /v1/runs",
        "GET /v1/runs/count",
        "GET /v1/runs/fields",
        "POST /v1/runs/bulk",
        "GET /v1/runs/bulk",
        "GET /v1/runs/bulk/{bulk}",
        "POST /v1/runs/bulk/{bulk}/cancel",
        "GET /v1/runs/{run}",
        "GET /v1/runs/{run}/history",
        "GET /v1/runs/{run}/events",
        "POST /v1/runs/{run}/signals/{name}",
        "POST /v1/runs/{run}/pause",
        "POST /v1/runs/{run}/resume",
        "POST /v1/runs/{run}/cancel",
        "POST /v1/runs/{run}/retry",
        "POST /v1/runs/{run}/rerun",
        "GET /v1/incidents",
        "GET /v1/workflows",
        "GET /v1/workflows/{workflow}",
        "GET /v1/runs/{run}/graph",
        "GET /v1/runs/{run}/timeline",
        "GET /v1/runs/{run}/decisions",
        "GET /v1/resources",
        "GET /v1/resources/{resource}",
        "POST /v1/resources/{resource}/open",
        "POST /v1/resources/{resource}/close",
        "POST /v1/resources/{resource}/probe",
        "GET /v1/scale",
        "POST /v1/events",
        "GET /v1/events",
        "POST /v1/events/retry",
        "GET /v1/matches",
        "GET /v1/matches/{match}",
        "GET /v1/patterns",
        "POST /v1/patterns/{pattern}/retry",
        "GET /v1/steps/stats",
        "GET /v1/alerts",
        "GET /v1/alerts/rules",
        "POST /v1/alerts/{id}/acknowledge",
        "GET /v1/stream",
        "GET /v1/plugins",
    ]
    for _, operation in operations(document):
        assert operation["summary"]
        assert operation["operationId"]
        assert all(response["description"] for response in operation["responses"].values())


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (content for body in bodies for content in body.get("content", {}).values()):
            named = content.get("examples", {"": {"value": content.get("example")}})
            for example in named.values():
                validator(document, content["schema"]).validate(example["value"])
                checked += 1
    assert checked > 200


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= document["components"]["schemas"].keys()
    assert document["components"]["schemas"].keys() - names == set()


def test_every_kind_of_problem_is_documented_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    kinds = {value for value in vars(problems).values() if isinstance(value, problems.Kind)}
    for kind in kinds - {problems.NOT_FOUND, problems.METHOD_NOT_ALLOWED}:
        assert f'"{kind.type}"' in text


def test_the_documented_request_gets_the_documented_reply(
    shop_server: Server, document: dict[str, Any]
) -> None:
    reply = shop_server.post("/v1/decisions/refund", json=examples.REQUEST).json()
    validator(document, reply_schema(document, "/v1/decisions/{decision}", "post")).validate(reply)
    for name in ("decision", "result", "layers", "at"):
        assert reply[name] == examples.REPLY[name]
    (match,), line = reply["matched"], {"line": 0}
    assert match | line == examples.MATCH | line


def test_the_documented_flips_are_those_of_the_documented_request(shop_server: Server) -> None:
    full = {**examples.REQUEST, "explain": "full"}
    told = shop_server.post("/v1/decisions/refund", json=full).json()["explanation"]["flips"]
    shown = examples.EXPLAINED["explanation"]["flips"]  # type: ignore[index]
    for flip, example in zip(told, shown, strict=False):
        assert {**flip, "matched": []} == {**example, "matched": []}
        assert [match["rule"] for match in flip["matched"]] == [match["rule"] for match in example["matched"]]


def test_replies_fit_their_schemas(shop_server: Server, document: dict[str, Any]) -> None:
    full = {**examples.REQUEST, "explain": "full"}
    decided = shop_server.post("/v1/decisions/refund", json=full)
    validator(document, reply_schema(document, "/v1/decisions/{decision}", "post")).validate(decided.json())
    batch = shop_server.post("/v1/decisions/refund/batch", json=[full, {}, 1])
    validator(document, reply_schema(document, "/v1/decisions/{decision}/batch", "post")).validate(
        batch.json()
    )
    for path in ("/v1/decisions", "/v1/ruleset", "/livez", "/readyz"):
        reply = shop_server.get(path).json()
        validator(document, reply_schema(document, path, "get")).validate(reply)
    for name in ("discount", "fraud", "refund", "shipping", "stock"):
        for query in ("", "?order.region=eu/de&customer.type=vip", "?order.region=br&customer.type=new"):
            reply = shop_server.get(f"/v1/decisions/{name}{query}").json()
            validator(document, reply_schema(document, "/v1/decisions/{decision}", "get")).validate(reply)
    refused = shop_server.post("/v1/decisions/refund", json={"fact": 1})
    validator(document, reply_schema(document, "/v1/decisions/{decision}", "post", "422")).validate(
        refused.json()
    )


def test_keys_are_part_of_the_description_where_they_are_needed(serve: Any, project: Any) -> None:
    keyed = serve(rules=project, api_keys="ops:key")
    document = keyed.get("/openapi.json", headers={"authorization": "Bearer key"}).json()
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
