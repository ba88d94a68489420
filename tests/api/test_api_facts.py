"""What a form is drawn from: the schema of the facts, and the cases of a decision."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from serving import Server


def test_the_schema_of_the_facts_is_json_schema_with_what_readers_need(shop_server: Server) -> None:
    shown = shop_server.get("/v1/facts").json()
    assert shown["digest"] == shop_server.status()["digest"]
    Draft202012Validator.check_schema(shown["schema"])
    region = shown["schema"]["properties"]["order"]["properties"]["region"]
    assert "eu/de" in region["enum"]
    assert region["description"]


def test_the_cases_of_a_decision_are_facts_that_it_can_decide(shop_server: Server) -> None:
    schema = shop_server.get("/v1/facts").json()["schema"]
    shown = shop_server.get("/v1/decisions/refund/cases").json()
    assert shown["decision"] == "refund"
    assert len(shown["cases"]) > 3
    for case in shown["cases"]:
        Draft202012Validator(schema).validate(case["facts"])
        more = {"at": case["at"]} if case["at"] else {}
        answer = shop_server.decide("refund", case["facts"], **more).json()
        for name, value in (case["expect"] or {}).items():
            assert answer["result"][name] == value, case["case"]
        assert case["file"].endswith(".cases.yaml")
        assert case["line"] > 1


def test_cases_of_an_unknown_decision_are_not_found(shop_server: Server) -> None:
    answer = shop_server.get("/v1/decisions/refnd/cases")
    assert answer.status_code == 404
    assert "did you mean refund?" in answer.text


def test_neither_call_takes_a_parameter(shop_server: Server) -> None:
    for path in ("/v1/facts", "/v1/decisions/refund/cases"):
        answer = shop_server.get(f"{path}?ruleset=active")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/ruleset")
        assert answer.json()["errors"][0]["hint"] == "this call takes no parameters"
