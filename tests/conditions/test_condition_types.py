"""Which types fit where, and what two types have in common."""

from __future__ import annotations

import pytest
from order_scope import enum, nullable, obj, optional

from rulesflow.conditions import Kind, Type, assignable
from rulesflow.conditions.types import (
    BOOL,
    DURATION,
    DYN,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    comparable,
    in_words,
    join,
    list_of,
    map_of,
    values_of,
)

EMPTY_LIST = Type(Kind.LIST)
CLOSED = Type(Kind.OBJECT, fields=obj(a=NUMBER).fields, closed=True)

FITS = [
    (NUMBER, NUMBER),
    (DYN, NUMBER),
    (NUMBER, DYN),
    (NUMBER, nullable(NUMBER)),
    (nullable(NUMBER), nullable(NUMBER)),
    (nullable(NUMBER), DYN),
    (NULL, nullable(STRING)),
    (NULL, NULL),
    (enum("a"), STRING),
    (enum("a"), enum("b", "a")),
    (list_of(NUMBER), list_of(NUMBER)),
    (EMPTY_LIST, list_of(NUMBER)),
    (list_of(NUMBER), EMPTY_LIST),
    (list_of(DYN), list_of(NUMBER)),
    (obj(a=NUMBER), map_of(NUMBER)),
    (obj(a=NUMBER, b=STRING), map_of(DYN)),
    (obj(a=NUMBER), obj(a=NUMBER)),
    (obj(a=NUMBER, b=STRING), obj(a=NUMBER)),
    (obj(a=NUMBER), obj(a=NUMBER, b=optional(STRING))),
    (obj(a=NUMBER), CLOSED),
    (map_of(NUMBER), obj(a=NUMBER)),
]
MISFITS = [
    (NUMBER, STRING),
    (BOOL, NUMBER),
    (TIMESTAMP, DURATION),
    (nullable(NUMBER), NUMBER),
    (NULL, NUMBER),
    (STRING, enum("a")),
    (enum("a", "c"), enum("a", "b")),
    (list_of(STRING), list_of(NUMBER)),
    (list_of(nullable(NUMBER)), list_of(NUMBER)),
    (NUMBER, list_of(NUMBER)),
    (obj(a=NUMBER, b=STRING), map_of(NUMBER)),
    (obj(a=STRING), obj(a=NUMBER)),
    (obj(), obj(a=NUMBER)),
    (obj(a=optional(NUMBER)), obj(a=NUMBER)),
    (obj(a=NUMBER, b=NUMBER), CLOSED),
    (map_of(STRING), obj(a=NUMBER)),
]


@pytest.mark.parametrize(("source", "target"), FITS)
def test_a_type_that_fits(source, target):
    assert assignable(source, target)


@pytest.mark.parametrize(("source", "target"), MISFITS)
def test_a_type_that_does_not_fit(source, target):
    assert not assignable(source, target)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (NUMBER, NUMBER, "number"),
        (NUMBER, STRING, "dyn"),
        (NUMBER, DYN, "dyn"),
        (NUMBER, NULL, "number or null"),
        (NULL, NUMBER, "number or null"),
        (nullable(NUMBER), NUMBER, "number or null"),
        (list_of(NUMBER), EMPTY_LIST, "list(number)"),
        (EMPTY_LIST, EMPTY_LIST, "list"),
        (list_of(NUMBER), list_of(STRING), "list(dyn)"),
        (list_of(NUMBER), list_of(NULL), "list(number or null)"),
        (obj(a=NUMBER), map_of(NUMBER), "map(number)"),
        (obj(a=NUMBER), map_of(STRING), "map(dyn)"),
        (obj(a=NUMBER), obj(b=STRING), "object"),
    ],
)
def test_what_two_types_have_in_common(one, other, common):
    assert str(join(one, other)) == common
    assert str(join(other, one)) == common


def test_a_field_of_one_of_two_objects_is_optional_in_what_they_have_in_common():
    both = join(obj(a=NUMBER, b=STRING), obj(a=nullable(NUMBER)))
    assert both.fields["a"].required
    assert both.fields["a"].type == nullable(NUMBER)
    assert not both.fields["b"].required


def test_enums_have_all_their_values_in_common():
    assert join(enum("a", "b"), enum("b", "c")).literals == ("a", "b", "c")
    assert join(enum("a"), STRING).literals is None
    assert join() == DYN


def test_the_values_of_an_object_are_of_what_its_fields_have_in_common():
    assert values_of(obj(a=NUMBER, b=NUMBER)) == NUMBER
    assert values_of(obj(a=NUMBER, b=STRING)) == DYN
    assert values_of(obj()) == DYN


def test_what_can_be_equal():
    assert comparable(NULL, NUMBER)
    assert comparable(obj(a=NUMBER), map_of(STRING))
    assert comparable(EMPTY_LIST, list_of(STRING))
    assert not comparable(list_of(NUMBER), list_of(STRING))
    assert not comparable(BOOL, NUMBER)


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (NUMBER, "a number"),
        (obj(), "an object"),
        (NULL, "null"),
        (DYN, "of any type"),
        (list_of(STRING), "a list of strings"),
        (EMPTY_LIST, "a list"),
        (list_of(DYN), "a list"),
    ],
)
def test_types_in_words(type_, words):
    assert in_words(type_) == words
