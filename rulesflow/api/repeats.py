"""Calls that are made again with their Idempotency-Key, where nothing durable remembers them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import Conflict, Fault

_KEPT = 1000  # answers that are remembered


class Repeats:
    """Remembers the answers to the latest calls, by caller and key, for the life of the process."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[str, dict[str, Any]]] = OrderedDict()

    def find(self, caller: str, key: str | None, body: object) -> dict[str, Any] | None:
        """The answer of then. Raises `Conflict` where the key came with another body."""
        if key is None or (caller, key) not in self._known:
            return None
        print_, answer = self._known[caller, key]
        if print_ != _fingerprint(body):
            detail = "this Idempotency-Key came with another body before"
            raise Conflict(detail, (Fault("", "key-reused", detail, "send a new key with a new body"),))
        return answer

    def keep(self, caller: str, key: str | None, body: object, answer: dict[str, Any]) -> None:
        """Remember an answer."""
        if key is not None:
            self._known[caller, key] = (_fingerprint(body), answer)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)


def _fingerprint(body: object) -> str:
    return hashlib.sha256(write_json(body)).hexdigest()
