"""Follow-ups: runs are started and signals sent for matches, each once, whoever dies in between.

The id of the match is the key of what is sent. So it makes no difference how often that is done.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.errors import Conflict, Overloaded, RequestRefused, UnknownName
from rulesflow.runtime.actions import Signal, Start, read_action
from rulesflow.runtime.catalog import NotReadyError
from rulesflow.runtime.claims import Claims
from rulesflow.runtime.database import MATCHES, Database
from rulesflow.runtime.listing import ENDED, Listing
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.patience import told
from rulesflow.runtime.precedence import Precedence
from rulesflow.runtime.runquery import STATUSES, RunQuery
from rulesflow.runtime.runs import Runs

logger = logging.getLogger(__name__)

_LOOK: Final = 0.5  # seconds between two looks for what other processes have found, or whose time has come
_BATCH: Final = 50
_PAGE: Final = 10  # runs that a signal is sent to at once
_GLANCE: Final = 0.1  # seconds between two looks for others while something takes long
_SECOND_LOOK: Final = 1.0  # seconds before it is looked again for runs that a signal is meant for
_LOOKS: Final = 2
_FIRST: Final = 1.0  # seconds before something is tried again; doubles
_LONGEST: Final = 300.0
_TRIES: Final = 10  # of what fails by a defect
_LIVE: Final = tuple(status for status in STATUSES if status not in ENDED)
_PENDING: Final = MATCHES.c.status == "pending"
_MOST: Final = 2_000  # characters of a problem


class Outcome(NamedTuple):
    """What has come of following a match. ``again``: seconds after which it goes on.

    ``looked``: all runs that a signal is meant for, as far as they are listed by now, were looked at.
    """

    status: str
    again: float | None = None
    problem: str | None = None
    looked: bool = False


class Followups:
    """Follows matches. ``start`` it, ``stop`` it, ``wake`` it when there are new ones."""

    def __init__(
        self, database: Database, runs: Runs, listing: Listing, precedence: Precedence, holder: str
    ) -> None:
        self._database = database
        self._runs = runs
        self._listing = listing
        self._precedence = precedence
        self._claims = Claims(database, MATCHES, holder)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._outage = Outage(logger, "matches wait to be followed", "matches are followed again")
        self._going: dict[asyncio.Task[Outcome], sa.Row[Any]] = {}
        self._thread = threading.Thread(target=self._work, name="rulesflow-followups", daemon=True)
        #: Matches by pattern and the status that they came to.
        self.counts: Counter[tuple[str, str]] = Counter()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what it is at. Blocks."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Look at once. Any thread may call it."""
        self._wake.set()

    def inherit(self, gone: Collection[str]) -> None:
        """Take over what processes were at that are gone. Blocks."""
        self._claims.free(gone)

    def _work(self) -> None:
        with asyncio.Runner() as runner:
            while not self._stopping.is_set():
                self._wake.wait(_LOOK)
                self._wake.clear()
                if not self._outage.through(partial(self._turns, runner)):
                    self._stopping.wait(_FIRST)
            while self._going:
                with suppress(SQLAlchemyError):  # whoever comes next does it again
                    runner.run(self._go_on([]))

    def _turns(self, runner: asyncio.Runner) -> None:
        """Follow all that there are. Raises `SQLAlchemyError`."""
        while not self._stopping.is_set() and self._turn(runner):
            pass

    def _turn(self, runner: asyncio.Runner) -> bool:
        """Follow some; whether there may be more. Raises `SQLAlchemyError`.

        What takes long, as signals to many runs do, goes on while others have their turn.
        """
        rows = self._take() if len(self._going) < _BATCH else []
        return runner.run(self._go_on(rows))

    def _take(self) -> list[sa.Row[Any]]:
        free = _PENDING & MATCHES.c.id.not_in([row.id for row in self._going.values()])
        if not self._precedence.leads() or not self._claims.any(free):
            return []
        return self._claims.take(_BATCH - len(self._going), free)

    async def _go_on(self, rows: Sequence[sa.Row[Any]]) -> bool:
        """Begin with these too, and note what is done."""
        self._going |= {asyncio.create_task(self._follow(row)): row for row in rows}
        if not self._going:
            return False
        done, _ = await asyncio.wait(self._going, timeout=_GLANCE, return_when=asyncio.FIRST_COMPLETED)
        ended = [(self._going.pop(task), task.result()) for task in done]
        if ended:
            await asyncio.to_thread(self._note_all, ended)
        return bool(self._going) or len(rows) == _BATCH

    def _note_all(self, ended: Sequence[tuple[sa.Row[Any], Outcome]]) -> None:
        with self._database.writing() as connection:
            for row, outcome in ended:
                self._note(connection, row, outcome)

    async def _follow(self, row: sa.Row[Any]) -> Outcome:
        try:
            return await self._done(row)
        except (Overloaded, NotReadyError) as error:
            after = float(error.retry_after) if isinstance(error, Overloaded) else _pause(row.attempts)
            return Outcome("pending", after, str(error))
        except UnknownName as unknown:  # a workflow of newer rules, which this process has yet to load
            if row.attempts + 1 >= _TRIES:
                return Outcome("failed", None, _said(unknown))
            return Outcome("pending", _pause(row.attempts), _said(unknown))
        except RequestRefused as refused:
            return Outcome("failed", None, _said(refused))
        except SQLAlchemyError as error:
            return Outcome("pending", _pause(row.attempts), told(error))
        except Exception as error:
            logger.exception("match %s of pattern %s cannot be followed", row.id, row.pattern)
            if row.attempts + 1 >= _TRIES:
                return Outcome("failed", None, told(error))
            return Outcome("pending", _pause(row.attempts), told(error))

    async def _done(self, row: sa.Row[Any]) -> Outcome:
        caller = f"pattern:{row.pattern}"
        match read_action(row.action):
            case Start(workflow, given):
                await self._runs.start(workflow, given, key=row.id, caller=caller)
                return Outcome("done")
            case Signal() as signal:
                return await self._send(row, signal, caller)

    async def _send(self, row: sa.Row[Any], signal: Signal, caller: str) -> Outcome:
        """To all that are meant. The list of runs is behind by moments, so it is looked at twice."""
        query = RunQuery(status=_LIVE, fields=signal.where)
        runs = await asyncio.to_thread(self._listing.all, query)
        refused: str | None = None
        for start in range(0, len(runs), _PAGE):
            sent = (self._signal(run, row.id, signal, caller) for run in runs[start : start + _PAGE])
            for each in await asyncio.gather(*sent, return_exceptions=True):
                if isinstance(each, BaseException):
                    raise each
                refused = each or refused
        if (row.looks or 0) + 1 < _LOOKS:
            return Outcome("pending", _SECOND_LOOK, refused, looked=True)
        return Outcome("done" if refused is None else "failed", None, refused)

    async def _signal(self, run: str, match: str, signal: Signal, caller: str) -> str | None:
        """Why the run refuses it, if it does."""
        try:
            await self._runs.signal(run, signal.signal, signal.payload, key=match, caller=caller)
        except (UnknownName, Conflict):  # it does not know the signal, or can receive it no more
            return None
        except Overloaded:
            raise
        except RequestRefused as error:
            return f"run {run}: {_said(error)}"
        return None

    def _note(self, connection: sa.Connection, row: sa.Row[Any], outcome: Outcome) -> None:
        later = None if outcome.again is None else self._claims.later(outcome.again)
        problem = None if outcome.problem is None else outcome.problem[:_MOST]
        looks = None if outcome.again is None else (row.looks or 0) + outcome.looked
        attempts = row.attempts + (not outcome.looked)
        values = {"status": outcome.status, "problem": problem, "attempts": attempts, "holder": None}
        same = sa.update(MATCHES).where(MATCHES.c.id == row.id, _PENDING)
        connection.execute(same.values(ready_at=later, looks=looks, **values))
        if outcome.again is None:
            self.counts[row.pattern, outcome.status] += 1
        if outcome.status == "failed":
            logger.error("match %s of pattern %s: %s", row.id, row.pattern, problem)


def _pause(attempts: int) -> float:
    return float(min(_FIRST * 2 ** min(attempts, 10), _LONGEST))


def _said(refused: RequestRefused) -> str:
    """What was refused, and the first thing that is wrong."""
    first = refused.faults[0] if refused.faults else None
    if first is None or first.message == refused.detail:
        return refused.detail
    return f"{refused.detail}: {first.pointer} {first.message}"
