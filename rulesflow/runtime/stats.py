"""Stats: how steps, resources and the service do, over all processes that share the database.

Each process counts its calls in memory and writes them down every few seconds, in a thread of its own, and
only if there were any. Where the database is away they are kept for ten minutes of calls, and no longer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from rulesflow.runtime.clock import MICROS, Clock
from rulesflow.runtime.database import Database
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.statpicture import LOOKS_BACK, SERVICE, Frame, picture
from rulesflow.runtime.statrecall import StatRecall
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
        self._recall = StatRecall(self._store)
        self._usuals = Usuals(self._store)
        self._lock = threading.Lock()  # what is being written must not be missed by who reads
        self._told: set[str] = set()
        self._lost = 0
        self._folded = 0
        self._outage = Outage(
            logger, "how steps do cannot be written down", "how steps do is written down again"
        )
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
            self._outage.through(self.flush)
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
            self._outage.through(self.flush)

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
        begun, waiting = tally.begun(), tally.waiting
        made = [
            Stretch(tally.step, tally.resource, start, bucket.written()) for start, bucket in buckets.items()
        ]
        if begun or waiting or tally.step in self._told:
            now = self.clock() // MICROS
            start = now - now % WIDTH
            if start not in buckets:
                made.append(Stretch(tally.step, tally.resource, start))
        if made:
            newest = max(made, key=lambda each: each.start)
            newest.note(begun, waiting)
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
        return (await self.of_windows([window], series=series))[window]

    async def of_windows(self, windows: Collection[float], *, series: bool = False) -> dict[float, Measured]:
        """The same of several windows, for which it is looked, and read, but once."""
        fresh = self._fresh(windows, series)
        if len(fresh) == len(windows):
            return fresh
        seen = await self.see()
        look = self._reader.submit(self._look, windows, series, seen)
        return await asyncio.shield(asyncio.wrap_future(look))

    def _fresh(self, windows: Collection[float], series: bool) -> dict[float, Measured]:
        """What was measured a moment ago."""
        known, now = self._measured, self.clock()
        found = {window: known[window, series] for window in windows if (window, series) in known}
        return {window: each for window, each in found.items() if 0 <= now - each.at < _FRESH}

    def _look(self, windows: Collection[float], series: bool, seen: Seen) -> dict[float, Measured]:
        fresh = self._fresh(windows, series)  # by who stood before us in the queue
        at = self.clock()
        frames = [Frame.of(at, window, series) for window in windows if window not in fresh]
        seconds = [frame for frame in frames if frame.window <= KEPT]
        with self._lock:
            unwritten = self._unwritten(at // MICROS)
            stored = self._seconds(seconds) if seconds else []
            read = {frame: stored if frame in seconds else self._hours(frame) for frame in frames}
        self._usuals.refresh(at // MICROS)
        for frame in frames:
            fresh[frame.window] = picture(frame, [*read[frame], *unwritten], seen, self._usuals)
        kept = {key: each for key, each in self._measured.items() if 0 <= at - each.at < _FRESH}
        self._measured = kept | {(window, series): each for window, each in fresh.items()}
        return fresh

    def _seconds(self, frames: Sequence[Frame]) -> list[Stretch]:
        """What is stored of all these frames, and of the minutes before them, where steps have few calls."""
        now = frames[0].now
        return self._recall.seconds(min(now - LOOKS_BACK, *(frame.since for frame in frames)), now)

    def _hours(self, frame: Frame) -> list[Stretch]:
        """What is stored of a frame that is longer than seconds are kept."""
        until = frame.now + WIDTH
        return [*self._store.hours(frame.since, until), *self._store.unfolded(frame.since, until)]

    def _unwritten(self, now: int) -> list[Stretch]:
        """What this process has not written yet, and what it does just now."""
        made = []
        for tally in self._tallies.all():
            made += [
                Stretch(tally.step, tally.resource, start, bucket.written(), executor=self._name)
                for start, bucket in tally.seen().items()
            ]
            going = Stretch(tally.step, tally.resource, now + 1, executor=self._name)
            going.note(tally.begun(), tally.waiting)
            made.append(going)
        return made
