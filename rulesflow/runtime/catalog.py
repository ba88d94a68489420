"""The catalog: which ruleset decides now, and what was wrong with the last one that could not.

All of it is one immutable `State` behind one reference. A reader takes the reference once and holds it, so a
request ends on the ruleset it began with; a writer puts a new reference in its place.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rulesflow.model.diagnostics import Diagnostic
from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Timestamp
from rulesflow.rules import Ruleset
from rulesflow.runtime.project import LoadedProject


class NotReadyError(RulesflowError):
    """No ruleset has been activated yet, so nothing can be decided."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project that was activated: its rules and workflows, when, from which folder (symlinks resolved)."""

    ruleset: Ruleset
    activated_at: Timestamp
    source: str
    project: LoadedProject


@dataclass(frozen=True, slots=True)
class Failure:
    """The last attempt to load, if it failed. ``diagnostics`` are sorted and hold warnings too."""

    at: Timestamp
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class State:
    """The active ruleset beside the last error; ``failure`` is None when the last attempt succeeded."""

    snapshot: Snapshot | None = None
    failure: Failure | None = None
    activations: int = 0
    refusals: int = 0
    attempted_at: Timestamp | None = None


class Catalog:
    """Holds the `State`. Any thread may read; one thread, the reloader's, writes."""

    def __init__(self) -> None:
        self.state = State()

    def current(self) -> Snapshot:
        """The active snapshot; raises `NotReadyError` before there is one."""
        snapshot = self.state.snapshot
        if snapshot is None:
            raise NotReadyError("no ruleset is active; GET /v1/ruleset tells why")
        return snapshot

    def activate(self, project: LoadedProject, source: str) -> Snapshot:
        """Put a project in charge that loaded without error.

        One with the same digest keeps the time of its activation.
        """
        ruleset = project.ruleset
        assert ruleset is not None, "what has errors is refused"
        at, old = now(), self.state.snapshot
        since = old.activated_at if old is not None and old.ruleset.digest == ruleset.digest else at
        snapshot = Snapshot(ruleset, since, source, project)
        self.state = replace(
            self.state,
            snapshot=snapshot,
            failure=None,
            activations=self.state.activations + 1,
            attempted_at=at,
        )
        return snapshot

    def refuse(self, diagnostics: Iterable[Diagnostic]) -> Failure:
        """Record why a ruleset was not activated; the last good one stays in charge."""
        failure = Failure(now(), tuple(sorted(diagnostics, key=lambda found: found.order)))
        self.state = replace(
            self.state, failure=failure, refusals=self.state.refusals + 1, attempted_at=failure.at
        )
        return failure


def now() -> Timestamp:
    """The wall clock, to the microsecond: finer digits say nothing, and many readers cannot take them."""
    return Timestamp(time.time_ns() // 1000 * 1000)
