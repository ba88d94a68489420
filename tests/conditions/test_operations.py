"""Each operation of the language on the values where something turns: compiled and naive give the same."""

from __future__ import annotations

import itertools
import random
import re
from decimal import Decimal

import pytest
from naive import evaluate
from naive_values import Fail, confusable, normal
from our_language import OURS

from rulesflow.conditions import Budget, EvaluationError, Field, Scope, check, compile_condition, parse
from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NUMBER,
    STRING,
    TIMESTAMP,
    TypeValue,
    list_of,
    map_of,
)
from rulesflow.model.times import SECOND, Duration, Timestamp, parse_timestamp

MOST = 700
NUMBERS = [
    *(0, 1, -1, 2, 3, 7, -7, 25, 34, 10**34 - 1, 10**33),
    *map(Decimal, ("0.5", "-0.5", "1.5", "2.5", "-2.5", "-0.125", "0.15", "1.00", "1e30", "-1e-30")),
    *map(Decimal, ("1.000000000000000000000000000000001", "9999999999999999999999999999999995e-3")),
    *map(Decimal, ("1e6144", "-9.999e6144", "1e-6143", "3e5000", "7.1e-5000")),
]
STRINGS = [
    *(
        "",
        "a",
        "A",
        "ab",
        "aba",
        "aaaa",
        "a,b,,c",
        ",",
        "\u00e4\u00df\u0130",
        "\U0001f431x\U0001f431",
        "b a ",
    ),
    *(
        " \t\x1ca\x1f\n",
        "\xa0\u2003a\u200b\u3000",
        "\x85",
        "12",
        "+1",
        "-1.50",
        ".5",
        "5.",
        "1e3",
        " 1",
        "1_0",
    ),
    *(
        "\u0661",
        "0x1F",
        "1e99999",
        "9" * 35,
        "nan",
        "true",
        "True",
        "F",
        "yes",
        "90s",
        "1h30m",
        "-1.5h",
        "1d",
    ),
    *(
        "2026-11-27",
        "2026-02-29",
        "2026-11-27T08:00:00.5+01:00",
        "2026-11-27T08:00:00",
        "9999-12-31T23:59:59-01:00",
    ),
]
TIMES = [
    *(Timestamp(0), Timestamp(-1), Timestamp(1_500_000_000), Timestamp(4 * 10**9 * SECOND + 999_999_999)),
    *map(parse_timestamp, ("2024-02-29T23:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z")),
    *map(parse_timestamp, ("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-11-29T23:00:00Z")),
]
LENGTHS = [
    Duration(n)
    for n in (0, 1, -1, SECOND, -1_500_000_000, 5430 * SECOND, -5430 * SECOND, 2**63 - 1, -(2**63))
]
LISTS_OF_NUMBERS = [[], [0], [1, 2, 0], [Decimal("0.5"), -1], [3, Decimal("3.0"), 10**33]]
LISTS_OF_STRINGS = [[], ["a"], ["b", "a", ""], ["ab", "ab"]]
MAPS = [{}, {"a": 1}, {"b": 0, "a": Decimal("-1.5")}, {"": 1, "ab": 2, "b": 3}]
POOLS = {
    "number": (NUMBER, NUMBERS),
    "index": (
        NUMBER,
        [0, 1, 2, 3, -1, Decimal("1.0"), Decimal("0.5"), 40, -3, 6144, 6145, -6145, 10**30, NUMBERS[-2]],
    ),
    "string": (STRING, STRINGS),
    "zone": (
        STRING,
        ["UTC", "Europe/Berlin", "America/New_York", "+05:30", "-05:30", "02:00", "24:00", "Atlantis", ""],
    ),
    "pattern": (STRING, ["", "a+", "^a.*c$", "(?i)A", "[[:space:]]", "(", "(?<=a)b", "\\d", "."]),
    "bool": (BOOL, [True, False]),
    "timestamp": (TIMESTAMP, TIMES),
    "duration": (DURATION, LENGTHS),
    "numbers": (list_of(NUMBER), LISTS_OF_NUMBERS),
    "strings": (list_of(STRING), LISTS_OF_STRINGS),
    "map": (map_of(NUMBER), MAPS),
    "any": (
        DYN,
        [
            *(None, True, False, 0, 1, Decimal("1.0"), "", "a", "1", TIMES[0], LENGTHS[0], LENGTHS[3]),
            *([], [1], [True], [Decimal("1.0"), "a"], ["a"], [[]], {}, {"a": 1}, {"a": True}, {"a": None}),
            TypeValue("number"),
        ],
    ),
}
OPERATIONS = sorted({rule.text for rules in OURS.rules.values() for rule in rules if not rule.binds})
SPARE = {"total": 5, "code": None, "tags": [], "lines": [], "placed": TIMES[0]}
FACTS = {
    "ns": [1, 0], "m": {"a": 1}, "any": None, "b": True,
    "order": {**SPARE, "lines": [{"sku": "a", "price": 1}], "note": "ab", "code": "a"}, "spare": SPARE,
}  # fmt: skip


def combinations(kinds):
    every = list(itertools.product(*(POOLS[kind][1] for kind in kinds)))
    return every if len(every) <= MOST else random.Random(0).sample(every, MOST)


def naive_result(node, names):
    try:
        value = evaluate(node, names)
    except Fail as failure:
        return failure.code
    return "confusable" if confusable(value) else normal(value)


def compiled_result(program, names):
    try:
        return normal(program(names, Budget(10**9)))
    except EvaluationError as error:
        return error.code


@pytest.mark.parametrize("typed", [True, False], ids=["types known", "types unknown"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation(operation, typed):
    kinds = re.findall(r"<([a-z]+)>", operation)
    counter = itertools.count()
    text = re.sub(r"<[a-z]+>", lambda _: f"x{next(counter)}", operation)
    fields = {f"x{at}": Field(POOLS[kind][0] if typed else DYN) for at, kind in enumerate(kinds)}
    scope = Scope({**{name: Field(DYN) for name in FACTS}, **fields}, strict=False)
    node = parse(text)
    program = compile_condition(check(node, scope), scope)
    for values in combinations(kinds):
        names = {**FACTS, **{f"x{at}": value for at, value in enumerate(values)}}
        wanted = naive_result(node, names)
        if wanted != "confusable":
            assert compiled_result(program, names) == wanted, (text, values)
