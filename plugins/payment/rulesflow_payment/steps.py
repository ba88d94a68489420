"""The steps: what they ask of the service, and what they make of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from rulesflow import ErrorClass, Step, StepCall, StepError
from rulesflow_payment import schemas
from rulesflow_payment.gateway import Gateway, bad_answer, key_text

_SERVICE_ERRORS = {
    "unauthorized": ErrorClass.INVALID,
    "not-found": ErrorClass.INVALID,
    "bad-answer": ErrorClass.INTERNAL,
}
_MONEY_ERRORS = {**_SERVICE_ERRORS, "declined": ErrorClass.REJECTED, "taken-back": ErrorClass.CONFLICT}


def payment_steps(gateway: Gateway) -> list[Step]:
    """All steps, over one gateway."""
    payments = _Payments(gateway)
    return [
        Step(
            "payment.authorize",
            payments.authorize,
            input=schemas.AUTHORIZE,
            output=schemas.AUTHORIZED,
            undo="payment.void",
            errors=_MONEY_ERRORS,
            summary="Holds an amount on the customer's means of payment",
        ),
        Step(
            "payment.charge",
            payments.charge,
            input=schemas.CHARGE,
            output=schemas.CHARGED,
            undo="payment.refund",
            errors={**_MONEY_ERRORS, "not-open": ErrorClass.CONFLICT},
            summary="Takes an amount, once for each key",
        ),
        Step(
            "payment.refund",
            payments.refund,
            input=schemas.REFUND,
            output=schemas.REFUNDED,
            errors={**_SERVICE_ERRORS, "already-refunded": ErrorClass.CONFLICT},
            summary="Gives back a charge, or a part of it",
        ),
        Step(
            "payment.void",
            payments.void,
            input=schemas.VOID,
            output=schemas.VOIDED,
            errors=_SERVICE_ERRORS,
            summary="Lets go of what a call of payment.authorize holds",
        ),
    ]


class _Payments:
    """The handlers."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def authorize(self, call: StepCall) -> dict[str, Any]:
        return await self._move("authorizations", "authorization_id", call, {})

    async def charge(self, call: StepCall) -> dict[str, Any]:
        held = call.input.get("authorization_id")
        charged = await self._move("charges", "charge_id", call, {"authorization": held} if held else {})
        call.emit("payment.captured", _known({"order_id": _reference(call), **charged}))
        return charged

    async def refund(self, call: StepCall) -> dict[str, Any]:
        if "charge_id" in call.input and call.input.get("amount") == 0:
            return {"refund_id": None, "amount": 0}
        reply = await self._gateway.post("refunds", call, _refund(call.input))
        refunded = {"refund_id": _name(reply, nullable=True), "amount": _amount(reply)}
        if refunded["refund_id"] is not None:
            call.emit("payment.refunded", _known({"charge_id": _charge(call.input), **refunded}))
        return refunded

    async def void(self, call: StepCall) -> dict[str, Any]:
        reply = await self._gateway.post("voids", call, {"key": key_text(call.input["key"])})
        if not isinstance(reply.get("voided"), bool):
            raise bad_answer("voided is neither true nor false")
        return {"voided": reply["voided"]}

    async def _move(self, path: str, name: str, call: StepCall, more: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for an amount, and hold the answer against what was asked."""
        amount, currency = call.input["amount"], call.input["currency"]
        if not amount:  # an order that a voucher has paid: no service takes nothing
            return {name: None, "amount": 0, "currency": currency}
        body = {
            "amount": _plain(amount),
            "currency": currency,
            "reference": _reference(call),
        }
        body |= {word: call.input[word] for word in ("token", "method") if word in call.input}
        reply = await self._gateway.post(path, call, {**body, **more})
        if _amount(reply) != amount or reply.get("currency") != currency:
            raise bad_answer("it names another amount or currency than was asked for")
        return {name: _name(reply), "amount": amount, "currency": currency}


def _reference(call: StepCall) -> str:
    """What the service's books call it."""
    return str(call.input.get("reference", call.run))


def _charge(given: Mapping[str, Any]) -> Any:
    """The charge that goes back; None where an undo does not know what its call was told."""
    return given.get("charge_id") or (given.get("output") or {}).get("charge_id")


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _refund(given: Mapping[str, Any]) -> dict[str, Any]:
    """The request: as an undo, all that the key has charged; otherwise what a workflow asks for."""
    if ("key" in given) == ("charge_id" in given):
        message = "payment.refund needs charge_id, or, as an undo, the key of the charge"
        raise StepError(ErrorClass.INVALID, message)
    if "key" in given:
        return {"key": key_text(given["key"])}
    body = {"charge": given["charge_id"]}
    if "amount" in given:
        body["amount"] = _plain(given["amount"])
    if "reason" in given:
        body["reason"] = given["reason"]
    return body


def _amount(reply: Mapping[str, Any]) -> int | Decimal:
    """The amount of an answer, which services write as a text or as a number."""
    written = reply.get("amount")
    try:
        if isinstance(written, bool) or not isinstance(written, str | int | Decimal):
            raise InvalidOperation
        amount = Decimal(written)
        whole = amount.is_finite() and amount == amount.to_integral_value()
    except InvalidOperation:
        raise bad_answer("its amount is no number") from None
    if not amount.is_finite() or amount < 0:
        raise bad_answer("its amount is no number")
    return int(amount) if whole else amount


def _name(reply: Mapping[str, Any], *, nullable: bool = False) -> str | None:
    name = reply.get("id")
    if (isinstance(name, str) and name) or (nullable and name is None):
        return name
    raise bad_answer("it has no id")


def _plain(amount: int | Decimal) -> str:
    """Without an exponent, which some services do not read."""
    return format(Decimal(amount), "f")
