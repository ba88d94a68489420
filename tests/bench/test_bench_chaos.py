"""Scenarios come from their seed alone; the clock, the disk and the servers that they strike are real."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bench.chaos import report
from bench.chaos.clock import Clock, NoClock
from bench.chaos.command import main
from bench.chaos.disk import NoDisk, mounted
from bench.chaos.orders import shelf
from bench.chaos.premises import RULES, clean
from bench.chaos.scenario import KINDS, Scenario, draw
from bench.chaos.server import Server

ROOT = Path(__file__).parents[2]


def chaos(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "chaos", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def many() -> list[Scenario]:
    return [draw(seed, database, 50, 30) for seed in range(40) for database in ("sqlite", "postgresql")]


def test_a_seed_always_makes_the_same_scenario() -> None:
    assert draw(7, "sqlite", 50, 30) == draw(7, "sqlite", 50, 30)
    assert draw(7, "sqlite", 50, 30) != draw(8, "sqlite", 50, 30)


def test_two_faults_never_strike_the_same_thing_at_once(many: list[Scenario]) -> None:
    for scenario in many:
        lanes: dict[str, float] = {}
        for fault in scenario.faults:
            assert fault.begin >= lanes.get(fault.lane, 0), "\n".join(report.plan(scenario))
            lanes[fault.lane] = fault.end


def test_every_kind_of_fault_comes_and_a_database_is_killed_only_where_it_is_a_server(
    many: list[Scenario],
) -> None:
    kinds = {(scenario.database, fault.kind) for scenario in many for fault in scenario.faults}
    assert {kind for database, kind in kinds if database == "postgresql"} == set(KINDS)
    assert {kind for database, kind in kinds if database == "sqlite"} == set(KINDS) - {"database killed"}


def test_orders_are_of_several_customers_and_for_more_than_there_is(many: list[Scenario]) -> None:
    for scenario in many:
        wanted = sum((order.pieces for order in scenario.orders), Counter[str]())
        assert 0 < shelf(scenario.orders) < max(wanted.values())
        assert len({order.customer for order in scenario.orders}) > 3
        assert len({order.key for order in scenario.orders}) == len(scenario.orders) == 50
        assert all(0 <= order.at <= 30 for order in scenario.orders)


def test_the_wall_clock_of_a_running_process_steps_and_the_even_one_does_not(tmp_path: Path) -> None:
    try:
        clock = Clock(tmp_path)
    except NoClock as reason:
        pytest.skip(str(reason))
    look = "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", look],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for step in (0, 100_000, -100_000, 0):
        clock.step(step)
        process.stdin.write("\n")
        process.stdin.flush()
        wall, even = map(float, process.stdout.readline().split())
        assert abs(wall - time.time() - step) < 10_000
        assert abs(even - time.monotonic()) < 10_000
    process.communicate()


def test_a_disk_is_filled_and_freed_and_unmounted_in_the_end(tmp_path: Path) -> None:
    try:
        with mounted(tmp_path / "disk") as disk:
            disk.labels.mkdir()
            disk.fill()
            with pytest.raises(OSError, match="No space left"):
                (disk.labels / "label.pdf").write_bytes(b"x")
            disk.free()
            (disk.labels / "label.pdf").write_bytes(b"x")
            assert os.path.ismount(tmp_path / "disk")
    except NoDisk as reason:
        pytest.skip(str(reason))
    assert not os.path.ismount(tmp_path / "disk")


def test_a_server_that_dies_by_itself_is_complained_of_and_started_again(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'state.db'}"
    server = Server("server", tmp_path, RULES, {**clean(), "RULESFLOW_DATABASE_URL": database})
    try:
        server.start()
        server.revive()
        assert server.complaints == []
        assert server.pid is not None
        os.kill(server.pid, 9)
        while not server.complaints:  # all its threads have to be gone
            server.revive()
            time.sleep(0.01)
        assert server.url is not None
        (complaint,) = server.complaints
        assert "ended by itself with status -9" in complaint
    finally:
        server.end()
    assert server.complaints == [complaint]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--seeds", "1,x"], "write 1,2,3"),
        (["--orders", "0"], "at least 1"),
        (["--seconds", "0"], "1 to 3600"),
        (["--database", "oracle"], "invalid choice"),
        (["--seed", "1", "--random", "2"], "not allowed with"),
    ],
)
def test_who_asks_for_nonsense_is_told_how_to_ask(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_prints_the_seed_the_plan_and_the_verdict() -> None:
    done = chaos("--seed", "3", "--database", "sqlite", "--orders", "5", "--seconds", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    plan, _, rest = done.stdout.partition("begins: ")
    assert plan.startswith("seed 3 on sqlite: 5 orders of ")
    assert "5 orders placed" in rest
    assert rest.endswith("seed 3 on sqlite: every promise was kept\n1 scenarios, 0 with broken promises\n")


@pytest.mark.slow
def test_runs_are_parked_and_what_they_cost_is_printed() -> None:
    done = chaos("--parked", "300", "--database", "sqlite", "--idle", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "300 runs parked, started at " in done.stdout
    for row in ("idle, of a core", "memory", "start until /readyz"):
        assert row in done.stdout
