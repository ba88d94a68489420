"""A setting of a plugin as it was given: its place, its value, and where that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rulesflow.settings import PLUGINS, PREFIX

PROJECT: Final = "rulesflow.yaml"
VARIABLES: Final = f"{PREFIX}{PLUGINS.upper()}__"

#: The names of nested mappings, outside in.
Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A value at a path of names below ``plugins``, and where it stands."""

    path: Names
    value: Any
    origin: str

    @property
    def by_variable(self) -> bool:
        """Whether a variable gives it, so that it is a text."""
        return self.origin.startswith(PREFIX)


def folded(name: str) -> str:
    """A name as variables can spell it."""
    return name.replace("-", "_").lower()
