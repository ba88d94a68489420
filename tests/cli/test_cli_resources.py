"""The commands about resources and the backlog, against a real service and on what services answer."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rulesflow.cli.resourcetables import figure, resource_table, show_resource
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from run_project import write_run_project
from serving import Server, spawned, wait_until
from shown_resources import LIMITS, RESOURCE, WINDOW

SCRIPT = Path(sys.executable).with_name("rulesflow")
PLUGINS = ["fraud", "payment", "refund", "shipping", "stock"]  # each has one resource, of its name


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    rules = write_run_project(folder / "rules")
    with spawned({"rules": rules, "database_url": f"sqlite:///{folder}/state.db"}) as server:
        yield server


@pytest.fixture(autouse=True)
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of the service, where the commands look for it."""
    monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("COLUMNS", "200")


def ago(seconds: float) -> str:
    return str(Timestamp(now() - int(seconds * SECOND)))


def resource(**more: Any) -> dict[str, Any]:
    """A resource as a service shows it."""
    parked = {"parked": 0, "oldest_parked": None, "draining": False, "expected_end": None}
    return json.loads(json.dumps(RESOURCE | parked | more))


def cells(shown: dict[str, Any]) -> list[str]:
    """The row of a resource."""
    return [str(cell) for column in resource_table([shown]).columns for cell in column.cells]


# -- against a service -----------------------------------------------------------------------------------


def test_resources_are_listed(call):
    result = call("resources", "list")
    assert (result.code, result.err) == (0, "")
    header, *rows = result.out.splitlines()
    assert header.split() == ["resource", "state", "for", "parked", "oldest", "drain", "done", "in", "errors"]
    assert [row.split()[:2] for row in rows] == [[name, "closed"] for name in PLUGINS]
    listed = call("resources", "list", "--json").json["resources"]
    assert [each["name"] for each in listed] == PLUGINS


def test_a_resource_is_opened_and_closed_by_hand(call, server):
    opened = call("resources", "open", "stock", "--reason", "it is counted")
    assert (opened.code, opened.err) == (0, "")
    assert opened.out.startswith("stock  open (forced) for ")
    shown = call("resources", "show", "stock")
    assert "opened by hand (it is counted)" in shown.out
    assert "never by itself: rulesflow resources close stock" in shown.out
    assert call("resources", "show", "stock", "--json").json["forced"] is True
    closed = call("resources", "close", "stock", "--json").json
    assert (closed["state"], closed["forced"]) == ("closed", False)
    assert call("resources", "probe", "stock").out.startswith("stock  closed for ")
    wait_until(lambda: "somebody orders resource stock: open: it is counted" in "".join(server.log))


def test_an_unknown_resource_is_a_sentence(call):
    for command in (["show"], ["open"], ["probe", "--reason", "x"]):
        result = call("resources", command[0], "stok", *command[1:])
        assert (result.code, result.out) == (1, "")
        assert result.err == "error: there is no resource 'stok'; did you mean stock?\n"
    problem = call("resources", "show", "stok", "--json")
    assert (problem.code, problem.json["type"]) == (1, "/problems/unknown-resource")
    assert call("resources", "show", "a/b c").code == 1


def test_a_mistake_of_usage_exits_with_2(call):
    assert call("resources", "open").code == 2
    assert call("resources", "shut", "stock").code == 2
    assert call("scale", "stock").code == 2


def test_alone_it_teaches(call):
    assert "rulesflow resources list --watch" in call("resources").out


def test_the_scale_of_no_work_is_nothing(call):
    assert call("scale", "--json").json["value"] == 0
    result = call("scale")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "backlog    0 (0 running, 0 parked)",
        "drain rate 0 a second",
        "done in    0ms",
        "value      0",
    ]


def test_who_watches_sees_it_again_and_again_until_he_is_interrupted():
    process = subprocess.Popen(
        [SCRIPT, "resources", "list", "--watch", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(3):
        assert [each["name"] for each in json.loads(process.stdout.readline())["resources"]] == PLUGINS
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, b"")


def test_a_terminal_is_drawn_over():
    terminal, end = pty.openpty()
    process = subprocess.Popen([SCRIPT, "resources", "list", "--watch"], stdout=end, stderr=end)
    os.close(end)
    seen = b""
    while seen.count(b"payment") < 3:
        seen += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    while process.poll() is None:
        time.sleep(0.01)
    os.close(terminal)
    assert process.returncode == 0
    assert b"\x1b[1A" in seen  # up again
    assert b"Traceback" not in seen


# -- what a service answers --------------------------------------------------------------------------------


def test_an_open_one_shows_its_trouble_and_when_it_will_be_over():
    window = WINDOW | {"calls": 1200, "failed": 900, "slow": 3}
    row = cells(
        resource(
            state="open",
            since=ago(250),
            parked=4180,
            oldest_parked=ago(245),
            expected_end=ago(-300.5),
            window=window,
        )
    )
    assert row[:2] == ["payment", "open"]
    assert (row[3], row[5], row[7]) == ("4,180", "", "900 of 1,200, 3 slow")
    assert row[2].startswith("4m") and row[4].startswith("4m")
    assert row[6].startswith(("5m", "4m"))


def test_one_that_drains_shows_how_fast():
    row = cells(
        resource(parked=7, oldest_parked=ago(3), drain_rate=12.5, draining=True, expected_end=ago(-2))
    )
    assert (row[1], row[5]) == ("draining", "12.5/s")


def test_an_end_that_nobody_knows_is_a_question():
    row = cells(resource(state="open", forced=True, parked=7, oldest_parked=ago(3)))
    assert (row[1], row[6]) == ("open (forced)", "?")


def test_one_that_never_was_otherwise_is_closed_since_ever():
    assert cells(resource())[1:] == ["closed", "", "", "", "", "", ""]


def test_a_resource_is_told_in_full(capsys):
    show_resource(
        resource(
            state="open",
            since=ago(250),
            problem={"class": "unavailable", "code": "circuit-open", "message": "it \x1b[31mfails"},
            next_probe=ago(-20),
            limits=LIMITS | {"concurrency": 20, "rate": 100.0, "drain": 80.0},
            window=WINDOW
            | {
                "calls": 9,
                "failed": 7,
                "by_class": {"timeout": 2, "unavailable": 5},
                "p50": 0.031,
                "p95": 2.0,
            },
            parked=1,
            oldest_parked=ago(185),
            expected_end=ago(-30),
        )
    )
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "payment  open for 4m" in out
    assert "20 calls in flight, 100 calls a second, 80 parked steps a second" in out
    assert "opens when of 5 calls within 10s 50% fail by unavailable or timeout" in out
    assert "7 of 9 (2 timeout, 5 unavailable); p50 31ms, p95 2s" in out
    assert "1 step, the oldest for 3m" in out


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (50.0, "50"), (1644.9034, "1,644.903"), (0.25, "0.25")]
)
def test_numbers_are_short(number, text):
    assert figure(number) == text
