"""The nodes of an index, against asking every rule, for every value of three fields."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from rulesflow.conditions import Budget
from rulesflow.model.diagnostics import Span
from rulesflow.rules import index
from rulesflow.rules.compiled import Rule, Test as Part
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Param, Present, Range, named_in
from rulesflow.rules.nodes import Node
from rulesflow.rules.outcomes import Outcome

FIELDS = (("total",), ("weight",), ("word",))
ENDS = [0, Decimal("0.5"), 1, Decimal(2), 3, 10**33, Decimal("0.50000000000000000001")]
NUMBERS = [None, -1, Decimal("1E+400"), Decimal("-1E+400"), *ENDS, Decimal("0.7"), 2, 4]
WORDS = [None, "a", "b", "c"]
PARAMS = {"low": 1, "listed": [0, 3]}


def ranges(path: tuple[str, ...]) -> st.SearchStrategy[Constraint]:
    end = st.sampled_from([None, *ENDS, Param("low")])
    return st.builds(Range, st.just(path), end, end, st.booleans(), st.booleans())


def numbers(path: tuple[str, ...]) -> st.SearchStrategy[Constraint]:
    values = st.frozensets(st.sampled_from([*ENDS, Param("low"), Param("listed", listed=True)]), max_size=3)
    sets = [st.builds(kind, st.just(path), values) for kind in (Among, Outside)]
    return st.one_of(ranges(path), ranges(path), *sets, st.sampled_from([Present(path), Absent(path)]))


def words(path: tuple[str, ...]) -> st.SearchStrategy[Constraint]:
    values = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2)
    sets = [st.builds(kind, st.just(path), values) for kind in (Among, Among, Outside)]
    return st.one_of(*sets, st.sampled_from([Present(path), Absent(path)]))


def rule(number: int, constraints: list[Constraint]) -> Rule:
    tests = tuple(Part(str(each), each.path, (each,), params=named_in((each,))) for each in constraints)
    span = Span("base/d.yaml", number + 1, 1, 2)
    return Rule(f"r{number}", "base", span, None, False, None, None, None, tests, None, Outcome({}, (), {}))


RULES = st.lists(
    st.lists(st.one_of(numbers(FIELDS[0]), numbers(FIELDS[1]), words(FIELDS[2])), max_size=4),
    min_size=1,
    max_size=30,
)


def test_columns_of_overlapping_ranges_do_not_multiply_the_entries() -> None:
    columns = [(f"c{number}",) for number in range(6)]
    rules = [
        rule(
            number, [Range(path, (number + at) % 3, (number + at) % 3 + 2) for at, path in enumerate(columns)]
        )
        for number in range(400)
    ]
    made: list[index.Item] = []
    entry, slots = index.Item.entry, dict[tuple[str, ...], int]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.Item, "entry", lambda item, told: made.append(item) or entry(item, told))
        index.index([index.Item(*each, {}, slots) for each in enumerate(rules)])
    assert len(made) <= 4 * len(rules)


def found(node: Node, values: list[Any]) -> list[str]:
    entries = list(node.find(values))
    assert [each.position for each in entries] == sorted({each.position for each in entries})
    return [each.rule.name for each in entries if each.matches(values, {}, Budget())]


@pytest.mark.parametrize(
    ("leaf", "overlap", "most_bytes"),
    [(4, 4, 1 << 22), (1, 4, 1 << 22), (1, 0, 1 << 22), (1, 0, 20), (1, 99, 1)],
)
@settings(deadline=None, max_examples=60)
@given(RULES)
def test_an_index_finds_the_rules_whose_constraints_hold(
    leaf: int, overlap: int, most_bytes: int, asked: list[list[Constraint]]
) -> None:
    rules = [rule(number, constraints) for number, constraints in enumerate(asked)]
    slots: index.Slots = {path: slot for slot, path in enumerate(FIELDS)}
    bound = [list(each.constraints(PARAMS)) for each in rules]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_LEAF", leaf)
        patch.setattr(index, "_OVERLAP", overlap)
        patch.setattr(index, "_BYTES", most_bytes)
        node = index.index([index.Item(*each, PARAMS, slots) for each in enumerate(rules)])
    for values in product(NUMBERS, NUMBERS[::2], WORDS):
        holding = [
            each.name
            for each, constraints in zip(rules, bound, strict=True)
            if all(constraint.holds(values[slots[constraint.path]]) for constraint in constraints)
        ]
        assert found(node, list(values)) == holding, values
