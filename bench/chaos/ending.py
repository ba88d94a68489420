"""The state in the end: the runs by REST, and the books of the payment service and of the stock."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx

from bench.chaos.checkout import Placed
from bench.chaos.premises import Premises
from rulesflow.model.times import Timestamp

_ANSWERS_WITHIN: Final = 60.0
_PAGE: Final = 1000
_RUNS: Final = "/v1/runs"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that was taken. ``id``: of its row in the ledger, ``key``: under which it was asked for."""

    id: int
    key: str
    amount: Decimal
    reference: str

    @property
    def run(self) -> str:
        """The run that asked for it."""
        return self.key.split("/")[0]


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back, of the charge of that ``id``."""

    key: str
    charge: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Reservation:
    """Goods that are set aside for a key, unless they were ``released``."""

    key: str
    released: bool
    pieces: Counter[str]

    @property
    def run(self) -> str:
        """The run that they are for."""
        return self.key.split("/")[0]


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything that the promises are held against.

    ``runs``: each in full, and ``histories``: its entries, by run; ``listed``: all runs that the list shows.
    ``holds``: keys of authorizations that are still open. ``shelf``: pieces of each article in the beginning.
    ``labels``: name of each label -> whether it is whole. ``complaints``: what servers did that none may do.
    ``kills``: when servers were killed. ``clock_was_wrong``: so that times in the histories are.
    """

    placed: Mapping[str, Placed]
    runs: Mapping[str, Mapping[str, Any]]
    histories: Mapping[str, Sequence[Mapping[str, Any]]]
    listed: Sequence[str]
    charges: Sequence[Charge] = ()
    refunds: Sequence[Refund] = ()
    holds: Sequence[str] = ()
    reservations: Sequence[Reservation] = ()
    on_hand: Mapping[str, int] = field(default_factory=dict)
    shelf: int = 0
    labels: Mapping[str, bool] = field(default_factory=dict)
    complaints: Sequence[str] = ()
    kills: Sequence[Timestamp] = ()
    clock_was_wrong: bool = False

    def returned(self, charge: Charge) -> Decimal:
        """How much of a charge went back."""
        return sum((each.amount for each in self.refunds if each.charge == charge.id), Decimal(0))

    def order(self, run: str) -> str:
        """The order that a run is for; empty where there is no such run."""
        return str(self.runs[run]["input"]["order"]["id"]) if run in self.runs else ""


def read_ending(
    premises: Premises, placed: Mapping[str, Placed], shelf: int, *, clock_was_wrong: bool = False
) -> Ending:
    """Look at everything. Raises `httpx.HTTPError` and `sqlite3.Error`."""
    with httpx.Client(base_url=premises.first.url or "", timeout=_ANSWERS_WITHIN) as client:
        listed = _listed(client)
        known = {run for each in placed.values() for run in each.runs} | set(listed)
        runs = {run: shown for run in sorted(known) if (shown := _shown(client, run)) is not None}
        histories = {run: _history(client, run) for run in runs}
    return Ending(
        placed,
        runs,
        histories,
        listed,
        *_payments(premises.ledger),
        *_stock(premises.stock),
        shelf,
        {each.name: _whole(each) for each in premises.labels.glob("*.pdf")},
        [each for server in premises.servers for each in server.complaints],
        [at for server in premises.servers for at in server.kills],
        clock_was_wrong,
    )


def _listed(client: httpx.Client) -> list[str]:
    found: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        query = {"limit": _PAGE, **({"cursor": page["next"]} if page["next"] else {})}
        page = client.get(_RUNS, params=query).raise_for_status().json()
        found += [run["id"] for run in page["runs"]]
    return found


def _shown(client: httpx.Client, run: str) -> Mapping[str, Any] | None:
    """A run in full; None where the service knows none."""
    answer = client.get(f"{_RUNS}/{run}")
    if answer.status_code == 404:
        return None
    shown: Mapping[str, Any] = answer.raise_for_status().json()
    return shown


def _history(client: httpx.Client, run: str) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = []
    after: int | None = 0
    while after is not None:
        query = {"after": after, "limit": _PAGE}
        page = client.get(f"{_RUNS}/{run}/history", params=query).raise_for_status().json()
        entries += page["entries"]
        after = page["next"]
    return entries


def _payments(ledger: Path) -> tuple[list[Charge], list[Refund], list[str]]:
    with closing(sqlite3.connect(ledger)) as books:
        charges = books.execute("SELECT id, key, amount, reference FROM charge ORDER BY id").fetchall()
        refunds = books.execute("SELECT key, charge, amount FROM refund ORDER BY id").fetchall()
        holds = books.execute("SELECT key FROM hold WHERE state = 'open' ORDER BY id").fetchall()
    return (
        [Charge(number, unquote(key), Decimal(amount), name) for number, key, amount, name in charges],
        [Refund(unquote(key), charge, Decimal(amount)) for key, charge, amount in refunds],
        [unquote(key) for (key,) in holds],
    )


def _stock(file: Path) -> tuple[list[Reservation], dict[str, int]]:
    if not file.exists():  # no order has come as far as that
        return [], {}
    with closing(sqlite3.connect(file)) as books:
        pieces: dict[str, Counter[str]] = {}
        for key, sku, quantity in books.execute("SELECT key, sku, quantity FROM reservation_line"):
            pieces.setdefault(key, Counter())[sku] += quantity
        held = [
            Reservation(key, bool(released), pieces.get(key, Counter()))
            for key, released in books.execute("SELECT key, released FROM reservation ORDER BY key")
        ]
        return held, dict(books.execute("SELECT sku, on_hand FROM stock").fetchall())


def _whole(label: Path) -> bool:
    content = label.read_bytes()
    return content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")
