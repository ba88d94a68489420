"""The payment service's books, in a SQLite file that outlives the service and its callers.

`charge` has one row for each attempt that took money, and nothing in the table forbids a second row of one
key: that there is none is for the service to achieve and for a test to see.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.services.serving import Reply, problem

_TABLES = """
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS charge (id INTEGER PRIMARY KEY, key TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL, reference TEXT);
CREATE INDEX IF NOT EXISTS charge_key ON charge (key);
CREATE TABLE IF NOT EXISTS refund (id INTEGER PRIMARY KEY, key TEXT NOT NULL, charge INTEGER NOT NULL, amount TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refund_charge ON refund (charge);
CREATE TABLE IF NOT EXISTS hold (id INTEGER PRIMARY KEY, key TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS hold_key ON hold (key);
CREATE TABLE IF NOT EXISTS stopped (key TEXT PRIMARY KEY);
"""  # noqa: E501 (a table a line)

Work = Callable[[sqlite3.Connection], Reply]


class Ledger:
    """One connection and one lock: requests come by the thousand, not by the million."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A commit is in the file once it returns; only a power cut could take it back.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def once(self, key: str, request: Any, work: Work) -> Reply:
        """Do the work of a key once; later requests of the key get the first one's answer."""
        written = json.dumps(request, sort_keys=True)
        with self._transaction() as connection:
            kept = connection.execute(
                "SELECT request, status, body FROM answer WHERE key = ?", [key]
            ).fetchone()
            if kept is None:
                reply = work(connection)
                row = [key, written, reply.status, json.dumps(reply.body)]
                connection.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", row)
                return reply
        if kept[0] != written:
            return problem(422, "key-reused", "this Idempotency-Key came with another request before")
        return Reply(kept[1], json.loads(kept[2]))

    def sums(self) -> dict[str, Any]:
        """How much was charged and refunded, over everything, and how often the busiest key was charged."""
        with self._transaction() as connection:
            charges = connection.execute("SELECT key, amount FROM charge").fetchall()
            refunds = connection.execute("SELECT amount FROM refund").fetchall()
            (held,) = connection.execute("SELECT count(*) FROM hold WHERE state = 'open'").fetchone()
        per_key = Counter(key for key, _ in charges)
        charged = sum((Decimal(amount) for _, amount in charges), Decimal(0))
        refunded = sum((Decimal(amount) for (amount,) in refunds), Decimal(0))
        return {
            "charges": len(charges),
            "keys": len(per_key),
            "most_per_key": max(per_key.values(), default=0),
            "charged": str(charged),
            "refunds": len(refunds),
            "refunded": str(refunded),
            "net": str(charged - refunded),
            "open_authorizations": held,
        }

    def rows(self, key: str | None) -> dict[str, Any]:
        """Each charge, with what was refunded of it; of one key, or of all."""
        with self._transaction() as connection:
            charges = connection.execute(
                "SELECT id, key, amount, currency, reference FROM charge WHERE ? IN ('', key) ORDER BY id",
                [key or ""],
            ).fetchall()
            return {
                "charges": [
                    {
                        "key": row[1],
                        "amount": row[2],
                        "currency": row[3],
                        "reference": row[4],
                        "refunded": str(refunded(connection, row[0])),
                    }
                    for row in charges
                ]
            }

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def refunded(connection: sqlite3.Connection, charge: int) -> Decimal:
    """How much of a charge was given back."""
    rows = connection.execute("SELECT amount FROM refund WHERE charge = ?", [charge]).fetchall()
    return sum((Decimal(amount) for (amount,) in rows), Decimal(0))


def stopped(connection: sqlite3.Connection, key: str) -> bool:
    """Whether what the key asks for was taken back before it came."""
    return connection.execute("SELECT 1 FROM stopped WHERE key = ?", [key]).fetchone() is not None


def stop(connection: sqlite3.Connection, key: str) -> None:
    """Refuse what the key asks for, should it still come."""
    connection.execute("INSERT OR IGNORE INTO stopped VALUES (?)", [key])
