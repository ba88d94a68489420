"""The members of a JSON object that a call takes, read one by one; whatever is wrong is told at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rulesflow.documents.jsontext import Json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault, pointer

_MOST_UNKNOWN = 20  # unknown keys that a report names
_SHOWN = 80  # characters of a caller's text that a message repeats


class Members:
    """Reads an object of a known ``shape``; `close` raises `FactsRefused` with every fault."""

    def __init__(self, body: Json, shape: str) -> None:
        self._shape = shape
        self._left: dict[str, Any] = dict(body) if isinstance(body, dict) else {}
        self._known: list[str] = []
        self.faults: list[Fault] = []
        if not isinstance(body, dict):
            self.faults.append(Fault("", "type", "expected an object"))

    def text(self, name: str, *, required: bool = False) -> str:
        """A string; ``""`` where there is none."""
        null_is_wrong = required and name in self._left
        value = self.value(name, required=required)
        if isinstance(value, str) and (value or not required):
            return value
        if value is not None or null_is_wrong:
            wanted = "a string that is not empty" if required else "a string"
            self.fault(name, "type", f"{name} must be {wanted}")
        return ""

    def flag(self, name: str, default: bool) -> bool:
        """A boolean."""
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(name, "type", f"{name} must be true or false")
        return value is True

    def positive(self, name: str) -> float | None:
        """A number above zero; None where there is none."""
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
            self.fault(name, "type", f"{name} must be a number above 0")
            return None
        return float(value)

    def value(self, name: str, default: Json = None, *, required: bool = False) -> Json:
        """Whatever stands there, null too; the default where nothing does."""
        self._known.append(name)
        if required and name not in self._left and not (self.faults and not self.faults[0].pointer):
            self.fault(name, "required", f"{name} is required")
        return self._left.pop(name, default)

    def fault(self, name: str, code: str, message: str, hint: str | None = None) -> None:
        """Tell that a member is wrong."""
        self.faults.append(Fault(pointer(name), code, message, hint))

    def close(self) -> None:
        """Raises `FactsRefused` for all that was wrong, members of other names too."""
        for key in list(self._left)[:_MOST_UNKNOWN]:
            known = f"known are {', '.join(self._known)}" if self._known else "leave it out"
            hint = did_you_mean(key[:_SHOWN], self._known) or known
            self.fault(key, "unknown-key", f"there is no {key[:_SHOWN]!r} here", hint)
        if self.faults:
            raise FactsRefused(f"a body is {self._shape}, and this is not", tuple(self.faults))
