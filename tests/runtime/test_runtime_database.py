"""The addresses of databases, and our tables in them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from rulesflow.runtime.database import LEASES, RULESETS, Database, DatabaseError, database_url as read_url


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "database_url is no address: write sqlite:///PATH or postgresql://USER@HOST/NAME"),
        ("state.db", "database_url is no address: write sqlite:///PATH or postgresql://USER@HOST/NAME"),
        ("sqlite://", "an SQLite database needs a file: write sqlite:///PATH"),
        ("sqlite:///", "an SQLite database needs a file: write sqlite:///PATH"),
        ("sqlite:///:memory:", "an SQLite database needs a file: write sqlite:///PATH"),
        ("mysql://u@h/n", "mysql is not supported: use sqlite:///PATH or postgresql://USER@HOST/NAME"),
        ("oracle://h", "oracle is not supported: use sqlite:///PATH or postgresql://USER@HOST/NAME"),
        ("postgresql://host:port/x", "database_url is no address"),
        ("postgresql://host:99999999/x", "cannot use the database postgresql"),
    ],
)
def test_a_bad_address_says_how_to_write_a_good_one(address: str, sentence: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        Database(address)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:////tmp/x.db", "sqlite"),
        ("sqlite+pysqlite:////tmp/x.db", "sqlite"),
        ("postgres://u:p@h/n", "postgresql+psycopg"),
        ("postgresql://u:p@h/n", "postgresql+psycopg"),
        ("postgresql+psycopg2://u:p@h/n", "postgresql+psycopg"),
    ],
)
def test_whatever_driver_is_named_ours_is_taken(address: str, driver: str) -> None:
    assert read_url(address).drivername == driver


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://shop:hunter2@127.0.0.1:1/orders",
        "postgresql://shop:hunter2@no-such-host.invalid/orders",
        "postgresql://127.0.0.1:1/orders?user=shop&password=hunter2",
        "mysql://shop:hunter2@h/n",
        "postgresql://shop:hunter2@h:port/n",
    ],
)
def test_a_password_is_never_shown(address: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        Database(address)
    assert "hunter2" not in str(refused.value)


def test_a_server_that_refuses_the_password_says_so_in_one_line(postgres: str) -> None:
    url = make_url(postgres).set(username="nobody_known", password="hunter2")
    with pytest.raises(DatabaseError) as refused:
        Database(url.render_as_string(hide_password=False))
    message = str(refused.value)
    assert "cannot use the database" in message
    assert "hunter2" not in message
    assert "\n" not in message


def test_a_database_that_is_not_there_is_named(postgres: str) -> None:
    url = make_url(postgres).set(database="no_such_shop")
    with pytest.raises(DatabaseError, match='"no_such_shop" does not exist'):
        Database(url.render_as_string(hide_password=False))


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, but quite a long text" * 100)
    with pytest.raises(DatabaseError, match="file is not a database"):
        Database(f"sqlite:///{path}")
    assert path.read_text().startswith("no database at all")


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="cannot use the database sqlite:///"):
        Database(f"sqlite:///{tmp_path / 'file' / 'state.db'}")


def test_missing_folders_of_a_file_are_made(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'state.db'}").close()
    assert (tmp_path / "a" / "b" / "state.db").exists()


def test_a_database_that_has_our_tables_keeps_what_is_in_them(database_url: str) -> None:
    first = Database(database_url)
    with first.writing() as connection:
        row = {"digest": "d", "created_at": 1, "files": b"\x00\xff"}
        first.insert_missing(RULESETS, [row], connection)
        first.insert_missing(RULESETS, [{**row, "files": b"other"}], connection)
    first.close()
    second = Database(database_url)
    assert [tuple(row) for row in second.rows(sa.select(RULESETS))] == [("d", 1, b"\x00\xff")]
    second.close()


def test_what_fails_half_way_is_not_written(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        database.insert_missing(RULESETS, [{"digest": "d", "created_at": 1, "files": b""}], connection)
        raise ZeroDivisionError
    assert database.rows(sa.select(RULESETS)) == []
    database.close()


def test_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    code = f"from rulesflow.runtime.database import Database; Database({database_url!r}).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ends = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ends
    database = Database(database_url)
    assert database.rows(sa.select(LEASES)) == []
    database.close()


def test_threads_that_write_at_once_all_come_to_their_turn(database_url: str) -> None:
    database = Database(database_url)

    def write(number: int) -> None:
        for each in range(10):
            with database.writing() as connection:
                row = {"digest": f"{number} {each}", "created_at": each, "files": b""}
                connection.execute(sa.select(sa.func.count()).select_from(RULESETS)).scalar_one()
                database.insert_missing(RULESETS, [row], connection)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(database.rows(sa.select(RULESETS))) == 60
    database.close()


def test_what_is_committed_to_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar_one() == 2  # FULL
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()
    database.close()


def test_readers_of_sqlite_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    with database.writing() as connection:
        database.insert_missing(RULESETS, [{"digest": "d", "created_at": 1, "files": b""}], connection)
        assert database.rows(sa.select(RULESETS)) == []
    assert len(database.rows(sa.select(RULESETS))) == 1
    database.close()


def test_sqlite_of_any_version_tells_the_time_as_the_engine_asks_for_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    (row,) = database.rows(sa.select(sa.func.unixepoch("subsec") * 1000))
    database.close()
    assert row[0] == pytest.approx(time.time() * 1000, abs=60_000)
