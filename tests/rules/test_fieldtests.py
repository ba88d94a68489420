"""Field tests: every way to write one, and what each says of a field that is absent."""

from __future__ import annotations

from typing import Any

import pytest
from projects import codes, decide, facts, loaded, rule_names, shown


def files(test: str, field: str = "order.total") -> dict[str, str | bytes]:
    text = f"""
    decision: d
    outcome: {{answer: {{type: boolean}}}}
    params: {{limit: 100, words: 7, towns: [berlin, rome]}}
    rules:
      - rule: r
        when:
          {field}: {test}
        then: {{answer: true}}
    """
    return {"base/d.yaml": text}


def matches(test: str, field: str = "order.total", given: dict[str, Any] | None = None) -> bool:
    return rule_names(decide(files(test, field), given or facts())) == ["r"]


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ("50", ["50", "50.0"], ["51"]),
        ('"50"', ["50"], ["51"]),
        ("[10, 20.5]", ["10", "20.50"], ["15"]),
        ('"> 100"', ["100.01"], ["100"]),
        ('">= 100"', ["100"], ["99.99"]),
        ('"<100"', ["99.99"], ["100"]),
        ('"<= 100"', ["100"], ["100.01"]),
        ('"!= 5"', ["6"], ["5"]),
        ('">= 10 and < 20"', ["10", "19.99"], ["9.99", "20"]),
        ('"[100..200)"', ["100", "199.99"], ["99", "200"]),
        ('"(1..5]"', ["1.01", "5"], ["1", "5.01"]),
        ('"]1..5["', ["1.5", "4.9"], ["1", "5"]),
        ('"[ 1 .. 5 ]"', ["1", "5"], ["0", "6"]),
        ('"in [1, 2]"', ["1", "2"], ["3"]),
        ('"not in [1, 2]"', ["3"], ["1", "2"]),
        ('"params.limit"', ["100"], ["7"]),
        ('"<= params.limit"', ["100"], ["101"]),
        ('"< ${ params.limit * 2 }"', ["199"], ["200"]),
        ('"[params.words..params.limit]"', ["7", "100"], ["6", "101"]),
        ('["${ params.limit }", 5, "params.words"]', ["100", "5", "7"], ["6"]),
        ('"${ params.limit - 1 }"', ["99"], ["100"]),
        ("{gt: 1, lte: 9}", ["9"], ["1", "10"]),
        ("{in: [1, 2]}", ["1"], ["3"]),
        ("{not_in: [1, 2]}", ["3"], ["1"]),
        ("{eq: 5}", ["5"], ["6"]),
        ("{ne: 5}", ["6"], ["5"]),
        ("{gte: 5, lt: '${ params.limit }'}", ["5", "99"], ["4", "100"]),
        ("present", ["0"], []),
        ('"*"', ["0"], []),
    ],
)
def test_numbers(test: str, yes: list[str], no: list[str]) -> None:
    for text in (*yes, *no):
        given = facts(f'{{"order": {{"region": "us", "total": {text}}}}}')
        assert rule_names(decide(files(test), given)) == (["r"] if text in yes else []), text


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ("berlin", ["berlin"], ["paris"]),
        ("New York", ["New York"], ["New"]),
        ("[berlin, paris]", ["paris"], ["rome"]),
        ('"!= berlin"', ["paris"], ["berlin"]),
        ('"not in [KP, IR]"', ["DE"], ["KP"]),
        ("'in [\"a, b\", c]'", ["a, b", "c"], ["a"]),
        ("NO", ["NO"], ["false"]),
        ("on", ["on"], ["true"]),
        ('"12345"', ["12345"], ["1234"]),
        ("'\"> 5\"'", ["> 5"], ["6"]),
        ('{eq: "> 5"}', ["> 5"], ["6"]),
        ('{in: ["*", "-"]}', ["*", "-"], ["x"]),
        ('{matches: "^b.*n$"}', ["berlin"], ["paris"]),
        ('"> m"', ["paris"], ["berlin"]),
        ("'\"customer.id\"'", ["customer.id"], ["x"]),
        ('"customer.id"', ["customer.id"], ["x"]),
        ('{eq: "customer.id"}', ["customer.id"], ["x"]),
        ('["customer.id", b]', ["customer.id", "b"], ["x"]),
        ("absent", [], ["x"]),
        ("$${x}", ["${x}"], ["$${x}"]),
    ],
)
def test_strings(test: str, yes: list[str], no: list[str]) -> None:
    for text in (*yes, *no):
        assert matches(test, "customer.home", facts(customer={"home": text})) == (text in yes), text


@pytest.mark.parametrize(
    ("test", "field", "given", "expected"),
    [
        ('"2026-11-27"', "order.day", "2026-11-27", True),
        ('"> 2026-11-26"', "order.day", "2026-11-27", True),
        ('"[2026-11-27..2026-12-01)"', "order.placed_at", "2026-11-26T23:30:00Z", True),  # local midnight
        ('"[2026-11-27..2026-12-01)"', "order.placed_at", "2026-11-26T22:30:00Z", False),
        ('">= 2026-11-27T08:00:00"', "order.placed_at", "2026-11-27T07:00:00Z", True),
        ("true", "order.gift", True, True),
        ('"false"', "order.gift", True, False),
    ],
)
def test_times_and_booleans(test: str, field: str, given: Any, expected: bool) -> None:
    assert matches(test, field, facts(**{field.partition(".")[2]: given})) is expected


@pytest.mark.parametrize("given", [{}, {"note": None}])
def test_an_absent_field_fails_every_test_but_absent_and_star(given: dict[str, Any]) -> None:
    for test in ("x", '"!= x"', '"not in [x]"', "present", '{ne: "x"}', '"> a"'):
        assert not matches(test, "order.note", facts(**given)), test
    for test in ("absent", '"*"'):
        assert matches(test, "order.note", facts(**given)), test


def test_lists_and_objects_take_presence_only() -> None:
    given = facts(lines=[])
    assert matches("present", "order.lines", given)
    assert not matches("absent", "order.lines", given)
    assert matches("present", "customer.tags", facts(customer={"tags": {}}))
    for field, test in (
        ("order.lines", "x"),
        ("order.lines", "[a]"),
        ("customer.tags", "x"),
        ("order.lines.sku", "x"),
    ):
        assert codes(files(test, field)) == ["RF324"], field


def test_a_free_map_may_be_looked_into() -> None:
    assert matches("gold", "customer.tags.tier", facts(customer={"tags": {"tier": "gold"}}))
    assert not matches("gold", "customer.tags.tier", facts(customer={"tags": {}}))
    assert matches('"> 5"', "customer.tags.n", facts(customer={"tags": {"n": 6}}))


@pytest.mark.parametrize(
    ("field", "test", "message"),
    [
        ("order.totl", "5", "7:7 RF203 unknown field order.totl; did you mean order.total?"),
        ("order.total", "many", "7:20 RF323 order.total is a number, and 'many' is none"),
        ("order.total", '"> many"', "7:23 RF323"),
        ("order.total", "true", "7:20 RF323 order.total is a number, not the boolean true"),
        ("order.total", "null", "7:20 RF323 null is no value to compare with; write absent"),
        (
            "order.total",
            '"[5..1]"',
            "7:20 RF321 no value lies in the range [5..1]; write the smaller end first",
        ),
        ("order.total", '"(1..1)"', "RF321 no value lies in the range (1..1)"),
        ("order.total", '"> 5 and < 5"', "RF321"),
        ("order.total", '">= 10 or < 5"', "RF320 expected 'and', found 'or'"),
        ("order.total", '">= 10 && < 20"', "RF320 expected 'and', found '&&'; write and"),
        ("order.total", '"< 10 and > 100"', "for either of them write a condition with ||"),
        ("order.total", '"> "', "RF320 a value is missing"),
        ("order.total", '"= 5"', "RF320 expected one of < <= > >= !=; equality needs no operator"),
        ("order.total", '"in [1, 2"', "RF320 the list has no closing ]"),
        ("order.total", "[]", "RF320 an empty list is never matched"),
        ("order.total", "{}", "RF320 the field test is empty"),
        ("order.total", "{gtt: 1}", "RF101 unknown key 'gtt' in a spelled-out field test; did you mean gt?"),
        ("order.total", '"> params.limt"', "RF203 unknown field params.limt; did you mean params.limit?"),
        ("order.total", '"> ${ customer.type }"', "RF202"),
        ("order.total", '"${ order.total "', "RF201"),
        ("order.region", "uk", "7:21 RF208 'uk' is no value of order.region; one of: eu, eu/de, eu/fr, us"),
        ("order.region", '"in [us, eu/d]"', "RF208 'eu/d' is no value of order.region; did you mean eu/de?"),
        (
            "customer.home",
            "12345",
            "RF323 customer.home is a string, and 12345 is the number 12345; quote it",
        ),
        ("customer.home", '"!= 12345"', "RF323 customer.home is a string, and 12345 is none; quote it"),
        ("customer.home", "yes_no: 5", None),
        (
            "customer.home",
            "customer.id",
            "RF322 'customer.id' spells a fact; write ${ customer.id } for the fact",
        ),
        ("customer.home", '[a, "> b"]', "RF320 '> b' in a list is a value, not a test"),
        ("customer.home", '{matches: "("}', "RF206"),
        ("order.gift", '"> true"', "RF202 order.gift is a bool, which has no order"),
        ("order.day", '"> 2026-13-01"', "RF323"),
    ],
)
def test_a_test_that_means_nothing_is_refused_at_its_place(
    field: str, test: str, message: str | None
) -> None:
    text = shown(loaded(files(test, field)))
    assert (message or "RF002") in text, text
