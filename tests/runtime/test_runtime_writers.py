"""Writers of one process on SQLite: they queue up, and none leaves the queue shut behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rulesflow.runtime.database import RULESETS, Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'state.db'}")
    yield opened
    opened.close()


def row(number: int) -> dict[str, Any]:
    return {"digest": f"d{number}", "created_at": number, "files": b""}


def put(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute(sa.insert(RULESETS), [row(number)])


def count(database: Database) -> int:
    return len(database.rows(sa.select(RULESETS.c.digest)))


def test_a_second_writer_waits_for_the_first_and_readers_do_not(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(sa.insert(RULESETS), [row(1)])
        second = threading.Thread(target=put, args=(database, 2))
        second.start()
        second.join(0.1)
        assert second.is_alive()
        assert count(database) == 0
    second.join(10)
    assert count(database) == 2


def test_many_writers_all_write(database: Database) -> None:
    threads = [
        threading.Thread(target=lambda some=some: [put(database, some * 100 + each) for each in range(20)])
        for some in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert count(database) == 160


def test_after_one_that_failed_or_was_cut_off_others_write_at_once(database: Database) -> None:
    put(database, 1)
    with pytest.raises(sa.exc.IntegrityError):
        put(database, 1)
    with database.engine.connect() as connection:
        connection.execute(sa.insert(RULESETS), [row(2)])
        connection.invalidate()
    later = threading.Thread(target=put, args=(database, 3))
    later.start()
    later.join(10)
    assert not later.is_alive()
    assert count(database) == 2
