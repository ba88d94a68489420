"""Functions of the condition language: what the standard ones and those of plugins are made of.

A `Function` has overloads, told apart by the form of the call and the kinds of the arguments. The checker
chooses one where it knows all kinds; where it does not, a `Dispatch` chooses when the expression runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import partial

from rulesflow.conditions.budget import Budget
from rulesflow.conditions.kinds import KINDS
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import DYN, Kind, Type, Value, in_words
from rulesflow.model.numbers import NumberRefused, canonical, exact


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
            if all(map(accepts, wanted, kinds)):
                return metered(self._function, overload, self._zone)
        given = ", ".join(kinds)
        raise EvaluationError("no-such-overload", f"{self._function.name}() does not take ({given})")


def accepts(wanted: Kind, kind: Kind) -> bool:
    """Is a value of ``kind`` one of the ``wanted`` kind, as far as its kind tells?"""
    return wanted in (Kind.DYN, kind) or (wanted is Kind.OBJECT and kind is Kind.MAP)


Bound = Callable[..., Value]


def bind(function: Function, overload: Overload, zone: tzinfo) -> Callable[..., Value]:
    """The overload's implementation, called with its arguments alone."""
    call = partial(_call_foreign, function, overload) if function.foreign else overload.call
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


def _call_foreign(function: Function, overload: Overload, *args: Value) -> Value:
    name = function.name
    try:
        result = overload.call(*map(_for_plugins, args))
    except EvaluationError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise EvaluationError("bad-argument", f"{name}() failed: {reason}") from error
    try:
        return _from_plugins(result, overload.result)
    except (TypeError, NumberRefused) as error:
        raise EvaluationError("bad-argument", f"{name}() returned {error}") from None


def _for_plugins(value: Value) -> Value:
    """A copy in which every number is a `Decimal`, so that ``x / 3`` is exact there too."""
    if type(value) is int:
        return Decimal(value)
    if type(value) is list:
        return [_for_plugins(item) for item in value]
    if type(value) is dict:
        return {key: _for_plugins(item) for key, item in value.items()}
    return value


def _from_plugins(value: Value, wanted: Type) -> Value:
    """What a plugin returned, if it is of the type it has declared: the compiled code relies on that."""
    kind = KINDS.get(type(value))
    if kind is None or not (accepts(wanted.kind, kind) or (wanted.nullable and value is None)):
        raise TypeError(f"a {type(value).__name__}, not {in_words(wanted)}")
    if kind is Kind.NUMBER:
        return canonical(exact(value))
    if kind is Kind.LIST:
        return [_from_plugins(item, wanted.element or DYN) for item in value]
    if kind is Kind.MAP:
        fields = wanted.fields or {}
        types = {key: fields[key].type if key in fields else wanted.element or DYN for key in value}
        if not all(type(key) is str for key in value) or any(
            each.required and name not in value for name, each in fields.items()
        ):
            raise TypeError("an object without all of its fields")
        return {key: _from_plugins(item, types[key]) for key, item in value.items()}
    return value


def standard(name: str, *overloads: Overload, summary: str = "") -> Function:
    """A function of the language itself."""
    return Function(name, overloads, summary, foreign=False)
