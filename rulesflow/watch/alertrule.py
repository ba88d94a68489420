"""An alert's rule: when it is open, and what it says then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from rulesflow.model.diagnostics import Span
from rulesflow.values.expression import Expression

Source: TypeAlias = Literal["shipped", "project"]
SUBJECTS: Final = ("step", "resource", "service")
#: From what hurts least to what hurts most.
SEVERITIES: Final = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AlertRule:
    """Open once ``when`` has held for ``hold`` seconds, closed once ``clear`` has for ``clear_hold``.

    ``of``: one of `SUBJECTS`; each subject has an alert of its own. ``clear``: None for when ``when`` does
    not hold. ``window``: seconds that the facts are about. ``when_text`` and ``clear_text`` as written.
    """

    name: str
    title: str
    of: str
    when: Expression
    when_text: str
    clear: Expression | None
    clear_text: str | None
    hold: float
    clear_hold: float
    severity: str
    window: float
    say: Expression
    enabled: bool
    span: Span
    source: Source
