"""The catalog: which ruleset decides now, and what was wrong with the last one that could not.

All of it is one immutable `State` behind one reference. A reader takes the reference once and holds it, so a
request ends on the ruleset it began with; a writer puts a new reference in its place.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rulesflow.model.diagnostics import Diagnostic
from rulesflow.model.errors import RulesflowError
from rulesflow.model.rendering import line_of
from rulesflow.model.times import Timestamp
from rulesflow.rules import Ruleset
from rulesflow.runtime.project import LoadedProject


class NotReadyError(RulesflowError):
    """No ruleset has been activated yet, so nothing can be decided."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project that was activated: its rules and workflows, when, from which folder (symlinks resolved).

    Of one that was not, ``activated_at`` is when it was compiled.
    """

    ruleset: Ruleset
    activated_at: Timestamp
    source: str
    project: LoadedProject


@dataclass(frozen=True, slots=True)
class Failure:
    """The last attempt to load, if it failed. ``diagnostics`` are sorted and hold warnings too.

    ``lines``: of the files, as they were read, one for each diagnostic; None where there is none to show.
    """

    at: Timestamp
    diagnostics: tuple[Diagnostic, ...]
    lines: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class State:
    """The active ruleset beside the last error; ``failure`` is None when the last attempt succeeded.

    ``pinned``: a person has chosen the ruleset, so the folder does not; ``stuck``: it could not be activated,
    and ``failure`` tells why. ``folder``: what the folder held when it last loaded well.
    """

    snapshot: Snapshot | None = None
    failure: Failure | None = None
    activations: int = 0
    refusals: int = 0
    holds: int = 0
    attempted_at: Timestamp | None = None
    pinned: bool = False
    stuck: bool = False
    folder: Snapshot | None = None

    @property
    def pending(self) -> Snapshot | None:
        """What the folder would put in charge, were the ruleset not pinned; None where that is the same."""
        held, active = self.folder, self.snapshot
        if not self.pinned or held is None:
            return None
        return held if active is None or active.ruleset.digest != held.ruleset.digest else None


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
        """Put the folder's project in charge, which loaded without error.

        One with the same digest keeps the time of its activation.
        """
        snapshot = self._snapshot(project, source)
        self.state = replace(
            self.state,
            snapshot=snapshot,
            failure=None,
            activations=self.state.activations + 1,
            attempted_at=now(),
            folder=snapshot,
        )
        return snapshot

    def pin(self, project: LoadedProject, source: str) -> Snapshot:
        """Put in charge what a person has chosen, until `unpin`; what was wrong with the folder still is."""
        state = self.state
        snapshot = self._snapshot(project, source)
        failure = None if state.stuck else state.failure
        self.state = replace(
            state,
            snapshot=snapshot,
            failure=failure,
            activations=state.activations + 1,
            attempted_at=now(),
            pinned=True,
            stuck=False,
        )
        return snapshot

    def unpin(self) -> None:
        """Let the folder choose from here on; what is in charge stays until the folder has been loaded."""
        self.state = replace(self.state, pinned=False, stuck=False)

    def hold(self, project: LoadedProject, source: str) -> Snapshot:
        """Note what the folder holds, which loads without error, while another ruleset is pinned."""
        state, ruleset = self.state, _ruleset(project)
        at, old = now(), state.folder
        since = old.activated_at if old is not None and old.ruleset.digest == ruleset.digest else at
        held = Snapshot(ruleset, since, source, project)
        failure = state.failure if state.stuck else None
        self.state = replace(state, folder=held, failure=failure, holds=state.holds + 1, attempted_at=at)
        return held

    def refuse(
        self, diagnostics: Iterable[Diagnostic], files: Mapping[str, bytes], *, pin: bool = False
    ) -> Failure:
        """Record why a ruleset was not activated; the last good one stays in charge.

        ``files``: its own by path, as far as they could be read. ``pin``: it is the one that a person has
        chosen. That weighs more than what is wrong with the folder.
        """
        state = self.state
        found = tuple(sorted(diagnostics, key=lambda each: each.order))
        failure = Failure(now(), found, tuple(line_of(each, files) for each in found))
        shown = state.failure if state.stuck and not pin else failure
        self.state = replace(
            state,
            failure=shown,
            refusals=state.refusals + 1,
            attempted_at=failure.at,
            pinned=state.pinned or pin,
            stuck=state.stuck or pin,
        )
        return failure

    def _snapshot(self, project: LoadedProject, source: str) -> Snapshot:
        ruleset, old = _ruleset(project), self.state.snapshot
        same = old is not None and old.ruleset.digest == ruleset.digest
        since = old.activated_at if old is not None and same else now()
        return Snapshot(ruleset, since, source, project)


def _ruleset(project: LoadedProject) -> Ruleset:
    assert project.ruleset is not None, "what has errors is refused"
    return project.ruleset


def now() -> Timestamp:
    """The wall clock, to the microsecond: finer digits say nothing, and many readers cannot take them."""
    return Timestamp(time.time_ns() // 1000 * 1000)
