"""The database: SQLite on one machine, PostgreSQL for many. Its address, its engine, our own tables in it.

The durable engine keeps its tables beside ours, over the same connections.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from rulesflow.model.errors import RulesflowError
from rulesflow.runtime.pulse import Pulse

_BUSY = 30  # seconds that a writer of SQLite waits for another
_LOCK: Final = 7_245_901_113  # of PostgreSQL, while tables are made
_POOL = 10
_TURN = 10  # seconds that a thread waits for a connection: nobody wakes it when none can be made
_KNOWS_SUBSEC: Final = (3, 42)  # from this version on SQLite tells fractions of seconds since 1970
_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)  # SQLite begins to write
_WRITING: Final = "rulesflow_writing"

metadata = sa.MetaData()

#: Every folder of rules that was in charge, that some run is pinned to, or that was sent to be tried.
#: ``files``: zlib over the paths and contents; ``created_at``: when it was last told to be in use.
RULESETS = sa.Table(
    "rulesflow_rulesets",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("files", sa.LargeBinary, nullable=False),
)

#: When rules took charge, by which process soever. ``source``: where they were read; ``note``: who wanted it
#: and why, NULL where the folder did; ``counts``: JSON.
ACTIVATIONS = sa.Table(
    "rulesflow_activations",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Index("rulesflow_activations_digest", "digest", "number"),
    sqlite_autoincrement=True,
)

#: The one row of the ruleset that all processes go by, whatever their folders hold; NULL for none.
#: ``version`` grows with each change.
PIN = sa.Table(
    "rulesflow_pin",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64)),
)

#: What came for a run from outside: signals and orders. ``number`` grows; ``body`` is JSON.
INBOX = sa.Table(
    "rulesflow_inbox",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("run", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("key", sa.String(255)),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("run", "key", name="rulesflow_inbox_key"),
    sqlite_autoincrement=True,
)

#: The list of runs, to be searched. What it says follows the engine's records within moments.
#: ``fingerprint``: equal for incidents of one kind, NULL where there is none; its index holds all that
#: counting them takes, and no other runs.
RUNS = sa.Table(
    "rulesflow_runs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workflow", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("at_step", sa.Text, nullable=False, default=""),
    sa.Column("problem", sa.Text),
    sa.Column("version", sa.BigInteger, nullable=False, default=0),
    sa.Column("fingerprint", sa.String(32)),
    sa.Index("rulesflow_runs_status", "status", "created_at"),
    sa.Index(
        "rulesflow_runs_incidents",
        "fingerprint",
        "updated_at",
        "id",
        sqlite_where=sa.text("fingerprint IS NOT NULL"),
        postgresql_where=sa.text("fingerprint IS NOT NULL"),
    ),
    sa.Index("rulesflow_runs_created", "created_at", "id"),
    sa.Index("rulesflow_runs_digest", "digest"),
)

#: The input's fields by which runs are found. Not of the input, and not shown, are those whose names are
#: `RULES_FIELD` and a digest: the rules by which a person has ordered the run to go on.
RUN_FIELDS = sa.Table(
    "rulesflow_run_fields",
    metadata,
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("rulesflow_run_fields_value", "name", "value"),
)

RULES_FIELD: Final = "$rules "

#: The processes that carry out runs, and when each was last seen alive by the database's clock.
LEASES = sa.Table(
    "rulesflow_leases",
    metadata,
    sa.Column("executor", sa.String(64), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("born", sa.Text, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
)

#: How well the services are that steps call, the same for all processes. ``state``: of the breaker, ``closed
#: open half-open``; ``trips``: how often it has opened since it was last closed; ``probe_at``: when it may
#: next be tried; ``forced``: a person has opened it. ``drain_rate``: parked runs a second just now, since
#: ``drain_at``; ``drain_next`` and ``call_next``: when the next one, and the next call, may go. Times are
#: microseconds by the database's clock.
RESOURCES = sa.Table(
    "rulesflow_resources",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("trips", sa.Integer, nullable=False, default=0),
    sa.Column("forced", sa.Boolean, nullable=False, default=False),
    sa.Column("probe_at", sa.BigInteger, nullable=False, default=0),
    sa.Column("drain_rate", sa.Float, nullable=False, default=0.0),
    sa.Column("drain_at", sa.BigInteger, nullable=False, default=0),
    sa.Column("drain_next", sa.BigInteger, nullable=False, default=0),
    sa.Column("call_next", sa.BigInteger, nullable=False, default=0),
)

#: What each process has seen of a resource lately (``counts``: JSON), and its share of the calls that may be
#: in flight: it holds ``permits`` and would like ``wanted``.
SHARES = sa.Table(
    "rulesflow_shares",
    metadata,
    sa.Column("resource", sa.String(128), primary_key=True),
    sa.Column("executor", sa.String(64), primary_key=True),
    sa.Column("counts", sa.Text, nullable=False, default="{}"),
    sa.Column("permits", sa.Integer, nullable=False, default=0),
    sa.Column("wanted", sa.Integer, nullable=False, default=0),
    sa.Column("at", sa.BigInteger, nullable=False, default=0),
)

#: Steps that rest until what they call is healthy: ``command`` of ``run``, which calls ``step``, to go on by
#: ``priority`` (smaller first), then by ``age`` (when the run was created), not before ``ready_at``.
#: ``tried_at``: when the call was last made in vain, 0 if it was not. ``holder``: the process that carries
#: the run out meanwhile, NULL where none does.
PARKED = sa.Table(
    "rulesflow_parked",
    metadata,
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("command", sa.String(255), primary_key=True),
    sa.Column("resource", sa.String(128), nullable=False),
    sa.Column("step", sa.String(255)),
    sa.Column("priority", sa.Float, nullable=False),
    sa.Column("age", sa.BigInteger, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("ready_at", sa.BigInteger, nullable=False, default=0),
    sa.Column("tried_at", sa.BigInteger, nullable=False, default=0),
    sa.Column("holder", sa.String(64)),
    sa.Index("rulesflow_parked_order", "resource", "priority", "age", "run"),
    sa.Index("rulesflow_parked_ready", "resource", "ready_at"),
    sa.Index("rulesflow_parked_since", "resource", "since"),
)

#: Runs that rest and are carried out by no process. One goes on when it has more messages than it has
#: ``seen``, at ``wake_at`` (microseconds), or when a step of it that is parked may go on.
DORMANT = sa.Table(
    "rulesflow_dormant",
    metadata,
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("wake_at", sa.BigInteger),
    sa.Column("seen", sa.BigInteger, nullable=False, default=0),
    sa.Index("rulesflow_dormant_wake", "wake_at"),
)

#: Orders for many runs at once, each carried out by one process: ``order``, ``query`` and ``problems`` are
#: JSON, ``done`` and ``failed`` tell how far it is, ``beat`` when its process was last at it.
BULKS = sa.Table(
    "rulesflow_bulks",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("order", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("rate", sa.Float),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("failed", sa.Integer, nullable=False, default=0),
    sa.Column("running", sa.Boolean, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False, default=False),
    sa.Column("problems", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("executor", sa.String(64), nullable=False),
    sa.Column("beat", sa.BigInteger, nullable=False),
    sa.Index("rulesflow_bulks_created", "created_at"),
)

#: The runs of such orders, as long as they go on, in pages: ``runs`` is a list of ids in JSON.
BULK_RUNS = sa.Table(
    "rulesflow_bulk_runs",
    metadata,
    sa.Column("bulk", sa.String(64), primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True),
    sa.Column("runs", sa.Text, nullable=False),
)

#: Facts that patterns have set, each until a moment, for decisions whose facts hold what ``where`` says:
#: pairs of a path and a value, in JSON, as are ``fact`` and ``value``. ``number`` grows; what replaces or
#: extends another has a new one. ``target``: equal for equal facts and ``where``.
FACTS = sa.Table(
    "rulesflow_facts",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("target", sa.String(64), nullable=False),
    sa.Column("fact", sa.Text, nullable=False),
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("match", sa.Text, nullable=False),
    sa.Column("pattern", sa.Text, nullable=False),
    sa.Index("rulesflow_facts_target", "target"),
    sa.Index("rulesflow_facts_until", "until"),
    sqlite_autoincrement=True,
)

#: Events as they came. ``name``: a digest of source and id, by which each is stored once. ``data`` and
#: ``extensions`` are JSON. ``time`` is nanoseconds, ``received_at`` too. ``keying``: of `KEYINGS`, those of
#: its keys that are in `EVENT_KEYS` for certain.
EVENTS = sa.Table(
    "rulesflow_events",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("extensions", sa.Text),
    sa.Column("keying", sa.String(16), nullable=False),
    sa.Index("rulesflow_events_time", "time", "number"),
    sqlite_autoincrement=True,
)

#: Where events are found by what patterns correlate them by: the value at a path of the data, as a text.
#: ``path``: that path and the event's type, so that events of other types are not in the way.
EVENT_KEYS = sa.Table(
    "rulesflow_event_keys",
    metadata,
    sa.Column("path", sa.String(255), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("time", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("rulesflow_event_keys_number", "number"),
    sqlite_with_rowid=False,
)

#: Sets of paths (``paths``: JSON) by which events have been keyed: all of them, up to the number ``through``.
KEYINGS = sa.Table(
    "rulesflow_event_keyings",
    metadata,
    sa.Column("digest", sa.String(16), primary_key=True),
    sa.Column("paths", sa.Text, nullable=False),
    sa.Column("through", sa.BigInteger, nullable=False),
)

#: Events that patterns have to look at: all of them where ``pattern`` is empty. ``ready_at``: not before,
#: NULL for not until somebody asks for it; ``holder``: the process that is at it, until ``held_until`` and no
#: longer. Microseconds by the database's clock.
EVENT_QUEUE = sa.Table(
    "rulesflow_event_queue",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("pattern", sa.String(255), primary_key=True, default=""),
    sa.Column("ready_at", sa.BigInteger, default=0),
    sa.Column("holder", sa.String(64)),
    sa.Column("held_until", sa.BigInteger, nullable=False, default=0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("problem", sa.Text),
    sa.Index("rulesflow_event_queue_ready", "ready_at", "number"),
)

#: The one row of the newest rules that processes match events by: when they were activated, and when a
#: process that goes by them last said so. Microseconds by the database's clock.
EVENT_RULES = sa.Table(
    "rulesflow_event_rules",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("activated_at", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
)

#: What patterns have found, once each. ``key`` and ``events`` are JSON, the latter a list of ``[alias,
#: number, name, source, id, type, time]``; ``latest``: the time of the last of them; ``due``: until when an
#: event may forbid it. ``action``: what follows, in JSON, once that is known. Nanoseconds; but ``ready_at``,
#: ``holder`` and ``held_until`` are as in the queue, for what waits for its time or is to be followed.
#: ``looks``: how often the runs were looked for that a signal is meant for; NULL for not yet.
MATCHES = sa.Table(
    "rulesflow_matches",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("pattern", sa.String(255), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("found_at", sa.BigInteger, nullable=False),
    sa.Column("latest", sa.BigInteger, nullable=False),
    sa.Column("due", sa.BigInteger),
    sa.Column("events", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("ready_at", sa.BigInteger),
    sa.Column("holder", sa.String(64)),
    sa.Column("held_until", sa.BigInteger, nullable=False, default=0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("problem", sa.Text),
    sa.Column("looks", sa.Integer),
    sa.Index("rulesflow_matches_found", "found_at", "id"),
    sa.Index("rulesflow_matches_key", "pattern", "key", "latest"),
    sa.Index("rulesflow_matches_pattern", "pattern", "status"),
    sa.Index(
        "rulesflow_matches_ready",
        "ready_at",
        sqlite_where=sa.text("ready_at IS NOT NULL"),
        postgresql_where=sa.text("ready_at IS NOT NULL"),
    ),
)

#: Which events are among those of which matches.
MATCH_EVENTS = sa.Table(
    "rulesflow_match_events",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("match", sa.String(64), primary_key=True),
    sa.Column("pattern", sa.String(255), nullable=False),
    sa.Index("rulesflow_match_events_match", "match"),
    sa.Index("rulesflow_match_events_pattern", "pattern", "number"),
    sqlite_with_rowid=False,
)

#: How steps did, from ``start`` on for ``span`` seconds (10 or 3600), as the process ``executor`` saw it;
#: empty: all of them. ``data``: JSON. ``folded``: it is part of the row of its hour already. ``start`` is
#: seconds by the database's clock.
STEP_STATS = sa.Table(
    "rulesflow_step_stats",
    metadata,
    sa.Column("span", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("step", sa.String(255), primary_key=True),
    sa.Column("executor", sa.String(64), primary_key=True),
    sa.Column("resource", sa.String(128), nullable=False),
    sa.Column("folded", sa.Boolean, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index(
        "rulesflow_step_stats_unfolded",
        "span",
        "start",
        sqlite_where=sa.text("folded IS 0"),
        postgresql_where=sa.text("folded IS false"),
    ),
)


#: Alerts that are or were open. ``opens``: the alert and its subject while it is open, NULL afterwards, so
#: that no two are open at once. ``facts`` and ``acknowledged`` are JSON; microseconds by the shared clock.
ALERTS = sa.Table(
    "rulesflow_alerts",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("opens", sa.Text, unique=True),
    sa.Column("alert", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("severity", sa.String(16), nullable=False),
    sa.Column("of", sa.String(16), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("webhook", sa.String(16), nullable=False),
    sa.Column("acknowledged", sa.Text),
    sa.Index("rulesflow_alerts_closed", "closed_at"),
    sqlite_autoincrement=True,
)

#: What is still to be posted of alerts: ``id`` is that of the delivery, ``body`` JSON.
ALERT_DELIVERIES = sa.Table(
    "rulesflow_alert_deliveries",
    metadata,
    sa.Column(
        "number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("alert", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sqlite_autoincrement=True,
)

#: The one row of the process that looks after alerts, ``until`` when it does so at least. ``problems``: what
#: it could not tell, as JSON: ``{conditions: {alert: text}, texts: {alert: text}}``.
ALERT_WATCH = sa.Table(
    "rulesflow_alert_watch",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("problems", sa.Text),
)


class DatabaseError(RulesflowError):
    """The database cannot be used; the message says why and how to mend it."""


def database_url(text: str) -> URL:
    """The address as the engine takes it. Raises `DatabaseError`.

    ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise DatabaseError(
            "database_url is no address: write sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from None
    match url.get_backend_name():
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise DatabaseError("an SQLite database needs a file: write sqlite:///PATH")
            return url.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise DatabaseError(
                f"{other} is not supported: use sqlite:///PATH or postgresql://USER@HOST/NAME"
            )


def shown(url: URL) -> str:
    """The address without what is secret: passwords may stand among the parameters too."""
    return url.set(query={}).render_as_string(hide_password=True)


class Database:
    """Connections to the database, and our tables, which are made if they are missing.

    ``address``: None for one in this process's memory, which ends with it. Raises `DatabaseError`. Every
    method that talks to the database blocks, but not for ever: see `Pulse`.
    """

    def __init__(self, address: str | None) -> None:
        self.url = sa.make_url("sqlite://") if address is None else database_url(address)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.pulse = Pulse()
        try:
            if address is None:
                self.engine = _in_memory(self.url)
            else:
                self.engine = _sqlite(self.url) if self.sqlite else _postgres(self.url, self.pulse)
            try:
                self._make_tables()
            except BaseException:
                self.close()
                raise
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise DatabaseError(f"cannot use the database {shown(self.url)}: {_reason(error)}") from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read by, each statement for itself: SQLite's writers are not held up."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        """All that a query finds."""
        with self.reading() as connection:
            return list(connection.execute(query))

    def insert_missing(self, table: sa.Table, rows: list[dict[str, Any]], connection: sa.Connection) -> None:
        """Insert the rows whose keys are not there yet."""
        insert = sqlite.insert(table) if self.sqlite else postgresql.insert(table)
        connection.execute(insert.on_conflict_do_nothing(), rows)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _make_tables(self) -> None:
        # Two processes that start at once must not both find that they are missing.
        lock = "BEGIN IMMEDIATE" if self.sqlite else f"SELECT pg_advisory_xact_lock({_LOCK})"
        with self.engine.begin() as connection:
            connection.execute(sa.text(lock))
            self._add_columns(connection)
            metadata.create_all(connection)

    @staticmethod
    def _add_columns(connection: sa.Connection) -> None:
        """What tables of an earlier version lack. Such columns may be NULL, since old rows have no value."""
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            if not inspector.has_table(table.name):
                continue
            present = {each["name"] for each in inspector.get_columns(table.name)}
            for column in table.columns:
                if column.name not in present:
                    kind = column.type.compile(connection.dialect)
                    connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))
            indexes = {each["name"] for each in inspector.get_indexes(table.name)}
            for index in table.indexes:
                if index.name not in indexes:
                    index.create(connection)


def _sqlite(url: URL) -> sa.Engine:
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=_BUSY)) as first:  # it persists in the file
        first.execute("PRAGMA journal_mode=WAL")
    # Two connections: one writes, one reads, and nobody waits in a long line for SQLite's one lock.
    engine = sa.create_engine(url, pool_size=2, max_overflow=2, pool_timeout=_BUSY, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = "IMMEDIATE"  # writers queue up; none finds itself overtaken
        connection.execute(f"PRAGMA busy_timeout={_BUSY * 1000}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        if sqlite3.sqlite_version_info < _KNOWS_SUBSEC:
            connection.create_function("unixepoch", 1, _unixepoch)

    _queue_writers(engine)
    return engine


def _in_memory(url: URL) -> sa.Engine:
    # One connection, since another would see another database.
    return sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_BUSY,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )


def _unixepoch(modifier: str) -> float | None:
    """As newer SQLite does it: a default in the tables of the durable engine, which must not be NULL."""
    return time.time() if modifier in ("subsec", "subsecond") else None


def _queue_writers(engine: sa.Engine) -> None:
    """Let the writers of this process wait for each other here.

    SQLite lets a second writer sleep and look again, ever longer, up to a tenth of a second. That remains for
    other processes.
    """
    lock = threading.Lock()

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: sa.Connection, _: Any, statement: str, *__: Any) -> None:
        if not connection.info.get(_WRITING) and _CHANGES.match(statement):
            connection.info[_WRITING] = lock.acquire(timeout=_BUSY)

    def end(info: dict[Any, Any]) -> None:
        if info.pop(_WRITING, False):
            lock.release()

    event.listen(engine.pool, "checkin", lambda _, record: end(record.info))
    event.listen(engine.pool, "invalidate", lambda _, record, __: end(record.info))


def _postgres(url: URL, pulse: Pulse) -> sa.Engine:
    query = {"application_name": "rulesflow", **url.query}
    engine = sa.create_engine(
        url.set(query=query),
        pool_size=_POOL,
        max_overflow=_POOL,
        pool_timeout=_TURN,
        pool_pre_ping=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, given: list[Any], more: dict[str, Any]) -> Any:
        return pulse.connect(*given, **more)

    @event.listens_for(engine, "handle_error")
    def mark(context: sa.ExceptionContext) -> None:
        if context.connection is None:  # none could be made: DBOS tries again only if it is told so
            context.is_disconnect = True

    return engine


def _reason(error: Exception) -> str:
    found = error.orig if isinstance(error, OperationalError) and error.orig else error
    return " ".join(str(found).split())
