"""The pieces of Python's syntax tree that the emitter puts together, each with its place in the source."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final, TypedDict

from rulesflow.conditions.tree import Node
from rulesflow.conditions.types import Value

#: The parameters of the code that is made.
NAMES: Final = "names"
BUDGET: Final = "budget"


class Place(TypedDict):
    """Where a node of Python stands; the line is the number of a place, the rest is not used."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


def place(number: int) -> Place:
    """The place with that number."""
    return {"lineno": number, "col_offset": 0, "end_lineno": number, "end_col_offset": 0}


class Pieces:
    """Makes pieces of code for any number of conditions, which then share ``constants``.

    ``constants``: the globals of the code to be. ``places``: offsets in the source; a piece on line n was
    made for ``places[n - 1]``.
    """

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self.places: list[tuple[int, int]] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._named: dict[tuple[type, Any], str] = {}

    def at(self, node: Node) -> Place:
        """The place of what is made for the node."""
        span = (node.start, node.end)
        number = self._numbers.get(span)
        if number is None:
            self.places.append(span)
            number = self._numbers[span] = len(self.places)
        return place(number)

    def shared(self, name: str, value: Any, at: Place) -> ast.expr:
        """A global of that name."""
        self.constants[name] = value
        return ast.Name(name, ast.Load(), **at)

    def own(self, value: Any, at: Place) -> ast.expr:
        """A value that nothing else uses."""
        return self.shared(f"c{len(self.constants)}", value, at)

    def constant(self, value: Value, at: Place) -> ast.expr:
        """A literal value."""
        if value is None or type(value) in (bool, int, str):
            return ast.Constant(value, **at)
        key = (type(value), value)
        name = self._named.setdefault(key, f"c{len(self.constants)}")
        return self.shared(name, value, at)

    def call(self, at: Place, function: Callable[..., Any], *args: ast.expr) -> ast.expr:
        """A call of one of the run-time's functions."""
        named = self.shared(f"f_{function.__name__}", function, at)
        return ast.Call(named, list(args), [], **at)

    @staticmethod
    def names(at: Place) -> ast.expr:
        """The facts."""
        return ast.Name(NAMES, ast.Load(), **at)

    @staticmethod
    def budget(at: Place) -> ast.expr:
        """The budget."""
        return ast.Name(BUDGET, ast.Load(), **at)

    @staticmethod
    def function(at: Place, body: ast.expr, *parameters: str) -> ast.expr:
        """A function of the parameters that gives the value of ``body``."""
        args = [ast.arg(name, **at) for name in parameters]
        arguments = ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.Lambda(arguments, body, **at)

    @staticmethod
    def compare(at: Place, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
        """``left operator right``."""
        return ast.Compare(left, [operator], [right], **at)

    @staticmethod
    def subscript(at: Place, container: ast.expr, key: str) -> ast.expr:
        """``container[key]``."""
        return ast.Subscript(container, ast.Constant(key, **at), ast.Load(), **at)
