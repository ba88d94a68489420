"""An event pattern as its file says it: what is matched, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from rulesflow.model.diagnostics import Span
from rulesflow.model.times import Duration
from rulesflow.patterns.compiled import CompiledPattern
from rulesflow.patterns.followup import FollowUp


@dataclass(frozen=True, slots=True, eq=False)
class EventPattern:
    """A pattern of a project.

    ``throttle``: once a match was followed, those of the same key are only recorded whose latest event is
    within so long of that match's; None to follow each. ``span``: of its name, in its file.
    """

    compiled: CompiledPattern
    then: FollowUp
    span: Span
    title: str = ""
    because: str = ""
    throttle: Duration | None = None

    @property
    def name(self) -> str:
        """Its name: that of its file."""
        return self.compiled.pattern.name

    @property
    def types(self) -> frozenset[str]:
        """The types of events that it looks at."""
        pattern = self.compiled.pattern
        every = [*pattern.terms, *([pattern.unless] if pattern.unless else [])]
        return frozenset(term.type for term in every)
