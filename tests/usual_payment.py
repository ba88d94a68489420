"""A project that pays, and what was usual of its payments a week ago."""

from __future__ import annotations

import time
from pathlib import Path

from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import Database
from rulesflow.runtime.stats import Stats

USUAL = 0.2  # seconds that payment takes
_HOUR = 3600 * MICROS
_WEEK = 7 * 24 * _HOUR
_FILES = {
    "rulesflow.yaml": "project: till\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": "type: object\nproperties: {order: {type: string}}\n",
    "base/fee.yaml": "decision: fee\noutcome: {fee: {type: number}}\ndefault: {fee: 1}\n",
}
_PAY = """\
workflow: pay
input: {type: object, required: [order], properties: {order: {type: string}}}
steps:
  charge:
    call: payment.charge
    with: {amount: 10, currency: EUR, reference: "${ order }"}
"""


def write_till(folder: Path, *, timeout: str, alerts: str) -> Path:
    """Write the project, with the time that a charge may take, and an entry of its alerts; its folder."""
    pay = f"{_PAY}    timeout: {timeout}\n"
    files = {**_FILES, "alerts.yaml": f"alerts:\n  {alerts}\n", "workflows/pay.yaml": pay}
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def last_week(database_url: str) -> None:
    """Write down what was usual a week ago, in this hour and the next, as the service would have."""
    clock = [time.time_ns() // 1000 - _WEEK]
    database = Database(database_url)
    stats = Stats(database, lambda: clock[0])
    for _ in range(2):
        for _ in range(500):
            stats.count("payment.charge", "payment", 0.001, USUAL, None)
        stats.flush()
        clock[0] += _HOUR
    clock[0] += _HOUR
    stats.flush()
    stats.stop()
    database.close()
