"""A payment service: ``python -m bench.services.payment --port 0 --ledger FILE``.

| request | body | answer |
| --- | --- | --- |
| POST /authorizations | amount, currency, token, reference | id, amount, currency |
| POST /charges | the same, and perhaps authorization | id, amount, currency |
| POST /refunds | key of a charge, or charge (its id) and perhaps amount | id or null, amount |
| POST /voids | key of an authorization | voided |
| GET /health | | status; faults strike it too |
| GET /ledger | ``?key=`` or ``?rows=all`` for the rows | sums |
| GET, POST /control | see `bench.services.faults` | what is in force |

Amounts are decimal strings. Every POST but that to /control needs an ``Idempotency-Key``. The token
``declined`` is always declined (402). What was refunded or voided by its key never comes after (409).
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from bench.services.faults import Faults
from bench.services.ledger import Ledger, refunded, stop, stopped
from bench.services.serving import Reply, Request, Route, Service, parser, problem, serve

_WORDS = {
    "charge": {"amount", "currency", "token", "method", "reference", "authorization"},
    "authorize": {"amount", "currency", "token", "method", "reference"},
    "refund": {"key", "charge", "amount", "reason"},
    "void": {"key"},
}


class Refused(Exception):
    """The request is answered with a problem instead."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = problem(status, code, message)


@dataclass(frozen=True, slots=True)
class Money:
    """What is to be moved."""

    amount: Decimal
    currency: str


Verb = Callable[[sqlite3.Connection, str, dict[str, Any], Request], Reply]


class PaymentService:
    """The routes over one ledger."""

    def __init__(self, ledger: Ledger, api_key: str | None) -> None:
        self._ledger = ledger
        self._api_key = api_key

    def faulty(self) -> dict[str, Route]:
        """What moves money, and what tells whether that can be done."""
        return {
            "GET /health": lambda _: Reply(200, {"status": "up"}),
            "POST /authorizations": self._route("authorize", _authorize),
            "POST /charges": self._route("charge", _charge),
            "POST /refunds": self._route("refund", _refund),
            "POST /voids": self._route("void", _void),
        }

    def sound(self) -> dict[str, Route]:
        """What looks only."""
        return {"GET /ledger": self._books}

    def _books(self, request: Request) -> Reply:
        if "key" in request.query or "rows" in request.query:
            return Reply(200, self._ledger.rows(request.query.get("key")))
        return Reply(200, self._ledger.sums())

    def _route(self, name: str, verb: Verb) -> Route:
        def answer(request: Request) -> Reply:
            try:
                key, body = self._admit(name, request)
                return self._ledger.once(
                    key, [name, body], lambda connection: verb(connection, key, body, request)
                )
            except Refused as refused:
                return refused.reply

        return answer

    def _admit(self, name: str, request: Request) -> tuple[str, dict[str, Any]]:
        sent = request.headers.get("Authorization", "").encode()
        if self._api_key is not None and not hmac.compare_digest(sent, f"Bearer {self._api_key}".encode()):
            raise Refused(401, "unauthorized", "the API key is wrong")
        key = request.headers.get("Idempotency-Key")
        if not key:
            raise Refused(400, "no-key", "send an Idempotency-Key")
        if not isinstance(request.body, dict) or not request.body.keys() <= _WORDS[name]:
            raise Refused(422, "body", f"send an object with {', '.join(sorted(_WORDS[name]))}")
        return key, request.body


def _authorize(connection: sqlite3.Connection, key: str, body: dict[str, Any], request: Request) -> Reply:
    money = _accepted(connection, key, body, request)
    if isinstance(money, Reply):
        return money
    cursor = connection.execute(
        "INSERT INTO hold (key, amount, currency, state) VALUES (?, ?, ?, 'open')",
        [key, str(money.amount), money.currency],
    )
    return Reply(201, _moved(f"au_{cursor.lastrowid}", money))


def _charge(connection: sqlite3.Connection, key: str, body: dict[str, Any], request: Request) -> Reply:
    money = _accepted(connection, key, body, request)
    if isinstance(money, Reply):
        return money
    if "authorization" in body:
        _capture(connection, _number(body["authorization"], "au_"), money)
    cursor = connection.execute(
        "INSERT INTO charge (key, amount, currency, reference) VALUES (?, ?, ?, ?)",
        [key, str(money.amount), money.currency, body.get("reference")],
    )
    return Reply(201, _moved(f"ch_{cursor.lastrowid}", money))


def _capture(connection: sqlite3.Connection, hold: int, money: Money) -> None:
    row = connection.execute("SELECT amount, currency, state FROM hold WHERE id = ?", [hold]).fetchone()
    if row is None or row[2] != "open" or row[1] != money.currency or Decimal(row[0]) < money.amount:
        raise Refused(409, "not-open", "there is no open authorization of that id, currency and amount")
    connection.execute("UPDATE hold SET state = 'captured' WHERE id = ?", [hold])


def _refund(connection: sqlite3.Connection, key: str, body: dict[str, Any], _request: Request) -> Reply:
    if ("key" in body) == ("charge" in body):
        return problem(422, "body", "send either the key of a charge or its id")
    if "key" in body:
        found = connection.execute("SELECT id, amount FROM charge WHERE key = ?", [body["key"]]).fetchone()
        if found is None:
            stop(connection, body["key"])
            return Reply(200, {"id": None, "amount": "0"})
    else:
        number = _number(body["charge"], "ch_")
        found = connection.execute("SELECT id, amount FROM charge WHERE id = ?", [number]).fetchone()
        if found is None:
            return problem(404, "no-such-charge", "there is no such charge")
    left = Decimal(found[1]) - refunded(connection, found[0])
    wanted = _amount(body["amount"]) if "amount" in body else left
    if wanted > left:
        return problem(409, "already-refunded", f"only {left} of this charge is left")
    if wanted == 0:
        return Reply(200, {"id": None, "amount": "0"})
    row = [key, found[0], str(wanted)]
    cursor = connection.execute("INSERT INTO refund (key, charge, amount) VALUES (?, ?, ?)", row)
    return Reply(201, {"id": f"re_{cursor.lastrowid}", "amount": str(wanted)})


def _void(connection: sqlite3.Connection, _key: str, body: dict[str, Any], _request: Request) -> Reply:
    changed = connection.execute(
        "UPDATE hold SET state = 'voided' WHERE state = 'open' AND key = ?", [body.get("key")]
    )
    stop(connection, str(body.get("key")))
    return Reply(200, {"voided": changed.rowcount > 0})


def _accepted(
    connection: sqlite3.Connection, key: str, body: dict[str, Any], request: Request
) -> Money | Reply:
    money = Money(_amount(body.get("amount")), str(body.get("currency", "")))
    if len(money.currency) != 3:
        return problem(422, "currency", "send the three letters of a currency")
    if stopped(connection, key):
        return problem(409, "stopped", "this was taken back before it came")
    if body.get("token") == "declined" or "decline" in request.faults:
        return problem(402, "card-declined", "the bank said no")
    return money


def _amount(text: Any) -> Decimal:
    try:
        amount = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise Refused(422, "amount", "an amount is a positive decimal in a string")
    return amount


def _number(text: Any, prefix: str) -> int:
    digits = str(text).removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else -1


def _moved(name: str, money: Money) -> dict[str, Any]:
    return {"id": name, "amount": str(money.amount), "currency": money.currency}


def main() -> None:
    """Serve until told to stop."""
    options = parser("a payment service with a ledger")
    options.add_argument("--ledger", type=Path, required=True, help="the SQLite file of the books")
    given = options.parse_args()
    try:
        ledger = Ledger(given.ledger)
    except (OSError, sqlite3.Error) as error:
        raise SystemExit(f"cannot keep the ledger {given.ledger}: {error}") from None
    routes = PaymentService(ledger, given.api_key)
    serve(Service(given.port, Faults(given.seed), routes.faulty(), routes.sound()))
    ledger.close()


if __name__ == "__main__":
    main()
