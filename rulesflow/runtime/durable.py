"""The durable engine: DBOS, and everything about it that bites. No other module imports it.

A run is one workflow of the engine whose steps are the run's records, in the order in which they came. The
engine writes one row when a run starts, one for each record, one when it ends; and calls ``carry_out`` again,
from the first record on, for a run whose process died.

What is stored is JSON. DBOS would unpickle any row that says it is pickled, whatever serializer is set, which
lets whoever can write to the table run code here: that is switched off for the whole process.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial, wraps
from itertools import count
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

import dbos._serialization
import dbos._sys_db
import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID
from dbos._context import DBOSContext, get_local_dbos_context, snapshot_step_context
from dbos._core import WorkflowHandleAsyncTask, execute_dequeued_workflow
from dbos._dbos import _get_dbos_instance
from dbos._utils import INTERNAL_QUEUE_NAME

from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import RulesflowError
from rulesflow.model.times import Timestamp
from rulesflow.runtime.database import Database
from rulesflow.runtime.patience import patiently

logger = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

#: Processes of different versions leave each other's runs alone, since their interpreters may go other ways.
VERSION: Final = "rulesflow-1"
_NAME: Final = "rulesflow.run"
_ONE: Final = threading.Lock()
_STUBBORN: Final = 10.0  # seconds that a step may take to let itself be cancelled
_UNFETCHED: Final = 60  # seconds
_COLUMNS: Final = (
    "workflow_uuid",
    "name",
    "status",
    "executor_id",
    "owner_xid",
    "application_version",
    "updated_at",
)
_PAGE: Final = 1000
_THREADS: Final = 16  # for the engine's own reads and writes
_NOBODY: Final = "dormant"  # stands for the process that carries out runs which rest
Frozen: TypeAlias = Mapping[str, Any]


class PickleRefused(RulesflowError):
    """A row of the database claims to be pickled. Nothing of ours is; it was put there, and is not opened."""


class EngineError(RulesflowError):
    """What the engine recorded as the error of a run, read back."""


#: Gives what is recorded next, or performs and records what that gives. The name must be the same each time.
Checkpoint: TypeAlias = Callable[[str, Callable[[], Awaitable[Frozen]]], Awaitable[Frozen]]


class Rested(Exception):
    """A run is carried out by nobody from now on: it rests, or it is another's."""


#: Carries out a run from its order to its end; or until it rests, and raises `Rested`.
CarryOut: TypeAlias = "Callable[[Frozen, Execution], Coroutine[Any, Any, Frozen]]"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the engine knows of a run. ``ending``: what it ended with; ``broken``: why it failed in us."""

    run: str
    order: Frozen
    pending: bool
    ending: Frozen | None
    broken: str | None
    updated_at: int  # milliseconds


class _Json(Serializer):
    """Ours: JSON. It has a name of its own, so that rows of another are refused."""

    def name(self) -> str:
        return "rulesflow_json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"$error": f"{type(data).__name__}: {data}"}
        return write_json(data).decode()

    def deserialize(self, serialized_data: str) -> Any:
        data = read_json(serialized_data.encode())
        if isinstance(data, dict) and data.keys() == {"$error"}:
            return EngineError(data["$error"])
        return data


def _refuse_pickles() -> None:
    def refuse(*_: object) -> Any:
        raise PickleRefused("the database holds a pickled row, which is not opened")

    dbos._serialization.DefaultSerializer.deserialize = refuse  # type: ignore[assignment,method-assign]
    dbos._serialization.DefaultSerializer.serialize = refuse  # type: ignore[assignment,method-assign]


_refuse_pickles()


class _Time:
    """The module `time`, as DBOS gets it: who waits for the database is woken when the process ends."""

    def __init__(self) -> None:
        self.ending = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.ending.wait(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _Retries(threading.local):
    """Whether DBOS tries again until the database answers: it does, but in a thread that says `_at_once`."""

    wanted = True

    def __bool__(self) -> bool:
        return self.wanted


_RETRIES: Final = _Retries()


def _at_once(work: Callable[P, T]) -> Callable[P, T]:
    """The same, but it raises `SQLAlchemyError` where the database does not answer, and holds no thread."""

    @wraps(work)
    def done(*given: P.args, **more: P.kwargs) -> T:
        before, _RETRIES.wanted = _RETRIES.wanted, False
        try:
            return work(*given, **more)
        finally:
            _RETRIES.wanted = before

    return done


_TIME: Final = _Time()
vars(dbos._sys_db)["time"] = _TIME


class Durable:
    """The engine of this process; there can be one. `launch` it, `close` it.

    It has a thread with an event loop of its own, in which every run is carried out; `call` brings a
    coroutine there. ``executor`` names this process among all that share the database.
    """

    def __init__(self, database: Database, executor: str, carry_out: CarryOut) -> None:
        self._database = database
        self._executor = executor
        self._carry_out = carry_out
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rulesflow-engine", daemon=True)
        self._schema = None if database.sqlite else "dbos"
        self._run: Callable[[Frozen], Coroutine[Any, Any, Frozen]] | None = None
        self._closing = False
        self._new: set[int] = set()  # the orders that are just being started, by their identity

    def launch(self) -> None:
        """Start the thread and the engine. There is one in a process, since DBOS is global."""
        if not _ONE.acquire(blocking=False):
            raise RuntimeError("this process has an engine already")
        self._thread.start()
        self.submit(self._launch()).result()

    async def _launch(self) -> None:
        logging.getLogger("dbos").setLevel(logging.ERROR)
        config: DBOSConfig = {
            "name": "rulesflow",
            "system_database_engine": self._database.engine,
            "application_version": VERSION,
            "executor_id": self._executor,
            "serializer": _Json(),
            "max_executor_threads": _THREADS,
            "console_log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)

        async def run(order: Frozen) -> Frozen:
            if self._closing:  # fetched by DBOS at the last moment; it stays for whoever comes next
                raise asyncio.CancelledError
            new = id(order) in self._new  # that very object, and no copy that is read back
            self._new.discard(id(order))
            context = get_local_dbos_context()
            assert context is not None
            try:
                return await self._carry_out(order, Execution(context, self._status_table(), new))
            except Rested:  # no end of it, so the engine is to record none
                raise asyncio.CancelledError from None

        self._run = DBOS.workflow(name=_NAME, max_recovery_attempts=None)(run)
        DBOS.launch()  # from within the loop, so that DBOS adopts it
        vars(_get_dbos_instance()._sys_db)["_retry_connection_errors"] = _RETRIES

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Let go of everything. Runs in flight stay recorded, to be carried on by whoever recovers them.

        ``last`` is awaited in the loop once nothing goes on there.
        """
        self._closing = True
        _get_dbos_instance()._sys_db._retry_connection_errors = False  # or an outage would have to end first
        _TIME.ending.set()
        self.submit(self._cancel_all()).result()
        self.submit(last).result()
        DBOS.destroy(destroy_registry=True)
        _TIME.ending.clear()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        _ONE.release()

    def discard(self) -> None:
        """Let go of what is held from the beginning, where the engine was not launched."""
        if not self._thread.is_alive():
            self._loop.close()

    async def _cancel_all(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STUBBORN)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the engine's loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the engine's loop and wait for it in another."""
        return await asyncio.wrap_future(self.submit(coroutine))

    def ring(self, callback: Callable[[], object]) -> None:
        """Call something in the engine's loop, from any thread."""
        self._loop.call_soon_threadsafe(callback)

    def alive(self, seconds: float) -> bool:
        """Whether the loop answers within a time. Blocks, in another thread than the loop's."""
        answered = threading.Event()
        self.ring(answered.set)
        return answered.wait(seconds)

    def where(self) -> str:
        """What the loop's thread is at: file, line and function of the innermost code."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        if frame is None:
            return "it has ended"
        return f"it is at {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"

    async def start(self, run: str, order: Frozen) -> bool:
        """Record a run and carry it out from now on; False where one of that id is there.

        To be awaited in the engine's loop.
        """
        assert self._run is not None
        self._new.add(id(order))
        begun = False
        try:
            with SetWorkflowID(run):
                begun = isinstance(await DBOS.start_workflow_async(self._run, order), WorkflowHandleAsyncTask)
        finally:
            if not begun:
                self._new.discard(id(order))
        return begun

    @_at_once
    def stored(self, run: str) -> Stored | None:
        """What is recorded of a run, but for its records. Blocks."""
        if not run.isprintable():  # no run has such an id, and PostgreSQL would not take it
            return None
        found = DBOS.list_workflows(workflow_ids=[run])
        return _stored(found[0]) if found else None

    @_at_once
    def orders(self, runs: Sequence[str]) -> dict[str, Frozen]:
        """What each of these runs was started with. Blocks."""
        found = DBOS.list_workflows(workflow_ids=list(runs), load_output=False)
        return {stored.run: stored.order for stored in map(_stored, found)}

    @_at_once
    def records(self, run: str) -> list[Frozen]:
        """A run's records, oldest first. Blocks. Raises `EngineError` where one cannot be read."""
        frozen: list[Frozen] = []
        for step in DBOS.list_workflow_steps(run):
            if not isinstance(step["output"], dict):
                raise EngineError(f"record {step['function_id']} of run {run} cannot be read")
            frozen.append(step["output"])
        return frozen

    def recorded(self, run: str) -> int:
        """The number of a run's last record, which grows with each; 0 where it has none. Blocks."""
        number: sa.ColumnClause[int] = sa.column("function_id")
        run_column: sa.ColumnClause[str] = sa.column("workflow_uuid")
        table = sa.table("operation_outputs", run_column, number, schema=self._schema)
        last = sa.select(sa.func.max(table.c.function_id)).where(table.c.workflow_uuid == run)
        return self._database.rows(last)[0][0] or 0

    def left_by(self, executor: str) -> Iterator[Stored]:
        """The runs that a process has not ended. Blocks."""
        for offset in count(0, _PAGE):
            page = DBOS.list_workflows(
                executor_id=executor,
                status="PENDING",
                name=_NAME,
                load_output=False,
                limit=_PAGE,
                offset=offset,
            )
            yield from map(_stored, page)
            if len(page) < _PAGE:
                return

    def pickled(self, run: str) -> bool:
        """Whether any row of a run claims to be pickled. Blocks."""
        for name in ("workflow_status", "operation_outputs"):
            run_column: sa.ColumnClause[str] = sa.column("workflow_uuid")
            table = sa.table(name, run_column, sa.column("serialization"), schema=self._schema)
            claims = (table.c.workflow_uuid == run) & (table.c.serialization == "py_pickle")
            if self._database.rows(sa.select(table.c.workflow_uuid).where(claims).limit(1)):
                return True
        return False

    def recover(self, executors: Sequence[str]) -> int:
        """Take over the runs of processes that are gone; how many there were. Blocks."""
        return len(DBOS._recover_pending_workflows(list(executors)))

    @_at_once
    def resume(self, run: str) -> None:
        """Carry a run on whose execution broke off, from the first record on that cannot be read. Blocks.

        One that is about to be carried on anyway is left alone.
        """
        stored = self.stored(run)
        if stored is None or stored.pending:
            return
        steps = DBOS.list_workflow_steps(run)
        unread = [step["function_id"] for step in steps if not isinstance(step["output"], dict)]
        last = max((step["function_id"] for step in steps), default=0)
        DBOS.rewind_workflow(run, start_step=min([*unread, last + 1]))

    def owned(self) -> dict[str, set[str]]:
        """The runs that go on, by the executor that is to carry them out; none that rests. Blocks."""
        table = self._status_table()
        going = (table.c.name == _NAME) & (table.c.status == "PENDING") & (table.c.executor_id != _NOBODY)
        found: dict[str, set[str]] = {}
        for row in self._database.rows(sa.select(table.c.workflow_uuid, table.c.executor_id).where(going)):
            found.setdefault(row.executor_id, set()).add(row.workflow_uuid)
        return found

    def active(self) -> set[str]:
        """The runs that the engine believes to be carried out in this process."""
        return set(_get_dbos_instance()._active_workflows_set.activeList())

    def reclaim(self, run: str) -> None:
        """Let a run of ours be fetched anew, since nobody carries it out. Blocks."""
        _get_dbos_instance()._sys_db.reenqueue_for_recovery(run, [self._executor], INTERNAL_QUEUE_NAME)

    def claim(self, runs: Sequence[str], connection: sa.Connection) -> Claim:
        """Make runs that rest ours, as of the end of a transaction; to be given to `carry_on` then."""
        table, token = self._status_table(), uuid.uuid4().hex
        resting = (table.c.executor_id == _NOBODY) & (table.c.status == "PENDING")
        claimed = connection.execute(
            sa.update(table)
            .where(table.c.workflow_uuid.in_(runs), resting)
            .values(
                executor_id=self._executor,
                owner_xid=token,
                application_version=VERSION,
                updated_at=_milliseconds(),
            )
            .returning(table.c.workflow_uuid)
        )
        ours = {row.workflow_uuid for row in claimed}
        return Claim(token, tuple(run for run in runs if run in ours))

    def carry_on(self, claim: Claim) -> None:
        """Carry out what was claimed, in its order. Blocks; not to be called in the engine's loop.

        Raises `SQLAlchemyError` where the database does not answer; none of it was begun then.
        """
        if not claim.runs:
            return
        engine = _get_dbos_instance()
        found = engine._sys_db.get_workflow_statuses(list(claim.runs))
        statuses = {status["workflow_uuid"]: status for status in found}
        for run in claim.runs:
            try:
                execute_dequeued_workflow(engine, statuses[run], claim.token)
            except Exception:  # its order cannot be read, say: that must not hold up the others
                logger.exception("run %s cannot be carried on", run)

    def _status_table(self) -> sa.TableClause:
        return sa.table("workflow_status", *map(sa.column, _COLUMNS), schema=self._schema)

    def adopt(self, executors: Sequence[str]) -> int:
        """Make runs ours that another version of us has left behind; how many there were. Blocks.

        Those of processes that are gone, and those that nobody has fetched for a while. They are replayed by
        this version; one that it would take another way becomes an incident instead. DBOS itself only lets
        go on what has its very version.
        """
        table = self._status_table()
        left = (table.c.status == "PENDING") & table.c.executor_id.in_(list(executors))
        lying = (table.c.status == "ENQUEUED") & (table.c.updated_at < (time.time() - _UNFETCHED) * 1000)
        others = sa.update(table).where(table.c.name == _NAME, table.c.application_version != VERSION)
        with self._database.writing() as connection:
            return connection.execute(others.where(left | lying).values(application_version=VERSION)).rowcount

    def ended_by(self, executor: str, since: str) -> list[str]:
        """Runs that a process has ended since a moment (RFC 3339). Blocks."""
        ended = DBOS.list_workflows(
            executor_id=executor, completed_after=since, name=_NAME, load_input=False, load_output=False
        )
        return [each.workflow_id for each in ended]

    def rested_since(self, moment: Timestamp) -> list[str]:
        """Runs that rest, and have come to since a moment. Blocks."""
        table = self._status_table()
        since = (table.c.status == "PENDING") & (table.c.updated_at >= int(moment) // 1_000_000)
        resting = (table.c.name == _NAME) & (table.c.executor_id == _NOBODY)
        rows = self._database.rows(sa.select(table.c.workflow_uuid).where(since, resting))
        return [row.workflow_uuid for row in rows]

    def ended_before(self, moment: str, limit: int) -> list[str]:
        """Runs that ended before a moment (RFC 3339), at most so many; none that broke off. Blocks."""
        ended = DBOS.list_workflows(
            completed_before=moment,
            limit=limit,
            name=_NAME,
            status="SUCCESS",
            load_input=False,
            load_output=False,
        )
        return [each.workflow_id for each in ended]

    def delete(self, runs: Iterable[str]) -> None:
        """Forget runs. Blocks."""
        DBOS.delete_workflows(list(runs))


@dataclass(frozen=True, slots=True)
class Claim:
    """Runs that this process is to carry on, and the token by which the engine lets it record."""

    token: str
    runs: tuple[str, ...]


class Execution:
    """One execution of a run. ``new``: this process has just begun it, so nothing can be recorded yet."""

    def __init__(self, context: DBOSContext, table: sa.TableClause, new: bool) -> None:
        self._run, self._owner = context.workflow_id, context.owner_xid
        self._table = table
        self._recorded: list[tuple[str, Frozen | None]] | None = [] if new else None

    async def checkpoint(self, name: str, perform: Callable[[], Awaitable[Frozen]]) -> Frozen:
        """What is recorded next, or else what performing gives, recorded.

        Should another process take the run over meanwhile, recording is refused to us.
        """
        context = _next_step()
        if self._recorded is None:
            self._recorded = await patiently(partial(_recorded, self._run))
        if context.function_id > len(self._recorded):
            return await _record(context, name, perform)
        known, record = self._recorded[context.function_id - 1]
        if known != name:
            raise EngineError(f"record {context.function_id} of run {self._run} answers {known}, not {name}")
        if record is None:
            raise EngineError(f"record {context.function_id} of run {self._run} cannot be read")
        return record

    def owns(self, connection: sa.Connection) -> bool:
        """Whether the run is still this execution's, and so until the end of a transaction."""
        return self._update(connection, updated_at=_milliseconds())

    def let_go(self, connection: sa.Connection) -> bool:
        """Let nobody carry the run out, as of the end of a transaction; False where it is another's."""
        return self._update(connection, executor_id=_NOBODY, owner_xid=None, updated_at=_milliseconds())

    def _update(self, connection: sa.Connection, **values: Any) -> bool:
        table = self._table
        mine = (table.c.workflow_uuid == self._run) & (table.c.owner_xid == self._owner)
        changed = sa.update(table).where(mine, table.c.status == "PENDING").values(values)
        return connection.execute(changed).rowcount > 0


@_at_once
def _recorded(run: str) -> list[tuple[str, Frozen | None]]:
    """The names and records of a run, from the first on up to the first that is missing."""
    steps = {step["function_id"]: step for step in DBOS.list_workflow_steps(run)}
    found: list[tuple[str, Frozen | None]] = []
    while (step := steps.get(len(found) + 1)) is not None:
        record = step["output"]
        found.append((step["function_name"], record if isinstance(record, dict) else None))
    return found


def _next_step() -> DBOSContext:
    context = snapshot_step_context()
    assert context is not None
    return context


async def _record(context: DBOSContext, name: str, perform: Callable[[], Awaitable[Frozen]]) -> Frozen:
    """Perform and record. What performing raises is a defect of ours, and is never recorded as a result.

    While the database is away what has come about is held, and recorded once it is back.
    """
    started = _milliseconds()
    record = await perform()
    await patiently(partial(_write, context, name, started, _milliseconds(), record))
    return record


def _milliseconds() -> int:
    return int(time.time() * 1000)


@_at_once
def _write(context: DBOSContext, name: str, started: int, ended: int, record: Frozen) -> None:
    """Record. Written once more with the same times, it is the same record, not another one."""
    engine = _get_dbos_instance()
    text, serialization = dbos._serialization.serialize_value(record, None, engine._serializer)
    engine._sys_db.record_operation_result(
        {
            "workflow_uuid": context.workflow_id,
            "function_id": context.function_id,
            "function_name": name,
            "output": text,
            "error": None,
            "serialization": serialization,
            "started_at_epoch_ms": started,
            "child_workflow_id": None,
        },
        completed_at_epoch_ms=ended,
        owner_xid=context.owner_xid,
    )


def _stored(status: Any) -> Stored:
    given = status.input
    order = given["args"][0] if isinstance(given, dict) and given.get("args") else {}
    broken = None
    if isinstance(status.error, str):  # DBOS gives what it could not read as it stands
        broken = "how the run ended cannot be read"
    elif status.error is not None:
        broken = str(status.error)
    elif status.status not in ("PENDING", "ENQUEUED", "DELAYED", "SUCCESS"):
        broken = f"the engine gave up on the run ({status.status})"
    elif not isinstance(order, dict) or not order:
        broken = "the run's order cannot be read"
    elif status.status == "SUCCESS" and not isinstance(status.output, dict):
        broken = "how the run ended cannot be read"
    ending = status.output if isinstance(status.output, dict) and status.status == "SUCCESS" else None
    return Stored(
        status.workflow_id,
        order if isinstance(order, dict) else {},
        status.status in ("PENDING", "ENQUEUED", "DELAYED"),
        ending,
        broken,
        status.updated_at or status.created_at or 0,
    )
