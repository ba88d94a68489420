"""The book: what each order got back, by the keys of the calls that booked it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, text

from rulesflow import StepDatabase

_TABLES = (
    # A row for each order: who changes it goes first, and others wait.
    "CREATE TABLE IF NOT EXISTS refund_order (order_id VARCHAR(200) PRIMARY KEY, changes BIGINT NOT NULL)",
    # Amounts are texts, since SQLite has no exact decimal. One that was taken back is null.
    "CREATE TABLE IF NOT EXISTS refund_booking (key VARCHAR(1000) PRIMARY KEY,"
    " order_id VARCHAR(200), amount TEXT, reason VARCHAR(200))",
    "CREATE INDEX IF NOT EXISTS refund_booking_order ON refund_booking (order_id)",
)
_OPEN = text("INSERT INTO refund_order (order_id, changes) VALUES (:order_id, 0) ON CONFLICT DO NOTHING")
_CHANGE = text("UPDATE refund_order SET changes = changes + 1 WHERE order_id = :order_id")
_CLAIM = text(
    "INSERT INTO refund_booking (key, order_id, amount, reason)"
    " VALUES (:key, :order_id, :amount, :reason) ON CONFLICT DO NOTHING"
)
_BOOKING = text("SELECT order_id, amount FROM refund_booking WHERE key = :key")
_AMOUNTS = text("SELECT amount FROM refund_booking WHERE order_id = :order_id AND amount IS NOT NULL")
_TAKE_BACK = text("UPDATE refund_booking SET amount = NULL WHERE key = :key AND amount = :amount")


class OverRefund(Exception):
    """The order would get back more than was paid; nothing was booked."""

    def __init__(self, order_id: str, wanted: Decimal, left: Decimal) -> None:
        super().__init__(f"{wanted:f} are to go back for order {order_id}, and only {left:f} are left of it")


class TakenBack(Exception):
    """The booking was taken back before, so it is not made again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order has had back so far: the sum, and in how many refunds."""

    booked: Decimal
    refunds: int


class RefundBook:
    """Bookings by key. Every method raises `StepError` where the database is away."""

    def __init__(self, database: StepDatabase) -> None:
        self._database = database

    def standing(self, order_id: str) -> Standing:
        """What an order has had back."""
        with self._database.writing(_TABLES) as connection:
            return _standing(connection, order_id)

    def book(self, key: str, order_id: str, amount: Decimal, paid: Decimal, reason: str = "") -> Standing:
        """Note that an amount goes back, and return what the order has had with it.

        A key that has its booking keeps it. Raises `OverRefund` and `TakenBack`.
        """
        row = {"key": key, "order_id": order_id, "amount": f"{amount:f}", "reason": reason}
        with self._database.writing(_TABLES) as connection:
            connection.execute(_OPEN, {"order_id": order_id})
            connection.execute(_CHANGE, {"order_id": order_id})
            before = _standing(connection, order_id)
            if connection.execute(_CLAIM, row).rowcount == 0:
                if connection.execute(_BOOKING, {"key": key}).one().amount is None:
                    raise TakenBack(f"booking {key} was taken back before")
                return before
            if before.booked + amount > paid:
                raise OverRefund(order_id, amount, max(paid - before.booked, Decimal(0)))
            return _standing(connection, order_id)

    def unbook(self, key: str) -> Decimal:
        """Take a booking back and return its amount; 0 where there is none.

        The key is remembered: a booking that timed out may still be on its way, and must not come after.
        """
        nothing = {"key": key, "order_id": None, "amount": None, "reason": None}
        with self._database.writing(_TABLES) as connection:
            if connection.execute(_CLAIM, nothing).rowcount:
                return Decimal(0)
            found = connection.execute(_BOOKING, {"key": key}).one()
            if found.amount is None:
                return Decimal(0)
            taken = connection.execute(_TAKE_BACK, {"key": key, "amount": found.amount}).rowcount
            return Decimal(found.amount) if taken else Decimal(0)


def _standing(connection: Connection, order_id: str) -> Standing:
    amounts = [Decimal(amount) for (amount,) in connection.execute(_AMOUNTS, {"order_id": order_id})]
    return Standing(sum(amounts, Decimal(0)), len(amounts))
