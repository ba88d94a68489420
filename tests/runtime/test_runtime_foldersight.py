from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rulesflow.runtime import foldersight
from rulesflow.runtime.foldersight import Watch, look


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "a.yaml").write_text("a")
    return folder


@pytest.fixture
def watch(root: Path) -> Iterator[Watch]:
    watch = Watch(root, threading.Event())
    yield watch
    watch.close()


def rename_save(root: Path) -> None:
    (root / "base" / ".a.yaml.swp").write_text("b")
    (root / "base" / ".a.yaml.swp").rename(root / "base" / "a.yaml")


def swap_symlink(root: Path) -> None:
    other = root.with_name("other")
    shutil.copytree(root, other)
    old = root.with_name("old")
    root.rename(old)
    root.symlink_to(other)


CHANGES: list[Callable[[Path], object]] = [
    lambda root: (root / "base" / "a.yaml").write_text("b"),
    lambda root: (root / "base" / "new.yaml").write_text("b"),
    lambda root: (root / "base" / "a.yaml").unlink(),
    lambda root: (root / "base" / "a.yaml").rename(root / "base" / "b.yaml"),
    lambda root: (root / "new").mkdir() or (root / "new" / "a.yaml").write_text("x"),
    lambda root: shutil.rmtree(root / "base"),
    shutil.rmtree,
    lambda root: root.rename(root.with_name("elsewhere")),
    rename_save,
    swap_symlink,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("blind", [False, True])
def test_every_change_is_seen(
    root: Path, watch: Watch, change: Callable[[Path], object], blind: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With notifications, and where the system gives none."""
    if blind:
        monkeypatch.setattr(Watch, "_attach", lambda *_: None)
    seen = look(root)
    while watch.wait(seen):
        pass  # at rest
    change(root)
    assert any(watch.wait(seen) for _ in range(20))
    assert look(root) != seen


def test_nothing_is_seen_where_nothing_changes(root: Path, watch: Watch) -> None:
    seen = look(root)
    while watch.wait(seen):
        pass
    (root / "base" / "a.yaml").read_text()
    assert not any(watch.wait(seen) for _ in range(5))


def test_a_change_by_notice_alone_is_seen(root: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foldersight, "SHARE", 1e9)  # one look, and never again
    seen = look(root)
    while watch.wait(seen):
        pass
    (root / "base" / "a.yaml").write_text("b")
    assert any(watch.wait(seen) for _ in range(20))


def test_a_folder_that_returns_is_watched_again(root: Path, watch: Watch) -> None:
    for _ in range(3):
        shutil.rmtree(root)
        while look(root) is not None or watch.wait(None):
            pass
        (root / "base").mkdir(parents=True)
        assert any(watch.wait(None) for _ in range(20))
        seen = look(root)
        while watch.wait(seen):
            pass
        (root / "base" / "a.yaml").write_text("again")
        assert any(watch.wait(seen) for _ in range(20))


def test_waking_ends_a_wait(root: Path) -> None:
    wake = threading.Event()
    watch = Watch(root, wake)
    seen = look(root)
    while watch.wait(seen):
        pass
    wake.set()
    assert watch.wait(seen)
    watch.close()


def test_a_kubernetes_volume_is_seen_to_change(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    for version in ("1", "2"):
        (volume / f"..{version}").mkdir(parents=True)
        (volume / f"..{version}" / "a.yaml").write_text(version)
    (volume / "..data").symlink_to("..1")
    (volume / "a.yaml").symlink_to("..data/a.yaml")
    watch = Watch(volume, threading.Event())
    seen = look(volume)
    while watch.wait(seen):
        pass
    (volume / "..new").symlink_to("..2")
    (volume / "..new").rename(volume / "..data")
    assert any(watch.wait(seen) for _ in range(20))
    assert look(volume) != seen
    watch.close()


def test_looking_survives_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "nowhere.yaml").symlink_to("gone")
    for number in range(5):
        (tmp_path / f"circle{number}").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert look(tmp_path) is not None
    assert look(tmp_path / "nowhere.yaml") is None
    assert look(tmp_path / "pipe.yaml") is None
