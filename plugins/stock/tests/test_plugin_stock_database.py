"""Databases that cannot be used as they should, and settings that make no sense."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rulesflow_stock.settings import Settings
from stocking import Stock, fails

from rulesflow import ErrorClass


def test_the_file_is_in_wal(tmp_path: Path) -> None:
    stock = Stock({"database": str(tmp_path / "stock.db")})
    stock.reserve("r/1", ("MUG", 2))
    assert stock.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_writer_that_does_not_let_go_is_unavailable(tmp_path: Path) -> None:
    stock = Stock({"database": str(tmp_path / "stock.db")}, busy_timeout=0.05)
    stock.reserve("r/1", ("MUG", 1))
    with closing(sqlite3.connect(tmp_path / "stock.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with fails(ErrorClass.UNAVAILABLE, "unavailable") as caught:
            stock.reserve("r/2", ("MUG", 1))
        with fails(ErrorClass.UNAVAILABLE, "unavailable"):
            stock.release("r/1")
    assert caught.value.message == "stock database: database is locked"
    assert stock.on_hand() == {"MUG": 99}


def test_a_file_in_use_while_the_tables_are_made_is_unavailable(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "stock.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        stock = Stock({"database": str(tmp_path / "stock.db")}, busy_timeout=0.05)
        with fails(ErrorClass.UNAVAILABLE, "unavailable"):
            stock.reserve("r/1", ("MUG", 1))
    stock.reserve("r/1", ("MUG", 1))
    assert stock.on_hand() == {"MUG": 99}


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with fails(ErrorClass.UNAVAILABLE, "unavailable"):
        Stock({"database": str(tmp_path / "file" / "stock.db")}).reserve("r/1", ("MUG", 1))


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "stock.db").write_text("no database, but long enough to be looked at " * 20)
    with fails(ErrorClass.UNAVAILABLE, "unavailable") as caught:
        Stock({"database": str(tmp_path / "stock.db")}).reserve("r/1", ("MUG", 1))
    assert "not a database" in caught.value.message


def test_a_server_that_is_not_there_is_unavailable_and_the_password_is_not_told() -> None:
    stock = Stock({"database_url": "postgresql://me:hidden@127.0.0.1:1/shop"}, busy_timeout=0.5)
    with fails(ErrorClass.UNAVAILABLE, "unavailable") as caught:
        stock.reserve("r/1", ("MUG", 1))
    assert caught.value.message.startswith("stock database: ")
    assert "hidden" not in f"{caught.value!r} {stock.steps!r}"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("databse", "x", "not permitted"),
        ("database", "", "at least 1"),
        ("database", "postgresql://me:hidden@host/shop", "goes into database_url"),
        ("database_url", "mysql://me:hidden@host/shop", "write postgresql://"),
        ("database_url", "hidden", "write postgresql://"),
        ("initial", -1, "greater than or equal to 0"),
        ("busy_timeout", 0, "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_quoting_it(name: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        Settings.model_validate({name: value})
    assert "hidden" not in str(caught.value)


def test_the_password_is_in_no_repr() -> None:
    settings = Settings(database_url="postgresql://me:hidden@host/shop")
    assert "hidden" not in f"{settings!r} {settings.url!r} {settings.url}"
    assert settings.url.drivername == "postgresql+psycopg"
