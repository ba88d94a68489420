"""What the checker says of conditions over typed facts."""

from __future__ import annotations

import pytest
from order_scope import FACTS, LOOSE, STRICT, UNTYPED, codes, enum, nullable, optional, problems, value

from rulesflow.conditions import ConditionError, Field, Guards, Scope, check, compile_condition, parse
from rulesflow.conditions.tree import Binary, Literal, Logic, Name, Present, Select
from rulesflow.conditions.types import BOOL, DYN, NUMBER, STRING, Kind

CLEAN = """
order.total > params.limit && order.paid
order.region in ["eu", "us"] || order.region == "eu/de"
order.lines.exists(l, l.sku == "A" && l.price > 5)
order.lines.all(l, has(l.discount) ? l.discount < l.price : true)
order.lines.map(l, l.price * 2).size() == 2
order.lines.filter(l, l.price > 1)[0].sku == "A"
order.lines.exists_one(i, l, i == 0 && l.sku == "A")
order.attributes.all(key, value, key != value)
order.attributes.exists(key, key == "colour")
order.placed + order.delay < at && at - order.placed > duration("1h")
order.placed.getHours("Europe/Berlin") >= 9
"gift" in order.tags
"colour" in order.attributes && order.attributes.colour == "red"
has(order.attributes.colour) ? order.attributes["colour"] == "red" : false
order.anything == null || order.anything > 3
order.total == null
type(order.total) == number && type(order.home) != bool
dyn(order.home) == "x"
order.home == null ? "none" : order.home
[order.home, "x"].size() == 2
has(order.coupon) && order.coupon.startsWith("BF")
!has(order.coupon) || order.coupon != ""
!(has(order.coupon) && order.home != null) || order.coupon == order.home
has(order["coupon"].x) || true ? true : false
""".strip().splitlines()[:-1]


@pytest.mark.parametrize("text", CLEAN)
def test_these_conditions_have_no_problem(text):
    assert problems(text) == []


PROBLEMS = """
order.totl > 1 -> RF203 unknown field order.totl; did you mean order.total? @ order.totl
ordr.total > 1 -> RF203 unknown name ordr; did you mean order? @ ordr
totl > 1 -> RF203 unknown name totl @ totl
order.region == eu -> RF203 unknown name eu; write "eu" in quotes @ eu
"x" != nobody -> RF203 unknown name nobody; write "nobody" in quotes @ nobody
order.region == eu/de -> RF203 unknown name eu/de; write "eu/de" in quotes @ eu/de
order.region == ordr -> RF203 unknown name ordr; did you mean order? @ ordr
order.region in ["us", eu] -> RF203 unknown name eu; write "eu" in quotes @ eu
order.params > 1 -> RF203 unknown field order.params; did you mean params? @ order.params
order.TOTAL > 1 -> RF203 unknown field order.TOTAL; did you mean order.total? @ order.TOTAL
total > 1 -> RF203 unknown name total; did you mean order.total? @ total
params.total > 1 -> RF203 unknown field params.total; did you mean order.total? @ params.total
order["totl"] > 1 -> RF203 unknown field order.totl; did you mean order.total? @ order["totl"]
has(order.copon) -> RF203 unknown field order.copon; did you mean order.coupon? @ has(order.copon)
has(vocher) -> RF203 unknown name vocher; did you mean voucher? @ has(vocher)
order.lines.exists(l, l.skuu == "") -> RF203 unknown field l.skuu; did you mean l.sku? @ l.skuu
{"ab": 1}.abc == 1 -> RF203 unknown field abc; did you mean ab? @ {"ab": 1}.abc

order.total == "5" -> RF202 order.total is a number, it cannot equal a string; write 5 without quotes @ order.total == "5"
"abc" != order.total -> RF202 order.total is a number, it cannot equal a string @ "abc" != order.total
order.region == 5 -> RF202 order.region is a string, it cannot equal a number; write "5" in quotes @ order.region == 5
order.paid == "true" -> RF202 order.paid is a bool, it cannot equal a string; write true without quotes @ order.paid == "true"
order.placed > "2026-11-27" -> RF202 order.placed is a timestamp, it cannot be compared with a string; write date("2026-11-27") @ order.placed > "2026-11-27"
order.placed == "2026-11-27T00:00:00Z" -> RF202 order.placed is a timestamp, it cannot equal a string; write timestamp("2026-11-27T00:00:00Z") @ order.placed == "2026-11-27T00:00:00Z"
order.delay > "1h" -> RF202 order.delay is a duration, it cannot be compared with a string; write duration("1h") @ order.delay > "1h"
order.total in ["5", 6] -> RF202 order.total is a number, it cannot equal a string; write 5 without quotes @ "5"
order.total > order.region -> RF202 order.total is a number, it cannot be compared with a string; write number(order.region) @ order.total > order.region
order.total in order.tags -> RF202 order.total is a number, order.tags is a list of strings @ order.total
5 in order -> RF202 5 is a number, the keys of order are strings @ 5
"a" in order.region -> RF202 order.region is a string, `in` needs a list or a map; use order.region.contains(…) @ order.region
1 in order.total -> RF202 order.total is a number, `in` needs a list or a map @ order.total
order.tags == [1] -> RF202 order.tags is a list of strings, it cannot equal a list of numbers @ order.tags == [1]
order.total + "x" == "" -> RF202 order.total is a number, it cannot be added to a string; write string(order.total) @ order.total + "x"
order.paid * 2 > 1 -> RF202 order.paid is a bool, it cannot be multiplied by a number @ order.paid * 2
at - 5 > at -> RF202 at is a timestamp, a number cannot be subtracted from it @ at - 5
at > 2026-01-01 -> RF202 at is a timestamp, it cannot be compared with a number; write date("2026-01-01") @ at > 2026-01-01
order.region == string -> RF202 order.region is a string, it cannot equal a type @ order.region == string
order.lines < order.lines -> RF202 order.lines is a list of objects, which has no order @ order.lines
null < order.anything -> RF202 null is null, which has no order @ null
order.total && order.paid -> RF202 order.total is a number, a bool is needed here @ order.total
!order.total -> RF202 order.total is a number, a bool is needed here @ order.total
-order.region == "" -> RF202 order.region is a string, only a number has a sign @ -order.region
order.total ? 1 : 2 -> RF202 order.total is a number, a bool is needed here @ order.total
order.paid ? 1 : "a" -> RF202 the branches of ?: differ: a number and a string @ order.paid ? 1 : "a"
order.total.cents > 1 -> RF202 order.total is a number, it has no fields @ order.total.cents
has(order.total.cents) -> RF202 order.total is a number, it has no fields @ has(order.total.cents)
order.lines.sku == "A" -> RF202 order.lines is a list of objects, it has no fields; look at its items: order.lines.exists(x, …), order.lines[0] @ order.lines.sku
order.lines["0"].sku == "A" -> RF202 a list of objects is indexed by a number, not by a string @ "0"
order[0] == 1 -> RF202 an object is indexed by a string, not by a number @ 0
order.region[0] == "e" -> RF202 order.region is a string, it has no items; use order.region.charAt(…) @ order.region[0]
order.total[0] == 1 -> RF202 order.total is a number, it has no items @ order.total[0]
order.total.exists(x, x > 1) -> RF202 order.total is a number, exists() needs a list or a map @ order.total
order.lines.exists(l, l.price) -> RF202 l.price is a number, a bool is needed here @ l.price
{null: 1}.size() > 0 -> RF202 null is null, it cannot be a key @ null

order.coupon == "X" -> RF204 order.coupon may be missing; guard it: has(order.coupon) && … @ order.coupon
voucher > 5 -> RF204 voucher may be missing; guard it: has(voucher) && … @ voucher
order.coupon == "X" || has(order.coupon) -> RF204 order.coupon may be missing; guard it: has(order.coupon) && … @ order.coupon
has(order.coupon) || order.coupon == "X" -> RF204 order.coupon may be missing; guard it: has(order.coupon) && … @ order.coupon
has(order.coupon) ? true : order.coupon == "X" -> RF204 order.coupon may be missing; guard it: has(order.coupon) && … @ order.coupon
order.lines[0].discount > 1 -> RF204 order.lines[0].discount may be missing; guard it: has(order.lines[0].discount) && … @ order.lines[0].discount
order.lines.filter(l, true)[0].discount > 1 -> RF204 this.discount may be missing; guard it with has() @ order.lines.filter(l, true)[0].discount
order.lines.all(l, has(l.discount)) && order.lines.all(l, l.discount > 1) -> RF204 l.discount may be missing; guard it: has(l.discount) && … @ l.discount
has(order.ship.zip) -> RF204 order.ship may be missing; guard it: has(order.ship) && … @ order.ship

order.home == "DE" -> RF205 order.home may be null; guard it: order.home != null && … @ order.home
order.home.size() > 1 -> RF205 order.home may be null; guard it: order.home != null && … @ order.home
order.home in ["DE"] -> RF205 order.home may be null; guard it: order.home != null && … @ order.home
has(order.remark) && order.remark == "x" -> RF205 order.remark may be null; guard it: order.remark != null && … @ order.remark
has(order.ship) && order.ship.city == "Bonn" -> RF205 order.ship may be null; guard it: order.ship != null && … @ order.ship
order.lines.exists(l, l.note == "x") -> RF205 l.note may be null; guard it: l.note != null && … @ l.note
(order.paid ? null : "x") == "x" -> RF205 this may be null; guard it with != null @ order.paid ? null : "x"
size(order.home) > 1 -> RF205 order.home may be null; guard it: order.home != null && … @ order.home

order.region.matches("e(") -> RF206 the pattern does not compile: missing ): e(; patterns are RE2's: no look-around, no back-references @ "e("
matches(order.region, r"(a)\\1") -> RF206 the pattern does not compile: invalid escape sequence: \\1; patterns are RE2's: no look-around, no back-references @ r"(a)\\1"
order.total / 0 > 1 -> RF207 division by zero @ 0
order.total % 0.00 == 1 -> RF207 division by zero @ 0.00
order.region == "mars" -> RF208 order.region is never "mars"; it is one of "eu", "eu/de", "us" @ "mars"
"mars" != order.region -> RF208 order.region is never "mars"; it is one of "eu", "eu/de", "us" @ "mars"
order.region in ["eu", "uk"] -> RF208 order.region is never "uk"; it is one of "eu", "eu/de", "us" @ "uk"
"fast" in order.tags -> RF208 order.tags is never "fast"; it is one of "gift", "rush" @ "fast"
order.tags.exists(t, t == "fast") -> RF208 t is never "fast"; it is one of "gift", "rush" @ "fast"
round2(order.total) == 1 -> RF209 unknown function round2; did you mean round? @ round2(order.total)
order.lines.exist(x, x.sku == "a") -> RF209 unknown function exist; did you mean exists? @ order.lines.exist(x, x.sku == "a")
now() > at -> RF209 unknown function now; write at, the time of the decision @ now()
len(order.tags) > 1 -> RF209 unknown function len; write size(x) @ len(order.tags)
order.region.startWith("e") -> RF209 unknown function startWith; did you mean startsWith? @ order.region.startWith("e")
startsWith(order.region, "e") -> RF210 startsWith() is a method; write order.region.startsWith("e") @ startsWith(order.region, "e")
order.total.abs() > 1 -> RF210 abs() is a function; write abs(order.total) @ order.total.abs()
order.total.round(2) > 1 -> RF210 round() is a function; write round(order.total, 2) @ order.total.round(2)
abs() > 1 -> RF210 abs() does not take 0 arguments; write abs(number) @ abs()
abs(1, 2) > 1 -> RF210 abs() does not take 2 arguments; write abs(number) @ abs(1, 2)
order.region.contains(5) -> RF210 5 is a number, contains() does not take that; write string.contains(string) @ order.region.contains(5)
round(order.total, "2") > 1 -> RF210 "2" is a string, round() does not take that; write round(number, number) @ round(order.total, "2")
min(1, "a") == 1 -> RF210 min() does not take (number, string); write min(number, …) or min(string, …) or min(timestamp, …) @ min(1, "a")
order.total.matches("5") -> RF210 order.total is a number, matches() does not take that; write string.matches(string) @ order.total.matches("5")
size(1) == 1 -> RF210 1 is a number, size() does not take that; write size(string) or size(list) or size(map) @ size(1)
date(2026-01-01) < at -> RF210 this is a number, date() does not take that; write date("2026-01-01") @ date(2026-01-01)
timestamp(2026-01-01) < at -> RF210 2026-01-01 is a subtraction here, not a date; write date("2026-01-01") @ timestamp(2026-01-01)
order.lines.exists(true) -> RF210 exists() is a macro of another shape; write list.exists(x, test) @ order.lines.exists(true)
uint(5) == 5 -> RF212 uint() is not supported: there is one number type and no uint; write number(x) @ uint(5)
bytes("a") == "a" -> RF212 bytes() is not supported: there are no bytes; compare strings instead @ bytes("a")
at > date("Monday") -> RF213 'Monday' is not a date such as 2026-11-27 @ date("Monday")
at > timestamp("2026-11-27T08:00:00") -> RF213 '2026-11-27T08:00:00' lacks an offset, as in 2026-11-27T08:00:00Z @ timestamp("2026-11-27T08:00:00")
order.delay > duration("5d") -> RF213 '5d' is not a duration such as 90s or 1h30m (units: ns us ms s m h); a day is 24h @ duration("5d")
order.delay > duration("1 day") -> RF213 '1 day' is not a duration such as 90s or 1h30m (units: ns us ms s m h) @ duration("1 day")
at.getHours("Berlin") > 1 -> RF213 'Berlin' is not a time zone such as Europe/Berlin @ "Berlin"
{"a": 1, "a": 2}.a == 1 -> RF213 the key "a" stands twice in the map @ "a"
"""  # noqa: E501
PROBLEM_LINES = [line.replace("\\\\", "\\").split(" -> ") for line in PROBLEMS.splitlines() if line]


@pytest.mark.parametrize(("text", "expected"), PROBLEM_LINES)
def test_a_problem_tells_what_and_how_to_mend_it(text, expected):
    assert problems(text) == [expected]


def test_all_problems_are_found_in_the_order_of_the_text():
    text = 'order.a > 1 && order.region == "mars" && foo(order.b) || order.total / 0 > 1'
    assert codes(text) == ["RF203", "RF208", "RF209", "RF203", "RF207"]


@pytest.mark.parametrize(
    "text",
    [
        "order.a.b.c + 1 > order.total",
        "(order.a ? 1 : 2) + 3 > 1 && true",
        "order.a.exists(x, x.y > 1)",
        'order.a in ["x"]',
        "foo(1).bar[3] > 2",
        "order.coupon + 5 > 1",
        'order.a + 1 == "x"',
        '(order.a - 1) * "x" > 1',
        'foo(1) / 2 == "x"',
        'order.coupon.x + 1 == "x"',
        'order.total.x + 1 == "x"',
        'order.total + "x" == 1',
        "order.region == eu-central",
    ],
)
def test_one_mistake_gives_one_problem(text):
    assert len(codes(text)) == 1


GUARDED = """
has(order.coupon) && order.coupon == "X"
has(order.coupon) && order.paid && (order.total > 1 || order.coupon == "X")
!has(order.coupon) || order.coupon == "X"
has(order.coupon) ? order.coupon == "X" : false
!has(order.coupon) ? false : order.coupon == "X"
!(!has(order.coupon)) && order.coupon == "X"
(has(order.coupon) && order.paid) && order.coupon == "X"
!(!has(order.coupon) || order.paid) && order.coupon == "X"
(order.paid ? has(order.coupon) : has(order.coupon)) && order.coupon == "X"
has(voucher) && voucher > 5
order.home != null && order.home == "DE"
null != order.home && order.home == "DE"
order.home == null || order.home == "DE"
order.home == null ? false : order.home == "DE"
has(order.remark) && order.remark != null && order.remark.size() > 1
has(order.ship) && order.ship != null && has(order.ship.zip) && order.ship.zip == "1"
"coupon" in order && order.coupon == "X"
order.lines.exists(l, has(l.discount) && l.discount > 1)
order.lines.exists(l, l.note != null && l.note == "x")
order.lines.exists(i, l, has(l.discount) && l.discount > i)
order.lines.map(l, has(l.discount), l.discount).size() > 0
order.lines.transformList(i, l, l.note != null, l.note + "!").size() > 0
has(order.lines[0].discount) && order.lines[0].discount > 1
order.lines[0].note != null && order.lines[0].note == "x"
[1, null].exists(x, x != null && x > 0)
""".strip().splitlines()


@pytest.mark.parametrize("text", GUARDED)
def test_a_guard_lets_the_read_behind_it_pass(text):
    assert problems(text) == []


def test_a_guard_on_one_variable_is_no_guard_on_another_of_that_name():
    text = "order.lines.exists(l, has(l.discount) && order.lines.exists(l, l.discount > 1))"
    assert codes(text) == ["RF204"]


def test_a_variable_hides_the_fact_of_its_name():
    assert codes("[1].exists(order, order.total > 1)") == ["RF202"]
    assert problems("[1].exists(order, order > 0)") == []


def test_a_fact_named_like_a_variable_of_the_compiler_keeps_its_own_guards():
    scope = Scope({"v1": optional(NUMBER)})
    assert codes("[1].exists(x, v1 > x) && has(v1)", scope) == ["RF204"]


def test_guards_given_beforehand_hold():
    guards = Guards(present=frozenset({("order", "coupon")}), not_null=frozenset({("order", "home")}))
    assert problems('order.coupon == "X" && order.home == "DE"', guards=guards) == []


def present(*path):
    return Present(0, 1, path)


def equals(path, value):
    node = Name(0, 1, path[0])
    for name in path[1:]:
        node = Select(0, 1, node, name)
    return Binary(0, 1, "==", node, Literal(0, 1, value))


@pytest.mark.parametrize("path", [("order", "ship", "city"), ("order", "remark"), ("voucher",)])
def test_a_presence_test_guards_the_path_and_all_above_it(path):
    tree = Logic(0, 1, "&&", (present(*path), equals(path, 5 if path == ("voucher",) else "Bonn")))
    assert check(tree, STRICT).problems == ()


def test_a_presence_test_of_an_unknown_field_is_a_problem():
    (problem,) = check(present("order", "ship", "sity"), STRICT).problems
    assert (problem.code, problem.message) == ("RF203", "unknown field order.ship.sity")
    assert problem.hint == "did you mean order.ship.city?"
    assert check(present("order", "total", "x"), STRICT).problems[0].code == "RF202"
    assert check(present("order", "attributes", "x"), STRICT).problems == ()
    assert check(present("nothing"), STRICT).problems[0].message == "unknown name nothing"


def test_what_a_condition_shows_once_it_is_true_or_false():
    checked = check(parse('has(order.coupon) && order.home != null && order.region == "eu"'), STRICT)
    assert ("order", "coupon") in checked.when_true.present
    assert ("order", "home") in checked.when_true.not_null
    assert checked.when_false == Guards()
    negated = check(parse("!has(order.coupon) || order.home == null"), STRICT)
    assert ("order", "coupon") in negated.when_false.present
    assert ("order", "home") in negated.when_false.not_null
    both = check(parse("has(order.coupon) && order.paid || has(order.coupon)"), STRICT)
    assert ("order", "coupon") in both.when_true.present


def test_the_paths_that_are_read_are_the_longest_ones():
    text = (
        'order.total > params.limit && has(order.ship) && order.lines.exists(l, l.sku == "A")'
        ' && order.lines[0].price > 1 && order["paid"] && order.attributes.colour == "x" && at > at'
    )
    assert check(parse(text), STRICT).reads == {
        ("order", "total"),
        ("order", "paid"),
        ("order", "ship"),
        ("order", "lines"),
        ("order", "attributes", "colour"),
        ("params", "limit"),
        ("at",),
    }


def test_a_path_that_is_read_both_whole_and_below_is_listed_twice():
    assert check(parse("order.lines == [] || order == order"), STRICT).reads == {
        ("order", "lines"),
        ("order",),
    }
    assert check(present("order", "ship", "city"), STRICT).reads == {("order", "ship", "city")}


TYPES = """
order.total -> number
order.total + 1 -> number
order.region -> string
order.home -> string or null
order.lines -> list(object)
order.lines.map(l, l.note) -> list(string or null)
order.lines.filter(l, true) -> list(object)
order.attributes.filter(k, true) -> list(string)
order.tags + ["x"] -> list(string)
[1, "a"] -> list(dyn)
[] -> list
[1, null] -> list(number or null)
order.paid ? null : 1 -> number or null
order.attributes.transformMap(k, v, v.size()) -> map(number)
order.lines.transformList(i, l, i) -> list(number)
order.placed + order.delay -> timestamp
order.placed - order.placed -> duration
order.anything + "x" -> string
order.anything + 1 -> number
order.anything - at -> duration
order.anything * 2 -> number
order.anything -> dyn
min(1, 2) -> number
max(order.lines.map(l, l.sku)) -> string
min(order.lines.map(l, l.anything)) -> dyn
order.region.split("/") -> list(string)
string(order.total) -> string
date("2026-11-27") -> timestamp
type(1) -> type
order[order.region] -> dyn
{"a": 1} -> object
{1: "a"} -> map(string)
"""


@pytest.mark.parametrize(("text", "expected"), [line.split(" -> ") for line in TYPES.split("\n") if line])
def test_the_type_of_an_expression(text, expected):
    assert str(check(parse(text), STRICT).type) == expected


def test_literals_keep_their_values_in_the_type_so_that_they_fit_an_enum():
    checked = check(parse('order.paid ? "auto" : "deny"'), STRICT)
    assert checked.type.kind is Kind.STRING
    assert checked.type.literals == ("auto", "deny")


def test_a_long_list_of_literals_is_no_enum():
    text = f"[{', '.join(map(str, range(300)))}]"
    assert check(parse(text), STRICT).type.element.literals is None


def test_items_of_a_written_list_may_be_compared_with_anything_of_their_kind():
    assert problems("[1, 2].exists(x, x == 3)") == []
    assert problems('"a" == "b"') == []


@pytest.mark.parametrize("scope", [LOOSE, UNTYPED])
@pytest.mark.parametrize(
    "text",
    [
        'order.total == "5"',
        "order.total && true",
        "nobody > 1",
        "order.coupon == 1 || true",
        "foo(1) || true",
        'matches("a", "(")',
        "1 / 0 > 1",
        'abs("a") > 1',
        'timestamp("x") == 1',
        "order.total.exists(x, x)",
        '{"a": 1, "a": 2} == {}',
        '{"a": 1}.b == 1',
        "true ? 1 : 'a'",
    ],
)
def test_a_scope_that_is_not_strict_leaves_types_to_the_run_time(text, scope):
    assert problems(text, scope) == []


def test_what_the_language_lacks_is_refused_by_every_scope():
    assert codes("uint(1) == 1", UNTYPED) == ["RF212"]


def test_names_of_types_yield_to_facts():
    assert value("type(1) == number && type(1) == int && type(1) == double") is True
    assert value("number == 5", Scope({"number": Field(NUMBER)}), {"number": 5}) is True
    scope = Scope({"google": Field(DYN)})
    assert value("google.protobuf.Timestamp", scope, {"google": {"protobuf": {"Timestamp": 7}}}) == 7
    assert value("type(at) == google.protobuf.Timestamp") is True


def test_a_condition_with_problems_is_not_compiled():
    checked = check(parse("order.totl > 1"), STRICT)
    with pytest.raises(ConditionError, match=r"RF203 unknown field order\.totl"):
        compile_condition(checked, STRICT)


def test_thousands_of_operands_are_one_wide_node():
    text = " && ".join(f"order.total!={number}" for number in range(1000, 2200))
    assert problems(text) == []
    assert value(text) is True
    guarded = " && ".join(["has(order.coupon)", *('order.coupon != "x"' for _ in range(1000))])
    assert value(guarded) is False


def test_nullable_enums_are_checked_once_they_are_guarded():
    scope = Scope({"tier": Field(nullable(enum("gold", "silver")))})
    assert codes('tier != null && tier == "bronze"', scope) == ["RF208"]
    assert problems('tier == null || tier == "gold"', scope) == []


def test_facts_are_not_touched_by_checks():
    assert FACTS["order"]["home"] is None
    assert BOOL.nullable is False
    assert STRING.literals is None
