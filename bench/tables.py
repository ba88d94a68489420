"""The rules that are measured: decision tables of which exactly one row fits each request.

A table is written several times from the same rows: as a rulesflow project (here), as a Python function
(`bench.floor`), and for each of the peers (`bench.peers`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

COUNTRIES = (
    *("AT", "BE", "BR", "DE", "ES", "FR", "GB", "IT", "NO", "US"),
    *("AU", "CA", "CH", "CZ", "DK", "FI", "GR", "HU", "IE", "JP", "MX", "NL", "PL", "PT", "SE"),
)
CATEGORIES = (
    *("art", "books", "coats", "games", "garden", "music", "phones", "shoes", "tools", "toys"),
    *("bikes", "food", "lamps", "pets"),
)
CHANNELS = ("app", "chat", "email", "fax", "kiosk", "letter", "phone", "store", "tablet", "web")
#: By number of rules, how many bands of weight and of value the range table has.
GRIDS: Mapping[int, tuple[int, int]] = {10: (5, 2), 100: (10, 10), 1_000: (40, 25), 10_000: (100, 100)}
#: How many pairs of country and category there are, and how many rules of a pair a number fits.
PAIRS = len(COUNTRIES) * len(CATEGORIES)
OVERLAP = 16
DECISION = "tariff"
RULES_A_FILE = 100

#: A cell is a text that must be equal, or the whole numbers between which a value lies: ``[low, high)``.
Cell: TypeAlias = str | tuple[int, int]

_PROJECT = "project: bench\nfacts: facts.yaml\nlayers: [base]\n"
_FACTS = """\
type: object
required: [order, customer]
additionalProperties: false
properties:
  order:
    type: object
    required: [id, country, category, channel, weight, total]
    additionalProperties: false
    properties:
      id: {type: string}
      country: {type: string}
      category: {type: string}
      channel: {type: string}
      weight: {type: number, minimum: 0}
      total: {type: number, minimum: 0}
      lines:
        type: array
        items:
          type: object
          required: [sku, quantity]
          additionalProperties: false
          properties: {sku: {type: string}, quantity: {type: integer, minimum: 1}}
  customer:
    type: object
    required: [type]
    additionalProperties: false
    properties:
      id: {type: string}
      type: {enum: [new, regular, vip, business]}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its tests, a cell for each column, and its outcome.

    ``asked``: the part of the cells that no other row fits, where that is not all of them.
    """

    name: str
    cells: tuple[Cell, ...]
    rate: int
    asked: tuple[Cell, ...] = ()

    @property
    def outcome(self) -> dict[str, Any]:
        """What a request that fits is answered. It names the row, so equal answers mean the same row."""
        return {"rate": self.rate, "row": self.name}


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. ``columns``: the fields of the facts that its cells test."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def files(self) -> dict[str, bytes]:
        """The table as a rulesflow project of one decision."""
        return project_files({DECISION: self})


@dataclass(frozen=True, slots=True)
class Request:
    """A request's facts, as JSON text, and the outcome that is right."""

    text: bytes
    outcome: dict[str, Any]


def equality_table(rules: int) -> Table:
    """Rows that ask three fields for equality, 10 values each; at most 1,000 rows."""
    rows = tuple(
        Row(
            f"row_{number}",
            (COUNTRIES[number % 10], CATEGORIES[number // 10 % 10], CHANNELS[number // 100]),
            number,
        )
        for number in range(rules)
    )
    return Table("equality", ("order.country", "order.category", "order.channel"), rows)


def range_table(rules: int) -> Table:
    """Rows that ask two numbers for a band: weights of 1 kg, values of 100. ``rules`` is a key of `GRIDS`."""
    weights, values = GRIDS[rules]
    bands = [(weight, value) for value in range(values) for weight in range(weights)]
    rows = tuple(
        Row(f"row_{number}", ((weight, weight + 1), (value * 100, (value + 1) * 100)), number)
        for number, (weight, value) in enumerate(bands)
    )
    return Table("range", ("order.weight", "order.total"), rows)


def pairs_table(rules: int) -> Table:
    """Rows that ask two fields for equality and two numbers for ranges, which overlap within each pair.

    The rules of a pair are a staircase: the k-th takes weights of ``[k, k + 16)`` and totals of
    ``[10 k, 10 k + 160)``. So it overlaps with 15 others on either side, on both numbers at once, and a
    number alone fits 16 rules. Asked is for its corner, weights of ``[k, k + 1)`` and totals of
    ``[10 k + 150, 10 k + 160)``: the weight fits no later rule, the total no earlier one.
    """
    pairs = min(PAIRS, max(rules // 5, 1))
    steps = [(pair, step) for pair in range(pairs) for step in range(rules // pairs + (pair < rules % pairs))]
    return Table(
        "pairs",
        ("order.country", "order.category", "order.weight", "order.total"),
        tuple(_step(number, *step) for number, step in enumerate(steps)),
    )


def _step(number: int, pair: int, step: int) -> Row:
    equal = COUNTRIES[pair % len(COUNTRIES)], CATEGORIES[pair // len(COUNTRIES)]
    end = step + OVERLAP
    return Row(
        f"row_{number}",
        (*equal, (step, end), (step * 10, end * 10)),
        number,
        (*equal, (step, step + 1), (end * 10 - 10, end * 10)),
    )


def project_files(tables: Mapping[str, Table]) -> dict[str, bytes]:
    """A rulesflow project with one decision, in a file of its own, for each table, by name."""
    texts = {f"base/{name}.yaml": _decision(name, table) for name, table in tables.items()}
    return {
        path: text.encode()
        for path, text in {"rulesflow.yaml": _PROJECT, "facts.yaml": _FACTS, **texts}.items()
    }


def many_files(files: int) -> dict[str, bytes]:
    """A project of so many decisions, each with `RULES_A_FILE` rules in a file of its own."""
    table = equality_table(RULES_A_FILE)
    return project_files({f"{DECISION}_{number:03}": table for number in range(files)})


def write_project(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write a project's files below a folder, which is made; the folder."""
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def requests(table: Table, count: int, seed: int, *, lines: int = 0) -> list[Request]:
    """Distinct requests in random order, spread evenly over the rows; with order ``lines``, to be longer."""
    random = Random(seed)
    rows = [table.rows[number * len(table.rows) // count] for number in range(count)]
    random.shuffle(rows)
    return [
        Request(json.dumps(_facts(table, row, number, lines, random)).encode(), row.outcome)
        for number, row in enumerate(rows)
    ]


def _decision(name: str, table: Table) -> str:
    return "\n".join(
        (
            f"decision: {name}",
            "hit: first",
            "outcome: {rate: {type: number}, row: {type: string}}",
            "rules:",
            *(_rule(table, row) for row in table.rows),
            "",
        )
    )


def _rule(table: Table, row: Row) -> str:
    tests = zip(table.columns, row.cells, strict=True)
    when = ", ".join(f"{column}: {_test(cell)}" for column, cell in tests)
    return f"  - {{rule: {row.name}, when: {{{when}}}, then: {{rate: {row.rate}, row: {row.name}}}}}"


def _test(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f'"[{cell[0]}..{cell[1]})"'


def _facts(table: Table, row: Row, number: int, lines: int, random: Random) -> dict[str, Any]:
    order: dict[str, Any] = {
        "id": f"A-{100_000 + number}",
        "country": random.choice(COUNTRIES),
        "category": random.choice(CATEGORIES),
        "channel": random.choice(CHANNELS),
        "weight": random.randrange(4_000) / 100,
        "total": random.randrange(250_000) / 100,
    }
    for column, cell in zip(table.columns, row.asked or row.cells, strict=True):
        order[column.removeprefix("order.")] = cell if isinstance(cell, str) else _within(cell, random)
    if lines:
        order["lines"] = list(_lines(lines, random))
    customer = {"id": f"c-{random.randrange(10_000)}", "type": random.choice(("new", "regular", "vip"))}
    return {"order": order, "customer": customer}


def _within(band: tuple[int, int], random: Random) -> float:
    """A number of two decimal places in ``[low, high)``."""
    return random.randrange(band[0] * 100, band[1] * 100) / 100


def _lines(count: int, random: Random) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        yield {"sku": f"sku-{random.randrange(1_000_000):06}", "quantity": random.randint(1, 9)}
