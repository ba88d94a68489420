"""Generated code: one function for each stack, which reads each field once and finds the rules that match.

The text is made from the checked schema and from constraints; nothing of it is what a user wrote: names of
fields and constants stand in it as Python's own literals, or as globals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rulesflow.conditions.types import Field, Kind, Value
from rulesflow.rules.compiled import lookup
from rulesflow.rules.constraints import Absent, Among, Constraint, Outside, Path, Present, Range
from rulesflow.rules.cuts import beside, ends, exact_by_float
from rulesflow.rules.outcomes import Names

Read: TypeAlias = Callable[[Names], tuple[Value, ...]]
_FILE: Final = "<stack>"
_OFTEN: Final = 3  # ranges of a field for which it pays to compare floats


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
    return function("names", [*reads.lines, f"return {tuple_of(variables)}"], reads.globals)


def tuple_of(items: Sequence[str]) -> str:
    """The text of a tuple of these expressions."""
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


class Expressions:
    """Writes constraints as expressions of Python, whose lines of reading are in ``reads``.

    Exact decimals compare slowly. Where numbers of a field are compared often, ``floats`` stand for them.
    """

    def __init__(self, reads: Reads, constraints: Iterable[Constraint]) -> None:
        self.reads = reads
        self._floats: dict[Path, str] = {}
        ranges: dict[Path, list[Range]] = defaultdict(list)
        for each in constraints:
            if isinstance(each, Range):
                ranges[each.path].append(each)
        for path, asked in ranges.items():
            exact = exact_by_float(end for each in asked for end in ends(each))
            if exact is not None and len(asked) >= _OFTEN:
                self._floats[path] = self._float(path, exact)

    def _float(self, path: Path, exact: dict[float, Value]) -> str:
        """The variable of the float that stands for the value at the path."""
        value = self.reads.read(path)
        near, cut, cuts = f"n{value}", f"e{value}", self.constant(exact)
        self.reads.globals["beside"] = beside
        lines = [
            f"{near} = float({value})",
            f"{cut} = {cuts}.get({near})",
            f"if {cut} is not None and {cut} != {value}:",
            f"    {near} = beside({value}, {cut}, {near})",
        ]
        if not self.reads.sure(path):
            lines = [f"if {value} is not None:", *(f"    {line}" for line in lines)]
        self.reads.lines += lines
        return near

    def holds(self, constraint: Constraint) -> str:
        """The expression that is true where the constraint holds."""
        variable = self.reads.read(constraint.path)
        there = "" if self.reads.sure(constraint.path) else f"{variable} is not None and "
        match constraint:
            case Present():
                return f"{variable} is not None"
            case Absent():
                return f"{variable} is None"
            case Among(values=values) if len(values) == 1:
                return f"{variable} == {self.constant(next(iter(values)))}"
            case Among(values=values):
                return f"{variable} in {self.constant(values)}"
            case Outside(values=values) if len(values) == 1:
                return f"{there}{variable} != {self.constant(next(iter(values)))}"
            case Outside(values=values):
                return f"{there}{variable} not in {self.constant(values)}"
        return there + self._between(constraint, self._floats.get(constraint.path, variable))

    def _between(self, constraint: Range, variable: str) -> str:
        text = variable
        if constraint.low is not None:
            text = f"{self._end(constraint, constraint.low)} {'<' if constraint.open_low else '<='} {text}"
        if constraint.high is not None:
            text = f"{text} {'<' if constraint.open_high else '<='} {self._end(constraint, constraint.high)}"
        return text

    def _end(self, constraint: Range, end: Value) -> str:
        return repr(float(end)) if constraint.path in self._floats else self.constant(end)

    def constant(self, value: Value) -> str:
        """How a value stands in the text: as a literal, or as a global."""
        if type(value) in (str, int, bool):
            return repr(value)
        name = f"c{len(self.reads.globals)}"
        self.reads.globals[name] = value
        return name


def function(parameters: str, lines: Iterable[str], names: dict[str, Any]) -> Callable[..., Any]:
    """A function of these lines, with ``names`` for globals."""
    text = "\n    ".join([f"def made({parameters}):", *lines])
    exec(compile(text, _FILE, "exec", dont_inherit=True), names)  # noqa: S102
    made: Callable[..., Any] = names.pop("made")
    return made
