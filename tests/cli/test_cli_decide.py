from __future__ import annotations

import json
import re

import pytest

FACTS = {
    "order": {"total": 42.5, "region": "eu/de"},
    "customer": {"type": "regular"},
    "refund": {"reason": "changed_mind", "days_since_delivery": 3},
}


@pytest.fixture
def decide(call, small, write):
    """Decide in the small project on facts that are written into a file."""

    def decide(decision="refund", facts=FACTS, *arguments):
        return call("decide", decision, "--rules", small, "--facts", write("facts.json", facts), *arguments)

    return decide


def test_a_decision_is_the_reply_of_the_service(decide):
    result = decide("refund", FACTS, "--at", "2026-11-20T10:00:00Z")
    assert (result.code, result.err) == (0, "")
    reply = result.json
    assert list(reply) == ["id", "decision", "result", "matched", "layers", "digest", "at"]
    assert re.fullmatch(r"[0-9a-f-]{36}", reply["id"])
    assert reply["result"] == {"route": "auto", "limit": 42.5}
    assert [match["rule"] for match in reply["matched"]] == ["right_of_withdrawal"]
    assert reply["layers"] == ["base", "region/eu"]
    assert reply["at"] == "2026-11-20T10:00:00Z"


def test_piped_json_is_one_line(decide):
    assert decide().out.count("\n") == 1
    assert decide("refund", FACTS, "--json").out.count("\n") == 1


def test_explanations_come_in_three_lengths(decide):
    assert decide("refund", FACTS, "--explain", "none").json["matched"] == []
    assert "explanation" not in decide("refund", FACTS, "--explain", "matched").json
    rules = decide("refund", FACTS, "--explain", "full").json["explanation"]["rules"]
    assert [rule["fired"] for rule in rules if rule["rule"] == "right_of_withdrawal"] == [True]
    assert any("failed" in rule for rule in rules)


def test_an_explanation_of_another_length_is_a_mistake_of_usage(decide):
    assert decide("refund", FACTS, "--explain", "some").code == 2


def test_facts_come_from_standard_input_too(call, small):
    result = call("decide", "refund", "--rules", small, "--facts", "-", stdin=json.dumps(FACTS))
    assert result.json["decision"] == "refund"


def test_facts_may_be_yaml(call, small, write):
    facts = write(
        "facts.yaml", "order: {total: 9, region: us}\ncustomer: {type: vip}\nrefund: {reason: damaged}\n"
    )
    assert call("decide", "refund", "--rules", small, "--facts", facts).json["result"]["limit"] == 9


def test_numbers_are_exact(decide):
    total = "1234567890123456.000000000000000001"
    facts = json.dumps(FACTS | {"refund": {"reason": "damaged"}}).replace("42.5", total)
    assert f'"limit":{total}' in decide("refund", facts).out


def test_a_time_without_offset_is_the_projects_local_time(call, shop, write):
    facts = write(
        "facts.json",
        {"order": {"total": 10, "region": "eu", "channel": "web"}, "customer": {"type": "regular"}},
    )
    for moment, percent in [("2026-11-27", 15), ("2026-11-26T23:00:00Z", 15), ("2026-11-26T22:59:59Z", 0)]:
        reply = call("decide", "discount", "--rules", shop, "--facts", facts, "--at", moment).json
        assert reply["result"] == {"percent": percent}


def test_nonsense_for_a_time_is_a_mistake_of_usage(decide):
    result = decide("refund", FACTS, "--at", "yesterday")
    assert (result.code, result.out) == (2, "")
    assert "RFC 3339" in result.err


def test_an_unknown_decision_is_told_the_right_name(decide):
    result = decide("refnd")
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: there is no decision 'refnd'\n  did you mean refund?\n"


def test_refused_facts_are_listed_fault_by_fault(decide):
    result = decide("refund", {"order": {"totl": 1, "region": "eu"}, "customer": {"type": "regular"}})
    assert (result.code, result.out) == (1, "")
    first, *faults = result.err.splitlines()
    assert first == "error: the facts do not fit the schema"
    assert '  /facts/order/totl unknown-field "totl" is not a known field; did you mean total?' in faults
    assert any(line.startswith("  /facts/order/total required") for line in faults)
    assert any(line.startswith("  /facts/refund/reason required") for line in faults)


def test_as_json_a_refusal_is_the_services_problem(decide):
    result = decide("refund", {}, "--json")
    assert (result.code, result.err) == (1, "")
    problem = result.json
    assert (problem["type"], problem["status"]) == ("/problems/facts-refused", 422)
    assert {fault["pointer"] for fault in problem["errors"]} >= {"/facts/order", "/facts/customer"}


def test_a_rule_that_fails_is_named_with_its_place(call, small, write):
    (small / "base" / "refund.yaml").write_text(
        "decision: refund\noutcome: {limit: {type: number}}\n"
        "rules:\n  - rule: share\n    when: 10 / (order.total - 1) > 2\n    then: {limit: 1}\n"
    )
    for path in [*small.glob("*/*/refund.yaml"), small / "base" / "refund.cases.yaml"]:
        path.unlink()
    facts = write("facts.json", FACTS | {"order": {"total": 1, "region": "us"}})
    result = call("decide", "refund", "--rules", small, "--facts", facts)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: decision refund, rule share (base/refund.yaml:5:11): ")
    assert result.err.count("\n") == 1
    as_json = call("decide", "refund", "--rules", small, "--facts", facts, "--json").json
    assert (as_json["type"], as_json["rule"], as_json["line"]) == ("/problems/decision-failed", "share", 5)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "line 1, column 1: there is no JSON here"),
        ("{'a': 1}", "JSON strings stand in double quotes"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"order": {"total": NaN}}', "JSON has no NaN"),
        ('{"order": {"total": 1e9999}}', "/order/total"),
        ("[" * 200 + "]" * 200, "nested 100 deep at most"),
    ],
)
def test_facts_that_are_no_json_are_refused_with_their_place(decide, content, complaint):
    result = decide("refund", content)
    assert (result.code, result.out) == (1, "")
    assert "facts.json: " in result.err
    assert complaint in result.err


def test_facts_that_are_no_object_are_refused(decide):
    result = decide("refund", "[1]")
    assert result.code == 1
    assert "/facts type facts must be an object" in result.err


def test_a_missing_file_of_facts_is_told(call, small):
    result = call("decide", "refund", "--rules", small, "--facts", "nowhere.json")
    assert (result.code, result.err) == (1, "error: cannot read nowhere.json: no such file or directory\n")


def test_a_folder_is_no_file_of_facts(call, small):
    result = call("decide", "refund", "--rules", small, "--facts", small)
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("is a directory\n")


def test_a_binary_file_holds_no_facts(call, small, tmp_path):
    (tmp_path / "facts.json").write_bytes(bytes(range(256)))
    result = call("decide", "refund", "--rules", small, "--facts", "facts.json")
    assert result.code == 1
    assert result.err.startswith("error: facts.json: line 1, column 1: ")


def test_wrong_yaml_is_shown_as_check_would(call, small, write):
    facts = write("facts.yaml", "order:\n  total: *all\n")
    result = call("decide", "refund", "--rules", small, "--facts", facts)
    assert (result.code, result.out) == (1, "")
    assert "facts.yaml:2:10: error RF004" in result.err
    assert "    2 |   total: *all\n      |          ^~~~\n" in result.err


def test_rules_that_do_not_load_are_told_beside_the_output(decide, small):
    (small / "base" / "refund.yaml").write_text("decision: refund\n")
    result = decide()
    assert (result.code, result.out) == (1, "")
    assert "base/refund.yaml:1:1: error RF103" in result.err
    assert "cannot be used" in result.err
