"""The operators on values, as the compiled code calls them.

Kinds are told by exact type (see `functions.KINDS`): Python takes True for 1 and a timestamp for an int, CEL
does not. Names that end in ``_numbers`` trust that both operands are numbers; the others look at their
operands first and raise ``no-such-overload`` where CEL has no such operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation, Overflow
from enum import Enum

from rulesflow.conditions.budget import Budget
from rulesflow.conditions.functions import KINDS
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Kind, Value
from rulesflow.model.numbers import CONTEXT, EXPONENT, INT_LIMIT, Number
from rulesflow.model.times import Duration, TimeRefused, Timestamp, duration, timestamp

#: So many characters of a string are one step of the budget.
CHARACTERS_PER_STEP = 16

_ORDERED = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION})


class BoolKey(Enum):
    """true and false as keys of a map: Python would take ``{True: …, 1: …}`` for one key."""

    FALSE = False
    TRUE = True


def no_overload(operator: str, *operands: Value) -> EvaluationError:
    """The error for an operator that is not defined on such operands."""
    given = ", ".join(KINDS[type(operand)] for operand in operands)
    return EvaluationError("no-such-overload", f"`{operator}` is not defined for ({given})")


# Equality and order


def equal(left: Value, right: Value, budget: Budget | None = None) -> bool:
    """CEL's equality: false across kinds, deep for lists and maps."""
    kind = KINDS[type(left)]
    if kind is not KINDS[type(right)]:
        return False
    if kind is Kind.LIST:
        return len(left) == len(right) and _equal_items(left, right, budget)
    if kind is Kind.MAP:
        return left.keys() == right.keys() and _equal_items(
            left.values(), [right[key] for key in left], budget
        )
    return bool(left == right)


def unequal(left: Value, right: Value, budget: Budget | None = None) -> bool:
    """The opposite of `equal`."""
    return not equal(left, right, budget)


def _equal_items(left: Value, right: Value, budget: Budget | None) -> bool:
    if budget is not None:
        budget.spend(len(left))
    # A loop, not all(): one frame for each level of nesting.
    for one, other in zip(left, right, strict=True):  # noqa: SIM110
        if not equal(one, other, budget):
            return False
    return True


def _ordered(operator: str, left: Value, right: Value) -> None:
    kind = KINDS[type(left)]
    if kind not in _ORDERED or kind is not KINDS[type(right)]:
        raise no_overload(operator, left, right)


def less(left: Value, right: Value) -> bool:
    """``left < right``."""
    _ordered("<", left, right)
    return bool(left < right)


def less_or_equal(left: Value, right: Value) -> bool:
    """``left <= right``."""
    _ordered("<=", left, right)
    return bool(left <= right)


def greater(left: Value, right: Value) -> bool:
    """``left > right``."""
    _ordered(">", left, right)
    return bool(left > right)


def greater_or_equal(left: Value, right: Value) -> bool:
    """``left >= right``."""
    _ordered(">=", left, right)
    return bool(left >= right)


def member(value: Value, container: Value, budget: Budget) -> bool:
    """``value in container``."""
    kind = KINDS[type(container)]
    if kind is Kind.MAP:
        key = stored_key(value)
        if key is None:
            raise no_overload("in", value, container)
        return key in container
    if kind is not Kind.LIST:
        raise no_overload("in", value, container)
    budget.spend(len(container))
    for item in container:  # noqa: SIM110
        if equal(value, item, budget):
            return True
    return False


def member_scalar(value: Value, items: list[Value], budget: Budget) -> bool:
    """``value in items``, all of one scalar kind."""
    budget.spend(len(items))
    return value in items


# Arithmetic


def add(left: Value, right: Value, budget: Budget) -> Value:
    """``left + right``: numbers, strings, lists, times."""
    kinds = KINDS[type(left)], KINDS[type(right)]
    operation = _SUMS.get(kinds)
    if operation is None:
        raise no_overload("+", left, right)
    if kinds[0] in (Kind.STRING, Kind.LIST):
        return operation(left, right, budget)
    return operation(left, right)


def subtract(left: Value, right: Value) -> Value:
    """``left - right``: numbers, times."""
    operation = _DIFFERENCES.get((KINDS[type(left)], KINDS[type(right)]))
    if operation is None:
        raise no_overload("-", left, right)
    return operation(left, right)


def multiply(left: Value, right: Value) -> Number:
    """``left * right``."""
    _numbers("*", left, right)
    return multiply_numbers(left, right)


def divide(left: Value, right: Value) -> Number:
    """``left / right``."""
    _numbers("/", left, right)
    return divide_numbers(left, right)


def remainder(left: Value, right: Value) -> Number:
    """``left % right``."""
    _numbers("%", left, right)
    return remainder_numbers(left, right)


def negate(operand: Value) -> Value:
    """``-operand``."""
    if KINDS[type(operand)] is Kind.NUMBER:
        return negate_number(operand)
    raise no_overload("-", operand)


def _numbers(operator: str, left: Value, right: Value) -> None:
    if KINDS[type(left)] is not Kind.NUMBER or KINDS[type(right)] is not Kind.NUMBER:
        raise no_overload(operator, left, right)


def _too_large() -> EvaluationError:
    return EvaluationError("out-of-range", f"the result lies beyond 10 to the power of {EXPONENT}")


def add_numbers(left: Number, right: Number) -> Number:
    """The sum, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        total = left + right
        if -INT_LIMIT < total < INT_LIMIT:
            return total
    try:
        return CONTEXT.add(left, right)
    except Overflow:
        raise _too_large() from None


def subtract_numbers(left: Number, right: Number) -> Number:
    """The difference, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        total = left - right
        if -INT_LIMIT < total < INT_LIMIT:
            return total
    try:
        return CONTEXT.subtract(left, right)
    except Overflow:
        raise _too_large() from None


def multiply_numbers(left: Number, right: Number) -> Number:
    """The product, exact or rounded to 34 digits."""
    if type(left) is int and type(right) is int:
        product = left * right
        if -INT_LIMIT < product < INT_LIMIT:
            return product
    try:
        return CONTEXT.multiply(left, right)
    except Overflow:
        raise _too_large() from None


def divide_numbers(left: Number, right: Number) -> Number:
    """The quotient, exact or rounded to 34 digits: ``7 / 2 == 3.5``."""
    if not right:
        raise EvaluationError("division-by-zero", "division by zero")
    if type(left) is int and type(right) is int:
        whole, rest = divmod(left, right)
        if not rest:
            return whole
    try:
        return CONTEXT.divide(left, right)
    except Overflow:
        raise _too_large() from None


def remainder_numbers(left: Number, right: Number) -> Number:
    """What is left of a division without fraction; it has the dividend's sign."""
    if not right:
        raise EvaluationError("division-by-zero", "remainder of a division by zero")
    if type(left) is int and type(right) is int:
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    try:
        return CONTEXT.remainder(left, right)
    except InvalidOperation:  # the quotient has more than 34 digits
        return _remainder_of_huge(Decimal(left), Decimal(right))


def _remainder_of_huge(left: Decimal, right: Decimal) -> Decimal:
    """The remainder where the quotient has more digits than a number: by modular powers of ten."""
    sign, digits, exponent = left.as_tuple()
    other = right.as_tuple()
    assert isinstance(exponent, int)
    assert isinstance(other.exponent, int)
    modulus = _whole(other.digits)
    rest = _whole(digits) * pow(10, exponent - other.exponent, modulus) % modulus
    return Decimal((sign, tuple(map(int, str(rest))), other.exponent))


def _whole(digits: tuple[int, ...]) -> int:
    return int("".join(map(str, digits)))


def negate_number(operand: Number) -> Number:
    """The number with the other sign. ``-Decimal`` would round to the thread's own precision."""
    return -operand if type(operand) is int else Decimal(operand).copy_negate()


def add_strings(left: str, right: str, budget: Budget) -> str:
    """The two strings in one."""
    budget.spend(1 + (len(left) + len(right)) // CHARACTERS_PER_STEP)
    return left + right


def add_lists(left: list[Value], right: list[Value], budget: Budget) -> list[Value]:
    """The items of both."""
    budget.spend(1 + len(left) + len(right))
    return left + right


def _instant(nanoseconds: int) -> Timestamp:
    try:
        return timestamp(nanoseconds)
    except TimeRefused as error:
        raise EvaluationError("out-of-range", f"{error} (out of range)") from None


def _length(nanoseconds: int) -> Duration:
    try:
        return duration(nanoseconds)
    except TimeRefused as error:
        raise EvaluationError("out-of-range", f"{error} (out of range)") from None


def add_to_instant(left: int, right: int) -> Timestamp:
    """A timestamp and a duration."""
    return _instant(int(left) + int(right))


def add_durations(left: Duration, right: Duration) -> Duration:
    """Both durations together."""
    return _length(int(left) + int(right))


def subtract_from_instant(left: Timestamp, right: Duration) -> Timestamp:
    """The instant that lies ``right`` before ``left``."""
    return _instant(int(left) - int(right))


def subtract_times(left: int, right: int) -> Duration:
    """The time from one timestamp to another, or the difference of two durations."""
    return _length(int(left) - int(right))


_SUMS: dict[tuple[Kind, Kind], Callable[..., Value]] = {
    (Kind.NUMBER, Kind.NUMBER): add_numbers,
    (Kind.STRING, Kind.STRING): add_strings,
    (Kind.LIST, Kind.LIST): add_lists,
    (Kind.TIMESTAMP, Kind.DURATION): add_to_instant,
    (Kind.DURATION, Kind.TIMESTAMP): add_to_instant,
    (Kind.DURATION, Kind.DURATION): add_durations,
}
_DIFFERENCES: dict[tuple[Kind, Kind], Callable[..., Value]] = {
    (Kind.NUMBER, Kind.NUMBER): subtract_numbers,
    (Kind.TIMESTAMP, Kind.DURATION): subtract_from_instant,
    (Kind.TIMESTAMP, Kind.TIMESTAMP): subtract_times,
    (Kind.DURATION, Kind.DURATION): subtract_times,
}


# Lists, maps and fields


def stored_key(value: Value) -> Value:
    """The value as a map holds it for a key; None if it cannot be one."""
    kind = KINDS[type(value)]
    if kind is Kind.BOOL:
        return BoolKey(value)
    return value if kind in (Kind.STRING, Kind.NUMBER) else None


def plain_key(key: Value) -> Value:
    """The value that a map's key stands for."""
    return key.value if type(key) is BoolKey else key


def plain_keys(value: Value) -> Value:
    """The value with all keys of its maps as plain values, for those who read it from Python."""
    if type(value) is list:
        return [plain_keys(item) for item in value]
    if type(value) is dict:
        return {plain_key(key): plain_keys(item) for key, item in value.items()}
    return value


def item(items: list[Value], position: Value) -> Value:
    """``items[position]``."""
    if KINDS[type(position)] is not Kind.NUMBER:
        raise no_overload("[]", items, position)
    if position != int(position):
        raise EvaluationError("bad-argument", f"a list's index must be a whole number, not {position}")
    if not 0 <= position < len(items):
        message = f"index {position} is out of range, the list has {len(items)} items"
        raise EvaluationError("index-out-of-range", message)
    return items[int(position)]


def entry(map_: dict[Value, Value], key: Value) -> Value:
    """``map_[key]``."""
    stored = stored_key(key)
    if stored is None:
        raise no_overload("[]", map_, key)
    try:
        return map_[stored]
    except KeyError:
        raise EvaluationError("no-such-key", f"no such key: {key!r:.60}") from None


def index(container: Value, key: Value) -> Value:
    """``container[key]`` of a list or a map."""
    kind = KINDS[type(container)]
    if kind is Kind.LIST:
        return item(container, key)
    if kind is Kind.MAP:
        return entry(container, key)
    raise no_overload("[]", container, key)


def field(container: Value, name: str) -> Value:
    """``container.name``."""
    if type(container) is not dict:
        raise no_overload(f".{name}", container)
    try:
        return container[name]
    except KeyError:
        raise EvaluationError("no-such-field", f"no such field: {name}") from None


def named(names: Mapping[str, Value], name: str) -> Value:
    """The top-level name's value."""
    try:
        return names[name]
    except KeyError:
        raise EvaluationError("no-such-field", f"no such name: {name}") from None


def has_field(container: Value, name: str) -> bool:
    """``has(container.name)``."""
    if type(container) is not dict:
        raise no_overload(f"has(.{name})", container)
    return name in container


def present(names: Mapping[str, Value], path: tuple[str, ...]) -> bool:
    """Is there something at ``path``, and is neither it nor anything above it null? Never fails."""
    value = names.get(path[0])
    for name in path[1:]:
        value = value.get(name) if type(value) is dict else None
    return value is not None


def not_null(value: Value) -> Value:
    """The value; raises if it is null."""
    if value is None:
        raise EvaluationError("no-such-overload", "the value is null")
    return value


def new_map(pairs: tuple[tuple[Value, Value], ...]) -> dict[Value, Value]:
    """``{key: value, …}``."""
    made: dict[Value, Value] = {}
    for key, value in pairs:
        stored = stored_key(key)
        if stored is None:
            kind = KINDS[type(key)]
            raise EvaluationError("no-such-overload", f"a map's key cannot be of type {kind}")
        if stored in made:
            raise EvaluationError("duplicate-key", f"the key {key!r:.60} stands twice in the map")
        made[stored] = value
    return made


def fail(code: str, message: str, *_: Value) -> Value:
    """Raise what the checker has seen coming, but was asked to leave until the code runs.

    The operands have been evaluated by then: an error in one of them comes first.
    """
    raise EvaluationError(code, message)
