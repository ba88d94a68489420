"""The patterns of the sample shop, and the types of its events."""

from __future__ import annotations

from rulesflow.conditions import Field, Kind, Scope, Type, check, parse
from rulesflow.conditions.types import BOOL, NUMBER, STRING, list_of
from rulesflow.model.times import parse_duration
from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.definition import Pattern, Term, subject

TYPES = {
    "payment.declined": {"device_id": Field(STRING), "card": Field(STRING), "amount": Field(NUMBER)},
    "payment.captured": {
        "device_id": Field(STRING, required=False),
        "order_id": Field(STRING, required=False),
    },
    "address.changed": {"customer_id": Field(STRING), "country": Field(STRING)},
    "order.placed": {
        "customer_id": Field(STRING),
        "order_id": Field(STRING),
        "total": Field(NUMBER),
        "first": Field(BOOL, required=False),
    },
    "refund.requested": {"order_id": Field(STRING), "amount": Field(NUMBER)},
    "parcel.delivered": {"order_id": Field(STRING)},
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
ADDRESS_CHANGE = pattern(
    "address-change-then-large-order",
    "customer_id",
    "1d",
    {
        "change": ("address.changed", None),
        "order": (
            "order.placed",
            "order.ts > change.ts && order.total >= 500 && has(order.first) && order.first",
        ),
    },
)
EARLY_REFUND = pattern(
    "refund-before-delivery",
    "order_id",
    "30d",
    {
        "order": ("order.placed", None),
        "refund": ("refund.requested", "refund.ts >= order.ts && refund.amount * 2 >= order.total"),
    },
    unless=("parcel.delivered", "unless.ts <= refund.ts"),
)
NO_PAYMENT = pattern(
    "no-payment-in-30-minutes",
    "order_id",
    "30m",
    {"order": ("order.placed", None)},
    unless=("payment.captured", None),
)
SAMPLES = (CARD_TESTING, ADDRESS_CHANGE, EARLY_REFUND, NO_PAYMENT)
