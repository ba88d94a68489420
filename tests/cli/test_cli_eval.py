from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2 == 0.3", "true"),
        ("1.50 * 2", "3"),
        ("10.0 / 4", "2.5"),
        ('"a" + "ü"', '"aü"'),
        ("null", "null"),
        ('duration("90m")', '"5400s"'),
        ('timestamp("2026-11-27T00:00:00+01:00")', '"2026-11-26T23:00:00Z"'),
        ("type(1)", '"number"'),
        ('[type("x"), {"a": type(null)}]', '["string",{"a":"null_type"}]'),
    ],
)
def test_the_value_is_printed_as_json(call, expression, value):
    result = call("eval", expression)
    assert (result.code, result.out, result.err) == (0, value + "\n", "")


def test_an_expression_may_begin_with_a_minus(call):
    assert call("eval", "-1 + 2").out == "1\n"
    assert call("eval", "-(3)", "--json").json == {"value": -3}
    assert call("eval", "1", "--fact", "facts.json").code == 2


def test_facts_are_names_of_any_type(call, write):
    facts = write("facts.json", {"order": {"total": 10.25}, "tags": ["a", "b"]})
    assert call("eval", 'order.total > 10 && "b" in tags', "--facts", facts).out == "true\n"


def test_facts_come_from_standard_input_too(call):
    assert call("eval", "a * 2", "--facts", "-", stdin='{"a": 21}').out == "42\n"


def test_as_json_value_and_error_are_those_of_a_batch(call):
    assert call("eval", "1 + 1", "--json").json == {"value": 2}
    result = call("eval", "1 +\n  x", "--json")
    assert (result.code, result.err) == (1, "")
    error = result.json["error"]
    assert (error["code"], error["line"], error["column"]) == ("no-such-field", 2, 3)


def test_an_error_is_marked_in_the_expression(call):
    result = call("eval", "1 +\n  (2 * ) + 3")
    assert (result.code, result.out) == (1, "")
    headline, line, mark = result.err.splitlines()
    assert headline.startswith("expression:2:8: error RF201 ")
    assert line == "    2 |   (2 * ) + 3"
    assert mark == "      |        ^"


def test_a_failure_is_marked_too(call):
    result = call("eval", "1 + 1 / 0")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[-1] == "      |     ^~~~~"


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--facts", "-"]])
def test_no_expression_is_a_mistake_of_usage(call, arguments):
    assert call("eval", *arguments).code == 2


def test_the_time_is_a_name_where_it_is_given(call):
    assert call("eval", "at", "--at", "2026-11-27T08:00:00+01:00").out == '"2026-11-27T07:00:00Z"\n'
    assert call("eval", "at").code == 1
    assert call("eval", "1", "--at", "noon").code == 2


@pytest.mark.parametrize("content", ["[]", "1", "null", "not json"])
def test_facts_must_be_an_object(call, write, content):
    result = call("eval", "1", "--facts", write("facts.json", content))
    assert (result.code, result.out) == ((0, "1\n") if content == "null" else (1, ""))


def test_an_expression_that_is_no_text_is_refused(run):
    result = run("eval", "\udcff")
    assert result.code == 2
    assert "not UTF-8" in result.err


# With a project


def test_with_a_project_names_and_types_are_checked(call, small):
    result = call("eval", "order.totl > 5", "--rules", small, "--facts", small / "example.json")
    assert result.code == 1
    assert "error RF203 unknown field order.totl; did you mean order.total?" in result.err
    assert "RF202" in call("eval", "order.total > 'x'", "--rules", small).err


def test_with_a_project_every_problem_is_shown(call, small):
    shown = call("eval", "order.totl > 5 && custmer.type == 'vip'", "--rules", small).err
    assert shown.count("error RF203") == 2


def test_with_a_project_facts_are_checked_and_converted(call, shop, write):
    facts = {
        "order": {"total": 1, "region": "eu", "placed_at": "2026-11-27T08:00:00Z"},
        "customer": {"type": "vip"},
    }
    expression = "has(order.placed_at) && order.placed_at < at && at.getFullYear('Europe/Berlin') == 2027"
    arguments = ["--rules", shop, "--facts", write("facts.json", facts), "--at", "2027-01-01"]
    assert call("eval", expression, *arguments).out == "true\n"
    facts["order"]["region"] = "mars"
    result = call("eval", "1", "--rules", shop, "--facts", write("facts.json", facts))
    assert result.code == 1
    assert "/facts/order/region enum" in result.err


def test_with_a_project_the_time_is_now_unless_it_is_given(call, small):
    assert call("eval", 'at > timestamp("2020-01-01T00:00:00Z")', "--rules", small).out == "true\n"


def test_with_a_project_and_no_facts_only_an_expression_that_reads_none_has_a_value(call, small):
    assert call("eval", "1 + 1", "--rules", small).out == "2\n"
    result = call("eval", "order.total > 5", "--rules", small)
    assert result.code == 1
    assert result.err == (
        "error: the expression reads order.total, and there are no facts\n  give them with --facts FILE\n"
    )


# Batches


def batch(call, *lines, arguments=()):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return call("eval", "--batch", *arguments, stdin=text)


def test_a_batch_answers_line_by_line_in_order(call):
    result = batch(call, {"expr": "a + 1", "facts": {"a": 2}}, {"expr": "1 +"}, {"expr": "'x'"})
    assert (result.code, result.err) == (0, "")
    first, second, third = result.lines
    assert first == {"value": 3}
    assert second["error"].keys() == {"code", "message", "line", "column"}
    assert (second["error"]["code"], second["error"]["line"], second["error"]["column"]) == ("RF201", 1, 4)
    assert third == {"value": "x"}


def test_an_errors_place_is_in_the_expression(call):
    (answer,) = batch(call, {"expr": "1 +\n\n  nowhere"}).lines
    assert (answer["error"]["line"], answer["error"]["column"]) == (3, 3)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("not json", "json-syntax"),
        ("[1]", "type"),
        ('"1 + 1"', "type"),
        ("{}", "required"),
        ('{"expr": 1}', "type"),
        ('{"expr": null}', "type"),
        ('{"expr": "1", "facts": []}', "type"),
        ('{"expr": "1", "facts": null}', "type"),
        ('{"expr": "1", "expr": "2"}', "duplicate-key"),
        ('{"expr": "a", "facts": {"a": 1e99999}}', "number-refused"),
        ('{"expr": "a", "facts": {"a": NaN}}', "json-syntax"),
        ('{"expr": "' + "(" * 5000 + '"}', "RF211"),
        ('{"expr": ""}', "RF201"),
        ('{"expr": "1 / 0"}', "division-by-zero"),
    ],
)
def test_a_wrong_line_is_answered_and_stops_nothing(call, line, code):
    wrong, right = batch(call, line, {"expr": "1"}).lines
    assert wrong["error"]["code"] == code
    assert right == {"value": 1}


def test_bytes_that_are_no_text_are_answered_too(call):
    result = call("eval", "--batch", stdin=b'{"expr": "\xff"}\n\x00\n{"expr": "1"}')
    assert result.code == 0
    first, second, third = result.lines
    assert "error" in first
    assert "error" in second
    assert third == {"value": 1}


def test_blank_lines_are_passed_over(call):
    assert call("eval", "--batch", stdin='\n  \r\n{"expr": "1"}\r\n\n').out == '{"value":1}\n'
    assert call("eval", "--batch", stdin="").out == ""


def test_a_batch_may_stand_in_a_file(call, write):
    path = write("batch.ndjson", '{"expr": "1"}\n{"expr": "2"}\n')
    assert call("eval", "--batch", path).lines == [{"value": 1}, {"value": 2}]


@pytest.mark.parametrize("source", ["nowhere.ndjson", "."])
def test_a_batch_that_cannot_be_read_is_told(call, source):
    result = call("eval", "--batch", source)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"error: cannot read {source}: ")


def test_facts_beside_a_batch_are_for_lines_that_bring_none(call, write):
    facts = write("facts.json", {"a": 1})
    lines = batch(call, {"expr": "a"}, {"expr": "a", "facts": {"a": 2}}, arguments=["--facts", facts]).lines
    assert lines == [{"value": 1}, {"value": 2}]


def test_a_batch_in_a_project_is_checked_line_by_line(call, small):
    facts = {"order": {"total": 7, "region": "us"}, "customer": {"type": "vip"}}
    good, unknown, refused = batch(
        call,
        {"expr": "order.total", "facts": facts},
        {"expr": "order.totl", "facts": facts},
        {"expr": "order.total", "facts": {}},
        arguments=["--rules", small],
    ).lines
    assert good == {"value": 7}
    assert (unknown["error"]["code"], unknown["error"]["column"]) == ("RF203", 1)
    assert (refused["error"]["code"], refused["error"]["line"]) == ("required", None)
    assert refused["error"]["message"].startswith("/facts/order: ")


def test_a_large_batch_is_answered_in_full(run):
    lines = [
        {"expr": f"a + {i} > 10 && b.exists(x, x == {i})", "facts": {"a": i, "b": [1, i]}}
        for i in range(3000)
    ]
    result = run("eval", "--batch", stdin="\n".join(map(json.dumps, lines)))
    assert result.code == 0
    assert result.lines == [{"value": 2 * i > 10} for i in range(3000)]


@pytest.mark.parametrize(
    "facts",
    [
        {"a.b.c": "yes"},
        {"a.b": {"c": "no"}, "a.b.c": "yes"},
        {"a": {"b": {"c": "no"}}, "a.b": {"c": "yes"}},
        {"a": 1, "a.b.c": "yes"},
    ],
)
def test_a_dotted_name_is_meant_whole_and_the_longest_wins(call, write, facts):
    assert call("eval", "a.b.c", "--facts", write("facts.json", facts)).out == '"yes"\n'
