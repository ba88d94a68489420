"""Where a key has many events or matches: what is left out is what the bounds say, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from event_project import Process, event, pattern, process

pytestmark = [
    pytest.mark.skipif(
        find_spec("durable_rules_engine") is None,
        reason="durable-rules is not installed: it takes a C compiler",
    ),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
Begin = Callable[..., Process]
ALARM = pattern("alarm", {"one": "opened | has(one.n) && one.n == 1"}, within="1s")
LONG = pattern(
    "long",
    {"one": "opened | has(one.n) && one.n == 2", "two": "opened | has(two.n) && two.n == 3"},
    within="24h",
)


@pytest.fixture
def begin(tmp_path: Path, database_url: str) -> Iterator[Begin]:
    """Begin a process; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *patterns: stack.enter_context(
            process(tmp_path / "rules", database_url, patterns, runs=False)
        )


def test_matches_that_lie_apart_are_all_recorded_however_many_a_key_has(begin: Begin) -> None:
    here = begin(ALARM, LONG)
    for start in (0, 550):
        here.accept(*(event(f"{number}", seconds=number * 60, n=1) for number in range(start, start + 550)))
        here.looked()
    here.accept(event("late", seconds=30, n=1), event("new", seconds=1100 * 60, n=1))
    here.looked()
    assert len(here.paged("matches", 1000)) == 1102
