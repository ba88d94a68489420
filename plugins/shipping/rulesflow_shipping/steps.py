"""The steps: a label for a parcel, and its end."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from rulesflow import ErrorClass, Step, StepCall, StepError
from rulesflow_shipping import schemas
from rulesflow_shipping.drawing import draw
from rulesflow_shipping.folder import Cancelled, LabelFolder
from rulesflow_shipping.parcel import Parcel, parcel
from rulesflow_shipping.settings import Settings
from rulesflow_shipping.typeface import Unprintable, load_typeface


def shipping_steps(settings: Settings) -> list[Step]:
    """All steps, over one folder. They are plain functions: drawing and writing make their callers wait."""
    shipping = _Shipping(settings)
    return [
        Step(
            "shipping.label",
            shipping.label,
            input=schemas.LABEL,
            output=schemas.LABELLED,
            undo="shipping.cancel",
            errors={
                "no-address": ErrorClass.REJECTED,
                "unprintable": ErrorClass.INVALID,
                "cancelled": ErrorClass.CONFLICT,
                "folder": ErrorClass.UNAVAILABLE,
            },
            summary="Makes the label of a parcel as a PDF",
        ),
        Step(
            "shipping.cancel",
            shipping.cancel,
            input=schemas.CANCEL,
            output=schemas.CANCELLED,
            errors={"folder": ErrorClass.UNAVAILABLE},
            summary="Takes away the label that a call of shipping.label made",
        ),
    ]


def tracking_number(key: str) -> str:
    """The number of a key's parcel: the same whenever it is asked, and of nobody else."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return "RF" + base64.b32encode(digest[:10]).decode()


class _Shipping:
    """The handlers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = LabelFolder(settings.folder)
        self._typeface = load_typeface(settings.font)

    def label(self, call: StepCall) -> dict[str, Any]:
        carrier = call.input.get("carrier") or self._settings.carrier
        tracking = tracking_number(call.key)
        told = parcel(call.input["order"], carrier, call.input.get("reservation"))
        if self._settings.require_address and told.missing:
            message = f"the order's ship_to lacks {', '.join(told.missing)}"
            raise StepError(ErrorClass.REJECTED, message, code="no-address")
        try:
            name = self._folder.keep(tracking, lambda: self._drawn(told, tracking))
        except Cancelled as gone:
            raise StepError(ErrorClass.CONFLICT, str(gone), code="cancelled") from None
        except Unprintable as lacking:
            raise StepError(ErrorClass.INVALID, str(lacking), code="unprintable") from None
        except OSError as error:
            raise self._unwritable(error) from None
        return {"label": self._place(name), "tracking": tracking, "carrier": carrier}

    def cancel(self, call: StepCall) -> dict[str, Any]:
        try:
            return {"cancelled": self._folder.cancel(tracking_number(call.input["key"]))}
        except OSError as error:
            raise self._unwritable(error) from None

    def _drawn(self, told: Parcel, tracking: str) -> bytes:
        code = self._settings.tracking_url.replace("{tracking}", tracking) or tracking
        return draw(told, tracking, code, self._settings.sender, self._typeface)

    def _place(self, name: str) -> str:
        base = self._settings.base_url
        return f"{str(base).rstrip('/')}/{name}" if base else name

    def _unwritable(self, error: OSError) -> StepError:
        message = f"the folder of labels {self._settings.folder} cannot be written: {error.strerror or error}"
        return StepError(ErrorClass.UNAVAILABLE, message, code="folder")
