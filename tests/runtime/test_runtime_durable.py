"""The engine, in processes of its own, since there is one in each; and what we rely on in DBOS."""

from __future__ import annotations

import base64
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from forks import Fork
from rulesflow.runtime.database import Database

_PRELUDE = """
import asyncio, json, os, pickle, signal, sys, threading
from rulesflow.runtime.database import Database
from rulesflow.runtime.durable import Durable, EngineError, PickleRefused, Rested
from rulesflow.runtime.retention import Retention
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.inbox import Inbox, Kind
from rulesflow.runtime.listing import Entry, Listing
from rulesflow.runtime.runquery import RunQuery
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from serving import wait_until

URL, FOLDER = sys.argv[1:3]
performed = []
carried = []
engines = []

async def carry_out(order, execution):
    "Counts to order['to'], one record each; dies, hangs or breaks at the number that the order names."
    carried.append(order["run"])
    total = 0
    for number in range(1, order["to"] + 1):
        async def perform(number=number):
            performed.append(number)
            if number == order.get("dies") and not os.path.exists(FOLDER + "/died"):
                open(FOLDER + "/died", "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            if number == order.get("hangs"):
                await asyncio.Event().wait()
            if number == order.get("breaks") and not os.path.exists(FOLDER + "/mended"):
                raise ZeroDivisionError("a defect")
            if number == order.get("rests") and not os.path.exists(FOLDER + "/woken"):
                with engines[0]._database.writing() as connection:
                    assert execution.owns(connection)
                    assert execution.let_go(connection)
                    assert not execution.owns(connection)
                raise Rested
            return {"number": number, "pid": os.getpid()}
        total += (await execution.checkpoint(f"count {number}", perform))["number"]
    return {"total": total}

async def nothing():
    pass

def launched(executor):
    durable = Durable(Database(URL), executor, carry_out)
    engines.append(durable)
    durable.launch()
    return durable

def begin(durable, run, **order):
    return durable.submit(durable.start(run, {"run": run, **order})).result()

def ended(durable, run):
    return wait_until(lambda: (found := durable.stored(run)) and not found.pending and found, 60)

def say(**told):
    print(json.dumps(told))
"""
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "left"
    made.mkdir()
    return made


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


class Engines:
    """Processes with an engine over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def run(self, code: str, *, ends: int = 0) -> dict[str, Any]:
        """What a process says that ends in the way expected."""
        path = {"PYTHONPATH": f"{_ROOT}:{_ROOT / 'tests'}"}
        process = Fork(["-c", _PRELUDE + code, self.url, str(self.folder)], _ROOT, path, stdout=True)
        output, errors = process.communicate(120)
        assert process.wait() == ends, errors
        lines = output.splitlines()
        return json.loads(lines[-1]) if lines else {}


@pytest.fixture
def engines(database_url: str, folder: Path) -> Engines:
    return Engines(database_url, folder)


def table(database: Database, name: str, *columns: str) -> sa.TableClause:
    schema = None if database.sqlite else "dbos"
    return sa.table(name, *map(sa.column, columns), schema=schema)


def test_a_run_is_recorded_and_read_back(engines: Engines) -> None:
    told = engines.run("""
durable = launched("one")
begun = begin(durable, "r", to=3)
again = begin(durable, "r", to=3)
stored = ended(durable, "r")
say(begun=begun, again=again, order=stored.order, ending=stored.ending, broken=stored.broken,
    numbers=[each["number"] for each in durable.records("r")], carried=carried,
    nobody=[durable.stored(each) for each in ("nobody", "", "a\\0b", "\\ud800")], alive=durable.alive(10))
durable.close(nothing())
""")
    assert told == {
        "begun": True,
        "again": False,
        "order": {"run": "r", "to": 3},
        "ending": {"total": 6},
        "broken": None,
        "numbers": [1, 2, 3],
        "carried": ["r"],
        "nobody": [None] * 4,
        "alive": True,
    }


def test_a_run_whose_process_was_killed_is_carried_on_from_its_records(engines: Engines) -> None:
    engines.run(
        'durable = launched("one"); begin(durable, "r", to=4, dies=3); wait_until(lambda: 0, 60)', ends=-9
    )
    told = engines.run("""
durable = launched("two")
mine = durable.recover(["nobody", "two"])
taken = durable.recover(["one"])
stored = ended(durable, "r")
records = durable.records("r")
say(mine=mine, taken=taken, ending=stored.ending, performed=performed,
    here=[each["pid"] == os.getpid() for each in records], numbers=[each["number"] for each in records])
durable.close(nothing())
""")
    assert told == {
        "mine": 0,
        "taken": 1,
        "ending": {"total": 10},
        "performed": [3, 4],
        "here": [False, False, True, True],
        "numbers": [1, 2, 3, 4],
    }


def test_what_is_in_flight_at_the_close_is_carried_on_by_the_next(engines: Engines) -> None:
    engines.run("""
durable = launched("one")
begin(durable, "r", to=3, hangs=2)
wait_until(lambda: performed == [1, 2])
durable.close(nothing())
""")
    told = engines.run("""
durable = launched("two")
taken = durable.recover(["one"])
wait_until(lambda: performed)
say(taken=taken, performed=performed, pending=durable.stored("r").pending)
durable.close(nothing())
""")
    assert told == {"taken": 1, "performed": [2], "pending": True}


def test_a_second_engine_in_a_process_is_refused_until_the_first_is_closed(engines: Engines) -> None:
    told = engines.run("""
first = launched("one")
try:
    launched("two")
    refused = ""
except RuntimeError as error:
    refused = str(error)
first.close(nothing())
third = launched("three")
begin(third, "r", to=1)
say(refused=refused, ending=ended(third, "r").ending)
third.close(nothing())
""")
    assert told == {"refused": "this process has an engine already", "ending": {"total": 1}}


def test_a_run_that_breaks_says_why_and_can_be_resumed(engines: Engines) -> None:
    told = engines.run("""
durable = launched("one")
begin(durable, "r", to=3, breaks=2)
stored = ended(durable, "r")
later = str(Timestamp(now() + 60 * SECOND))
say(broken=stored.broken, ending=stored.ending, forgettable=durable.ended_before(later, 10),
    listed=durable.ended_by("one", "2020-01-01T00:00:00Z"))
durable.close(nothing())
""")
    mended = engines.run("""
open(FOLDER + "/mended", "w").close()
durable = launched("two")
durable.resume("r")
stored = wait_until(lambda: (found := durable.stored("r")).broken is None and not found.pending and found, 60)
say(ending=stored.ending, performed=performed, forgettable=durable.ended_before("2100-01-01T00:00:00Z", 10))
durable.close(nothing())
""")
    assert told["broken"].endswith("ZeroDivisionError: a defect")
    assert told["ending"] is None
    assert told["forgettable"] == []  # it has not ended: somebody must mend it
    assert told["listed"] == ["r"]
    assert mended == {"ending": {"total": 6}, "performed": [2, 3], "forgettable": ["r"]}


def test_a_record_that_cannot_be_read_is_named(engines: Engines, database: Database) -> None:
    outputs = ["[1]", '"text"', "null", "{broken", "7"]
    engines.run("""
durable = launched("one")
for run in "01234":
    begin(durable, run, to=3)
    ended(durable, run)
durable.close(nothing())
""")
    steps = table(database, "operation_outputs", "workflow_uuid", "function_id", "output")
    with database.writing() as connection:
        second = sorted(set(connection.execute(sa.select(steps.c.function_id)).scalars()))[1]
        for run, output in enumerate(outputs):
            mine = (steps.c.workflow_uuid == str(run)) & (steps.c.function_id == second)
            connection.execute(sa.update(steps).where(mine).values(output=output))
    told = engines.run("""
durable = launched("one")
refused = []
for run in "01234":
    try:
        refused.append(durable.records(run))
    except EngineError as error:
        refused.append(str(error))
say(refused=refused)
durable.close(nothing())
""")
    assert told["refused"] == [f"record {second} of run {run} cannot be read" for run in range(5)]


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


def test_a_pickle_in_the_database_is_never_opened(
    engines: Engines, database: Database, folder: Path, tmp_path: Path
) -> None:
    """Whoever can write to the database must not run code here by it."""
    engines.run("""
durable = launched("one")
begin(durable, "r", to=2)
ended(durable, "r")
begin(durable, "s", to=2, hangs=2)
wait_until(lambda: performed.count(2) == 2)
durable.close(nothing())
""")
    opened = folder / "opened"
    trap = base64.b64encode(pickle.dumps(Trap(opened))).decode()
    runs = table(database, "workflow_status", "inputs", "output", "serialization")
    steps = table(database, "operation_outputs", "output", "serialization")
    with database.writing() as connection:
        connection.execute(sa.update(runs).values(inputs=trap, output=trap, serialization="py_pickle"))
        connection.execute(sa.update(steps).values(output=trap, serialization="py_pickle"))
    told = engines.run("""
durable = launched("two")
said = []
for work in (lambda: durable.stored("r"), lambda: durable.records("r"), lambda: durable.recover(["one"]),
             lambda: durable.stored("s")):
    try:
        found = work()
        said.append(getattr(found, "broken", None) or "")
    except Exception as error:
        said.append(type(error).__name__)
say(said=said, carried=carried)
durable.close(nothing())
""")
    assert not opened.exists()
    assert told["carried"] == []
    assert told["said"][1] in ("EngineError", "PickleRefused")
    pickle.loads(base64.b64decode(trap)).close()
    assert opened.exists()  # so the trap would have worked


def test_importing_the_engine_is_enough_to_refuse_pickles() -> None:
    code = """
import base64, pickle
import rulesflow.runtime.durable as durable
import dbos._serialization
text = base64.b64encode(pickle.dumps(1)).decode()
serializer = dbos._serialization.DefaultSerializer()
for work in (serializer.deserialize, serializer.serialize):
    try:
        work(text)
        print("opened")
    except durable.PickleRefused as refused:
        print(refused)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_ROOT)
    assert done.stdout.splitlines() == ["the database holds a pickled row, which is not opened"] * 2


def test_runs_of_another_version_are_left_alone_until_they_are_adopted(
    engines: Engines, database: Database
) -> None:
    engines.run("""
durable = launched("one")
begin(durable, "r", to=2, hangs=2)
wait_until(lambda: performed == [1, 2])
durable.close(nothing())
""")
    runs = table(database, "workflow_status", "application_version")
    with database.writing() as connection:
        connection.execute(sa.update(runs).values(application_version="rulesflow-0"))
    told = engines.run("""
durable = launched("two")
before = durable.recover(["one"])
adopted = durable.adopt(["nobody"]), durable.adopt(["one"]), durable.adopt(["one"])
after = durable.recover(["one"])
wait_until(lambda: performed)
say(before=before, adopted=adopted, after=after, performed=performed)
durable.close(nothing())
""")
    assert told == {"before": 0, "adopted": [0, 1, 0], "after": 1, "performed": [2]}


def test_only_what_ended_before_a_moment_is_forgotten_with_all_that_is_stored_of_it(
    engines: Engines, database: Database
) -> None:
    told = engines.run("""
from run_project import write_run_project
from rulesflow.documents.folder import read_folder
from rulesflow.runtime.database import RULESETS
from rulesflow.runtime.project import load_project
import pathlib, sqlalchemy as sa
durable = launched("one")
database = Database(URL)
archive, inbox, listing = Archive(database, load_project), Inbox(database), Listing(database)
listing.start()
project = load_project(read_folder(write_run_project(pathlib.Path(FOLDER) / "rules")).files)
retention = Retention(durable, archive, inbox, listing, 30)

def whole(run, **order):
    archive.keep("rules of " + run, project)
    inbox.post(run, Kind.SIGNAL, "s", 1, key=None, sender="")
    shown = Entry(run, "w", "completed", "rules of " + run, now(), now(), fields={"x": run})
    listing.put(run, lambda: shown)
    begin(durable, run, **order)

for run in "abc":
    whole(run, to=1)
    ended(durable, run)
whole("hanging", to=1, hangs=1)
whole("broken", to=1, breaks=1)
ended(durable, "broken")
nothing_yet = retention.forget(Timestamp(now() - 3600 * SECOND))
moment = now()  # the engine tells ends to the second, on SQLite
wait_until(lambda: now() // SECOND > moment // SECOND + 1)
whole("late", to=1)
ended(durable, "late")
listing.stop()
with database.writing() as connection:
    connection.execute(sa.update(RULESETS).values(created_at=1))
forgotten = retention.forget(Timestamp(moment))
runs = ["a", "b", "c", "hanging", "broken", "late"]
say(nothing_yet=nothing_yet, forgotten=forgotten,
    stored=[run for run in runs if durable.stored(run)],
    records=[run for run in runs if durable.records(run)],
    messages=[run for run in runs if inbox.of(run)],
    listed=sorted(each.id for each in listing.find(RunQuery())[0]),
    archived=sorted(row.digest for row in database.rows(sa.select(RULESETS))),
    again=retention.forget(Timestamp(moment)))
durable.close(nothing())
""")
    stay = ["broken", "hanging", "late"]
    assert told["nothing_yet"] == 0
    assert told["forgotten"] == 3
    assert sorted(told["stored"]) == sorted(told["messages"]) == told["listed"] == stay
    assert told["records"] == ["late"]
    assert told["archived"] == [f"rules of {run}" for run in stay]
    assert told["again"] == 0


def test_a_run_that_rests_is_carried_out_by_nobody_until_it_is_claimed(engines: Engines) -> None:
    """Neither its own process takes it up, nor one that starts or recovers; one claim gets it."""
    engines.run("""
durable = launched("first")
begin(durable, "run-1", to=3, rests=2)
wait_until(lambda: not durable.active() and performed == [1, 2], 60)
durable.close(nothing())
""")
    told = engines.run("""
durable = launched("first")
recovered = durable.recover(["first", "second"])
owned = durable.owned()
open(FOLDER + "/woken", "w").close()
with engines[0]._database.writing() as connection:
    claim = durable.claim(["run-0", "run-1"], connection)
    again = durable.claim(["run-1"], connection)
durable.carry_on(claim)
found = ended(durable, "run-1")
say(recovered=recovered, owned=list(owned), claimed=claim.runs, again=again.runs, total=found.ending["total"],
    performed=performed, records=len(durable.records("run-1")))
durable.close(nothing())
""")
    assert told == {
        "recovered": 0,
        "owned": [],
        "claimed": ["run-1"],
        "again": [],
        "total": 6,
        "performed": [2, 3],
        "records": 3,
    }


# -- what we rely on in DBOS, beside its public face ---------------------------------------------------


def _relied_on(module: str, path: str) -> Any:
    found = __import__(module, fromlist=["_"])
    for name in path.split("."):
        assert hasattr(found, name), (
            f"DBOS {version('dbos')} has no {module}.{path} any more: "
            "rulesflow/runtime/durable.py relies on it; see what took its place before raising the version"
        )
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(
    ("module", "path", "parameters"),
    [
        ("dbos", "DBOS._recover_pending_workflows", ["executor_ids"]),
        ("dbos._serialization", "DefaultSerializer.serialize", ["self", "data"]),
        ("dbos._serialization", "DefaultSerializer.deserialize", ["self", "serialized_data"]),
        ("dbos._serialization", "serialize_value", ["value", "serialization_type", "serializer"]),
        ("dbos._core", "WorkflowHandleAsyncTask", None),
        ("dbos._core", "execute_dequeued_workflow", ["dbos", "status", "owner_xid"]),
        ("dbos._context", "get_local_dbos_context", []),
        ("dbos._sys_db", "SystemDatabase.get_workflow_statuses", ["self", "workflow_ids"]),
        ("dbos._sys_db", "SystemDatabase.reenqueue_for_recovery", None),
        ("dbos._context", "snapshot_step_context", []),
        ("dbos._context", "DBOSContext", None),
        ("dbos._dbos", "_get_dbos_instance", []),
        ("dbos._utils", "INTERNAL_QUEUE_NAME", None),
        ("dbos._sys_db", "SystemDatabase.record_operation_result", None),
    ],
)
def test_the_private_names_of_dbos_that_we_use_are_there(
    module: str, path: str, parameters: list[str] | None
) -> None:
    found = _relied_on(module, path)
    if parameters is not None and found.__name__ != "refuse":
        named = list(inspect.signature(found).parameters)
        assert [each for each in parameters if each not in named] == [], f"{module}.{path} takes {named} now"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            "workflow_status",
            [
                "name",
                "status",
                "executor_id",
                "owner_xid",
                "application_version",
                "updated_at",
                "serialization",
                "inputs",
            ],
        ),
        ("operation_outputs", ["workflow_uuid", "function_id", "function_name", "output", "serialization"]),
    ],
)
def test_the_tables_of_dbos_that_we_use_have_their_columns(name: str, columns: list[str]) -> None:
    tables = _relied_on("dbos._schemas.system_database", "SystemSchema")
    found = {each.name: each for each in vars(tables).values() if isinstance(each, sa.Table)}
    assert name in found, f"DBOS has no table {name} any more: {sorted(found)}"
    missing = [each for each in columns if each not in found[name].columns]
    assert missing == [], f"the table {name} of DBOS has lost {missing}; see rulesflow/runtime/durable.py"
