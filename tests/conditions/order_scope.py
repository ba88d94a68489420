"""An order to ask questions about: its types, a request that fits them, and short ways to ask."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from rulesflow.conditions import (
    Budget,
    ConditionError,
    EvaluationError,
    Field,
    Guards,
    Kind,
    Scope,
    Type,
    check,
    compile_condition,
    parse,
)
from rulesflow.conditions.types import BOOL, DURATION, DYN, NUMBER, STRING, TIMESTAMP, list_of, map_of
from rulesflow.model.times import Duration, parse_timestamp


def optional(type_):
    return Field(type_, required=False)


def nullable(type_):
    return replace(type_, nullable=True)


def enum(*values):
    return Type(Kind.STRING, literals=values)


def obj(**fields):
    return Type(
        Kind.OBJECT,
        fields={name: each if isinstance(each, Field) else Field(each) for name, each in fields.items()},
    )


LINE = obj(sku=STRING, price=NUMBER, discount=optional(NUMBER), note=nullable(STRING))
ORDER = obj(
    total=NUMBER,
    paid=BOOL,
    region=enum("eu", "eu/de", "us"),
    placed=TIMESTAMP,
    delay=DURATION,
    lines=list_of(LINE),
    tags=list_of(enum("gift", "rush")),
    coupon=optional(STRING),
    home=nullable(STRING),
    remark=optional(nullable(STRING)),
    ship=optional(nullable(obj(city=STRING, zip=optional(STRING)))),
    attributes=map_of(STRING),
    anything=DYN,
)
TYPES = {
    "order": Field(ORDER),
    "params": Field(obj(limit=NUMBER)),
    "at": Field(TIMESTAMP),
    "voucher": optional(NUMBER),
}
STRICT = Scope(TYPES, zone=ZoneInfo("Europe/Berlin"))
LOOSE = Scope(TYPES, zone=ZoneInfo("Europe/Berlin"), strict=False)
UNTYPED = Scope(strict=False)

FACTS = {
    "order": {
        "total": 100,
        "paid": True,
        "region": "eu",
        "placed": parse_timestamp("2026-11-27T08:30:15.250Z"),
        "delay": Duration(90 * 10**9),
        "lines": [
            {"sku": "A", "price": Decimal("9.99"), "note": None},
            {"sku": "B", "price": 20, "discount": 5, "note": "fragile"},
        ],
        "tags": ["gift"],
        "home": None,
        "attributes": {"colour": "red"},
        "anything": None,
    },
    "params": {"limit": 50},
    "at": parse_timestamp("2026-12-01T00:00:00Z"),
}


def problems(text, scope=STRICT, guards=None):
    """Each problem as ``RF203 unknown field order.totl; did you mean order.total? @ order.totl``."""
    try:
        found = check(parse(text), scope, guards or Guards()).problems
    except ConditionError as error:
        found = error.problems
    return [
        f"{each.code} {each.message}{f'; {each.hint}' if each.hint else ''} @ {text[each.start : each.end]}"
        for each in found
    ]


def codes(text, scope=STRICT, guards=None):
    return [each.split()[0] for each in problems(text, scope, guards)]


def program(text, scope=STRICT):
    return compile_condition(check(parse(text), scope), scope)


def value(text, scope=STRICT, facts=FACTS, budget=None):
    return program(text, scope)(facts, budget or Budget())


def failure(text, scope=STRICT, facts=FACTS, budget=None):
    """The error's code and the piece of the text that it marks."""
    try:
        found = value(text, scope, facts, budget)
    except EvaluationError as error:
        return error.code, text[error.start : error.end]
    raise AssertionError(f"{text} gives {found!r}")
