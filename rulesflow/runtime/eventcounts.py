"""What has become of events: the figures of one process, for its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Counts since the process began; ``waiting`` is of all processes, as it was seen last.

    ``events``: by type and outcome (``accepted duplicate passed-over``), only of types that a project has
    declared. ``matches``: by pattern and the status that they came to. ``failures``: attempts to match a
    pattern that failed, by pattern. ``losses``: workers of the engine that died or had to be ended.
    ``waiting``: events that patterns have yet to look at; None where nobody has looked.
    """

    events: Mapping[tuple[str, str], int] = field(default_factory=dict)
    matches: Mapping[tuple[str, str], int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    losses: int = 0
    waiting: int | None = None
