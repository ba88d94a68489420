"""Peers that know conditions but no tables: a list of compiled conditions is asked in turn.

They get flat facts, one variable for each column, and are told types where that helps: so they are fastest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.measuring import Contender
from bench.peers import missing
from bench.tables import Cell, Request, Row, Table

CEL_CPP = "cel-expr-python"
CEL_RUST = "common-expression-language"
RULE_ENGINE = "rule-engine"
#: By peer, why it cannot take part, or None.
MISSING: Mapping[str, str | None] = {
    CEL_CPP: missing("cel_expr_python"),
    CEL_RUST: missing("cel"),
    RULE_ENGINE: missing("rule_engine"),
}

if not MISSING[CEL_CPP]:
    from cel_expr_python import cel as cel_cpp
if not MISSING[CEL_RUST]:
    import cel as cel_rust
if not MISSING[RULE_ENGINE]:
    import rule_engine

#: From flat facts to the first row that fits.
_Ask = Callable[[dict[str, Any]], Row | None]


def contenders(table: Table, asked: Sequence[Request]) -> dict[str, Contender]:
    """All that are installed, asked for the outcome of the first row that fits."""
    columns = [column.removeprefix("order.") for column in table.columns]
    orders = [json.loads(each.text)["order"] for each in asked]
    facts = [{column: order[column] for column in columns} for order in orders]
    makers = {CEL_CPP: _cel_cpp, CEL_RUST: _cel_rust, RULE_ENGINE: _rule_engine}
    return {
        name: Contender(make(table, columns), facts, lambda row: row.outcome)
        for name, make in makers.items()
        if not MISSING[name]
    }


def _cel_cpp(table: Table, columns: Sequence[str]) -> _Ask:
    types = [cel_cpp.Type.STRING if isinstance(cell, str) else cel_cpp.Type.DOUBLE for cell in _cells(table)]
    env = cel_cpp.NewEnv(variables=dict(zip(columns, types, strict=True)))
    rules = [(env.compile(_condition(columns, row, " && ")), row) for row in table.rows]

    def ask(facts: dict[str, Any]) -> Row | None:
        activation = env.Activation(facts)  # once a request: with the facts as a dict each rule converts them
        return next((row for rule, row in rules if rule.eval(activation).value()), None)

    return ask


def _cel_rust(table: Table, columns: Sequence[str]) -> _Ask:
    rules = [(cel_rust.compile(_condition(columns, row, " && ")), row) for row in table.rows]

    def ask(facts: dict[str, Any]) -> Row | None:
        context = cel_rust.Context(variables=facts)
        return next((row for rule, row in rules if rule.execute(context)), None)

    return ask


def _rule_engine(table: Table, columns: Sequence[str]) -> _Ask:
    # Without types: with them it takes half as long again.
    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    rules = [
        (rule_engine.Rule(_condition(columns, row, " and "), context=context), row) for row in table.rows
    ]
    return lambda facts: next((row for rule, row in rules if rule.matches(facts)), None)


def _cells(table: Table) -> tuple[Cell, ...]:
    return table.rows[0].cells


def _condition(columns: Sequence[str], row: Row, conjunction: str) -> str:
    return conjunction.join(
        _test(column, cell, conjunction) for column, cell in zip(columns, row.cells, strict=True)
    )


def _test(column: str, cell: Cell, conjunction: str) -> str:
    if isinstance(cell, str):
        return f'{column} == "{cell}"'
    return f"{column} >= {cell[0]}.0{conjunction}{column} < {cell[1]}.0"
