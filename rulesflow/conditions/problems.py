"""What can be wrong with a condition: problems found before it runs, and errors while it runs.

Offsets are code points into the expression's text; whoever knows the file turns them into a line and a
column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rulesflow.model.errors import RulesflowError

#: The codes an `EvaluationError` can carry.
RUNTIME_CODES = frozenset(
    {
        "division-by-zero",
        "no-such-key",
        "no-such-field",
        "index-out-of-range",
        "no-such-overload",
        "bad-conversion",
        "out-of-range",
        "bad-regex",
        "bad-argument",
        "duplicate-key",
        "budget-exceeded",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in an expression, at the code points ``start`` to ``end`` of its text.

    ``code`` is one of ``RF201`` to ``RF213``.
    """

    code: str
    message: str
    start: int
    end: int
    hint: str | None = None


class ConditionError(RulesflowError):
    """An expression that does not parse or check. ``problems`` holds at least one `Problem`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(f"{first.code} {first.message}")


class EvaluationError(RulesflowError):
    """An expression that fails on the values it meets.

    ``code`` is one of `RUNTIME_CODES`. ``start`` and ``end`` are offsets into the expression's text, or None
    as long as nobody has said where; functions raise without them and the compiled code fills them in.
    """

    def __init__(self, code: str, message: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end


class BudgetExceeded(EvaluationError):  # named for what happened, as the refusals are
    """The expression would cost more than a request may spend; ``limit`` is that budget, in steps."""

    def __init__(self, limit: int, start: int | None = None, end: int | None = None) -> None:
        super().__init__(
            "budget-exceeded", f"the evaluation costs more than the {limit:,} steps allowed", start, end
        )
        self.limit = limit
