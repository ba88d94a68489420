"""The folder of labels: one file for each key, whole or not at all, and none after it was cancelled."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from labelling import ORDER, cancel, label, read

from rulesflow import ErrorClass, StepError


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_key_called_again_has_the_same_label(tmp_path: Path) -> None:
    first = label(tmp_path)
    file = tmp_path / first["label"]
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert label(tmp_path) == first
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_label_that_was_lost_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / label(tmp_path)["label"]
    before = file.read_bytes()
    file.unlink()
    label(tmp_path)
    assert file.read_bytes() == before


def test_each_key_has_a_number_of_its_own(tmp_path: Path) -> None:
    numbers = {label(tmp_path, f"run/{n}", {"id": "A"})["tracking"] for n in range(20)}
    assert len(numbers) == 20
    assert all(len(number) == 18 and number.isalnum() and number.isupper() for number in numbers)


def test_many_processes_with_one_key_leave_one_whole_label(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(label, [tmp_path] * 9))
    assert made == [made[0]] * 9
    assert names(tmp_path) == [made[0]["label"]]
    assert read(tmp_path / made[0]["label"]).lines[0] == "Standard"


def test_many_threads_draw_side_by_side(tmp_path: Path) -> None:
    orders = [{**ORDER, "id": f"A-{n}"} for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(label, [tmp_path] * 16, [f"r/{n}" for n in range(16)], orders))
    for number, each in enumerate(made):
        assert f"Order: A-{number}" in read(tmp_path / each["label"]).lines


def test_others_may_read_a_label_and_nothing_else_is_left(tmp_path: Path) -> None:
    made = label(tmp_path)
    assert (tmp_path / made["label"]).stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == [made["label"]]


def test_the_undo_takes_the_label_away_once(tmp_path: Path) -> None:
    made = label(tmp_path)
    assert [cancel(tmp_path), cancel(tmp_path)] == [{"cancelled": True}, {"cancelled": False}]
    assert not (tmp_path / made["label"]).exists()


def test_an_undo_that_finds_nothing_succeeds_and_stops_a_late_label(tmp_path: Path) -> None:
    assert cancel(tmp_path / "new") == {"cancelled": False}
    with pytest.raises(StepError) as caught:
        label(tmp_path / "new")
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.CONFLICT, "cancelled")
    assert [name.rpartition(".")[2] for name in names(tmp_path / "new")] == ["cancelled"]


def test_a_label_and_its_undo_at_once_leave_no_label(tmp_path: Path) -> None:
    label(tmp_path, "warm")
    with ThreadPoolExecutor(2) as pool:
        for number in range(20):
            made: Future[object] = pool.submit(label, tmp_path, f"r/{number}")
            pool.submit(cancel, tmp_path, f"r/{number}").result()
            error = made.exception()
            assert error is None or (isinstance(error, StepError) and error.code == "cancelled")
    assert len([name for name in names(tmp_path) if not name.endswith(".cancelled")]) == 1


@pytest.mark.parametrize("call", [label, cancel])
def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path, call: object) -> None:
    (tmp_path / "file").touch()
    assert callable(call)
    with pytest.raises(StepError) as caught:
        call(tmp_path / "file" / "labels")
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.UNAVAILABLE, "folder")
    assert "cannot be written: Not a directory" in caught.value.message


def test_a_file_that_cannot_be_put_in_its_place_leaves_no_rest(tmp_path: Path) -> None:
    made = label(tmp_path)
    (tmp_path / made["label"]).unlink()
    (tmp_path / made["label"]).symlink_to(tmp_path / "gone" / "gone.pdf")
    label(tmp_path)  # a broken link is replaced by the file
    assert names(tmp_path) == [made["label"]]
    assert read(tmp_path / made["label"]).lines
