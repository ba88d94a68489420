"""The databases and the shop, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workshop import new_tag

from databases import database_url, new_database, postgres
from serving import ROOT
from shopfront import Shop, open_shop

__all__ = ["database_url", "postgres"]


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    """The sample shop on a new database."""
    with open_shop(tmp_path, ROOT / "rules", database_url) as opened:
        yield opened


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database that is shared by the tests of a module."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('shared') / 'state.db'}"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def tag() -> str:
    """A word that only this test uses, so that a shared service can tell its runs and calls."""
    return new_tag()
