"""A PostgreSQL that hangs: whoever waits is told so, what is only slow is not, and all goes on afterwards."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bench.chaos.postgres import Postgres
from databases import new_database
from rulesflow.runtime.database import LEASES, Database
from run_project import order, write_run_project
from serving import Server, wait_until

_ALL = sa.select(LEASES)
_LOOKS = ("runs", "runs/count", "runs/no-such-run", "alerts", "steps/stats", "rulesets", "events")
_BOUND = 15  # seconds for a client, who shares two cores with much else; the service takes ten at most


@pytest.fixture
def server(postgres: str) -> Postgres:
    """The one that all tests share: it hangs while nobody else is there, and loses nothing by it."""
    return Postgres(postgres)


@pytest.fixture
def database(server: Postgres) -> Iterator[Database]:
    opened = Database(new_database(server.url))
    yield opened
    opened.close()


class Way:
    """The way to a server, which takes all that comes but brings nothing of it, once it is ``blocked``."""

    def __init__(self, path: str) -> None:
        self.blocked: set[socket.socket] = set()
        self._path = path
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def block(self) -> None:
        """Swallow what comes over those connections that stand."""
        self.blocked.update(client for client, _ in self._pairs)

    def close(self) -> None:
        for each in (self._listening, *(end for pair in self._pairs for end in pair)):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                self._pairs.append((client, server))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=(*ends, client), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if client not in self.blocked:
                    target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def way_to(address: str) -> Iterator[tuple[Way, Database]]:
    """A database over such a way."""
    url = make_url(address)
    way = Way(f"{url.query['host']}/.s.PGSQL.5432")
    over = url.set(host="127.0.0.1", port=way.port, query={})
    database = Database(over.render_as_string(hide_password=False))
    yield way, database
    database.close()
    way.close()


def test_all_who_wait_for_a_server_that_hangs_are_told_and_go_on_afterwards(
    server: Postgres, database: Database
) -> None:
    told = []

    def look() -> None:
        try:
            database.rows(_ALL)
        except OperationalError as error:
            told.append(error)

    with server.hanging():
        callers = [threading.Thread(target=look) for _ in range(20)]
        for each in callers:
            each.start()
        for each in callers:
            each.join()
        assert len(told) == len(callers)
        assert database.pulse.away
    assert database.rows(_ALL) == []
    assert not database.pulse.away


def test_what_a_transaction_began_when_the_server_hung_is_not_done(
    server: Postgres, database: Database
) -> None:
    row = {"executor": "one", "host": "here", "pid": 1, "born": "now", "seen": 0}
    with pytest.raises(OperationalError), database.writing() as connection:
        connection.execute(sa.insert(LEASES).values(row))
        with server.hanging():
            connection.execute(sa.update(LEASES).values(seen=1))
    assert database.rows(_ALL) == []


def test_a_statement_that_is_only_slow_comes_to_its_end(database: Database) -> None:
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT 7 FROM pg_sleep(3)")) == 7
    assert not database.pulse.away


def test_a_connection_of_which_nothing_arrives_is_given_up_and_others_are_not(server: Postgres) -> None:
    with way_to(new_database(server.url)) as (way, database):
        with database.reading() as connection:
            way.block()
            with pytest.raises(OperationalError, match="does not answer"):
                connection.execute(_ALL)
        assert not database.pulse.away
        assert database.rows(_ALL) == []


def _away(response: httpx.Response) -> bool:
    return response.status_code == 503 and response.json()["type"] == "/problems/database-away"


def test_a_service_outlasts_a_database_that_hangs(
    tmp_path: Path, server: Postgres, spawn: Callable[..., Server]
) -> None:
    rules = write_run_project(tmp_path / "rules")
    service = spawn(rules=rules, database_url=new_database(server.url))
    service.client.timeout = _BOUND
    before = service.status()["digest"]

    def start() -> httpx.Response:
        given = {"workflow": "quick", "input": order()}
        return service.post("/v1/runs", json=given, headers={"idempotency-key": "once"})

    waits = service.post("/v1/runs", json={"workflow": "review", "input": order()}).json()["id"]
    with server.hanging(), ThreadPoolExecutor(20) as callers:
        asked = [callers.submit(service.get, f"/v1/{each}") for each in _LOOKS]
        asked.append(
            callers.submit(service.post, f"/v1/rulesets/{before}/activate", json={"reason": "again"})
        )
        asked.append(callers.submit(start))
        assert service.decide("share", order()).status_code == 200
        assert [each.result().status_code for each in asked] == [503] * len(asked)
        assert all(_away(each.result()) for each in asked)
        path = rules / "base/share.yaml"
        path.write_text(path.read_text() + "# another\n")
        assert wait_until(lambda: service.status()["digest"] != before)
        assert service.decide("share", order()).status_code == 200
    run = wait_until(lambda: (found := start()).status_code in (200, 202) and found, 30).json()["id"]
    wait_until(lambda: service.get(f"/v1/runs/{run}").json()["status"] == "completed", 30)
    assert service.get("/v1/runs/count", params={"workflow": "quick"}).json()["count"] == 1
    assert service.post(f"/v1/runs/{waits}/cancel", json={"reason": "enough"}).status_code in (200, 202)
