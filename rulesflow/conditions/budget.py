"""A bound on what one evaluation may cost, so that no request can keep the server busy."""

from __future__ import annotations

from typing import Final

from rulesflow.conditions.problems import BudgetExceeded

#: So many characters of a string are one step of the budget.
CHARACTERS_PER_STEP: Final = 16


class Budget:
    """Steps left to spend.

    A step is about one item of a list looked at, or `CHARACTERS_PER_STEP` characters. Nodes that cost the
    same whatever the request holds are free: the length of the rules bounds them.
    """

    __slots__ = ("left", "limit")

    def __init__(self, limit: int = 1_000_000) -> None:
        self.limit = limit
        self.left = limit

    def spend(self, steps: int) -> None:
        """Take ``steps`` off. Raises `BudgetExceeded`."""
        self.left -= steps
        if self.left < 0:
            raise BudgetExceeded(self.limit)
