"""The payment service as the bench sees it: it can be taken down and brought back, and it keeps a ledger."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_SECONDS = 30.0  # that an answer may take


@dataclass(frozen=True, slots=True)
class Charge:
    """A row of the ledger: what was taken for ``run``, less what was given back."""

    run: str
    key: str
    amount: Decimal
    refunded: Decimal

    @property
    def kept(self) -> Decimal:
        """What is still taken."""
        return self.amount - self.refunded


@dataclass(frozen=True, slots=True)
class Gateway:
    """A payment service at ``url`` (see `bench.services.payment`). Everything blocks and raises `OSError`."""

    url: str

    def order(self, **faults: Any) -> None:
        """Order faults; None ends one."""
        self._ask("/control", json.dumps(faults).encode())

    def charges(self) -> list[Charge]:
        """Every row of the ledger. A key begins with the run that the money was taken for."""
        return [
            Charge(row["key"].split("/")[0], row["key"], Decimal(row["amount"]), Decimal(row["refunded"]))
            for row in self._ask("/ledger?rows=all")["charges"]
        ]

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(self.url + path, body, timeout=_SECONDS) as reply:
            return json.load(reply)
