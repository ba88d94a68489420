"""``&&``, ``||``, ``all`` and ``exists`` over operands that may fail.

CEL lets either operand decide: ``1 / 0 > 1 || true`` is true. Only if no operand decides is the first error
raised. A spent budget is no such error: it always ends the evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from rulesflow.conditions.kinds import no_overload
from rulesflow.conditions.problems import BudgetExceeded, EvaluationError
from rulesflow.conditions.types import Value


def boolean(value: Value) -> bool:
    """The value, which must be true or false."""
    if value is True or value is False:
        return bool(value)
    raise no_overload("bool operand", value)


def both(*operands: Callable[[], bool]) -> bool:
    """``a && b && …``."""
    return _decide(operands, False)


def either(*operands: Callable[[], bool]) -> bool:
    """``a || b || …``."""
    return _decide(operands, True)


def all_of(items: Iterable[tuple[Value, ...]], test: Callable[..., bool]) -> bool:
    """``items.all(x, test)``; each item is the tuple of the macro's variables."""
    return _decide((partial(test, *variables) for variables in items), False)


def any_of(items: Iterable[tuple[Value, ...]], test: Callable[..., bool]) -> bool:
    """``items.exists(x, test)``; each item is the tuple of the macro's variables."""
    return _decide((partial(test, *variables) for variables in items), True)


def _decide(operands: Iterable[Callable[[], bool]], deciding: bool) -> bool:
    """``deciding`` if any operand gives it, else the first error, else the opposite."""
    failure: EvaluationError | None = None
    for operand in operands:
        try:
            if operand() is deciding:
                return deciding
        except BudgetExceeded:
            raise
        except EvaluationError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return not deciding
