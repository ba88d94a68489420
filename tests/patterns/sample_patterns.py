"""Patterns that are made here rather than read from files, and the types of their events."""

from __future__ import annotations

from rulesflow.conditions import Field, Kind, Scope, Type, check, parse
from rulesflow.conditions.types import BOOL, NUMBER, STRING, list_of
from rulesflow.model.times import parse_duration
from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.definition import Pattern, Term, subject

TYPES = {
    "payment.declined": {"device_id": Field(STRING), "card": Field(STRING), "amount": Field(NUMBER)},
    "payment.captured": {"device_id": Field(STRING, required=False)},
    "thing": {
        "key": Field(STRING),
        "n": Field(NUMBER),
        "m": Field(NUMBER, required=False),
        "s": Field(STRING),
        "b": Field(BOOL),
        "l": Field(list_of(NUMBER)),
    },
}


def data_type(name):
    return Type(Kind.OBJECT, fields=TYPES[name])


def pattern(name, by, within, events, unless=None):
    """``events``: alias to (type, condition or None), as a file tells them."""
    fields, terms = {}, []
    for alias, (type_, when) in events.items():
        fields[alias] = subject(data_type(type_))
        terms.append(Term(alias, type_, _checked(when, fields)))
    absent = None
    if unless:
        type_, when = unless
        fields["unless"] = subject(data_type(type_))
        absent = Term("unless", type_, _checked(when, fields))
    return Pattern(name, tuple(by.split(".")), parse_duration(within), tuple(terms), Scope(fields), absent)


def compiled(*args, **more):
    return compile_pattern(pattern(*args, **more))


def _checked(when, fields):
    if when is None:
        return None
    checked = check(parse(when), Scope(dict(fields)))
    assert not checked.problems, checked.problems
    return checked


CARD_TESTING = pattern(
    "card-testing",
    "device_id",
    "10m",
    {
        "first": ("payment.declined", None),
        "second": ("payment.declined", "second.card != first.card"),
        "third": ("payment.declined", "third.card != second.card && third.card != first.card"),
    },
    unless=("payment.captured", None),
)
