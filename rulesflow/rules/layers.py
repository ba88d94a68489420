"""Layers: folders chosen by facts.

A pattern such as ``region/{order.region}`` stands for many folders. A fact's value ``eu/de`` brings
``region/eu`` and then ``region/eu/de``. What a folder asks of the facts is a set of *claims*: dimension by
dimension, a slash-prefix of the value. From the claims alone follows which layers always come together and
which can never meet, so that every stack is checked without listing the stacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rulesflow.conditions.scope import field_paths
from rulesflow.conditions.types import Kind, Type
from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean

_DIMENSION = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
#: Folders at the root that are no layers: other storeys read them.
RESERVED_FOLDERS = ("workflows", "patterns")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A fact that chooses layers. ``values`` are all it may have; ``always``: it is in every request."""

    path: Path
    values: tuple[str, ...]
    always: bool

    @property
    def name(self) -> str:
        """The dotted path, as in the pattern."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One entry of ``layers``. A part is a folder's name, or a dimension."""

    text: str
    parts: tuple[str | Dimension, ...]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions, outermost first."""
        return tuple(part for part in self.parts if isinstance(part, Dimension))


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder that facts can choose.

    ``rank`` orders layers, general first: the pattern's place in the file, then how special each claim is.
    """

    folder: str
    rank: tuple[int, ...]
    claims: tuple[tuple[Dimension, str], ...]

    def implies(self, other: Layer) -> bool:
        """Whether every stack with this layer has the other one too."""
        mine = {dimension.path: prefix for dimension, prefix in self.claims}
        for dimension, prefix in other.claims:
            if dimension.path not in mine and not dimension.always:
                return False
            own = mine.get(dimension.path)
            if not all(
                _leads(prefix, value) for value in dimension.values if own is None or _leads(own, value)
            ):
                return False
        return True

    def meets(self, other: Layer) -> bool:
        """Whether some stack has both."""
        mine = {dimension.path: prefix for dimension, prefix in self.claims}
        return all(
            dimension.path not in mine
            or _leads(prefix, mine[dimension.path])
            or _leads(mine[dimension.path], prefix)
            for dimension, prefix in other.claims
        )


def _leads(prefix: str, value: str) -> bool:
    """Whether ``prefix`` is the value or its beginning up to a slash."""
    return value == prefix or value.startswith(prefix + "/")


def prefixes(value: str) -> list[str]:
    """``eu/de`` gives ``eu`` and ``eu/de``."""
    parts = value.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


class Layers:
    """All patterns of a project, and the folders that stand under them."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self.found: dict[str, Layer] = {}
        unique = {dim.path: dim for pattern in patterns for dim in pattern.dimensions}
        self.dimensions = tuple(unique.values())

    def claim(self, folder: str) -> list[Layer]:
        """Every way in which a pattern claims the folder: one is right, none or several are an error."""
        segments = folder.split("/")
        return [
            Layer(folder, (number, *(prefix.count("/") for _, prefix in claims)), claims)
            for number, pattern in enumerate(self.patterns)
            for claims in _match(pattern.parts, segments)
        ]

    def add(self, layer: Layer) -> None:
        """Take a layer whose folder exists."""
        self.found[layer.folder] = layer

    def stack(self, values: Sequence[str | None]) -> tuple[Layer, ...]:
        """The layers that exist for these values (one for each of ``dimensions``), general first."""
        chosen = dict(zip((dim.path for dim in self.dimensions), values, strict=True))
        folders = (
            folder
            for pattern in self.patterns
            for folder in _folders(pattern, chosen)
            if folder in self.found
        )
        return tuple(self.found[folder] for folder in dict.fromkeys(folders))


def _folders(pattern: Pattern, chosen: Mapping[Path, str | None]) -> Iterable[str]:
    choices: list[list[str]] = []
    for part in pattern.parts:
        if isinstance(part, str):
            choices.append([part])
            continue
        value = chosen[part.path]
        if value is None:
            return ()
        choices.append(prefixes(value))
    return ("/".join(combination) for combination in product(*choices))


def _match(
    parts: Sequence[str | Dimension], segments: Sequence[str]
) -> list[tuple[tuple[Dimension, str], ...]]:
    if not parts:
        return [] if segments else [()]
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        return _match(rest, segments[1:]) if segments and segments[0] == first else []
    matches = []
    allowed = {prefix for value in first.values for prefix in prefixes(value)}
    for count in range(1, len(segments) - len(rest) + 1):
        prefix = "/".join(segments[:count])
        if prefix in allowed:
            matches += [((first, prefix), *claims) for claims in _match(rest, segments[count:])]
    return matches


def decode_layers(texts: Iterable[Scalar], facts: Type, findings: Findings) -> Layers:
    """Read the patterns of the project file against the facts schema."""
    patterns: list[Pattern] = []
    for text in texts:
        segments = text.text.split("/")
        if segments[0] in RESERVED_FOLDERS:
            message = f"the folder {segments[0]}/ holds {segments[0]}, so it is no layer"
            findings.error("RF105", message, text.span, "give the layer's folder another name")
            continue
        parts = [_part(segment, text, facts, findings) for segment in segments]
        good = tuple(part for part in parts if part is not None)
        if len(good) == len(parts):
            if any(pattern.parts == good for pattern in patterns):
                findings.error("RF105", f"layer {text.text!r} is named twice", text.span)
                continue
            patterns.append(Pattern(text.text, good))
    return Layers(patterns)


def _part(segment: str, text: Scalar, facts: Type, findings: Findings) -> str | Dimension | None:
    match = _DIMENSION.fullmatch(segment)
    if match is not None and match[1]:
        return _dimension(match[1], text, facts, findings)
    if _WORD.fullmatch(segment) and not segment.startswith("."):
        return segment
    findings.error(
        "RF105",
        f"{segment!r} is no part of a layer",
        text.span,
        "a part is a folder's name, or one fact in braces, as in region/{order.region}",
    )
    return None


def _dimension(name: str, text: Scalar, facts: Type, findings: Findings) -> Dimension | None:
    path = tuple(name.split("."))
    start = text.text.find("{" + name + "}") + 1
    span = text.at(start, start + len(name))
    fields, always, field = facts, True, None
    for step in path:
        field = (fields.fields or {}).get(step)
        if field is None:
            hint = did_you_mean(name, field_paths(facts))
            findings.error("RF203", f"unknown field {name}", span, hint)
            return None
        always = always and field.required and not field.type.nullable
        fields = field.type
    values = fields.literals
    if fields.kind is not Kind.STRING or values is None:
        findings.error(
            "RF312",
            f"{name} cannot choose layers: it has no fixed set of values",
            span,
            "give it an enum or const of strings in the facts schema",
        )
        return None
    for value in values:
        if not all(_WORD.fullmatch(part) for part in value.split("/")):
            hint = "a folder's name has letters, digits and . _ -"
            findings.error("RF313", f"the value {value!r} of {name} is no folder's name", span, hint)
            return None
    return Dimension(path, values, always)
