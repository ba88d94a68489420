"""Which processes live and which are gone: told by real processes, and by the database's clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from rulesflow.runtime.database import LEASES, Database
from rulesflow.runtime.leases import GONE, Identity, Leases
from serving import wait_until

_BEAT = """
import sys
from rulesflow.runtime.database import Database
from rulesflow.runtime.leases import Identity, Leases
database = Database(sys.argv[1])
identity = Identity.mine()
leases = Leases(database, identity)
leases.beat()
print(identity.executor, flush=True)
for line in sys.stdin:
    leases.leave()
    print("left", flush=True)
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def child(database_url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that has shown that it lives; its executor."""
    process = subprocess.Popen(
        [sys.executable, "-c", _BEAT, database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def away(database: Database, identity: Identity, seconds: int) -> None:
    """A process was last seen so many seconds ago."""
    with database.writing() as connection:
        mine = LEASES.c.executor == identity.executor
        connection.execute(sa.update(LEASES).where(mine).values(seen=LEASES.c.seen - seconds))


def elsewhere() -> Identity:
    return replace(Identity.mine(), host="another machine", pid=1)


def test_a_process_is_not_gone_to_itself_nor_to_others(database: Database) -> None:
    mine, other = Identity.mine(), Identity.mine()
    Leases(database, mine).beat()
    Leases(database, other).beat()
    assert Leases(database, mine).gone() == {}
    assert Leases(database, other).gone() == {}


def test_a_process_of_this_machine_is_gone_as_soon_as_it_was_killed(
    database: Database, child: tuple[subprocess.Popen[str], str]
) -> None:
    process, executor = child
    leases = Leases(database, Identity.mine())
    assert leases.gone() == {}
    process.send_signal(signal.SIGKILL)
    gone = wait_until(leases.gone)  # also while nobody has waited for it yet: a zombie lives no more
    assert list(gone) == [executor]
    assert gone[executor] > 0
    process.wait()
    assert leases.gone() == gone


def test_a_process_of_this_machine_that_is_slow_is_not_gone(
    database: Database, child: tuple[subprocess.Popen[str], str]
) -> None:
    process, _ = child
    with database.writing() as connection:
        connection.execute(sa.update(LEASES).values(seen=LEASES.c.seen - 10 * GONE))
    process.send_signal(signal.SIGSTOP)
    try:
        assert Leases(database, Identity.mine()).gone() == {}
    finally:
        process.send_signal(signal.SIGCONT)


def test_who_leaves_in_peace_is_gone_at_once(
    database: Database, child: tuple[subprocess.Popen[str], str]
) -> None:
    process, executor = child
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("leave\n")
    process.stdin.flush()
    assert process.stdout.readline() == "left\n"
    assert Leases(database, Identity.mine()).gone() == {executor: 0}


def test_a_process_that_has_the_number_of_a_dead_one_is_not_taken_for_it(database: Database) -> None:
    dead = replace(Identity.mine(), born="1")
    Leases(database, dead).beat()
    assert list(Leases(database, Identity.mine()).gone()) == [dead.executor]


def test_a_process_of_another_machine_is_gone_by_age_alone(database: Database) -> None:
    far = elsewhere()
    here = Leases(database, Identity.mine(), doubt=0)
    Leases(database, far).beat()
    assert here.gone() == {}
    away(database, far, GONE - 4)
    assert here.gone() == {}
    away(database, far, 5)
    assert list(here.gone()) == [far.executor]
    Leases(database, far).beat()
    assert here.gone() == {}


def test_after_an_outage_of_the_database_nobody_elsewhere_is_gone_at_once(database: Database) -> None:
    far = elsewhere()
    here = Leases(database, Identity.mine(), doubt=3600)
    Leases(database, far).beat()
    away(database, far, GONE + 1)
    assert here.gone() == {}
    assert here.gone() == {}


def test_who_shows_itself_while_it_is_buried_keeps_its_lease(database: Database) -> None:
    far = elsewhere()
    here = Leases(database, Identity.mine(), doubt=0)
    Leases(database, far).beat()
    away(database, far, GONE + 1)
    gone = here.gone()
    Leases(database, far).beat()
    here.bury(gone)
    assert here.known() == {far.executor}


def test_who_left_on_another_machine_is_gone_at_once(database: Database) -> None:
    far = elsewhere()
    Leases(database, far).beat()
    Leases(database, far).leave()
    assert Leases(database, Identity.mine()).gone() == {far.executor: 0}


def test_the_same_machine_started_anew_is_another_one(database: Database) -> None:
    """The number may be given again before the old lease is buried."""
    mine = Identity.mine()
    before = replace(mine, executor="before", host="x" + mine.host)
    assert not before.here
    Leases(database, before).beat()
    assert Leases(database, mine).gone() == {}
    away(database, before, GONE + 1)
    assert list(Leases(database, mine, doubt=0).gone()) == ["before"]


def test_who_was_buried_is_gone_no_more_until_it_shows_itself(database: Database) -> None:
    far, mine = elsewhere(), Identity.mine()
    here = Leases(database, mine, doubt=0)
    here.beat()
    Leases(database, far).beat()
    away(database, far, GONE + 1)
    here.bury(here.gone())
    here.bury({})
    assert here.gone() == {}
    Leases(database, far).beat()
    away(database, far, GONE + 1)
    assert list(here.gone()) == [far.executor]
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(LEASES)).scalar_one() == 2


def test_beating_again_is_one_lease(database: Database) -> None:
    leases = Leases(database, Identity.mine())
    for _ in range(3):
        leases.beat()
    assert len(database.rows(sa.select(LEASES))) == 1


def test_leaving_without_a_lease_is_nothing(database: Database) -> None:
    Leases(database, Identity.mine()).leave()
    assert database.rows(sa.select(LEASES)) == []


def test_this_process_is_here_and_alive() -> None:
    mine = Identity.mine()
    assert mine.here
    assert mine.alive
    assert mine.pid == os.getpid()
    assert Identity.mine().executor != mine.executor


def test_a_number_that_no_process_has_is_not_alive() -> None:
    assert not replace(Identity.mine(), pid=2**22 + 7).alive
