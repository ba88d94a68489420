"""GoRules ZEN, the peer: a table as its JSON decision model, and its engine in its fastest mode."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bench.peers import missing
from bench.tables import Cell, Row, Table

NAME = "zen-engine"
MISSING = missing("zen")
if not MISSING:
    from zen import ZenDecisionContent, ZenEngine

_KEY = "table"


def evaluator(table: Table, *, trace: bool = False) -> Callable[[bytes | dict[str, Any]], Mapping[str, Any]]:
    """A function from facts, parsed or as JSON text, to the engine's reply, whose ``result`` is the outcome.

    A loader that always gives the same compiled content is the engine's fastest mode; the decisions made by
    ``create_decision`` and ``get_decision`` take from 2 to 15 times as long.
    """
    content = ZenDecisionContent(json.dumps(graph(table)))
    evaluate = ZenEngine({"loader": lambda _: content}).evaluate
    if trace:
        return lambda facts: evaluate(_KEY, facts, {"trace": True})
    return lambda facts: evaluate(_KEY, facts)


def graph(table: Table) -> dict[str, Any]:
    """The table between an input and an output node, as the model wants it."""
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": column, "name": column, "field": column} for column in table.columns],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("rate", "row")],
        "rules": [_rule(table, row) for row in table.rows],
    }
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            _node("in", "inputNode"),
            {**_node("rules", "decisionTableNode"), "content": content},
            _node("out", "outputNode"),
        ],
        "edges": [_edge("in", "rules"), _edge("rules", "out")],
    }


def _rule(table: Table, row: Row) -> dict[str, str]:
    cells = {column: _test(cell) for column, cell in zip(table.columns, row.cells, strict=True)}
    return {"_id": row.name, **cells, "rate": str(row.rate), "row": f'"{row.name}"'}


def _test(cell: Cell) -> str:
    return f'"{cell}"' if isinstance(cell, str) else f"[{cell[0]}..{cell[1]})"


def _node(name: str, kind: str) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}


def _edge(source: str, target: str) -> dict[str, str]:
    return {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
