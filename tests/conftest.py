"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Machines are noisy: a slow example is no failure. What is found is printed so that it can be played again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

#: The files that take longest, longest first.
_LONG = (
    "test_bench_chaos",
    "test_runs_chaos",
    "test_runs_parking",
    "test_runs_crash",
    "test_compiled_is_naive",
    "test_runs_bulk",
    "test_stats_shared",
    "test_bench_demo",
    "test_bench_shop",
    "test_runs_outage",
    "test_readme",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no worker is left alone with one at the end."""
    items.sort(key=_length)


def _length(item: pytest.Item) -> int:
    return _LONG.index(item.path.stem) if item.path.stem in _LONG else len(_LONG)
