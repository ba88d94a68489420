"""From the checks of a schema to one piece of Python that does the same for values that are right.

The code reads each declared field once, nests where the schema nests, and copies a container only where
something within it was converted. At the first doubt it gives up (see `rulesflow.schemas.shortcut`). Schemas
of one shape share their code, and a schema that is loaded again needs no compiling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final, TypeAlias, cast

from rulesflow.model.times import Timestamp
from rulesflow.schemas import shortcut
from rulesflow.schemas.checks import (
    Arrays,
    Booleans,
    Check,
    Later,
    Moments,
    Numbers,
    Objects,
    Texts,
    Unknown,
    anything,
)
from rulesflow.schemas.lines import Store
from rulesflow.schemas.singles import Singles

#: Gives the value, converted where need be, or raises one of `GIVEN_UP`. The number is the value's depth.
Shortcut: TypeAlias = Callable[[Any, int], Any]

_LEVELS = 6  # of containers in one function: Python nests 20 loops and 100 indents at most
_MANY = 64  # optional fields, of which a value will have but a few
_DEEPEST = 100  # where a schema that refers to itself leaves the rest to the checks
_GLOBALS: Final = {
    "Decimal": Decimal, "Timestamp": Timestamp, "Unsure": shortcut.Unsure, "normal": shortcut.normal,
    "plus": shortcut.plus, "undeclared": shortcut.undeclared, "whole": shortcut.whole,
}  # fmt: skip


def make_shortcut(check: Check) -> Shortcut:
    """The shortcut of a check and all below it."""
    generator = _Generator(check)
    names = generator.constants
    for code in _compiled("\n".join(generator.lines)):
        names[code.co_name] = FunctionType(code, names)
    for name, same in generator.aliases.items():
        names[name] = names[same]
    for name, table in generator.tables.items():
        names[name] = {field: names[function] for field, function in table.items()}
    return cast(Shortcut, names["f0"])


@lru_cache(maxsize=64)
def _compiled(text: str) -> tuple[CodeType, ...]:
    """The code of each function in the text."""
    module = compile(text, "<schema>", "exec", dont_inherit=True)
    return tuple(each for each in module.co_consts if isinstance(each, CodeType))


class _Generator(Singles):
    """Writes a function for the schema, and one for each part that is used twice, is in itself or nests deep.

    In a function ``v0`` is its value, ``v1`` a part of that, and so on; ``c`` with the same number is the
    value or its copy, ``n`` counts its declared fields, ``i`` is the key of the part at hand.

    ``aliases``: functions that would be written twice, with the name of the first; ``tables``: for objects of
    many optional fields, the function of each.
    """

    def __init__(self, root: Check) -> None:
        super().__init__(_GLOBALS)
        self.aliases: dict[str, str] = {}
        self.tables: dict[str, dict[str, str]] = {}
        self._bodies: dict[tuple[str, ...], str] = {}
        self._uses: Counter[int] = Counter()
        self._circular: set[int] = set()
        self._converting: dict[int, bool] = {}
        self._functions: dict[int, str] = {}
        self._waiting: list[Check] = []
        self._survey(root)
        self._function_of(root)
        for check in self._waiting:  # grows meanwhile
            self._write_function(check)

    def _survey(self, check: Check) -> None:
        """Count the uses of each part; find those that are within themselves, and those that may convert."""
        if isinstance(check, Later):
            check = _target(check)
            self._circular.add(id(check))
        self._uses[id(check)] += 1
        if self._uses[id(check)] == 1:
            for part in _parts(check):
                self._survey(part)
            self._converting[id(check)] = isinstance(check, Moments | Numbers) or any(
                self._converts(part) for part in _parts(check)
            )

    def _converts(self, check: Check) -> bool:
        return self._converting.get(id(check), True)  # what is within itself may, as far as we know

    # Functions

    def _function_of(self, check: Check) -> str:
        name = self._functions.get(id(check))
        if name is None:
            name = self._functions[id(check)] = f"f{len(self._functions)}"
            self._waiting.append(check)
        return name

    def _write_function(self, check: Check) -> None:
        name, start = self._functions[id(check)], len(self.lines)
        with self.under(f"def {name}(v0, depth):"):
            if id(check) in self._circular:
                self.give_up_if(f"depth > {_DEEPEST}")
            self._write(check, 0, lambda new: (f"v0 = {new}",))
            self.line("return v0")
        first = self._bodies.setdefault(tuple(self.lines[start + 1 :]), name)
        if first != name:
            self.aliases[name] = first
            del self.lines[start:]

    def _part(self, check: Check, level: int, store: Store) -> None:
        """Write the code for ``v{level}``, which is a part of ``v{level - 1}``."""
        check = _target(check)
        if not self._stands_apart(check, level):
            self._write(check, level, store)
            return
        self.line(f"c{level} = {self._function_of(check)}(v{level}, depth + {level})")
        with self.under(f"if c{level} is not v{level}:"):
            self.store(store, f"c{level}")

    def _stands_apart(self, check: Check, level: int) -> bool:
        if not isinstance(check, Arrays | Objects):
            return False
        return id(check) in self._circular or self._uses[id(check)] > 1 or level >= _LEVELS

    def _write(self, check: Check, level: int, store: Store) -> None:
        v, c = f"v{level}", f"c{level}"
        match check:
            case Texts():
                self.plain("str", check, v)
            case Booleans():
                self.plain("bool", check, v)
            case Moments():
                self.moment(check, v, store)
            case Numbers():
                self.number(check, v, c, store)
            case Arrays() | Objects() if check.nullable:
                with self.under(f"if {v} is not None:"):
                    self._container(check, level, store)
            case Arrays() | Objects():
                self._container(check, level, store)
            case _:
                assert check is anything, check
                self.line(f"if type({v}) is not str: undeclared({v}, depth + {level})")

    # Containers

    def _container(self, check: Arrays | Objects, level: int, store: Store) -> None:
        kind = "list" if isinstance(check, Arrays) else "dict"
        self.give_up_if(f"type(v{level}) is not {kind}")
        converts = self._converts(check)
        if converts:
            self.line(f"c{level} = v{level}")
        if isinstance(check, Arrays):
            self._items(check, level)
        else:
            self._fields(check, level)
        if converts:
            with self.under(f"if c{level} is not v{level}:"):
                self.store(store, f"c{level}")

    def _items(self, check: Arrays, level: int) -> None:
        v, part, key = f"v{level}", f"v{level + 1}", f"i{level}"
        self.give_up_if(*self.broken(check.rules, v))
        head = f"for {key}, {part} in enumerate({v}):" if self._converts(check) else f"for {part} in {v}:"
        with self.under(head):
            self._part(check.item, level + 1, _into_copy(level, key))

    def _fields(self, check: Objects, level: int) -> None:
        v, n = f"v{level}", f"n{level}"
        optional = [name for name in check.fields if name not in check.required]
        if not optional and isinstance(check.other, Unknown):
            self.give_up_if(f"len({v}) != {len(check.required)}")
        for name in check.required:
            self._field(check, name, level)
        if not optional:
            self._others(check, level, str(len(check.required)))
            return
        with self.under(f"if len({v}) != {len(check.required)}:"):
            self.line(f"{n} = {len(check.required)}")
            if len(optional) > _MANY:
                self._sift(check, optional, level)
            else:
                self._optional(check, optional, level)
            self._others(check, level, n)

    def _optional(self, check: Objects, names: Sequence[str], level: int) -> None:
        for name in names:
            with self.under(f"if {self.constant(name)} in v{level}:"):
                self.line(f"n{level} += 1")
                self._field(check, name, level)

    def _sift(self, check: Objects, names: Sequence[str], level: int) -> None:
        """Go through what is there instead of asking for each: every field has a function, found by name."""
        table = f"t{len(self.tables)}"
        self.tables[table] = {name: self._function_of(_target(check.fields[name])) for name in names}
        v, part, key, new = f"v{level}", f"v{level + 1}", f"i{level}", f"c{level + 1}"
        with self.under(f"for {key}, {part} in {v}.items():"), self.under(f"if {key} in {table}:"):
            self.line(f"n{level} += 1")
            self.line(f"{new} = {table}[{key}]({part}, depth + {level + 1})")
            with self.under(f"if {new} is not {part}:"):
                self.store(_into_copy(level, key), new)

    def _field(self, check: Objects, name: str, level: int) -> None:
        key = self.constant(name)
        self.line(f"v{level + 1} = v{level}[{key}]")
        self._part(check.fields[name], level + 1, _into_copy(level, key))

    def _others(self, check: Objects, level: int, declared: str) -> None:
        """Undeclared fields, of which there are some if the object has more than the ``declared`` ones."""
        v, part, key = f"v{level}", f"v{level + 1}", f"i{level}"
        if isinstance(check.other, Unknown):
            self.give_up_if(f"len({v}) != {declared}")
            return
        with self.under(f"if len({v}) != {declared}:"), self.under(f"for {key}, {part} in {v}.items():"):
            if check.fields:
                self.line(f"if {key} in {self.constant(frozenset(check.fields))}: continue")
            self._part(check.other, level + 1, _into_copy(level, key))


def _target(check: Check) -> Check:
    return check.find() if isinstance(check, Later) else check


def _parts(check: Check) -> tuple[Check, ...]:
    if isinstance(check, Arrays):
        return (check.item,)
    if isinstance(check, Objects):
        return (*check.fields.values(), *(() if isinstance(check.other, Unknown) else (check.other,)))
    return ()


def _into_copy(level: int, key: str) -> Store:
    """Puts a part into the copy of ``v{level}``, which is made when it is first needed."""
    return lambda new: (f"if c{level} is v{level}: c{level} = v{level}.copy()", f"c{level}[{key}] = {new}")
