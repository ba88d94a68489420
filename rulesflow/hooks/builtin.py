"""The plugin that is always there: it gives the language's functions as any plugin gives its own."""

from __future__ import annotations

from collections.abc import Iterable

from rulesflow.conditions import STANDARD, Function
from rulesflow.hooks.mark import hookimpl


@hookimpl
def register_functions() -> Iterable[Function]:
    """The standard functions."""
    return STANDARD.values()
