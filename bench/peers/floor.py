"""The floor: one generated Python function that scans the same rows. It checks nothing and explains nothing.

No Python program that asks rule after rule can be faster; one with an index can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.tables import Cell, Table

NAME = "floor (scan)"


def scanner(table: Table) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str] | None]:
    """A function from parsed facts to the outcome and the name of the first row that fits."""
    names: dict[str, Any] = {}
    exec(compile(source(table), f"<{table.name}>", "exec"), names)
    found: Callable[[dict[str, Any]], tuple[dict[str, Any], str] | None] = names["decide"]
    return found


def source(table: Table) -> str:
    """The function's text: each field is read once, then one ``if`` a row."""
    reads = [f"    v{number} = {_read(column)}" for number, column in enumerate(table.columns)]
    rows = [
        f"    if {' and '.join(_test(f'v{number}', cell) for number, cell in enumerate(row.cells))}:\n"
        f"        return {row.outcome!r}, {row.name!r}"
        for row in table.rows
    ]
    return "\n".join(["def decide(facts):", *reads, *rows, "    return None", ""])


def _read(column: str) -> str:
    return "facts" + "".join(f"[{name!r}]" for name in column.split("."))


def _test(name: str, cell: Cell) -> str:
    return f"{name} == {cell!r}" if isinstance(cell, str) else f"{cell[0]} <= {name} < {cell[1]}"
