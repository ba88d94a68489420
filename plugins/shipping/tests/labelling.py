"""Calls of the shipping steps, and a reader of what they made."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from rulesflow_shipping.settings import Settings
from rulesflow_shipping.steps import shipping_steps

from rulesflow import StepCall

ORDER = {
    "id": "A-100042",
    "items": 3,
    "weight_kg": Decimal("1.250"),
    "express": True,
    "ship_to": {
        "name": "Jürgen Łukasz",
        "street": "Grünstraße 12a",
        "postal_code": "04109",
        "city": "Leipzig",
        "country": "DE",
    },
}


@dataclass(frozen=True)
class Read:
    """A label as people and scanners read it."""

    lines: list[str]
    codes: dict[str, str]
    millimetres: tuple[int, int]


def label(folder: Path, key: str = "r/1", order: Any = ORDER, *, more: Any = None, **settings: Any) -> Any:
    steps = shipping_steps(Settings(folder=folder, **settings))
    return steps[0].handler(StepCall({"order": order, **(more or {})}, key, "run-1", "ship"))


def cancel(folder: Path, key: str = "r/1") -> Any:
    steps = shipping_steps(Settings(folder=folder))
    return steps[1].handler(
        StepCall({"input": {}, "output": None, "key": key}, f"{key}/undo", "run-1", "ship")
    )


def read(file: Path) -> Read:
    with closing(pypdfium2.PdfDocument(file)) as document:
        (page,) = document
        text = page.get_textpage().get_text_range()
        codes = {
            str(code.format): code.text for code in zxingcpp.read_barcodes(page.render(scale=4).to_pil())
        }
        width, height = (round(points / 72 * 25.4) for points in page.get_size())
    return Read(text.split("\r\n"), codes, (width, height))
