"""A bound on what one evaluation may cost, so that no request can keep the server busy."""

from __future__ import annotations

from rulesflow.conditions.problems import BudgetExceeded


class Budget:
    """Steps left to spend.

    A step is about one item of a list looked at, or sixteen characters of a string. Nodes that cost the
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
