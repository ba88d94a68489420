from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rulesflow.documents import folder as folder_module
from rulesflow.documents.folder import Folder, read_folder
from rulesflow.documents.text import LARGEST
from rulesflow.model.diagnostics import Diagnostic


def write(root: Path, **files: str) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_yaml", ".yaml").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def only_finding(found: Folder) -> Diagnostic:
    assert len(found.diagnostics) == 1, found.diagnostics
    return found.diagnostics[0]


def test_files_are_read_by_their_path_in_order(tmp_path: Path) -> None:
    write(tmp_path, b_yaml="b", a__c_yaml="c", a__b__d_csv="d", a_yaml="a")
    (tmp_path / "a" / "sheet.xlsx").write_bytes(b"\0\1")
    found = read_folder(tmp_path)
    assert found.root == tmp_path.resolve()
    assert found.diagnostics == ()
    assert list(found.files) == ["a.yaml", "a/b/d.csv", "a/c.yaml", "a/sheet.xlsx", "b.yaml"]
    assert found.files["a/sheet.xlsx"] == b"\0\1"


def test_what_is_not_ours_is_ignored(tmp_path: Path) -> None:
    names = [".a.yaml", "~$t.xlsx", "x.yaml~", "#x.yaml#", "x.yaml.bak", "README.md", "yaml", "x.yaml.swp"]
    for name in names:
        (tmp_path / name).write_text("a: [")
    write(tmp_path / ".git", x_yaml="x")
    assert read_folder(tmp_path) == Folder(tmp_path.resolve(), {}, ())


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("a.yml", "a.yaml"),
        ("t.xls", "t.xlsx"),
        ("A.YAML", "A.yaml"),
        ("t.XLSX", "t.xlsx"),
        ("t.Csv", "t.csv"),
    ],
)
def test_a_file_with_a_near_miss_of_an_ending_is_told(tmp_path: Path, name: str, mended: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / name).write_text("a: 1")
    finding = only_finding(read_folder(tmp_path))
    assert (finding.code, finding.span.file) == ("RF015", f"sub/{name}")
    assert finding.hint == f"save it as {mended}"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    finding = only_finding(read_folder(tmp_path / "nowhere"))
    assert finding.code == "RF001"
    assert str(tmp_path / "nowhere") in finding.message
    assert "does not exist" in finding.message


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="a")
    assert "is not a folder" in only_finding(read_folder(tmp_path / "a.yaml")).message


def test_a_root_whose_symlink_goes_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert only_finding(read_folder(tmp_path / "a")).code == "RF001"


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    finding = only_finding(read_folder(tmp_path))
    assert (finding.code, finding.span.file) == ("RF001", "x.yaml")
    assert "regular" in finding.message


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with (tmp_path / "fits.yaml").open("wb") as file:
        file.truncate(LARGEST)
    found = read_folder(tmp_path)
    assert (only_finding(found).code, only_finding(found).span.file) == ("RF006", "big.yaml")
    assert "50.0 MiB" in only_finding(found).message
    assert list(found.files) == ["fits.yaml"]


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    for number in range(17):
        with (tmp_path / f"{number}.yaml").open("wb") as file:
            file.truncate(LARGEST)
    found = read_folder(tmp_path)
    assert only_finding(found).code == "RF006"
    assert found.files == {}


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MOST_FILES", 3)
    write(tmp_path, a_yaml="", b_yaml="", c_yaml="")
    assert read_folder(tmp_path).diagnostics == ()
    write(tmp_path, sub__d_yaml="")
    assert only_finding(read_folder(tmp_path)).code == "RF006"


def test_folders_that_branch_through_symlinks_are_bounded(tmp_path: Path) -> None:
    for number in range(30):
        inner = tmp_path / f"level{number}"
        inner.mkdir()
        for name in ("left", "right"):
            (inner / name).symlink_to(f"../level{number + 1}")
    (tmp_path / "level30").mkdir()
    assert "RF006" in {finding.code for finding in read_folder(tmp_path).diagnostics}


def test_symlinked_files_and_folders_are_followed_and_loops_cut(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", a_yaml="a", deep__b_yaml="b")
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "a.yaml").symlink_to(elsewhere / "a.yaml")
    (root / "deep").symlink_to(elsewhere / "deep")
    (root / "sub" / "up").symlink_to(root)
    (elsewhere / "deep" / "itself").symlink_to(elsewhere / "deep")
    found = read_folder(root)
    assert found.files == {"a.yaml": b"a", "deep/b.yaml": b"b"}
    assert found.diagnostics == ()


def test_a_symlink_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("gone")
    (tmp_path / "other").symlink_to("gone")
    finding = only_finding(read_folder(tmp_path))
    assert (finding.code, finding.span.file) == ("RF001", "a.yaml")


def test_folders_nested_too_deep_are_refused(tmp_path: Path) -> None:
    inner = tmp_path
    for _ in range(40):
        inner = inner / "d"
        inner.mkdir()
    write(inner, a_yaml="a")
    found = read_folder(tmp_path)
    assert only_finding(found).code == "RF005"
    assert found.files == {}


def test_a_file_name_that_cannot_be_printed_is_refused(tmp_path: Path) -> None:
    for name in (b"a\nb.yaml", b"caf\xe9.yaml"):
        (tmp_path / os.fsdecode(name)).write_text("a: 1")
    found = read_folder(tmp_path)
    assert [finding.code for finding in found.diagnostics] == ["RF001", "RF001"]
    for finding in found.diagnostics:
        finding.span.file.encode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="a", b_yaml="b")
    (tmp_path / "a.yaml").chmod(0)
    found = read_folder(tmp_path)
    assert only_finding(found).span.file == "a.yaml"
    assert found.files == {"b.yaml": b"b"}


def test_a_kubernetes_volume_is_read_through_its_symlinks(tmp_path: Path) -> None:
    write(tmp_path / "..2026_01", rulesflow_yaml="one", base__a_yaml="one")
    (tmp_path / "..data").symlink_to("..2026_01")
    (tmp_path / "rulesflow.yaml").symlink_to("..data/rulesflow.yaml")
    (tmp_path / "base").symlink_to("..data/base")
    assert read_folder(tmp_path).files == {"base/a.yaml": b"one", "rulesflow.yaml": b"one"}


@contextmanager
def meanwhile(change: object) -> Iterator[threading.Event]:
    """Call ``change(0)``, ``change(1)`` … over and over; the event is set once it has been called."""
    stop, begun = threading.Event(), threading.Event()

    def loop() -> None:
        count = 0
        while not stop.is_set():
            change(count)  # type: ignore[operator]
            begun.set()
            count += 1

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        assert begun.wait(10)
        yield begun
    finally:
        stop.set()
        thread.join()


def swap_link(link: Path, target: str) -> None:
    fresh = link.with_name(link.name + ".fresh")
    fresh.symlink_to(target)
    fresh.replace(link)


@pytest.mark.parametrize("through", ["root", "data"])
def test_a_swap_while_reading_never_mixes_two_versions(tmp_path: Path, through: str) -> None:
    names = [f"f{number:02}.yaml" for number in range(40)]
    for version in ("v0", "v1"):
        (tmp_path / version).mkdir()
        for name in names:
            (tmp_path / version / name).write_text(version)
    if through == "root":
        link = root = tmp_path / "current"
    else:
        root, link = tmp_path / "volume", tmp_path / "volume" / "..data"
        root.mkdir()
        for name in names:
            (root / name).symlink_to(f"..data/{name}")
    target = "v{}" if through == "root" else "../v{}"
    with meanwhile(lambda count: swap_link(link, target.format(count % 2))):
        for _ in range(5):
            found = read_folder(root)
            if found.diagnostics:
                assert "keeps changing" in only_finding(found).message
                assert found.files == {}
            else:
                assert sorted(found.files) == names
                assert len(set(found.files.values())) == 1


def test_a_folder_that_never_rests_is_told(tmp_path: Path) -> None:
    write(tmp_path, **{f"f{number}_yaml": "a" for number in range(300)})

    def rewrite(count: int) -> None:
        (tmp_path / f"f{count % 300}.yaml").write_text("a" * (count % 1000))

    with meanwhile(rewrite):
        # The writer may be held up by other programs for as long as one reading takes, but not for ever.
        found = next(found for _ in range(1000) if (found := read_folder(tmp_path)).diagnostics)
    finding = only_finding(found)
    assert (finding.code, finding.span.file) == ("RF001", ".")
    assert "keeps changing" in finding.message


def test_a_file_that_vanishes_while_reading_is_simply_gone(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="a")
    other = tmp_path / "b.yaml"

    def come_and_go(count: int) -> None:
        if count % 2:
            other.unlink()
        else:
            other.write_text("b")

    with meanwhile(come_and_go):
        for _ in range(20):
            found = read_folder(tmp_path)
            assert all("keeps changing" in finding.message for finding in found.diagnostics)
            assert found.diagnostics or found.files["a.yaml"] == b"a"


def test_a_file_that_is_still_the_same_is_taken_from_an_earlier_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "_RACY", 50_000_000)
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("a: 1")
    new.write_text("a: 1")
    time.sleep(0.1)
    first = read_folder(tmp_path)
    new.write_text("a: 2")
    second = read_folder(tmp_path, first)
    assert second.files["old.yaml"] is first.files["old.yaml"]
    assert second.files["new.yaml"] == b"a: 2"
    assert second != first


def test_a_file_that_changed_a_moment_ago_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    first = read_folder(tmp_path)
    second = read_folder(tmp_path, first)
    assert second == first
    assert second.files["a.yaml"] is not first.files["a.yaml"]
