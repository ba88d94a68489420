"""Lines of Python that are generated, and the constants that they name.

Nothing of a schema is ever in the text: names, bounds, values and patterns are globals, called ``k0``, ``k1``
and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

#: Lines that put a new value, of the given name, where the old one was.
Store: TypeAlias = Callable[[str], tuple[str, ...]]


class Lines:
    """``lines``: the text; ``constants``: the globals of the code to be."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self.lines: list[str] = []
        self.constants = dict(constants)
        self._indent = 0
        self._names: dict[tuple[type, Any], str] = {}

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append("\t" * self._indent + text)

    @contextmanager
    def under(self, head: str) -> Iterator[None]:
        """What is added meanwhile stands under this line."""
        self.line(head)
        self._indent += 1
        yield
        self._indent -= 1

    def give_up_if(self, *tests: str) -> None:
        """Add a line that gives up where one of the tests holds."""
        if tests:
            self.line(f"if {' or '.join(tests)}: raise Unsure")

    def store(self, store: Store, new: str) -> None:
        """Add the lines that store ``new``."""
        for text in store(new):
            self.line(text)

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = self._names.setdefault((type(value), value), f"k{len(self._names)}")
        self.constants[name] = value
        return name
