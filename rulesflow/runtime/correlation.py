"""The correlation of events: a thread that has patterns look at them, and records what they find.

Nothing depends on its memory. An event leaves the queue in the transaction that records its matches, so that
whoever comes next does again what was not recorded, and records nothing that was.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from rulesflow.model.times import SECOND, Timestamp
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import EngineMissing, Supervisor
from rulesflow.runtime.batchmatch import Batch, BatchMatcher
from rulesflow.runtime.catalog import Catalog, Snapshot
from rulesflow.runtime.claims import Claims
from rulesflow.runtime.database import MATCHES, Database
from rulesflow.runtime.eventqueue import EventQueue
from rulesflow.runtime.eventsight import Sight
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.keyfill import KeyFill
from rulesflow.runtime.keying import Keying
from rulesflow.runtime.matches import Awaited, Matches
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.precedence import Precedence
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.quarantine import Quarantine

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25  # seconds between two looks for what other processes have stored, or whose time has come
_BATCH: Final = 200  # events
_AGAIN: Final = 20  # events on which patterns have failed
_JUDGED: Final = 100  # matches whose time has come
_LATER: Final = 30.0  # seconds before a match is judged again that could not be
_PAUSE: Final = 1.0  # seconds, after something went wrong
_ENGINE: Final = 60.0  # seconds between two looks whether the engine is there
_FILL: Final = 600.0  # seconds between two looks for events without keys
_SKEW: Final = 2 * SECOND  # that processes' clocks may differ, when it is told what came since new rules
_TELL: Final = 60.0  # seconds between two lines of the log that say the same of a pattern
_AWAITED: Final = MATCHES.c.status == "waiting"


@dataclass(frozen=True, slots=True)
class Parts:
    """What correlation works with. ``holder``: this process."""

    database: Database
    catalog: Catalog
    store: EventStore
    matches: Matches
    supervisor: Supervisor
    precedence: Precedence
    holder: str


class _Overtaken(Exception):
    """Another process has begun to go by newer rules."""


class Correlation:
    """Has patterns look at events. ``start`` it, ``stop`` it, ``wake`` it when there are new ones.

    ``found`` is called after matches were recorded, ``looked`` when there is nothing more to do.
    """

    def __init__(self, parts: Parts, found: Callable[[], None], looked: Callable[[], None]) -> None:
        self._parts = parts
        self._found = found
        self._looked = looked
        self.queue = EventQueue(parts.database, parts.holder)
        self.quarantine = Quarantine()
        self._awaited = Claims(parts.database, MATCHES, parts.holder)
        self._fill = KeyFill(parts.database)
        self._matcher = Matcher(parts.supervisor)
        self._sight: Sight | None = None
        self._batches: BatchMatcher | None = None
        self._filled_at = 0.0
        self._activated: int | None = None
        self._led = True
        self._looked_at = 0.0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._outage = Outage(logger, "events wait to be matched", "events are matched again")
        self._cut_told: dict[str, float] = {}
        self._thread = threading.Thread(target=self._work, name="rulesflow-correlation", daemon=True)
        #: Why the engine is not there; None while it is, or nobody has looked.
        self.missing: str | None = None
        #: Matches by pattern and the status that they came to, and failures by pattern.
        self.counts: Counter[tuple[str, str]] = Counter()
        self.failures: Counter[str] = Counter()

    def start(self) -> None:
        """Begin."""
        self._wake.set()  # its rules are the newest from now on, and not from some time later
        self._thread.start()

    def stop(self) -> None:
        """End, after the batch that it is at. Blocks."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Look at once. Any thread may call it."""
        self._wake.set()

    def inherit(self, gone: Collection[str]) -> None:
        """Take over what processes were at that are gone. Blocks."""
        self.queue.claims.free(gone)
        self._awaited.free(gone)

    # -- the thread ------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(_LOOK)
            self._wake.clear()
            if not self._outage.through(self._turns):
                self._stopping.wait(_PAUSE)

    def _turns(self) -> None:
        """Do all that there is to do. Raises `SQLAlchemyError`."""
        while not self._stopping.is_set() and self._turn():
            self._looked()
        self._looked()

    def _turn(self) -> bool:
        """Do some of what there is to do; whether there may be more. Raises `SQLAlchemyError`."""
        snapshot = self._parts.catalog.state.snapshot
        if snapshot is None:
            return False
        self._take_over(snapshot)
        if not self._leads() or self._is_missing(snapshot.project):
            return False
        try:
            return self._match() | self._judge()
        except _Overtaken:
            self.inherit([self._parts.holder])
            return False
        except EngineMissing as error:
            self._miss(error)
            return False

    def _leads(self) -> bool:
        """Whether this process may match: none goes by newer rules."""
        leads = self._parts.precedence.leads()
        if leads and not self._led and self._sight is not None:  # those who did had other keys
            self._key(self._sight.keying)
        self._led = leads
        return leads

    def _take_over(self, snapshot: Snapshot) -> None:
        """Go by a project from here on: events have the keys that its patterns need."""
        project = snapshot.project
        at = snapshot.activated_at
        if self._sight is not None and self._sight.project is project and self._activated == at:
            if time.monotonic() - self._filled_at > _FILL:
                self._key(self._sight.keying)
            return
        parts, keying = self._parts, Keying.of(project.patterns.values())
        changed = parts.precedence.activate(
            snapshot.ruleset.digest, at
        )  # from here on nobody goes by older ones
        if changed or self._sight is None or self._sight.keying.digest != keying.digest:
            self._key(keying)
        if changed:  # others may have matched by older rules what came between
            self.queue.put_again(Timestamp(snapshot.activated_at - _SKEW))
        if parts.precedence.leads():
            self.queue.drop_others(project.patterns)
        self._sight, self._activated = Sight(parts.store, project, keying), at
        self._batches = BatchMatcher(self._sight, self._matcher, parts.matches, self.quarantine)
        self.quarantine.lift(None)  # they may have been mended
        if project.patterns:
            self._looked_at = 0.0

    def _key(self, keying: Keying) -> None:
        self._fill.fill(keying)
        self._filled_at = time.monotonic()

    def _is_missing(self, project: LoadedProject) -> bool:
        """Whether there are patterns, and nothing to match them with."""
        if not project.patterns:
            return False
        if self._looked_at and (self.missing is None or time.monotonic() - self._looked_at < _ENGINE):
            return self.missing is not None
        self._looked_at = time.monotonic()
        try:
            self._parts.supervisor.start()
        except EngineMissing as error:
            self._miss(error)
            return True
        self.missing = None
        return False

    def _miss(self, error: EngineMissing) -> None:
        if self.missing is None:
            logger.error("events wait, since patterns cannot be matched: %s", error)
        self.missing = str(error)

    # -- events ----------------------------------------------------------------------------------------

    def _match(self) -> bool:
        """Match a batch of events."""
        tickets = self.queue.take(_BATCH) if self.queue.claims.any() else []
        resting = self.quarantine.resting()
        again = self.queue.take_again(_AGAIN, resting) if len(tickets) < _BATCH else []
        if not tickets and not again:
            return False
        assert self._sight is not None and self._batches is not None
        seen = self._sight.events(ticket.number for ticket in [*tickets, *again])
        self._fill.complete((each.stored for each in seen.values()), self._sight.keying)
        batch = self._batches.match([*tickets, *again])
        with self._parts.database.writing() as connection:
            counts = self._parts.matches.record(connection, batch.findings)
            self.queue.settle(connection, batch.done, [*batch.failed, *batch.later])
            self._assert_leads(connection)
        self._count(counts, batch)
        return len(tickets) == _BATCH or len(again) == _AGAIN

    def _assert_leads(self, connection: sa.Connection) -> None:
        """Raises `_Overtaken`: nothing of the transaction is to stand."""
        if not self._parts.precedence.holds(connection):
            raise _Overtaken

    def _count(self, counts: Counter[tuple[str, str]], batch: Batch) -> None:
        self.counts += counts
        for failed in batch.failed:
            if not self.failures[failed.pattern]:
                logger.error(
                    "pattern %s failed on event %d: %s", failed.pattern, failed.number, failed.problem
                )
            self.failures[failed.pattern] += 1
        for pattern in batch.cut:
            self._tell_cut(pattern)
        if counts:
            self._found()

    def _tell_cut(self, pattern: str) -> None:
        """A flood of events cuts in each batch: that is told now and then."""
        at = time.monotonic()
        if at - self._cut_told.get(pattern, -_TELL) >= _TELL:
            self._cut_told[pattern] = at
            logger.warning("pattern %s has more matches of a key than are recorded", pattern)

    # -- absence ---------------------------------------------------------------------------------------

    def _judge(self) -> bool:
        """Match again what has waited until nothing can forbid it any more."""
        if not self._awaited.any(_AWAITED):
            return False
        awaited = [Awaited.of(row) for row in self._awaited.take(_JUDGED, _AWAITED)]
        assert self._batches is not None
        found, problems = self._batches.judge(awaited)
        decided = [each for each in awaited if each.id not in problems]
        with self._parts.database.writing() as connection:
            counts = self._parts.matches.judge(connection, decided, found)
            self._put_off(connection, awaited, problems)
            self._assert_leads(connection)
        self.counts += counts
        if counts:
            self._found()
        return len(awaited) == _JUDGED

    def _put_off(
        self, connection: sa.Connection, awaited: Iterable[Awaited], problems: Mapping[str, str]
    ) -> None:
        for each in awaited:
            if each.id in problems:
                self.failures[each.pattern] += 1
                values = {"attempts": each.attempts + 1, "problem": problems[each.id], "holder": None}
                later = self._awaited.later(_LATER)
                update = sa.update(MATCHES).where(MATCHES.c.id == each.id, _AWAITED)
                connection.execute(update.values(ready_at=later, **values))
