"""The archive: what a run is pinned to stays as long as a run needs it, byte for byte."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rulesflow.documents.folder import read_folder
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.activations import LATEST, Activations, Pin
from rulesflow.runtime.archive import Archive, ArchiveError
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import RULESETS, RUN_FIELDS, RUNS, Database
from rulesflow.runtime.project import LoadedProject, load_project
from run_project import write_run_project
from serving import fee, write_project

DAY = 86_400 * SECOND


class Files:
    """Loads archived files, and remembers which."""

    def __init__(self) -> None:
        self.loaded: list[dict[str, bytes]] = []

    def __call__(self, files: Mapping[str, bytes]) -> LoadedProject:
        self.loaded.append(dict(files))
        return load_project(files, lenient=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run_project(tmp_path / "rules")


def read(folder: Path) -> tuple[str, LoadedProject]:
    project = load_project(read_folder(folder).files)
    assert project.ruleset is not None
    return project.ruleset.digest, project


def kept(database: Database) -> set[str]:
    return {row.digest for row in database.rows(sa.select(RULESETS))}


def pin(database: Database, run: str, digest: str) -> None:
    row = {
        "id": run,
        "workflow": "w",
        "status": "completed",
        "digest": digest,
        "created_at": 1,
        "updated_at": 1,
        "at_step": "",
        "version": 0,
    }
    with database.writing() as connection:
        database.insert_missing(RUNS, [row], connection)


def age(database: Database, by: int = 2 * DAY) -> None:
    with database.writing() as connection:
        connection.execute(sa.update(RULESETS).values(created_at=RULESETS.c.created_at - by))


def test_the_files_come_back_byte_for_byte(database: Database, folder: Path) -> None:
    (folder / "base" / "odd.yaml").write_bytes(
        "# ä\r\n\r\ndecision: odd\noutcome: {x: {type: number}}\nhit: first\n"
        "default: {x: 1}\nrules: []\n".encode()
    )
    digest, project = read(folder)
    Archive(database, Files()).keep(digest, project)
    files = Files()
    again = Archive(database, files).project(digest)
    assert files.loaded == [dict(project.files)]
    assert again.ruleset is not None
    assert again.ruleset.digest == digest
    assert list(again.workflows) == list(project.workflows)


def test_a_project_stays_compiled_for_the_next_that_asks(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    files = Files()
    archive = Archive(database, files)
    archive.keep(digest, project)
    assert archive.project(digest) is project
    other = Archive(database, files)
    assert other.project(digest) is other.project(digest)
    assert len(files.loaded) == 1


def test_many_projects_are_all_found_though_few_stay_compiled(database: Database, tmp_path: Path) -> None:
    folder = write_project(tmp_path / "small")
    files = Files()
    archive = Archive(database, files)
    digests = []
    for amount in range(40):
        (folder / "base" / "fee.yaml").write_text(fee(amount))
        digest, project = read(folder)
        archive.keep(digest, project)
        digests.append(digest)
    for digest in digests:
        found = archive.project(digest)
        assert found.ruleset is not None
        assert found.ruleset.digest == digest
    assert 1 <= len(files.loaded) <= 40


def test_what_is_not_there_is_said_to_be_missing(database: Database) -> None:
    with pytest.raises(ArchiveError, match=r"^the rules 0123456789ab are not in the archive$"):
        Archive(database, Files()).project("0123456789abcdef")


def test_what_can_no_longer_be_loaded_says_why_and_where(database: Database, folder: Path) -> None:
    digest, project = read(folder)

    def worse(files: Mapping[str, bytes]) -> LoadedProject:
        return load_project({**files, "base/share.yaml": b"decision: [\n"})

    Archive(database, Files()).keep(digest, project)
    with pytest.raises(ArchiveError, match=r"can no longer be loaded: base/share\.yaml:\d+: "):
        Archive(database, worse).project(digest)


def test_keeping_again_is_keeping_once(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    assert not archive.stored(digest)
    archive.keep(digest, project)
    assert archive.stored(digest)
    archive.keep(digest, project)
    Archive(database, Files()).keep(digest, project)
    assert kept(database) == {digest}


def test_what_is_old_and_unused_is_forgotten(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    archive.keep(digest, project)
    age(database)
    assert archive.forget_unused() == 1
    assert kept(database) == set()


def test_what_is_young_stays_though_no_run_is_listed_yet(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    archive.keep(digest, project)
    age(database, DAY - 60 * SECOND)
    assert archive.forget_unused() == 0
    assert kept(database) == {digest}


def test_what_a_run_is_pinned_to_stays_however_old(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    archive.keep(digest, project)
    archive.keep("unused", project)
    pin(database, "run", digest)
    age(database, 1000 * DAY)
    assert archive.forget_unused() == 1
    assert kept(database) == {digest}


def test_what_a_run_decides_by_since_an_order_stays_however_old(database: Database, folder: Path) -> None:
    _, project = read(folder)
    archive = Archive(database, Files())
    for digest in ("begun", "ordered", "unused"):
        archive.keep(digest, project)
    pin(database, "run", "begun")
    with database.writing() as connection:
        row = {"run": "run", "name": "$rules ordered", "value": "ordered"}
        database.insert_missing(RUN_FIELDS, [row], connection)
        other = {"run": "run", "name": "order.id", "value": "unused"}
        database.insert_missing(RUN_FIELDS, [other], connection)
    age(database)
    assert archive.forget_unused() == 1
    assert kept(database) == {"begun", "ordered"}


def test_what_was_forgotten_is_kept_again_before_the_next_run(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    archive.keep(digest, project)
    age(database)
    archive.forget_unused()
    assert not archive.stored(digest)
    archive.keep(digest, project)
    assert kept(database) == {digest}


def test_another_process_does_not_forget_what_is_in_use_here(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays the active project for weeks in which no run begins; then the others must know of it anew."""
    digest, project = read(folder)
    here, other = Archive(database, Files()), Archive(database, Files())
    here.keep(digest, project)
    age(database, 30 * DAY)
    _weeks_later(monkeypatch, 30 * DAY)
    assert not here.stored(digest)  # so whoever starts a run keeps it first
    here.keep(digest, project)
    assert other.forget_unused() == 0
    assert kept(database) == {digest}


def _weeks_later(monkeypatch: pytest.MonkeyPatch, by: int) -> None:
    clock: Callable[[], Any] = now
    monkeypatch.setattr("rulesflow.runtime.archive.now", lambda: Timestamp(clock() + by))
    assert isinstance(clock(), Timestamp)


def test_what_was_in_charge_stays_for_whoever_rolls_back(database: Database, folder: Path) -> None:
    _, project = read(folder)
    archive, activations = Archive(database, Files()), Activations(database)
    for digest in ("one", "two", "pinned", "unused"):
        archive.keep(digest, project)
    activations.record("one", "here", {})
    activations.record("two", "here", {})
    activations.pin("pinned", "here", "activated", {})
    age(database, 1000 * DAY)
    assert archive.forget_unused() == 1
    assert kept(database) == {"one", "two", "pinned"}


def test_of_activations_the_latest_stay_and_the_young(database: Database) -> None:
    activations = Activations(database)
    for number in range(LATEST + 20):
        activations.record(f"{number:08}", "here", {})
    activations.forget(0)
    assert len(activations.page(1000)) == LATEST + 20
    activations.forget(int(now()) + 1)
    page = activations.page(1000)
    assert [int(each.digest) for each in page] == list(range(LATEST + 19, 19, -1))
    assert [each.digest for each in activations.page(2, page[1].number)] == [page[2].digest, page[3].digest]


def test_processes_that_activate_the_same_are_told_of_once(database: Database) -> None:
    one, other = Activations(database), Activations(database)
    for each in (one, other, one):
        each.record("first", "here", {"rules": 2})
    other.pin("second", "there", "activated: why", {})
    one.record("second", "here", {})
    one.record("first", "here", {"rules": 2})
    newest, older = one.page(10)
    assert (newest.digest, newest.counts, newest.note) == ("first", {"rules": 2}, None)
    assert newest.first_at < older.activated_at < newest.activated_at
    assert (older.digest, older.source, older.note) == ("second", "there", "activated: why")


def test_what_is_pinned_tells_each_change_by_its_version(database: Database) -> None:
    activations = Activations(database)
    assert activations.pinned() == Pin(0, None)
    assert activations.pin("one", "here", "", {}) == Pin(1, "one") == activations.pinned()
    assert activations.pin("one", "here", "", {}) == Pin(2, "one")
    assert activations.unpin() == Pin(3, None) == activations.pinned()


def test_candidates_that_nobody_activates_are_kept_as_far_as_they_are_few(
    database: Database, folder: Path
) -> None:
    _, project = read(folder)
    archive = Archive(database, Files())
    for number in range(110):
        archive.keep(f"{number:08}", project)
        age(database, 1)
    Activations(database).record("00000000", "here", {})
    assert archive.forget_unused() == 9
    assert kept(database) == {"00000000", *(f"{number:08}" for number in range(10, 110))}


def test_digests_are_found_by_their_beginning(database: Database, folder: Path) -> None:
    _, project = read(folder)
    archive = Archive(database, Files())
    for digest in ("abcdef0123", "abcdef01ff", "abcdef02aa"):
        archive.keep(digest, project)
    assert archive.digests("abcdef01") == ["abcdef0123", "abcdef01ff"]
    assert archive.digests("abcdef02aa") == ["abcdef02aa"]
    assert archive.digests("abcdef03") == archive.digests("abcdef02aaa") == []


def test_threads_that_keep_at_once_keep_one(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archives = [Archive(database, Files()) for _ in range(6)]
    threads = [threading.Thread(target=each.keep, args=(digest, project)) for each in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(database) == {digest}
    assert all(each.stored(digest) for each in archives)


def test_few_large_projects_stay_compiled(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulesflow.runtime.archive._RULES", 10)
    folder, files = write_project(tmp_path / "small"), Files()
    rules = "".join(f"  - rule: r{number}\n    then: {{low: 1, high: 1}}\n" for number in range(5))
    archive, digests = Archive(database, files), []
    for amount in range(3):
        (folder / "base" / "fee.yaml").write_text(fee(amount).replace("rules:\n", "rules:\n" + rules))
        digest, project = read(folder)
        archive.keep(digest, project)
        digests.append(digest)
    archive.project(digests[2])
    assert files.loaded == []
    archive.project(digests[1])
    assert len(files.loaded) == 1


def test_what_is_kept_for_later_need_not_stay_compiled(database: Database, folder: Path) -> None:
    digest, project = read(folder)
    archive = Archive(database, Files())
    archive.keep(digest, project, compiled=False)
    assert (kept(database), archive.stored(digest)) == ({digest}, False)
    assert archive.project(digest) is not project
