"""Functions of the condition language: what the standard ones and those of plugins are made of.

A `Function` has overloads, told apart by the form of the call and the kinds of the arguments. The checker
chooses one where it knows all kinds; where it does not, a `Dispatch` chooses when the expression runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Final

from rulesflow.conditions.budget import Budget
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Kind, Type, TypeValue, Value
from rulesflow.model.numbers import NumberRefused, canonical, exact
from rulesflow.model.times import Duration, Timestamp

#: The kind of a value by its exact type: bool is no number, though Python calls it an int.
KINDS: Final[Mapping[type, Kind]] = {
    bool: Kind.BOOL,
    int: Kind.NUMBER,
    Decimal: Kind.NUMBER,
    str: Kind.STRING,
    Timestamp: Kind.TIMESTAMP,
    Duration: Kind.DURATION,
    list: Kind.LIST,
    dict: Kind.MAP,
    type(None): Kind.NULL,
    TypeValue: Kind.TYPE,
}


class Form(StrEnum):
    """How a function is called."""

    FUNCTION = "function"  #: f(x, y)
    METHOD = "method"  #: x.f(y)
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Overload:
    """One implementation of a function.

    ``params``: the arguments' types, the receiver first; with ``variadic`` the last one may be repeated.
    ``call`` gets the arguments, with the scope's time zone behind them if ``zoned``; it must be pure, and
    raises `EvaluationError` if it is ``fallible``. ``cost`` tells from the arguments how many steps of the
    budget a call takes; without it, a call is free.
    """

    params: tuple[Type, ...]
    result: Type
    call: Callable[..., Value]
    form: Form = Form.FUNCTION
    variadic: bool = False
    fallible: bool = True
    cost: Callable[..., int] | None = None
    zoned: bool = False

    def takes(self, method: bool, count: int) -> bool:
        """May it be called in this form with so many arguments (the receiver counted)?"""
        if self.form is (Form.FUNCTION if method else Form.METHOD):
            return False
        return count >= len(self.params) if self.variadic else count == len(self.params)

    def param(self, position: int) -> Type:
        """The type of the argument at ``position``."""
        return self.params[min(position, len(self.params) - 1)]


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name, which may be dotted: ``fraud.score``.

    A ``foreign`` one, that is one from a plugin, gets its numbers as `Decimal`; what it returns is checked,
    and whatever it raises fails the expression, not the server.
    """

    name: str
    overloads: tuple[Overload, ...]
    summary: str = ""
    foreign: bool = True


class Dispatch:
    """Chooses an overload by the kinds of the values, when the expression runs."""

    def __init__(self, function: Function, overloads: Iterable[Overload], zone: tzinfo) -> None:
        self._function = function
        self._overloads = tuple(overloads)
        self._zone = zone
        self._known: dict[tuple[Kind, ...], Bound] = {}

    def __call__(self, budget: Budget, *args: Value) -> Value:
        """Call the overload for these arguments; raises ``no-such-overload`` if there is none."""
        kinds = tuple([KINDS[type(arg)] for arg in args])
        bound = self._known.get(kinds)
        if bound is None:
            bound = self._known[kinds] = self._choose(kinds)
        return bound(budget, *args)

    def _choose(self, kinds: tuple[Kind, ...]) -> Bound:
        for overload in self._overloads:
            wanted = [overload.param(position).kind for position in range(len(kinds))]
            if all(map(_accepts, wanted, kinds)):
                return metered(self._function, overload, self._zone)
        given = ", ".join(kinds)
        raise EvaluationError("no-such-overload", f"{self._function.name}() does not take ({given})")


def _accepts(wanted: Kind, kind: Kind) -> bool:
    return wanted in (Kind.DYN, kind) or (wanted is Kind.OBJECT and kind is Kind.MAP)


Bound = Callable[..., Value]


def bind(function: Function, overload: Overload, zone: tzinfo) -> Callable[..., Value]:
    """The overload's implementation, called with its arguments alone."""
    call = partial(_call_foreign, function.name, overload.call) if function.foreign else overload.call
    return partial(_call_zoned, call, zone) if overload.zoned else call


def metered(function: Function, overload: Overload, zone: tzinfo) -> Bound:
    """The overload's implementation, called with the budget and its arguments."""
    return partial(_call_metered, bind(function, overload, zone), overload.cost)


def _call_zoned(call: Callable[..., Value], zone: tzinfo, *args: Value) -> Value:
    return call(*args, zone)


def _call_metered(
    call: Callable[..., Value], cost: Callable[..., int] | None, budget: Budget, *args: Value
) -> Value:
    if cost is not None:
        budget.spend(cost(*args))
    return call(*args)


def _call_foreign(name: str, call: Callable[..., Value], *args: Value) -> Value:
    try:
        result = call(*(Decimal(arg) if type(arg) is int else arg for arg in args))
        if type(result) in (int, Decimal):
            return canonical(exact(result))
    except EvaluationError:
        raise
    except NumberRefused as error:
        raise EvaluationError("out-of-range", f"{name}() returned no exact number: {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise EvaluationError("bad-argument", f"{name}() failed: {reason}") from error
    if type(result) not in KINDS:
        kind = type(result).__name__
        raise EvaluationError("bad-argument", f"{name}() returned a {kind}, which is no value of conditions")
    return result


def standard(name: str, *overloads: Overload, summary: str = "") -> Function:
    """A function of the language itself."""
    return Function(name, overloads, summary, foreign=False)
