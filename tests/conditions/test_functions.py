"""The standard functions, value by value; and functions that plugins add."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal

import pytest
from order_scope import FACTS, STRICT, TYPES, UNTYPED, codes, failure, problems, value

from rulesflow.conditions import (
    STANDARD,
    Budget,
    BudgetExceeded,
    EvaluationError,
    Field,
    Form,
    Function,
    Kind,
    Overload,
    Scope,
    Type,
)
from rulesflow.conditions.calls import signature
from rulesflow.conditions.types import BOOL, DYN, NUMBER, STRING, list_of, map_of

# Each call is made twice: with its literals, which is done while checking, and with their values hidden
# from the checker, which is done when it runs.
VALUES = r"""
size("tacocat") -> 7
size("☺é😀") -> 3
"abc".size() -> 3
size([1, 2]) -> 2
[].size() -> 0
size({"a": 1}) -> 1
"tacocat".contains("coc") -> true
"tacocat".contains("") -> true
"tacocat".contains("x") -> false
"tacocat".startsWith("ta") -> true
"tacocat".startsWith("at") -> false
"tacocat".endsWith("cat") -> true
"tacocat".endsWith("ta") -> false
"tacocat".matches("c.c") -> true
"tacocat".matches("^c") -> false
matches("ünï☺", "^.{4}$") -> true
matches("a\nb", "a.b") -> false
matches("AB", "(?i)ab") -> true
"tacocat".charAt(3) -> "o"
"tacocat".charAt(7) -> ""
"©ßT".charAt(1) -> "ß"
"tacocat".indexOf("ac") -> 1
"tacocat".indexOf("none") -> -1
"tacocat".indexOf("") -> 0
"tacocat".indexOf("a", 3) -> 5
"tacocat".indexOf("", 3) -> 3
"tacocat".indexOf("a", 7) -> -1
"tacocat".lastIndexOf("at") -> 5
"tacocat".lastIndexOf("none") -> -1
"tacocat".lastIndexOf("") -> 7
"tacocat".lastIndexOf("a", 3) -> 1
"tacocat".lastIndexOf("", 3) -> 3
"bananananana".lastIndexOf("nana", 7) -> 6
"ab".lastIndexOf("abc") -> -1
"".lastIndexOf("@@") -> -1
"abab".lastIndexOf("ab", 0) -> 0
"TacoCÆt".lowerAscii() -> "tacocÆt"
"tacoCßt".upperAscii() -> "TACOCßT"
"\u212aA".lowerAscii() -> "\u212aa"
" \f\n\r\t\vtext  ".trim() -> "text"
"\u0085\u00a0\u1680text\u3000".trim() -> "text"
"\u180etext\u200b\ufeff".trim() -> "\u180etext\u200b\ufeff"
"\u001ctext".trim() -> "\u001ctext"
"a,b,,c".split(",") -> ["a", "b", "", "c"]
"a,b,c".split(",", 2) -> ["a", "b,c"]
"a,b,c".split(",", 1) -> ["a,b,c"]
"a,b,c".split(",", 0) -> []
"a,b,c".split(",", -1) -> ["a", "b", "c"]
"a,b,c".split(",", 1e30) -> ["a", "b", "c"]
"abc".split("") -> ["a", "b", "c"]
"abc".split("", 2) -> ["a", "bc"]
"abc".split("", 9) -> ["a", "b", "c"]
"".split("") -> [""]
"".split(",") -> [""]
["x", "y"].join() -> "xy"
["x", "y"].join("-") -> "x-y"
[].join("-") -> ""
"{0} days {0} hours".replace("{0}", "2") -> "2 days 2 hours"
"{0} days {0} hours".replace("{0}", "2", 1) -> "2 days {0} hours"
"aaa".replace("a", "b", 0) -> "aaa"
"aaa".replace("a", "b", -1) -> "bbb"
"aaa".replace("a", "b", -1e30) -> "bbb"
"ab".replace("", "-") -> "-a-b-"
"tacocat".substring(4) -> "cat"
"tacocat".substring(0, 4) -> "taco"
"tacocat".substring(7) -> ""
"tacocat".substring(4, 4) -> ""
"ta©o😀".substring(2, 5) -> "©o😀"
"a😀c".reverse() -> "c😀a"

abs(-5) -> 5
abs(-0.5) -> 0.5
abs(-9999999999999999999999999999999.999) -> 9999999999999999999999999999999.999
round(2.5) -> 3
round(-2.5) -> -3
round(2.345, 2) -> 2.35
round(-2.345, 2) -> -2.35
round(2.5, 5) -> 2.5
round(1250, -2) -> 1300
round(-1250, -2) -> -1300
round(1e30, 2) -> 1e30
round(9999999999999999999999999999999999, -1) -> 10000000000000000000000000000000000
round(0.5, -3) -> 0
floor(2.7) -> 2
floor(-2.1) -> -3
floor(2.789, 2) -> 2.78
ceil(2.1) -> 3
ceil(-2.7) -> -2
ceil(2.781, 2) -> 2.79
ceil(7) -> 7
min(3, 1, 2) -> 1
min(1.0, 2) -> 1
max(3) -> 3
max("a", "b") -> "b"
min([3, 1.5]) -> 1.5
max(["a", "c", "b"]) -> "c"
max([date("2026-01-01"), date("2027-01-01")]) -> date("2027-01-01")
min(duration("1h"), duration("1m")) -> duration("60s")

string(5) -> "5"
string(1.50) -> "1.5"
string(1e20) -> "100000000000000000000"
string(-0.0) -> "0"
string(1e-7) -> "0.0000001"
string("x") -> "x"
string(true) -> "true"
string(1 == 2) -> "false"
string(timestamp("2009-02-13T23:31:30.5+01:00")) -> "2009-02-13T22:31:30.5Z"
string(duration("1h")) -> "3600s"
string(duration("-0.5s")) -> "-0.5s"
number("12.50") -> 12.5
number("-3") -> -3
number("+.5e2") -> 50
double("1.") -> 1
double(7) -> 7
int(2.9) -> 2
int(-2.9) -> -2
int("42") -> 42
int(1e40) -> 1e40
int(timestamp("2009-02-13T23:31:30.9Z")) -> 1234567890
int(timestamp("1969-12-31T23:59:59.5Z")) -> -1
bool("true") -> true
bool("False") -> false
bool("1") -> true
bool(true) -> true
timestamp(1234567890) -> timestamp("2009-02-13T23:31:30Z")
timestamp(0.000000001) -> timestamp("1970-01-01T00:00:00.000000001Z")
timestamp(timestamp(0)) -> timestamp("1970-01-01T00:00:00Z")
timestamp("2026-11-27T08:00:00+01:00") -> timestamp("2026-11-27T07:00:00Z")
duration("1h30m") -> duration("5400s")
duration("-1.5h") -> duration("-5400s")
duration("1us") -> duration("1000ns")
duration(duration("1s")) -> duration("1s")
date("2026-07-01") -> timestamp("2026-06-30T22:00:00Z")
dyn(5) -> 5
type(5) == type(0.5) -> true
type("") == string && type(true) == bool && type(duration("1s")) == duration -> true
""".strip()
GETTERS = r"""
getFullYear() -> 2009
getFullYear("-09:30") -> 2009
getMonth() -> 1
getDate() -> 13
getDate("Australia/Sydney") -> 14
getDayOfMonth() -> 12
getDayOfMonth("+11:00") -> 13
getDayOfWeek() -> 5
getDayOfWeek("Pacific/Kiritimati") -> 6
getDayOfYear() -> 43
getHours() -> 23
getHours("02:00") -> 1
getMinutes() -> 31
getMinutes("Asia/Kathmandu") -> 16
getSeconds() -> 30
getSeconds("-00:00") -> 30
getMilliseconds() -> 123
getMilliseconds("Asia/Kathmandu") -> 123
""".strip()
LENGTHS = r"""
duration("10000s").getHours() -> 2
duration("3730s").getMinutes() -> 62
duration("3730.9s").getSeconds() -> 3730
duration("-3730.9s").getSeconds() -> -3730
duration("123.321456789s").getMilliseconds() -> 321
duration("-0.9995s").getMilliseconds() -> -999
""".strip()
CASES = [line.rsplit(" -> ", 1) for line in (VALUES + "\n" + LENGTHS).splitlines() if line]
CASES += [
    [f'timestamp("2009-02-13T23:31:30.123456789Z").{call}', result]
    for call, result in (line.split(" -> ") for line in GETTERS.splitlines())
]


@pytest.mark.parametrize(("call", "result"), CASES)
def test_a_function_gives(call, result):
    assert value(call) == value(result)
    assert type(value(call)) is type(value(result)) or isinstance(value(call), int | Decimal)


METHOD = re.compile(r'("(?:[^"\\]|\\.)*"|\[[^\]]*\])\.(.*)', re.DOTALL)
CALL = re.compile(r'(\w+)\(("[^"]*"|-?[\d.e]+|\[[^\]]*\])((?:, -?\d)?)\)')


def hidden(text):
    """The same with the first argument in ``dyn()``, so that its type is not known until it runs."""
    method, call = METHOD.fullmatch(text), CALL.fullmatch(text)
    if method:
        return f"dyn({method[1]}).{method[2]}"
    return f"{call[1]}(dyn({call[2]}){call[3]})" if call else None


@pytest.mark.parametrize(("call", "result"), [case for case in CASES if hidden(case[0])])
def test_a_function_gives_the_same_for_arguments_of_unknown_type(call, result):
    assert value(hidden(call)) == value(result)


FAILURES = r"""
"tacocat".charAt(8) -> index-out-of-range
"tacocat".charAt(-1) -> index-out-of-range
"tacocat".charAt(1.5) -> bad-argument
"tacocat".charAt(1e6144) -> index-out-of-range
"tacocat".indexOf("a", 8) -> index-out-of-range
"tacocat".indexOf("a", -1) -> index-out-of-range
"tacocat".lastIndexOf("a", 8) -> index-out-of-range
"tacocat".substring(40) -> index-out-of-range
"tacocat".substring(-1) -> index-out-of-range
"tacocat".substring(1, 50) -> index-out-of-range
"tacocat".substring(4, 3) -> index-out-of-range
"tacocat".split("c", 1.5) -> bad-argument
"tacocat".replace("c", "k", 0.5) -> bad-argument
[1, 2].join("") -> no-such-overload
["a", 2].join() -> no-such-overload
dyn([1]).join("") -> no-such-overload
matches("a", "(") -> bad-regex
matches("a", dyn("(?=a)")) -> bad-regex
matches("a", dyn("\\C{1000}{1000}")) -> bad-regex
round(1.5, 0.5) -> bad-argument
round(1.5, 7000) -> bad-argument
round(1, -7000) -> bad-argument
min([]) -> bad-argument
max([1, "a"]) -> no-such-overload
max([true]) -> no-such-overload
min([null]) -> no-such-overload
min(true, false) -> no-such-overload
min(dyn(1), dyn("a")) -> no-such-overload
number("abc") -> bad-conversion
number("") -> bad-conversion
number(" 1") -> bad-conversion
number("1_0") -> bad-conversion
number("Infinity") -> bad-conversion
number("NaN") -> bad-conversion
number("\u0661") -> bad-conversion
number("1e7000") -> bad-conversion
number(true) -> no-such-overload
int("1.5") -> bad-conversion
int("1e3") -> bad-conversion
int(duration("1s")) -> no-such-overload
int(dyn(true)) -> no-such-overload
bool("yes") -> bad-conversion
bool(1) -> no-such-overload
string(null) -> no-such-overload
string(dyn([1])) -> no-such-overload
timestamp("2009-02-13") -> bad-conversion
timestamp("2009-02-13T23:31:30") -> bad-conversion
timestamp("2009-02-30T23:31:30Z") -> bad-conversion
timestamp("0000-01-01T00:00:00Z") -> bad-conversion
timestamp("0001-01-01T00:00:00+01:00") -> out-of-range
timestamp("10000-01-01T00:00:00Z") -> bad-conversion
timestamp(253402300800) -> out-of-range
timestamp(1e6000) -> out-of-range
timestamp(-1e6000) -> out-of-range
duration("320000000000s") -> out-of-range
duration("1d") -> bad-conversion
duration(5) -> no-such-overload
date("2026-13-01") -> bad-conversion
date("2026-11-27T00:00:00Z") -> bad-conversion
timestamp(0).getHours("Mars/Phobos") -> bad-argument
timestamp(0).getMilliseconds("x") -> bad-argument
timestamp("9999-12-31T23:59:59Z").getFullYear("+10:00") -> out-of-range
timestamp("0001-01-01T00:00:00Z").getDate("-10:00") -> out-of-range
duration("1s").getFullYear() -> no-such-overload
size(5) -> no-such-overload
size(dyn(null)) -> no-such-overload
"a".contains(dyn(1)) -> no-such-overload
""".strip()


@pytest.mark.parametrize(("call", "code"), [line.rsplit(" -> ", 1) for line in FAILURES.splitlines()])
def test_a_function_fails_cleanly(call, code):
    zoned = Scope(strict=False, zone=STRICT.zone)
    assert failure(call, zoned) == (code, call)


def test_round_of_a_number_as_large_as_they_come_is_a_number_or_a_clean_error():
    assert failure("round(9.5e6144, -6144)", UNTYPED)[0] == "out-of-range"
    assert value("round(4e6144, -6144)", UNTYPED) == Decimal("4e6144")


def test_every_standard_function_is_listed_with_a_summary():
    for name, function in STANDARD.items():
        assert function.name == name
        assert function.overloads
        assert function.summary.endswith((".", "?"))
        assert not function.foreign


def test_signatures_are_written_as_calls_are():
    shown = {
        signature(STANDARD[name], STANDARD[name].overloads[0]) for name in ("size", "charAt", "min", "date")
    }
    assert shown == {"size(string)", "string.charAt(number)", "min(number, …)", "date(string)"}


def test_a_bad_pattern_is_not_written_to_the_log():
    code = (
        "from rulesflow.conditions.string_functions import PatternRefused, pattern\n"
        "try: pattern('(')\n"
        "except PatternRefused as error: print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "missing ): (\n"
    assert ran.stderr == ""


def test_text_that_is_no_unicode_matches_nothing_but_breaks_nothing():
    assert value('x.matches("a")', UNTYPED, {"x": "\ud800a"}) in (True, False)
    assert failure('"a".matches(x)', UNTYPED, {"x": "\ud800"})[0] == "bad-regex"


# Functions of plugins


def score(amount, weight=Decimal(1)):
    assert type(amount) is Decimal
    return amount * weight / 3


def plugin(name, params, result, call, **more):
    return Function(name, (Overload(params, result, call, **more),), "A plugin's function.")


FRAUD = Function(
    "fraud.score",
    (
        Overload((NUMBER,), NUMBER, score),
        Overload((NUMBER, NUMBER), NUMBER, score),
    ),
    "How likely an order is a fraud.",
)


def scope_with(*functions, **names):
    added = {function.name: function for function in functions}
    types = {**TYPES, **{name: Field(type_) for name, type_ in names.items()}}
    return Scope(types, {**STANDARD, **added}, STRICT.zone)


def test_a_plugin_gets_decimals_and_its_result_is_a_number_of_the_language():
    scope = scope_with(FRAUD)
    assert value("fraud.score(order.total) > 33", scope) is True
    assert value("fraud.score(3, 2) == 2", scope) is True
    assert value("order.lines.exists(l, fraud.score(l.price) > 6)", scope) is True
    assert value("fraud.score(dyn(3)) == 1", scope) is True


def test_a_fact_hides_the_functions_behind_its_name():
    scope = scope_with(FRAUD, fraud=STRING)
    assert codes("fraud.score(1) > 1", scope) == ["RF209"]
    assert codes("[1].exists(fraud, fraud.score(1) > 1)", scope_with(FRAUD)) == ["RF209"]


def test_a_misspelt_function_of_a_plugin_gets_a_hint():
    (found,) = problems("fraud.scor(1) > 1", scope_with(FRAUD))
    assert found == "RF209 unknown function fraud.scor; did you mean fraud.score? @ fraud.scor(1)"
    assert codes('fraud.score("a") > 1', scope_with(FRAUD)) == ["RF210"]


def test_numbers_inside_lists_and_objects_are_decimals_too():
    def total(lines):
        assert all(type(line["price"]) is Decimal for line in lines)
        lines.clear()  # its own copy
        return 1

    scope = scope_with(plugin("total", (list_of(DYN),), NUMBER, total))
    assert value("total(order.lines) == 1 && order.lines.size() == 2", scope) is True
    taken = plugin("kind", (map_of(DYN),), STRING, lambda order: type(order["total"]).__name__)
    assert value('kind(order) == "Decimal"', scope_with(taken)) is True


RETURNS = [
    (NUMBER, 7, 7),
    (NUMBER, Decimal("7.0"), 7),
    (list_of(NUMBER), [Decimal(1), 2], [1, 2]),
    (map_of(STRING), {"a": "b"}, {"a": "b"}),
    (Type(Kind.OBJECT, fields={"a": Field(NUMBER)}), {"a": Decimal("1.0")}, {"a": 1}),
    (Type(Kind.NUMBER, nullable=True), None, None),
    (DYN, [None, True], [None, True]),
]


@pytest.mark.parametrize(("declared", "returned", "expected"), RETURNS)
def test_what_a_plugin_returns_is_taken_as_declared(declared, returned, expected):
    scope = scope_with(plugin("f", (), declared, lambda: returned))
    assert value("f()", scope) == expected


REFUSED = [
    (NUMBER, 0.5, "f() returned a float, not a number"),
    (NUMBER, True, "f() returned a bool, not a number"),
    (NUMBER, None, "f() returned a NoneType, not a number"),
    (NUMBER, Decimal("NaN"), "f() returned a number must be finite"),
    (STRING, 5, "f() returned a int, not a string"),
    (BOOL, 1, "f() returned a int, not a bool"),
    (list_of(NUMBER), ["a"], "f() returned a str, not a number"),
    (list_of(NUMBER), (1, 2), "f() returned a tuple, not a list of numbers"),
    (map_of(NUMBER), {"a": 0.5}, "f() returned a float, not a number"),
    (map_of(NUMBER), {1: 1}, "f() returned an object without all of its fields"),
    (DYN, object(), "f() returned a object, not of any type"),
    (Type(Kind.OBJECT, fields={"a": Field(NUMBER)}), {}, "f() returned an object without all of its fields"),
]


@pytest.mark.parametrize(("declared", "returned", "message"), REFUSED)
def test_what_a_plugin_returns_against_its_word_fails_the_condition(declared, returned, message):
    scope = scope_with(plugin("f", (), declared, lambda: returned))
    with pytest.raises(EvaluationError) as caught:
        value("f()", scope)
    assert caught.value.code == "bad-argument"
    assert str(caught.value) == message


def test_whatever_a_plugin_raises_fails_the_condition_and_may_be_absorbed():
    def broken(number):
        raise ZeroDivisionError("nothing to share")

    scope = scope_with(plugin("share", (NUMBER,), NUMBER, broken))
    with pytest.raises(EvaluationError) as caught:
        value("1 + share(2)", scope)
    assert caught.value.message == "share() failed: ZeroDivisionError: nothing to share"
    assert (caught.value.start, caught.value.end) == (4, 12)
    assert value("share(2) > 1 || order.paid", scope) is True


def test_a_plugin_may_raise_the_errors_of_the_language():
    def picky(number):
        raise EvaluationError("out-of-range", "too much")

    scope = scope_with(plugin("picky", (NUMBER,), NUMBER, picky))
    assert failure("picky(2)", scope) == ("out-of-range", "picky(2)")


def test_a_plugin_says_what_its_calls_cost():
    scope = scope_with(plugin("dear", (NUMBER,), NUMBER, lambda n: n, cost=lambda n: 600))
    assert value("dear(1) + dear(2)", scope, budget=Budget(1200)) == 3
    with pytest.raises(BudgetExceeded):
        value("dear(1) + dear(2)", scope, budget=Budget(1199))
    with pytest.raises(BudgetExceeded):
        value("dear(dyn(1)) < 0 || 1 / order.total < 1", scope, budget=Budget(599))


def test_a_method_of_a_plugin_and_one_with_a_zone():
    shout = plugin("shout", (STRING,), STRING, lambda text: text.upper() + "!", form=Form.METHOD)
    zone = plugin("zone", (), STRING, str, zoned=True)
    assert value("order.region.shout()", scope_with(shout)) == "EU!"
    assert value("zone()", scope_with(zone)) == "Europe/Berlin"


def test_an_object_is_taken_where_a_plugin_asks_for_one():
    asked = plugin("name", (Type(Kind.OBJECT, fields={}),), STRING, lambda order: order["region"])
    assert value("name(order)", scope_with(asked)) == "eu"
    assert value("name(dyn(order))", scope_with(asked)) == "eu"


def test_calls_of_plugins_are_never_made_while_checking():
    made = []
    scope = scope_with(plugin("now", (NUMBER,), NUMBER, lambda n: made.append(n) or n))
    assert problems("now(1) > 0", scope) == []
    assert made == []
    assert value("now(1)", scope, FACTS) == 1
