from __future__ import annotations

import gc
import logging
import multiprocessing
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from pathlib import Path

import pytest

from rulesflow.documents.folder import Folder
from rulesflow.model.diagnostics import Diagnostic, Span
from rulesflow.runtime import reloader as reloading
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.runtime.reloader import Reloader
from serving import fee, wait_until, write_project

SOON = 5.0  # seconds in which a noisy machine must have seen a change


def load_folder(folder: Folder) -> LoadedProject:
    return load_project(folder.files, folder.diagnostics)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture
def start(catalog: Catalog) -> Iterator[Callable[..., Reloader]]:
    started: list[Reloader] = []

    def start(
        root: Path, load: Callable[[Folder], LoadedProject] = load_folder, **options: object
    ) -> Reloader:
        reloader = Reloader(root, catalog, load, **options)
        started.append(reloader)
        reloader.start().result(timeout=20)
        return reloader

    yield start
    for reloader in started:
        reloader.stop()


def low(catalog: Catalog) -> object:
    """What the active ruleset answers."""
    snapshot = catalog.state.snapshot
    return snapshot and snapshot.ruleset.decisions["fee"].family.first.params["low"][1].value  # type: ignore[union-attr]


def failed(catalog: Catalog) -> str:
    """The codes of the last failure."""
    failure = catalog.state.failure
    return " ".join(found.code for found in failure.diagnostics) if failure else ""


def test_the_first_load_is_done_when_start_says_so(
    catalog: Catalog, start: Callable[..., Reloader], project: Path
) -> None:
    start(project)
    assert low(catalog) == 1
    assert catalog.current().source == str(project.resolve())


def test_an_edit_goes_live_and_a_bad_one_leaves_the_last_good_in_charge(
    catalog: Catalog, start: Callable[..., Reloader], project: Path
) -> None:
    start(project)
    file = project / "base" / "fee.yaml"
    file.write_text(fee(2))
    wait_until(lambda: low(catalog) == 2, SOON)
    file.write_text("decision: [")
    wait_until(lambda: failed(catalog), SOON)
    assert low(catalog) == 2
    file.write_text(fee(2))
    wait_until(lambda: not failed(catalog), SOON)
    assert low(catalog) == 2


def test_a_deleted_file_or_folder_leaves_the_last_good_in_charge_until_it_returns(
    catalog: Catalog, start: Callable[..., Reloader], project: Path
) -> None:
    start(project)
    (project / "rulesflow.yaml").rename(project / "gone")
    wait_until(lambda: "RF001" in failed(catalog), SOON)
    (project / "gone").rename(project / "rulesflow.yaml")
    wait_until(lambda: not failed(catalog), SOON)
    shutil.rmtree(project)
    wait_until(lambda: "RF001" in failed(catalog), SOON)
    assert low(catalog) == 1
    write_project(project, 5)
    wait_until(lambda: low(catalog) == 5 and not failed(catalog), SOON)
    (project / "base" / "fee.yaml").write_text(fee(6))
    wait_until(lambda: low(catalog) == 6, SOON)


def test_a_swap_of_the_folders_own_symlink_goes_live(
    catalog: Catalog, start: Callable[..., Reloader], tmp_path: Path
) -> None:
    for amount in (1, 2):
        write_project(tmp_path / f"checkout{amount}", amount)
    link = tmp_path / "current"
    link.symlink_to("checkout1")
    start(link)
    assert low(catalog) == 1
    (tmp_path / "next").symlink_to("checkout2")
    (tmp_path / "next").rename(link)
    wait_until(lambda: low(catalog) == 2, SOON)
    assert catalog.current().source == str(tmp_path / "checkout2")
    (tmp_path / "checkout1" / "base" / "fee.yaml").write_text(fee(7))  # nobody's any more
    (tmp_path / "checkout2" / "base" / "fee.yaml").write_text(fee(3))
    wait_until(lambda: low(catalog) == 3, SOON)


def test_a_symlink_above_the_folder_may_be_swapped_too(
    catalog: Catalog, start: Callable[..., Reloader], tmp_path: Path
) -> None:
    for amount in (1, 2):
        write_project(tmp_path / f"tree{amount}" / "rules", amount)
    (tmp_path / "tree").symlink_to("tree1")
    start(tmp_path / "tree" / "rules")
    (tmp_path / "next").symlink_to("tree2")
    (tmp_path / "next").rename(tmp_path / "tree")
    wait_until(lambda: low(catalog) == 2, SOON)


def test_a_kubernetes_volume_goes_live_when_its_data_are_swapped(
    catalog: Catalog, start: Callable[..., Reloader], tmp_path: Path
) -> None:
    volume = tmp_path / "volume"
    for amount in (1, 2):
        write_project(volume / f"..{amount}", amount)
    (volume / "..data").symlink_to("..1")
    for name in ("rulesflow.yaml", "facts.yaml", "base"):
        (volume / name).symlink_to(f"..data/{name}")
    start(volume)
    assert low(catalog) == 1
    (volume / "..new").symlink_to("..2")
    (volume / "..new").rename(volume / "..data")
    wait_until(lambda: low(catalog) == 2, SOON)


def test_a_half_written_file_is_waited_for(
    catalog: Catalog, start: Callable[..., Reloader], project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    start(project)
    text = fee(2)
    with (project / "base" / "fee.yaml").open("w", buffering=1) as file:
        for line in text.splitlines(keepends=True):
            file.write(line)
            file.flush()
    wait_until(lambda: low(catalog) == 2, SOON)
    assert "refused" not in caplog.text


def test_files_that_do_not_matter_lead_to_no_compile(start: Callable[..., Reloader], project: Path) -> None:
    loads: list[Folder] = []

    def counting(folder: Folder) -> LoadedProject:
        loads.append(folder)
        return load_folder(folder)

    start(project, counting)
    (project / "README.md").write_text("words")
    (project / ".fee.yaml.swp").write_text("x")
    (project / "base" / "fee.yaml").touch()
    (project / "base" / "fee.yaml").write_text(fee(2))
    wait_until(lambda: len(loads) == 2, SOON)
    assert loads[1].files["base/fee.yaml"] == fee(2).encode()


def test_one_compile_at_a_time_and_requests_that_wait_share_the_next(
    catalog: Catalog, start: Callable[..., Reloader], project: Path
) -> None:
    loads: list[str] = []
    entered, go_on = threading.Event(), threading.Event()
    go_on.set()

    def slow(folder: Folder) -> LoadedProject:
        loads.append(threading.current_thread().name)
        entered.set()
        assert go_on.wait(20)
        return load_folder(folder)

    reloader = start(project, slow)
    entered.clear()
    go_on.clear()
    first = reloader.reload()
    assert entered.wait(20)
    (project / "base" / "fee.yaml").write_text(fee(9))
    others = [reloader.reload() for _ in range(50)]
    assert not first.done()
    go_on.set()
    wait([first, *others], timeout=20)
    assert low(catalog) == 9  # the change that came during the compile
    assert loads == ["rulesflow-reloader"] * 3


def test_a_request_that_was_given_up_harms_nothing(
    catalog: Catalog, start: Callable[..., Reloader], project: Path
) -> None:
    reloader = start(project)
    for _ in range(20):
        reloader.reload().cancel()
    reloader.reload().result(timeout=20)
    assert catalog.state.failure is None


def test_a_defect_of_the_compiler_is_reported_and_survived(
    catalog: Catalog,
    start: Callable[..., Reloader],
    project: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def defective(folder: Folder) -> LoadedProject:
        if b"99" in folder.files["base/fee.yaml"]:
            raise RecursionError("too deep for us")
        return load_folder(folder)

    start(project, defective)
    (project / "base" / "fee.yaml").write_text(fee(99))
    wait_until(lambda: failed(catalog) == "RF900", SOON)
    assert "too deep for us" in caplog.text
    assert gc.isenabled()
    (project / "base" / "fee.yaml").write_text(fee(4))
    wait_until(lambda: low(catalog) == 4, SOON)


def test_a_veto_keeps_a_ruleset_out(catalog: Catalog, start: Callable[..., Reloader], project: Path) -> None:
    def veto(loaded: LoadedProject) -> tuple[Diagnostic, ...]:
        even = b"low: 2" in loaded.files["base/fee.yaml"]
        return (Diagnostic("RF610", "odd numbers only", Span("base/fee.yaml", 1, 1, 1)),) if even else ()

    start(project, veto=veto)
    (project / "base" / "fee.yaml").write_text(fee(2))
    wait_until(lambda: failed(catalog) == "RF610", SOON)
    assert low(catalog) == 1


def test_stopping_ends_the_thread(project: Path) -> None:
    reloader = Reloader(project, Catalog(), load_folder)
    reloader.start().result(timeout=20)
    reloader.stop()
    assert "rulesflow-reloader" not in {thread.name for thread in threading.enumerate()}


def leaving_cycles(folder: Folder) -> LoadedProject:
    ring: list[object] = []
    ring.extend([ring] for _ in range(20_000))
    return load_folder(folder)


def standing_objects(project: Path) -> tuple[int, list[int]]:
    """How many objects stand, frozen or not: when the rules serve, and after each of fifty reloads."""
    reloading.SETTLE = 0.01  # of this process alone; half a file that is read is made good by the reload
    reloader, standing = Reloader(project, Catalog(), leaving_cycles), []
    reloader.start().result(timeout=20)
    before = gc.get_freeze_count() + len(gc.get_objects())
    for number in range(50):
        (project / "base" / "fee.yaml").write_text(fee(number))
        reloader.reload().result(timeout=20)
        standing.append(gc.get_freeze_count() + len(gc.get_objects()))
    reloader.stop()
    return before, standing


def test_reloads_do_not_grow_the_memory(project: Path) -> None:
    """Old rulesets are freed though they were frozen, and so are cycles that no reference count can free.

    In a process of its own: it collects when twice as much stands as after the last time, and what other
    tests have left in this one puts that off.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        before, standing = alone.submit(standing_objects, project).result(timeout=120)
    assert max(standing[25:]) <= 1.2 * max(standing[:25])
    assert max(standing) <= 2 * before + 4 * 20_000
