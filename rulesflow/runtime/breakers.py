"""Circuit breakers, whose state all processes share: closed, open, half-open, and closed again.

Every change is an UPDATE that holds only if the row is still as it was seen: of several processes one wins.
Of the libraries for circuit breakers none counts in a sliding window over a shared SQL state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from rulesflow.runtime.clock import MICROS, database_now
from rulesflow.runtime.database import RESOURCES, Database
from rulesflow.runtime.window import Counts
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.resource import Breaker
from rulesflow.workflows.step import ErrorClass

CLOSED: Final = "closed"
OPEN: Final = "open"
HALF_OPEN: Final = "half-open"

#: The code of the problem of a resource that is not called.
CIRCUIT_OPEN: Final = "circuit-open"
_FIRST_RATE: Final = 1.0  # parked runs a second, right after the resource is well again
_UNUSED: Final = MICROS  # for so long grants that nobody took may be taken later


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of the table. ``since``: when the breaker was closed, or opened, half-open times included.

    Each change changes `version`, and no version comes again.
    """

    name: str
    state: str = CLOSED
    since: int = 0
    problem: Problem | None = None
    trips: int = 0
    forced: bool = False
    probe_at: int = 0
    drain_rate: float = 0.0
    drain_at: int = 0
    drain_next: int = 0

    @property
    def version(self) -> tuple[object, ...]:
        """By which one state is told from any other."""
        return self.state, self.since, self.trips, self.probe_at, self.forced

    def opened(self, problem: Problem, breaker: Breaker, now: int) -> Standing:
        """How it will stand, more or less, once it is open."""
        return replace(
            self,
            state=OPEN,
            since=now if self.state == CLOSED else self.since,
            problem=problem if self.state == CLOSED else self.problem,
            trips=self.trips + 1,
            probe_at=now + rest(breaker, self.trips + 1),
        )


class Moved(NamedTuple):
    """How a breaker stands after an attempt to change it, and whether it was this one that did."""

    won: bool
    standing: Standing


def verdict(counts: Counts, breaker: Breaker) -> Problem | None:
    """Why the breaker opens; None where it does not."""
    if counts.calls < max(1, breaker.calls) or not counts.bad or counts.bad < breaker.failures * counts.calls:
        return None
    kinds = {str(each): counts.by_class.get(str(each), 0) for each in breaker.errors} | {"slow": counts.slow}
    told = ", ".join(f"{kind} {calls}" for kind, calls in kinds.items() if calls)
    message = f"{counts.bad} of {counts.calls} calls within {breaker.window:g} s failed ({told})"
    return Problem(ErrorClass.UNAVAILABLE, CIRCUIT_OPEN, message)


def rest(breaker: Breaker, trips: int) -> int:
    """Microseconds until the next probe, after so many times that the breaker has opened."""
    return int(min(breaker.rest * 2.0 ** min(trips - 1, 60), breaker.longest_rest) * MICROS)


def standing(row: sa.Row[Any]) -> Standing:
    """A row as it stands."""
    told = json.loads(row.problem) if row.problem else None
    problem = Problem(ErrorClass(told["class"]), told["code"], told["message"]) if told else None
    return Standing(
        row.name,
        row.state,
        row.since,
        problem,
        row.trips,
        row.forced,
        row.probe_at,
        row.drain_rate,
        row.drain_at,
        row.drain_next,
    )


class Breakers:
    """The shared state. Its methods block, and raise `SQLAlchemyError` where the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = database_now(database)

    def add(self, names: Iterable[str]) -> None:
        """Add rows that are missing; those are closed."""
        with self._database.writing() as connection:
            now = connection.execute(sa.select(self._now)).scalar_one()
            rows = [{"name": name, "state": CLOSED, "since": now} for name in sorted(names)]
            self._database.insert_missing(RESOURCES, rows, connection)

    def know(self, seen: Standing) -> None:
        """See that there is a row to lock, if none was read yet."""
        if not seen.since:
            self.add([seen.name])

    # -- by itself -------------------------------------------------------------------------------------

    def trip(self, seen: Standing, problem: Problem, breaker: Breaker) -> Moved:
        """Open a closed breaker; or a half-open one again, whose probe has failed, for a longer rest.

        The same for an open one whose health check has said no.
        """
        since = self._later(seen) if seen.state == CLOSED else seen.since
        return self._move(
            seen,
            state=OPEN,
            since=since,
            **({"problem": _dumps(problem)} if seen.state == CLOSED else {}),
            trips=seen.trips + 1,
            probe_at=self._now + rest(breaker, seen.trips + 1),
        )

    def claim(self, seen: Standing, seconds: float) -> Moved:
        """Put the next probe off, for whoever wins to ask for the resource's health meanwhile."""
        return self._move(seen, probe_at=self._now + int(seconds * MICROS))

    def half_open(self, seen: Standing) -> Moved:
        """Let probes through."""
        return self._move(seen, state=HALF_OPEN, drain_next=self._now)

    def close(self, seen: Standing) -> Moved:
        """All calls go again; parked runs follow at a rate that begins small."""
        return self._move(seen, **self._closed(self._later(seen)))

    def pace(self, seen: Standing, rate: float) -> Moved:
        """Let parked runs go at another rate from now on."""
        return self._move(seen, RESOURCES.c.drain_at == seen.drain_at, drain_rate=rate, drain_at=self._now)

    def grant(self, name: str, most: int, limit: float) -> tuple[int, Standing]:
        """How many parked runs may go, out of a bucket that all processes share; ``limit``: a second."""
        with self._database.writing() as connection:
            seen = self._locked(name, connection)
            now = connection.execute(sa.select(self._now)).scalar_one()
            rate, unused = (
                (1.0, 0) if seen.state == HALF_OPEN else (min(seen.drain_rate or limit, limit), _UNUSED)
            )
            if seen.state == OPEN or most <= 0 or rate <= 0:
                return 0, seen
            first, every = max(seen.drain_next, now - unused), max(1, int(MICROS / rate))
            granted = min(most, max(0, (now - first) // every + 1))
            following = first + granted * every
            if granted:
                connection.execute(_of(name).values(drain_next=following))
            return granted, replace(seen, drain_next=following)

    # -- by a person -----------------------------------------------------------------------------------

    def force(self, name: str, problem: Problem) -> Standing:
        """Open it until a person says otherwise."""
        return self._order(name, lambda seen: self._forced(seen, problem))

    def release(self, name: str) -> Standing:
        """Close it, however it stands."""
        return self._order(name, lambda seen: {} if seen.state == CLOSED else self._closed(self._later(seen)))

    def hasten(self, name: str) -> Standing:
        """Let an open one be tried at once."""
        now = {"forced": False, "probe_at": self._now}
        return self._order(name, lambda seen: now if seen.state == OPEN else {})

    def _forced(self, seen: Standing, problem: Problem) -> dict[str, Any]:
        return {
            "state": OPEN,
            "since": self._later(seen) if seen.state == CLOSED else seen.since,
            "problem": _dumps(problem),
            "trips": seen.trips + 1,
            "forced": True,
            "probe_at": 0,
        }

    # -- rows ------------------------------------------------------------------------------------------

    def _closed(self, since: sa.ColumnElement[int]) -> dict[str, Any]:
        return {
            "state": CLOSED,
            "since": since,
            "problem": None,
            "trips": 0,
            "forced": False,
            "probe_at": 0,
            "drain_rate": _FIRST_RATE,
            "drain_at": self._now,
            "drain_next": self._now,
        }

    def _later(self, seen: Standing) -> sa.ColumnElement[int]:
        """Now, and in any case after ``since``, by which states are told apart."""
        return sa.case((self._now > seen.since, self._now), else_=seen.since + 1)

    def _move(self, seen: Standing, *same: sa.ColumnElement[bool], **values: Any) -> Moved:
        row = RESOURCES.c
        unchanged = [
            row.state == seen.state,
            row.since == seen.since,
            row.trips == seen.trips,
            row.probe_at == seen.probe_at,
            row.forced == seen.forced,
            *same,
        ]
        with self._database.writing() as connection:
            done = connection.execute(_of(seen.name).where(*unchanged).values(**values)).rowcount
            return Moved(done == 1, self._read(seen.name, connection))

    def _order(self, name: str, values: Callable[[Standing], dict[str, Any]]) -> Standing:
        with self._database.writing() as connection:
            wanted = values(self._locked(name, connection))
            if wanted:
                connection.execute(_of(name).values(**wanted))
            return self._read(name, connection)

    def _locked(self, name: str, connection: sa.Connection) -> Standing:
        """The row, which nobody else changes until the transaction ends."""
        lock_row(name, connection)
        return self._read(name, connection)

    def _read(self, name: str, connection: sa.Connection) -> Standing:
        return standing(connection.execute(sa.select(RESOURCES).where(RESOURCES.c.name == name)).one())


def lock_row(name: str, connection: sa.Connection) -> None:
    """Let nobody else change the resource until the transaction ends; SQLite locks by writing."""
    connection.execute(_of(name).values(name=name))


def _of(name: str) -> sa.Update:
    return sa.update(RESOURCES).where(RESOURCES.c.name == name)


def _dumps(problem: Problem) -> str:
    return json.dumps(problem.as_dict())
