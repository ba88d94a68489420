"""Parking: which steps rest until what they call is healthy, and which runs rest in no process meanwhile.

A step that is parked costs a row. A run in which nothing else goes on costs another one, and nothing of any
process: whoever lets its step go, or has a message for it, claims it, and carries it on. Each claim is a
single statement, so one of several processes gets a run, and none is got twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.runtime.database import DORMANT, INBOX, PARKED, Database
from rulesflow.runtime.durable import Claim

_LOCK: Final = 7_245_901_114  # of PostgreSQL, while runs are woken
_WOKEN: Final = 200  # runs at most whose time has come, in one look


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands that is parked.

    ``command``: the id of its `Park`, ``step``: what it calls. ``age``: when its run was created, ``since``:
    when it parked; ``ready_at``: before which it is not to go on while its resource is healthy, 0 for at
    once; ``tried_at``: when the call was made in vain, 0 if it was not. Microseconds.
    """

    run: str
    command: str
    resource: str
    priority: float
    age: int
    since: int
    ready_at: int = 0
    tried_at: int = 0
    step: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """A run that is to be carried out by nobody. ``wake_at``: microseconds.

    ``seen``: how many messages it knows of. Their numbers would not do: on PostgreSQL a lower one may become
    visible after a higher one.
    """

    run: str
    places: tuple[Place, ...]
    wake_at: int | None
    seen: int


class Laid(Enum):
    """What came of laying a run to rest."""

    RESTS = "rests"
    NEWS = "news"  #: a message has come that it does not know of
    LOST = "lost"  #: it is another process' already, or rests


@dataclass(frozen=True, slots=True)
class Released:
    """Steps that may go on, by run: those of runs that are carried out ``here``, and of runs to carry on."""

    here: Mapping[str, tuple[str, ...]]
    woken: Mapping[str, tuple[str, ...]]
    claim: Claim


@dataclass(frozen=True, slots=True)
class Terms:
    """Which steps of a resource may go on: those whose time has come ``at`` then, in microseconds.

    What has parked before ``healthy_since`` may go on whatever it was to wait for. ``probe``: the resource is
    only tried, so all may, and what has been tried before comes last.
    """

    at: int
    healthy_since: int
    probe: bool

    def conditions(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Of which one has to hold."""
        if self.probe:
            return (sa.true(),)
        return PARKED.c.ready_at <= self.at, PARKED.c.since < self.healthy_since

    def order(self) -> list[sa.ColumnElement[Any]]:
        """In which they go on."""
        order: list[sa.ColumnElement[Any]] = [PARKED.c.priority, PARKED.c.age, PARKED.c.run, PARKED.c.command]
        return [PARKED.c.tried_at, *order] if self.probe else order


class Parking:
    """The parked steps and the runs that rest. Its methods block; any thread may call them.

    ``executor``: this process. ``claim`` makes runs ours in the engine, within a transaction.
    """

    def __init__(
        self,
        database: Database,
        executor: str,
        claim: Callable[[Sequence[str], sa.Connection], Claim],
    ) -> None:
        self._database = database
        self._executor = executor
        self._claim = claim

    # -- going to rest ---------------------------------------------------------------------------------

    def hold(self, run: str, places: Iterable[Place], owns: Callable[[sa.Connection], bool]) -> None:
        """Write down the parked steps of a run that is carried out here, if it ``owns`` it still."""
        with self._database.writing() as connection:
            if owns(connection):
                self._place(connection, run, places, self._executor)

    def disown(self, known: Iterable[str]) -> None:
        """Take steps from processes that are gone: whoever carries their runs on writes them down anew."""
        lost = PARKED.c.holder.is_not(None) & PARKED.c.holder.not_in([*known, self._executor])
        if self._database.rows(sa.select(PARKED.c.run).where(lost).limit(1)):
            with self._database.writing() as connection:
                connection.execute(sa.update(PARKED).where(lost).values(holder=None))

    def lay(self, rest: Rest, let_go: Callable[[sa.Connection], bool]) -> Laid:
        """Let a run rest. ``let_go`` gives it up in the engine, within the transaction."""
        with self._database.engine.connect() as connection, connection.begin() as transaction:
            if not let_go(connection):
                return Laid.LOST
            told = sa.select(sa.func.count()).where(INBOX.c.run == rest.run)
            if connection.execute(told).scalar_one() > rest.seen:
                transaction.rollback()
                return Laid.NEWS
            self._place(connection, rest.run, rest.places, None)
            row = {"run": rest.run, "wake_at": rest.wake_at, "seen": rest.seen}
            connection.execute(sa.insert(DORMANT).values(row))
            return Laid.RESTS

    def _place(
        self, connection: sa.Connection, run: str, places: Iterable[Place], holder: str | None
    ) -> None:
        connection.execute(sa.delete(PARKED).where(PARKED.c.run == run))
        rows = [_row(place, holder) for place in places]
        if rows:
            connection.execute(sa.insert(PARKED), rows)

    # -- going on --------------------------------------------------------------------------------------

    def release(self, resource: str, most: int, terms: Terms) -> Released:
        """Let the next steps go, by priority, then by the age of their runs; they are parked no more."""
        ready = self._mine(resource) & sa.or_(*terms.conditions())
        next_ones = sa.select(PARKED.c.run, PARKED.c.command).where(ready)
        next_ones = next_ones.order_by(*terms.order()).limit(most)
        with self._alone() as connection:
            keys = [(row.run, row.command) for row in connection.execute(next_ones)]
            chosen = sa.tuple_(PARKED.c.run, PARKED.c.command).in_(keys) & self._mine(resource)
            # Deleting decides who gets them: SQLite has begun no transaction before.
            rows: list[Any] = list(connection.execute(sa.delete(PARKED).where(chosen).returning(PARKED)))
            rows.sort(key=lambda row: (row.priority, row.age, row.run, row.command))
            resting = [row.run for row in rows if row.holder is None]
            claim = self._wake(connection, resting)
        commands: dict[bool, dict[str, tuple[str, ...]]] = {True: {}, False: {}}
        for row in rows:
            if (
                row.holder is not None or row.run in claim.runs
            ):  # a row without a run is of one that has ended
                by_run = commands[row.holder is None]
                by_run[row.run] = (*by_run.get(row.run, ()), row.command)
        return Released(commands[False], commands[True], claim)

    @contextmanager
    def _alone(self) -> Iterator[sa.Connection]:
        """A transaction in which no other process wakes runs, so that no two wait for each other's rows."""
        with self._database.writing() as connection:
            if not self._database.sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection

    def ready(self, resource: str, terms: Terms) -> bool:
        """Whether `release` would find anything.

        It asks for each condition by itself, so that each has its index: however many steps still wait for
        their time, the look costs the same.
        """
        first = sa.select(PARKED.c.run).where(self._mine(resource)).limit(1)
        return any(self._database.rows(first.where(each)) for each in terms.conditions())

    def resources(self) -> list[str]:
        """The resources for which anything is parked. It costs as much as there are of them."""
        first = sa.select(sa.func.min(PARKED.c.resource).label("name")).cte("names", recursive=True)
        behind = sa.select(sa.func.min(PARKED.c.resource)).where(PARKED.c.resource > first.c.name)
        more = sa.select(behind.scalar_subquery()).where(first.c.name.is_not(None))
        names = first.union_all(more)
        rows: list[Any] = self._database.rows(sa.select(names.c.name).where(names.c.name.is_not(None)))
        return [row.name for row in rows]

    def wake(self, runs: Iterable[str]) -> Claim:
        """Claim those of these runs that rest."""
        found = self._database.rows(sa.select(DORMANT.c.run).where(DORMANT.c.run.in_(list(runs))))
        return self._wake_all([row.run for row in found])

    def wake_due(self, at: int) -> Claim:
        """Claim runs that rest, and whose time has come."""
        due = sa.select(DORMANT.c.run).where(DORMANT.c.wake_at <= at).order_by(DORMANT.c.wake_at)
        return self._wake_all([row.run for row in self._database.rows(due.limit(_WOKEN))])

    def wake_told(self, runs: Collection[str] | None = None) -> Claim:
        """Claim those of these runs that rest and do not know of a message; None: of all, some at a time."""
        if runs is not None and not runs:
            return Claim("", ())
        told = sa.select(INBOX.c.run, sa.func.count().label("count")).group_by(INBOX.c.run)
        if runs is not None:
            told = told.where(INBOX.c.run.in_(list(runs)))
        messages = told.subquery()
        resting = sa.select(DORMANT.c.run).join(messages, messages.c.run == DORMANT.c.run)
        unaware = resting.where(DORMANT.c.seen < messages.c.count).limit(_WOKEN)
        return self._wake_all([row.run for row in self._database.rows(unaware)])

    def _wake_all(self, runs: list[str]) -> Claim:
        if not runs:
            return Claim("", ())
        with self._alone() as connection:
            return self._wake(connection, runs)

    def _wake(self, connection: sa.Connection, runs: Sequence[str]) -> Claim:
        if not runs:
            return Claim("", ())
        gone = sa.delete(DORMANT).where(DORMANT.c.run.in_(runs)).returning(DORMANT.c.run)
        found = {row.run for row in connection.execute(gone)}
        resting = [run for run in dict.fromkeys(runs) if run in found]
        if not resting:
            return Claim("", ())
        held = sa.update(PARKED).where(PARKED.c.run.in_(resting)).values(holder=self._executor)
        connection.execute(held)
        return self._claim(resting, connection)

    def _mine(self, resource: str) -> sa.ColumnElement[bool]:
        holder = PARKED.c.holder
        return (PARKED.c.resource == resource) & (holder.is_(None) | (holder == self._executor))

    # -- looking ---------------------------------------------------------------------------------------

    def counts(self) -> dict[str, tuple[int, int | None]]:
        """By resource: how many steps are parked, and since when the one is that parked first."""
        counted = sa.select(PARKED.c.resource, sa.func.count(), sa.func.min(PARKED.c.since))
        rows: list[Any] = list(self._database.rows(counted.group_by(PARKED.c.resource)))
        return {row[0]: (row[1], row[2]) for row in rows}

    def by_step(self) -> dict[str, int]:
        """How many are parked, by the step that they call."""
        counted = sa.select(PARKED.c.step, sa.func.count()).where(PARKED.c.step.is_not(None))
        rows: list[Any] = list(self._database.rows(counted.group_by(PARKED.c.step)))
        return {row[0]: row[1] for row in rows}

    def dormant(self) -> int:
        """How many runs rest in no process."""
        return int(self._database.rows(sa.select(sa.func.count()).select_from(DORMANT))[0][0])


def _row(place: Place, holder: str | None) -> dict[str, Any]:
    return {
        "run": place.run,
        "command": place.command,
        "resource": place.resource,
        "step": place.step,
        "priority": place.priority,
        "age": place.age,
        "since": place.since,
        "ready_at": place.ready_at,
        "tried_at": place.tried_at,
        "holder": holder,
    }
