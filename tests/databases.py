"""The databases that runs are kept in: SQLite, and a real PostgreSQL that is started for the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bench.services.started import ServiceFailed, postgresql

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server; the URL of its first database."""
    try:
        with postgresql() as url:
            yield url
    except ServiceFailed as failed:
        if os.geteuid() == 0:
            raise
        pytest.skip(f"no PostgreSQL: {failed}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return new_database(request.getfixturevalue("postgres"))


def new_database(server: str) -> str:
    """Make a database in a server; its URL."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"runs{os.getpid()}x{next(_NUMBERS)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    made = url.set(drivername="postgresql", database=name)
    return made.render_as_string(hide_password=False)
