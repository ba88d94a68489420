"""What a pattern fails on for ever holds up nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from rulesflow.runtime.database import EVENT_QUEUE, Database
from rulesflow.runtime.eventqueue import MOST_ATTEMPTS, EventQueue, Failed, Ticket


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def test_events_that_a_pattern_fails_on_are_left_alone_until_somebody_wants_them(database: Database) -> None:
    queue = EventQueue(database, "here")
    failed = [(1, "sick", 1), (2, "well", 1), (3, "well", MOST_ATTEMPTS)]
    with database.writing() as connection:
        queue.settle(connection, [], [Failed(*each, "it took too long", 0.0) for each in failed])
    assert queue.waiting(10) == 0
    assert queue.take_again(10, ["sick"]) == [Ticket(2, "well", 1)]
    assert queue.retry(None) == 3
    assert {each.number for each in queue.take_again(10, ["sick"])} == {1, 2, 3}
    queue.drop_others(["well"])
    rows = database.rows(sa.select(EVENT_QUEUE.c.number).order_by(EVENT_QUEUE.c.number))
    assert [row.number for row in rows] == [2, 3]
