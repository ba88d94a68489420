"""The steps: from a call to the tables, and from what went wrong there to an error of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rulesflow import ErrorClass, Step, StepCall, StepError
from rulesflow_stock import schemas
from rulesflow_stock.table import OutOfStock, Released, StockTable


def stock_steps(table: StockTable) -> list[Step]:
    """All steps, over one table. They are plain functions: a database makes its callers wait."""

    def reserve(call: StepCall) -> dict[str, Any]:
        wanted = _goods(call.input, "stock.reserve")
        with _told():
            table.reserve(call.key, wanted)
        return {"reservation_id": call.key, "quantity": wanted.total()}

    def release(call: StepCall) -> dict[str, Any]:
        with _told():
            return {"released": table.release(call.input["key"])}

    def restock(call: StepCall) -> dict[str, Any]:
        delivered = _goods(call.input, "stock.restock")
        with _told():
            return {"on_hand": table.restock(call.key, delivered)}

    def level(call: StepCall) -> dict[str, Any]:
        with _told():
            return {"sku": call.input["sku"], "on_hand": table.level(call.input["sku"])}

    return [
        Step(
            "stock.reserve",
            reserve,
            input=schemas.GOODS,
            output=schemas.RESERVED,
            undo="stock.release",
            errors={"out-of-stock": ErrorClass.REJECTED, "released": ErrorClass.CONFLICT},
            summary="Reserves all lines of an order, or none",
        ),
        Step(
            "stock.release",
            release,
            input=schemas.UNDO,
            output=schemas.RELEASED,
            summary="Gives back what a call of stock.reserve took",
        ),
        Step(
            "stock.restock",
            restock,
            input=schemas.GOODS,
            output=schemas.RESTOCKED,
            summary="Adds a delivery to what is on hand",
        ),
        Step(
            "stock.level",
            level,
            input=schemas.LEVEL,
            output=schemas.ON_HAND,
            summary="Tells how many pieces of an article are on hand",
        ),
    ]


def _goods(given: Mapping[str, Any], step: str) -> Counter[str]:
    """Pieces by article, from either form of the input."""
    if ("lines" in given) == ("sku" in given) or ("lines" in given and "quantity" in given):
        message = f"{step} needs either lines, or sku and perhaps quantity"
        raise StepError(ErrorClass.INVALID, message)
    goods: Counter[str] = Counter()
    for line in given.get("lines", [given]):
        goods[line["sku"]] += int(line.get("quantity", 1))
    return goods


@contextmanager
def _told() -> Iterator[None]:
    """What the table raises, as errors of the step."""
    try:
        yield
    except OutOfStock as short:
        raise StepError(ErrorClass.REJECTED, str(short), code="out-of-stock") from None
    except Released as gone:
        raise StepError(ErrorClass.CONFLICT, str(gone), code="released") from None
