"""Generated code: one function for each stack, which reads each field once and finds the rules that match.

The text is made from the checked schema and from constraints; nothing of it is what a user wrote: names of
fields and constants stand in it as Python's own literals, or as globals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from rulesflow.conditions.types import Field, Kind, Value
from rulesflow.rules.compiled import lookup
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Path, Present, Range
from rulesflow.rules.outcomes import Names

Read: TypeAlias = Callable[[Names], tuple[Value, ...]]
_FILE: Final = "<stack>"


class Reads:
    """The lines that read fields, and the names of the variables in which their values then are.

    ``fields``: the top-level names of the facts; ``there``: paths that are known to be there.
    """

    def __init__(self, fields: Mapping[str, Field], there: Collection[Path]) -> None:
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {"lookup": lookup}
        self._fields = fields
        self._there = there
        self._variables: dict[Path, str] = {}
        self._sure: set[Path] = set()  # neither missing nor null

    def read(self, path: Path) -> str:
        """The variable that has the value at the path, None where it is absent."""
        known = self._variables.get(path)
        if known is not None:
            return known
        variable = self._variables[path] = f"v{len(self._variables)}"
        self.lines.append(f"{variable} = {self._expression(path)}")
        return variable

    def sure(self, path: Path) -> bool:
        """Whether what was read there is surely not None."""
        return path in self._sure

    def _expression(self, path: Path) -> str:
        field = self._declared(path)
        if field is None:
            return f"lookup(names, {path!r})"
        above = path[:-1]
        container = self.read(above) if above else "names"
        there = not above or above in self._sure
        if there and (path in self._there or (field.required and not field.type.nullable)):
            self._sure.add(path)
        if there and (path in self._sure or field.required):
            return f"{container}[{path[-1]!r}]"
        found = f"{container}.get({path[-1]!r})"
        return found if there else f"None if {container} is None else {found}"

    def _declared(self, path: Path) -> Field | None:
        """The field there, if all objects above it are declared."""
        fields: Mapping[str, Field] = self._fields
        for name in path[:-1]:
            above = fields.get(name)
            if above is None or above.type.kind is not Kind.OBJECT:
                return None
            fields = above.type.fields or {}
        return fields.get(path[-1])


def reader(paths: Iterable[Path | None], reads: Reads) -> Read:
    """A function that reads the paths of all slots; None for one that nobody asks."""
    variables = [reads.read(path) if path is not None else "None" for path in paths]
    listed = ", ".join(variables) + ("," if len(variables) == 1 else "")
    return function("names", [*reads.lines, f"return ({listed})"], reads.globals)


class Expressions:
    """Writes constraints as expressions of Python."""

    def __init__(self, reads: Reads) -> None:
        self.globals = reads.globals
        self._reads = reads

    def holds(self, constraint: Constraint) -> str:
        """The expression that is true where the constraint holds."""
        variable = self._reads.read(constraint.path)
        there = "" if self._reads.sure(constraint.path) else f"{variable} is not None and "
        match constraint:
            case Present():
                return f"{variable} is not None"
            case Absent():
                return f"{variable} is None"
            case Among(values=values) if len(values) == 1:
                return f"{variable} == {self._constant(next(iter(values)))}"
            case Among(values=values):
                return f"{variable} in {self._constant(values)}"
            case Outside(values=values) if len(values) == 1:
                return f"{there}{variable} != {self._constant(next(iter(values)))}"
            case Outside(values=values):
                return f"{there}{variable} not in {self._constant(values)}"
        return there + " and ".join(self._ends(constraint, variable))

    def _ends(self, constraint: Range, variable: str) -> Iterator[str]:
        low, high = constraint.low, constraint.high
        if low is not None:
            yield f"{self._constant(low)} {'<' if constraint.open_low else '<='} {variable}"
        if high is not None:
            yield f"{variable} {'<' if constraint.open_high else '<='} {self._constant(high)}"

    def _constant(self, value: Value) -> str:
        if type(value) in (str, int, bool):
            return repr(value)
        name = f"c{len(self.globals)}"
        self.globals[name] = value
        return name


def function(parameters: str, lines: Iterable[str], names: dict[str, Any]) -> Callable[..., Any]:
    """A function of these lines, with ``names`` for globals."""
    text = "\n    ".join([f"def made({parameters}):", *lines])
    exec(compile(text, _FILE, "exec", dont_inherit=True), names)  # noqa: S102
    made: Callable[..., Any] = names.pop("made")
    return made
