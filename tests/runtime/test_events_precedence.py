"""Only processes that go by the newest rules match events and follow what is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from event_project import PAIR, START, Process, event, pattern, process, rival, write_event_project
from rulesflow.runtime.database import EVENT_RULES, Database
from rulesflow.runtime.precedence import Precedence
from serving import wait_until

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
NEW = pattern("new", {"one": "opened"}, then=START)
BY_OTHER = pattern("others", {"one": "opened", "two": "closed"}, by="other")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def both(tmp_path: Path, database_url: str, database: Database) -> Iterator[tuple[Process, Process]]:
    """One process with newer rules, and one that stays with those of before."""
    before = write_event_project(tmp_path / "before", pattern("old", {"one": "closed"}))
    with ExitStack() as stack:
        new = stack.enter_context(process(tmp_path / "rules", database_url, [PAIR]))
        old = stack.enter_context(rival(replace(new, root=before), database_url))
        digest = old.catalog.current().ruleset.digest
        wait_until(lambda: [row.digest for row in database.rows(sa.select(EVENT_RULES))] == [digest])
        new.change(PAIR, NEW, BY_OTHER)
        yield new, old


def test_a_process_with_older_rules_takes_no_event_from_new_patterns(both: tuple[Process, Process]) -> None:
    new, old = both
    for number in range(20):
        (new, old)[number % 2].accept(event(str(number), key=f"k{number}", other=f"o{number}"))
    new.looked()
    for number in range(20):
        (new, old)[number % 2].accept(event(f"c{number}", "closed", key="x", other=f"o{number}"))
    assert len(new.found(pattern="others")) == 20
    wait_until(lambda: new.statuses(pattern="new") == ["done"] * 20)


def test_older_rules_match_again_once_nobody_goes_by_newer_ones(database: Database) -> None:
    old, new = Precedence(database), Precedence(database)
    assert not old.activate("old") and old.leads()
    assert new.activate("new") and new.leads()
    wait_until(lambda: not old.leads())
    with database.writing() as connection:
        assert new.holds(connection) and not old.holds(connection)
        connection.execute(sa.update(EVENT_RULES).values(seen=0))
    wait_until(old.leads)
    wait_until(new.leads)  # it was only away
    wait_until(lambda: not old.leads())
    assert not new.activate("new")
    assert old.activate("older")
    wait_until(lambda: not new.leads())


def test_rules_that_a_process_comes_back_to_are_the_newest_again(database: Database) -> None:
    """Between its two activations of them another process has gone by others, which it never saw."""
    back, other = Precedence(database), Precedence(database)
    back.activate("old", 1)
    wait_until(back.leads)
    other.activate("new", 2)
    wait_until(lambda: not back.leads())
    assert not back.activate("old", 1)  # it was only loaded again
    assert not back.leads()
    assert back.activate("old", 3)
    assert back.leads()
    wait_until(lambda: not other.leads())
    with database.writing() as connection:
        assert back.holds(connection)
