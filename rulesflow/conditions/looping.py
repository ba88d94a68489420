"""What macros loop over. The budget is charged for all items before the first is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from rulesflow.conditions.access import plain_key
from rulesflow.conditions.budget import Budget
from rulesflow.conditions.kinds import no_overload
from rulesflow.conditions.types import Value


def items(container: list[Value], budget: Budget) -> list[Value]:
    """The items of a list."""
    budget.spend(len(container))
    return container


def items_or_keys(container: Value, budget: Budget) -> list[Value]:
    """The items of a list, or the keys of a map."""
    if type(container) is list:
        return items(container, budget)
    if type(container) is not dict:
        raise no_overload("a macro", container)
    budget.spend(len(container))
    return [plain_key(key) for key in container]


def pairs(container: Value, budget: Budget) -> Iterable[tuple[Value, Value]]:
    """The indices and items of a list, or the keys and values of a map."""
    if type(container) is list:
        return enumerate(items(container, budget))
    return zip(items_or_keys(container, budget), container.values(), strict=True)


def just_one(matches: Iterable[bool]) -> bool:
    """Is there exactly one? Goes through all of them, since an error in any is an error of the whole."""
    return sum(matches) == 1
