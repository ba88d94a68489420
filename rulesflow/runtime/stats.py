"""Stats: how steps, resources and the service do, over all processes that share the database.

Each process counts its calls in memory and writes them down every few seconds, in a thread of its own, and
only if there were any. Where the database is away they are kept for ten minutes of calls, and no longer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.runtime.database import Database
from rulesflow.runtime.patience import told
from rulesflow.runtime.statpicture import LATELY, LOOKS_BACK, SERVICE, Frame, busy, picture
from rulesflow.runtime.statsight import See, Seen, nothing_seen
from rulesflow.runtime.statstore import KEPT, StatStore, Stretch
from rulesflow.runtime.statusual import Usuals
from rulesflow.runtime.tallies import WIDTH, Tallies, Tally
from rulesflow.watch.bucket import Bucket
from rulesflow.watch.measures import Measured

logger = logging.getLogger(__name__)

WINDOW: Final = 300.0  # seconds, unless somebody asks for another
SHORTEST: Final = 10.0
LONGEST: Final = 7 * 86_400.0
_EVERY: Final = 5.0  # seconds between two writes
_FOLDED: Final = 60  # seconds between two looks for what is to be folded, or forgotten
_FRESH: Final = MICROS  # what was measured is good enough for so long


class Stats:
    """``start`` it, ``stop`` it. Any thread may `count`; `measures` may be awaited in any event loop.

    ``clock``: microseconds since 1970, the database's unless somebody gives another. ``see``: how the
    service stands now.
    """

    def __init__(self, database: Database, clock: Callable[[], int] | None = None) -> None:
        shared = Clock()
        self._hears = shared.hear if clock is None else None
        self.clock = clock or shared.now
        self.see: See = nothing_seen
        self._name = uuid.uuid4().hex
        self._store = StatStore(database, self._name)
        self._tallies = Tallies(self.clock)
        self._usuals = Usuals(self._store)
        self._lock = threading.Lock()  # what is being written must not be missed by who reads
        self._told: set[str] = set()
        self._lost = 0
        self._folded = 0
        self._away = False
        self._measured: dict[tuple[float, bool], Measured] = {}
        self._reader = ThreadPoolExecutor(1, "rulesflow-stats-reader")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rulesflow-stats", daemon=True)

    # -- counting --------------------------------------------------------------------------------------

    def of(self, step: str, resource: str) -> Tally:
        """Where calls of a step are counted."""
        return self._tallies.of(step, resource)

    def count(self, step: str, resource: str, queued: float, ran: float, error_class: str | None) -> None:
        """A call has ended: seconds that it was queued and ran, and the class of its error, if it failed."""
        self.of(step, resource).count(queued, ran, error_class)

    def mark(self, what: str) -> None:
        """A run has ``started``, or ``failed``."""
        self.of(SERVICE, "").mark(what)

    def tallies(self) -> list[Tally]:
        """Of every step that was called by this process."""
        return [tally for tally in self._tallies.all() if tally.step != SERVICE]

    # -- writing ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end. Blocks."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
            self._quietly(self.flush)
        self._reader.shutdown(wait=True, cancel_futures=True)

    def flush(self) -> None:
        """Write down what was counted, and see to what is old. Blocks. Raises `SQLAlchemyError`."""
        with self._lock:
            self._write()
        now = self.clock() // MICROS
        if abs(now - self._folded) >= _FOLDED:
            self._store.fold(now)
            self._store.forget(now)
            self._folded = now

    def _work(self) -> None:
        while not self._stopping.wait(_EVERY):
            self._quietly(self.flush)

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._away = False
        except SQLAlchemyError as error:
            if not self._away:
                logger.warning("how steps do cannot be written down: %s", told(error))
            self._away = True
        except Exception:
            logger.exception("how steps do cannot be written down")

    def _write(self) -> None:
        taken = [(tally, tally.take()) for tally in self._tallies.all()]
        stretches = [each for tally, buckets in taken for each in self._stretches(tally, buckets)]
        if not stretches:
            return
        try:
            if self._hears is not None:
                self._hears(self._store.now())
            self._store.add(stretches)
        except BaseException:
            for tally, buckets in taken:
                tally.give_back(buckets)
            raise
        busy = {each.step for each in stretches if each.in_flight or each.waiting}
        self._told = busy
        self._note_lost()

    def _stretches(self, tally: Tally, buckets: Mapping[int, Bucket]) -> list[Stretch]:
        """What is to be written of a step; how many calls go on just now as well, until none does."""
        in_flight, waiting = tally.in_flight, tally.waiting
        made = [Stretch(tally.step, tally.resource, start, bucket) for start, bucket in buckets.items()]
        if in_flight or waiting or tally.step in self._told:
            now = self.clock() // MICROS
            start = now - now % WIDTH
            if start not in buckets:
                made.append(Stretch(tally.step, tally.resource, start))
        if made:
            newest = max(made, key=lambda each: each.start)
            newest.in_flight, newest.waiting = in_flight, waiting
        return made

    def _note_lost(self) -> None:
        lost = sum(tally.lost for tally in self._tallies.all())
        if lost > self._lost:
            logger.warning("%d calls are missing in the figures: the database was away", lost - self._lost)
        self._lost = lost

    # -- reading ---------------------------------------------------------------------------------------

    async def measures(self, window: float = WINDOW, *, series: bool = False) -> Measured:
        """How everything has done within the last seconds. Raises `SQLAlchemyError`.

        ``series``: with points over the window. What is a second old is good enough.
        """
        known = self._measured.get((window, series))
        if known is not None and 0 <= self.clock() - known.at < _FRESH:
            return known
        seen = await self.see()
        look = self._reader.submit(self._look, window, series, seen)
        return await asyncio.shield(asyncio.wrap_future(look))

    def _look(self, window: float, series: bool, seen: Seen) -> Measured:
        at = self.clock()
        frame = Frame.of(at, window, series)
        with self._lock:
            stretches = [*self._stored(frame), *self._unwritten(frame)]
        self._usuals.refresh(frame.now)
        made = picture(frame, stretches, self._before(frame, stretches), seen, self._usuals)
        fresh = {key: each for key, each in self._measured.items() if 0 <= at - each.at < _FRESH}
        self._measured = fresh | {(window, series): made}
        return made

    def _stored(self, frame: Frame) -> list[Stretch]:
        since, until = min(frame.since, frame.now - LATELY - WIDTH), frame.now + WIDTH
        if frame.window <= KEPT:
            return self._store.seconds(since, until)
        return [*self._store.hours(frame.since, until), *self._store.unfolded(frame.since, until)]

    def _before(self, frame: Frame, stretches: list[Stretch]) -> list[Stretch]:
        """What steps with too few calls in the frame did in the minutes before it."""
        since = frame.now - LOOKS_BACK
        if since >= frame.since:
            return []
        return self._store.seconds(since, frame.since, busy(frame, stretches))

    def _unwritten(self, frame: Frame) -> list[Stretch]:
        """What this process has not written yet, and what it does just now."""
        made = []
        for tally in self._tallies.all():
            buckets = {start: bucket for start, bucket in tally.seen().items() if start >= frame.since}
            made += [
                Stretch(tally.step, tally.resource, *each, executor=self._name) for each in buckets.items()
            ]
            going = Stretch(tally.step, tally.resource, frame.now + 1, executor=self._name)
            going.in_flight, going.waiting = tally.in_flight, tally.waiting
            made.append(going)
        return made
