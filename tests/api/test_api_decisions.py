from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from rulesflow.api.routing import read_body
from rulesflow.model.errors import TooLarge
from rulesflow.model.times import parse_timestamp
from serving import Server

FACTS = {
    "order": {"total": 40.5, "region": "eu/de", "channel": "web"},
    "customer": {"type": "regular", "tenure_days": 400},
    "refund": {"reason": "not_as_described"},
}
AT = "2026-11-20T10:00:00Z"


def test_a_decision_comes_with_its_reasons(shop_server: Server) -> None:
    response = shop_server.decide("refund", FACTS, at=AT)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    reply = response.json()
    (match,) = reply["matched"]
    assert reply["result"] == {"route": "auto", "limit": 40.5}
    assert (match["rule"], match["layer"], match["file"]) == ("small_and_trusted", "base", "base/refund.yaml")
    assert reply["layers"] == ["base", "region/eu", "region/eu/de"]
    assert reply["at"] == AT
    assert reply["digest"] == shop_server.get("/v1/ruleset").json()["digest"]
    assert "explanation" not in reply


def test_numbers_are_exact_and_plain_on_the_way_in_and_out(shop_server: Server) -> None:
    for text in ("0.10", "99.99999999999999999999999999999999", "1e1", "0.0000001"):
        body = json.dumps({"facts": FACTS, "at": AT}).replace("40.5", text)
        response = shop_server.post("/v1/decisions/refund", content=body)
        written = response.text.partition('"limit":')[2].partition("}")[0]
        assert Decimal(written) == Decimal(text)
        assert "e" not in written.lower()
        assert not written.endswith("0") or "." not in written


def test_explain_tells_as_much_as_was_asked_for(shop_server: Server) -> None:
    none = shop_server.decide("refund", FACTS, at=AT, explain="none").json()
    full = shop_server.decide("refund", FACTS, at=AT, explain="full").json()
    assert none["matched"] == []
    fired = [rule["rule"] for rule in full["explanation"]["rules"] if rule["fired"]]
    assert "small_and_trusted" in fired
    assert all("test" in rule["failed"] for rule in full["explanation"]["rules"] if not rule["fired"])


def test_at_is_now_unless_it_is_given(shop_server: Server) -> None:
    before = shop_server.decide("refund", FACTS).json()["at"]
    after = shop_server.decide("refund", FACTS, at=None).json()["at"]
    assert parse_timestamp(before) < parse_timestamp(after)


def test_ids_are_unique_and_sort_by_time(shop_server: Server) -> None:
    ids = [shop_server.decide("refund", FACTS).json()["id"] for _ in range(20)]
    assert sorted(set(ids)) == ids


def test_the_content_type_does_not_matter(shop_server: Server) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "nonsense", ""):
        response = shop_server.post(
            "/v1/decisions/refund",
            content=json.dumps({"facts": FACTS}),
            headers={"content-type": kind},
        )
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "kind", "codes"),
    [
        ("", 400, "json-refused", ["json-syntax"]),
        ('{"facts": {}', 400, "json-refused", ["json-syntax"]),
        ('{"facts": {}, "facts": {}}', 400, "json-refused", ["duplicate-key"]),
        ('{"facts": {"a": NaN}}', 400, "json-refused", ["json-syntax"]),
        ('{"facts": {"a": 1e999999999}}', 400, "json-refused", ["number-refused"]),
        ('{"facts": ' + '{"a":' * 150 + "1" + "}" * 151, 400, "json-refused", ["too-deep"]),
        ("[]", 422, "facts-refused", ["type"]),
        ("null", 422, "facts-refused", ["type"]),
        ("{}", 422, "facts-refused", ["required"]),
        ('{"facts": []}', 422, "facts-refused", ["type"]),
        ('{"facts": {}, "att": 1, "at": 5}', 422, "facts-refused", ["unknown-key", "type"]),
        ('{"facts": {}, "at": "2026-13-20"}', 422, "facts-refused", ["format"]),
        ('{"facts": {}, "at": "20.11.2026"}', 422, "facts-refused", ["format"]),
        ('{"facts": {}, "explain": "ful"}', 422, "facts-refused", ["enum"]),
        ('{"facts": {}, "explain": ["full"]}', 422, "facts-refused", ["enum"]),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    shop_server: Server, body: str, status: int, kind: str, codes: list[str]
) -> None:
    response = shop_server.post("/v1/decisions/refund", content=body)
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{kind}"
    assert [error["code"] for error in problem["errors"]] == codes
    assert problem["title"]
    assert problem["detail"]


def test_refused_facts_name_every_fault_with_its_pointer_in_the_body(shop_server: Server) -> None:
    facts = {"order": {"total": "40", "region": "eu/xx", "chanel": "web"}, "customer": {"type": "vip"}}
    problem = shop_server.decide("refund", facts).json()
    assert {error["pointer"] for error in problem["errors"]} == {
        "/facts/order/total",
        "/facts/order/region",
        "/facts/order/chanel",
        "/facts/refund/reason",
    }
    (misspelt,) = [error for error in problem["errors"] if error["pointer"].endswith("chanel")]
    assert misspelt["hint"] == "did you mean channel?"


def test_an_unknown_key_gets_a_hint(shop_server: Server) -> None:
    problem = shop_server.post("/v1/decisions/refund", json={"fact": {}}).json()
    assert problem["errors"][0]["hint"] == "did you mean facts?"


def test_an_unknown_decision_is_not_found_and_gets_a_hint(shop_server: Server) -> None:
    for path in ("/v1/decisions/refnd", "/v1/decisions/refnd/batch"):
        response = shop_server.post(path, json={"facts": {}})
        assert response.status_code == 404
        assert response.json()["type"] == "/problems/unknown-decision"
        assert "did you mean refund?" in response.json()["detail"]


@pytest.mark.parametrize("size", [1 << 20, 5 << 20])
def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_its_size(
    shop_server: Server, size: int
) -> None:
    body = b'{"facts": {"a": "' + b"x" * size + b'"}}'
    chunks = (body[start : start + 65536] for start in range(0, len(body), 65536))
    for content in (body, chunks):
        response = shop_server.post("/v1/decisions/refund", content=content)
        assert response.status_code == 413
        assert response.json()["type"] == "/problems/too-large"
        assert "1,048,576 bytes" in response.json()["detail"]
    assert shop_server.decide("refund", FACTS).status_code == 200  # the connection is still good


def test_a_rule_that_fails_is_named_with_its_place(serve: Any, project: Any) -> None:
    (project / "base" / "ratio.yaml").write_text(
        "decision: ratio\nhit: first\noutcome: {ratio: {type: number}}\nrequires: [total]\n"
        'rules:\n  - rule: divide\n    then: {ratio: "${ 1 / total }"}\n'
    )
    server = serve(rules=project)
    response = server.decide("ratio", {"total": 0})
    problem = response.json()
    assert response.status_code == 422
    assert problem["type"] == "/problems/decision-failed"
    assert (problem["decision"], problem["rule"], problem["file"], problem["line"], problem["code"]) == (
        "ratio",
        "divide",
        "base/ratio.yaml",
        7,
        "division-by-zero",
    )
    assert server.decide("ratio", {"total": 8}).json()["result"] == {"ratio": 0.125}


def test_a_decision_that_costs_too_much_is_refused(serve: Any, project: Any) -> None:
    (project / "base" / "sum.yaml").write_text(
        "decision: sum\nhit: first\noutcome: {n: {type: number}}\n"
        'rules:\n  - rule: loop\n    then: {n: "${ size([1, 2, 3].map(a, [1, 2, 3].map(b, a * b))) }"}\n'
    )
    response = serve(rules=project, cost_limit=5).decide("sum", {})
    assert response.status_code == 422
    assert response.json()["code"] == "budget-exceeded"


def test_the_decisions_are_listed(shop_server: Server) -> None:
    listed = shop_server.get("/v1/decisions").json()
    assert [entry["decision"] for entry in listed["decisions"]] == [
        "discount",
        "fraud",
        "refund",
        "shipping",
        "stock",
    ]
    refund = listed["decisions"][2]
    assert (refund["hit"], refund["requires"]) == ("first", ["refund.reason"])


def test_the_effective_rules_of_a_stack_tell_where_each_comes_from(shop_server: Server) -> None:
    shown = shop_server.get(
        "/v1/decisions/refund", params={"order.region": "eu/de", "customer.type": "vip"}
    ).json()
    assert shown["layers"] == [
        "base",
        "region/eu",
        "region/eu/de",
        "customer/vip",
        "region/eu/customer/vip",
    ]
    assert shown["params"]["auto_limit"]["layer"] == "customer/vip"
    layers = {rule["layer"] for rule in shown["rules"]}
    assert {"base", "customer/vip", "region/eu/customer/vip"} <= layers
    assert all(rule["file"].startswith(rule["layer"]) and rule["line"] > 0 for rule in shown["rules"])


@pytest.mark.parametrize(
    ("query", "pointer", "hint"),
    [
        ("order.regoin=eu", "/order.regoin", "did you mean order.region?"),
        ("order.region=eu/dee", "/order.region", "did you mean eu/de?"),
        ("order.region=eu&order.region=us", "/order.region", "give one value"),
    ],
)
def test_a_query_that_names_no_stack_is_refused(
    shop_server: Server, query: str, pointer: str, hint: str
) -> None:
    response = shop_server.get(f"/v1/decisions/refund?{query}")
    (error,) = response.json()["errors"]
    assert response.status_code == 422
    assert (error["pointer"], error["hint"]) == (pointer, hint)


def test_a_query_that_cannot_be_decoded_is_refused(shop_server: Server) -> None:
    assert shop_server.get("/v1/decisions/refund?order.region=%ff").status_code == 422
    assert shop_server.get("/v1/decisions/refund?" + "&".join(["a=1"] * 500)).status_code == 422


def test_unknown_paths_and_methods_are_problems_too(shop_server: Server) -> None:
    for method, path, status, kind in (
        ("GET", "/nope", 404, "not-found"),
        ("POST", "/v1/decisions/refund/", 404, "not-found"),
        ("POST", "/v1/decisions/a/b/c", 404, "not-found"),
        ("DELETE", "/v1/ruleset", 405, "method-not-allowed"),
        ("PUT", "/v1/decisions/refund", 405, "method-not-allowed"),
    ):
        response = shop_server.client.request(method, path)
        assert response.status_code == status
        assert response.json()["type"] == f"/problems/{kind}"


def test_a_full_explanation_of_many_rules_leaves_the_service_free_for_others(
    serve: Callable[..., Server], project: Path
) -> None:
    rule = "  - {{rule: r{0}, when: {{total: {0}}}, then: {{fee: {0}}}}}\n"
    rules = "".join(rule.format(number) for number in range(1200))
    head = "decision: fee\noutcome: {fee: {type: number}}\nrules:\n"
    (project / "base" / "fee.yaml").write_text(head + rules)
    server = serve(rules=project)
    reply = server.decide("fee", {"total": 7}, explain="full").json()
    assert reply["result"] == {"fee": 7}
    assert len(reply["explanation"]["rules"]) == 1200
    assert server.decide("fee", {"total": "x"}, explain="full").status_code == 422
    metrics = server.get("/metrics").text
    assert 'rulesflow_decisions_total{decision="fee",outcome="decided"} 1.0' in metrics
    assert 'rulesflow_decisions_total{decision="fee",outcome="facts-refused"} 1.0' in metrics
    text = json.dumps([{"facts": {"total": each}, "explain": "full"} for each in (7, "x", 8)])
    one, bad, other = server.post("/v1/decisions/fee/batch", content=text).json()
    assert (one["result"], other["result"]) == ({"fee": 7}, {"fee": 8})
    assert len(one["explanation"]["rules"]) == 1200
    assert bad["error"]["status"] == 422


def test_a_length_may_begin_with_any_number_of_zeros() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    def body(length: bytes) -> bytes:
        scope = {"type": "http", "headers": [(b"content-length", length)]}
        return asyncio.run(read_body(Request(scope, receive), 10))

    assert body(b"0" * 5000 + b"2") == b"{}"
    with pytest.raises(TooLarge):
        body(b"0" * 5000 + b"11")
    with pytest.raises(TooLarge):
        body(b"1" * 5000)
