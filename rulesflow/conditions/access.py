"""Reading lists, maps and fields, and building maps, as the compiled code does it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from rulesflow.conditions.kinds import KINDS, no_overload
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.types import Kind, Value


class BoolKey(Enum):
    """true and false as keys of a map: Python would take ``{True: …, 1: …}`` for one key."""

    FALSE = False
    TRUE = True


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
