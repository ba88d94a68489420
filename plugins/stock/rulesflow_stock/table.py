"""The tables of what is on hand and what is reserved."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from rulesflow import StepDatabase

_TABLES = (
    "CREATE TABLE IF NOT EXISTS stock (sku VARCHAR(200) PRIMARY KEY,"
    " on_hand BIGINT NOT NULL CHECK (on_hand >= 0))",
    "CREATE TABLE IF NOT EXISTS reservation (key VARCHAR(1000) PRIMARY KEY, released BOOLEAN NOT NULL)",
    "CREATE TABLE IF NOT EXISTS reservation_line (key VARCHAR(1000) NOT NULL REFERENCES reservation (key),"
    " sku VARCHAR(200) NOT NULL, quantity BIGINT NOT NULL CHECK (quantity > 0), PRIMARY KEY (key, sku))",
    "CREATE TABLE IF NOT EXISTS delivery (key VARCHAR(1000) PRIMARY KEY)",
)
# Where another transaction inserts the same key, PostgreSQL waits here for its end; SQLite has one writer.
_CLAIM = text("INSERT INTO reservation (key, released) VALUES (:key, :released) ON CONFLICT DO NOTHING")
_RELEASED = text("SELECT released FROM reservation WHERE key = :key")
_FIRST_SEEN = text("INSERT INTO stock (sku, on_hand) VALUES (:sku, :initial) ON CONFLICT DO NOTHING")
_TAKE = text("UPDATE stock SET on_hand = on_hand - :quantity WHERE sku = :sku AND on_hand >= :quantity")
_PUT = text("UPDATE stock SET on_hand = on_hand + :quantity WHERE sku = :sku")
_LINE = text("INSERT INTO reservation_line (key, sku, quantity) VALUES (:key, :sku, :quantity)")
_LINES = text("SELECT sku, quantity FROM reservation_line WHERE key = :key ORDER BY sku")
_ON_HAND = text("SELECT on_hand FROM stock WHERE sku = :sku")
_RELEASE = text("UPDATE reservation SET released = TRUE WHERE key = :key AND NOT released")
_DELIVERY = text("INSERT INTO delivery (key) VALUES (:key) ON CONFLICT DO NOTHING")


class OutOfStock(Exception):
    """There are fewer pieces of an article than wanted; nothing was taken."""

    def __init__(self, sku: str, wanted: int, on_hand: int) -> None:
        super().__init__(f"{wanted} of {sku} are wanted, {on_hand} are left")


class Released(Exception):
    """The reservation was given back before, so it is not made again."""


class StockTable:
    """Reservations by key. ``on_hand`` is what is there and not reserved.

    ``initial``: pieces of an article when it is first seen. Every method raises `StepError` where the
    database is away.
    """

    def __init__(self, database: StepDatabase, initial: int) -> None:
        self._database = database
        self._initial = initial

    def reserve(self, key: str, wanted: Mapping[str, int]) -> None:
        """Take all of ``wanted``, pieces by article, or none. A key that has its reservation keeps it.

        Raises `OutOfStock` and `Released`.
        """
        with self._database.writing(_TABLES) as connection:
            if connection.execute(_CLAIM, {"key": key, "released": False}).rowcount == 0:
                if connection.execute(_RELEASED, {"key": key}).scalar_one():
                    raise Released(f"reservation {key} was released before")
                return
            for sku, quantity in sorted(wanted.items()):  # in one order, so that no two wait for each other
                self._take(connection, sku, quantity)
                connection.execute(_LINE, {"key": key, "sku": sku, "quantity": quantity})

    def release(self, key: str) -> int:
        """Give back what the key holds and return how many pieces; 0 when it holds nothing.

        The key is remembered: a reservation that timed out may still be on its way, and must not come after.
        """
        with self._database.writing(_TABLES) as connection:
            if connection.execute(_CLAIM, {"key": key, "released": True}).rowcount:
                return 0
            if connection.execute(_RELEASE, {"key": key}).rowcount == 0:
                return 0
            held = connection.execute(_LINES, {"key": key}).all()
            for sku, quantity in held:
                connection.execute(_PUT, {"sku": sku, "quantity": quantity})
        return sum(quantity for _, quantity in held)

    def restock(self, key: str, delivered: Mapping[str, int]) -> dict[str, int]:
        """Add what was delivered, once for each key, and return what is on hand of it now."""
        with self._database.writing(_TABLES) as connection:
            new = connection.execute(_DELIVERY, {"key": key}).rowcount > 0
            for sku, quantity in sorted(delivered.items()):
                connection.execute(_FIRST_SEEN, {"sku": sku, "initial": self._initial})
                if new:
                    connection.execute(_PUT, {"sku": sku, "quantity": quantity})
            return {sku: self._on_hand(connection, sku) for sku in delivered}

    def level(self, sku: str) -> int:
        """How many pieces are on hand."""
        with self._database.writing(_TABLES) as connection:
            return self._on_hand(connection, sku)

    def _take(self, connection: Connection, sku: str, quantity: int) -> None:
        connection.execute(_FIRST_SEEN, {"sku": sku, "initial": self._initial})
        if connection.execute(_TAKE, {"sku": sku, "quantity": quantity}).rowcount == 0:
            raise OutOfStock(sku, quantity, self._on_hand(connection, sku))

    def _on_hand(self, connection: Connection, sku: str) -> int:
        found = connection.execute(_ON_HAND, {"sku": sku}).scalar_one_or_none()
        return self._initial if found is None else int(found)
