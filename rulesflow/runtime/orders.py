"""What a person orders of a run, or of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rulesflow.runtime.records import freeze, reading, thaw
from rulesflow.workflows.commands import Action


@dataclass(frozen=True, slots=True)
class Order:
    """An order. ``rules``: ``latest`` decides by the rules of now from here on."""

    action: Action
    step: str | None = None
    input: Any = None
    force: bool = False
    reason: str = ""
    rules: str = "pinned"

    def body(self) -> dict[str, Any]:
        """What the inbox keeps of it, beside the action."""
        return {
            "step": self.step,
            "input": self.input,
            "force": self.force,
            "reason": self.reason,
            "rules": self.rules,
        }

    def freeze(self) -> dict[str, Any]:
        """The form that JSON can hold. Raises what freezing the input does."""
        return {"action": str(self.action), **self.body(), "input": freeze(self.input)}

    @classmethod
    def thaw(cls, frozen: Mapping[str, Any]) -> Order:
        """The order of a frozen form. Raises `RecordRefused`."""
        with reading("an order"):
            names = ("step", "force", "reason", "rules")
            step, force, reason, rules = (frozen[name] for name in names)
            return cls(Action(frozen["action"]), step, thaw(frozen["input"]), force, reason, rules)
