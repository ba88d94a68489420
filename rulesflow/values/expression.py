"""What a value or a condition of a file is once it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from rulesflow.conditions import Value
from rulesflow.model.diagnostics import Span

Names: TypeAlias = Mapping[str, Value]
#: A compiled value or condition. Raises `ExpressionFailed`.
Expression: TypeAlias = Callable[[Names], Value]


class ExpressionFailed(Exception):  # becomes an incident, which tells the place
    """An expression failed on the values it met."""

    def __init__(self, code: str, message: str, span: Span) -> None:
        super().__init__(f"{span.file}:{span.line}:{span.column}: {message}")
        self.code = code
        self.message = message
        self.span = span
