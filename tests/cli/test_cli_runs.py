"""The commands about runs, against a real service that runs in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from run_project import order, write_run_project
from serving import Server, spawned, wait_until

SCRIPT = Path(sys.executable).with_name("rulesflow")
APPROVED = {"verdict": "approved", "note": "a regular"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    rules = write_run_project(folder / "rules")
    with spawned({"rules": rules, "database_url": f"sqlite:///{folder}/state.db"}) as server:
        yield server


@pytest.fixture(autouse=True)
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the service, where the commands look for it."""
    monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def begin(call: Callable[..., Any], write: Callable[..., Path]) -> Callable[..., str]:
    """Start a run by the command; its id once it stands still."""

    def begin(workflow: str = "review", **more: Any) -> str:
        given = write("order.json", order(**more))
        run = call("run", workflow, "--input", given, "--json").json["id"]
        wait_until(lambda: call("runs", "show", run, "--json").json["status"] not in ("queued", "running"))
        return str(run)

    return begin


def status(call: Callable[..., Any], run: str) -> str:
    return str(call("runs", "show", run, "--json").json["status"])


def listed(call: Callable[..., Any], where: str, count: int) -> None:
    """Wait until the list, which follows behind, holds so many."""
    wait_until(lambda: len(call("runs", "list", "--where", where, "--json").json["runs"]) == count)


# -- run -------------------------------------------------------------------------------------------------


def test_a_run_is_started_and_told_how_to_be_seen(call, write):
    result = call("run", "review", "--input", write("order.json", order()))
    assert (result.code, result.err) == (0, "")
    run, word = result.out.splitlines()[0].split()
    assert re.fullmatch(r"[0-9a-f-]{36}", run)
    assert word in ("queued", "running", "waiting")
    assert f"rulesflow runs show {run} --follow" in result.out


def test_the_input_may_be_yaml_or_come_from_standard_input(call, write):
    given = write("order.yaml", "order: {total: 4, region: us}\n")
    assert call("run", "quick", "--input", given, "--wait", "--json").json["output"] == {"each": 2.5}
    piped = call("run", "quick", "--input", "-", "--wait", "--json", stdin=json.dumps(order(8, "us")))
    assert piped.json["output"] == {"each": 1.25}


def test_who_waits_sees_the_run_to_its_end(call, write):
    result = call("run", "quick", "--input", write("order.json", order(4)), "--wait")
    assert (result.code, result.err) == (0, "")
    assert re.match(r"quick [0-9a-f-]{36}  completed after ", result.out)
    assert re.search(
        r"share +share +\{\"each\":5\} +in_the_eu region/eu/share.yaml:3 +Twenty in the EU", result.out
    )
    assert result.out.endswith('output\n  {"each":5}\n')


def test_who_waits_waits_as_long_as_it_takes(call, write, server):
    given = write("order.json", order(id="slow"))
    process = subprocess.Popen(
        [SCRIPT, "run", "review", "--input", given, "--wait", "--json"], stdout=subprocess.PIPE, text=True
    )
    listed(call, "order.id=slow status=waiting", 1)
    assert process.poll() is None
    signalled = call(
        "runs", "signal", "approval", "--where", "order.id=slow", "--payload", write("p.json", APPROVED)
    )
    assert signalled.code == 0
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, json.loads(out)["status"]) == (0, "completed")


def test_a_run_that_does_not_complete_exits_with_1(call, write):
    result = call("run", "quick", "--input", write("order.json", order(0)), "--wait")
    assert result.code == 1
    assert "incident" in result.out
    assert "decision-failed" in result.out
    assert "a person to mend it" in result.out


def test_one_key_is_one_run(call, write):
    given = write("order.json", order())
    arguments = ("run", "review", "--input", given, "--key-idempotency", "A-1001", "--json")
    assert call(*arguments).json["id"] == call(*arguments).json["id"]
    other = call("run", "review", "--input", write("other.json", order(5)), "--key-idempotency", "A-1001")
    assert (other.code, other.out) == (1, "")
    assert "this Idempotency-Key has started a run with another" in other.err


def test_a_refusal_is_a_sentence_or_as_json_the_problem(call, write):
    given = write("order.json", {"order": {"total": "4"}})
    result = call("run", "review", "--input", given)
    assert (result.code, result.out) == (1, "")
    assert "  /input/order/region required " in result.err
    assert "  /input/order/total type " in result.err
    as_json = call("run", "review", "--input", given, "--json")
    assert (as_json.code, as_json.err) == (1, "")
    assert as_json.json["type"] == "/problems/facts-refused"
    unknown = call("run", "reviw", "--input", write("order.json", order()))
    assert (unknown.code, unknown.err) == (1, "error: there is no workflow 'reviw'; did you mean review?\n")


# -- list and show ---------------------------------------------------------------------------------------


def test_runs_are_listed_with_how_they_are_and_where_they_stand(call, begin):
    run = begin(id="T-1")
    listed(call, "order.id=T-1", 1)
    result = call("runs", "list", "--where", "order.id=T-1", "--workflow", "review", "--status", "waiting")
    header, line = result.out.splitlines()
    assert header.split() == ["run", "workflow", "status", "for", "at", "input", "problem"]
    assert re.match(rf"{run} +review +waiting +\d+m?s +ask +\S*order.id=T-1", line)


def test_a_list_goes_on_over_pages_up_to_its_limit(call, begin, write):
    given = write("order.json", order(id="T-2"))
    for _ in range(3):
        assert call("run", "quick", "--input", given, "--wait", "--json").code == 0
    listed(call, "order.id=T-2", 3)
    cut = call("runs", "list", "--where", "order.id=T-2", "--limit", "2")
    assert cut.out.splitlines()[-1] == "there are more: --limit 4"
    assert call("runs", "list", "--where", "order.id=T-2", "--limit", "2", "--json").json["next"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--status", "waitin"], "did you mean waiting?"),
        (["--where", "order.regio=eu"], "did you mean order.region?"),
        (["--since", "yesterday"], "RFC 3339"),
    ],
)
def test_a_wrong_filter_is_told_how_it_is_mended(call, arguments, complaint):
    result = call("runs", "list", *arguments)
    assert (result.code, result.out) == (1, "")
    assert complaint in result.err


def test_a_run_is_shown_with_its_decisions_and_what_it_waits_for(call, begin):
    result = call("runs", "show", begin(total=5))
    assert (result.code, result.err) == (0, "")
    assert "path\n  share → ask\n" in result.out
    assert re.search(r"waits for\n  ask: signal approval, until 20", result.out)
    assert "region/eu/share.yaml:3" in result.out


def test_a_failed_decision_is_shown_with_its_error(call, begin):
    result = call("runs", "show", begin("quick", total=0))
    assert (result.code, result.err) == (0, "")
    assert "division by zero" in result.out


def test_a_run_that_is_not_there_is_told(call):
    for name in ("nope", "../../livez", "a b", "ü"):
        result = call("runs", "show", name)
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith("error: there is no")


def test_a_run_is_followed_to_its_end(call, begin, write):
    run = begin()
    process = subprocess.Popen([SCRIPT, "runs", "show", run, "--follow"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "waiting" in line:
            call("runs", "signal", run, "approval", "--payload", write("p.json", APPROVED))
    assert process.wait(30) == 0
    process.stdout.close()
    shown = "".join(lines)
    assert re.search(r"decision +share share \{\"each\":5\} by in_the_eu region/eu/share.yaml:3", shown)
    assert re.search(r'signal +ask approval \{"verdict":"approved"', shown)
    assert re.search(r"end +completed\n$", shown)
    entries = call("runs", "show", run, "--follow", "--json").lines
    assert [entry["type"] for entry in entries][-1] == "end"


def test_on_a_terminal_a_status_has_its_colour(begin, url):
    run = begin()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("NO_COLOR", None)
        os.execve(SCRIPT, ["rulesflow", "runs", "show", run], os.environ | {"TERM": "xterm"})
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # the end, as Linux tells it
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    assert b"\x1b[33mwaiting" in shown


# -- signals and orders ----------------------------------------------------------------------------------


def test_a_signal_moves_a_run_on(call, begin, write):
    run = begin()
    assert call("runs", "signal", run, "approval", "--payload", write("p.json", APPROVED)).code == 0
    wait_until(lambda: status(call, run) == "completed")
    late = call("runs", "signal", run, "approval", "--payload", write("p.json", APPROVED))
    assert (late.code, late.out) == (1, "")
    assert "the run has ended" in late.err


def test_a_run_is_paused_resumed_and_cancelled(call, begin):
    run = begin()
    assert call("runs", "pause", run, "--reason", "we are counting").out == f"{run}  paused\n"
    assert call("runs", "resume", run, "--json").json["status"] == "waiting"
    assert call("runs", "cancel", run).out == f"{run}  cancelled\n"
    entries = call("runs", "show", run, "--follow", "--json").lines
    assert [each["order"]["reason"] for each in entries if "order" in each] == ["we are counting", "", ""]


def test_several_runs_are_ordered_and_one_that_refuses_stops_no_other(call, begin):
    first, second = begin(), begin()
    result = call("runs", "cancel", first, "nope", second)
    assert result.code == 1
    assert result.out == f"{first}  cancelled\n{second}  cancelled\n"
    assert result.err.startswith("error: nope: there is no run 'nope'")


def test_an_incident_is_retried_with_edited_input(call, begin, write):
    run = begin("quick", total=0)
    assert call("runs", "retry", run).out == f"{run}  incident\n"
    mended = call("runs", "retry", run, "--step", "share", "--input", write("mended.json", order(10)))
    assert mended.out == f"{run}  completed\n"


def test_a_run_runs_again_from_a_step_on(call, begin):
    run = begin()
    assert call("runs", "rerun", run, "--from", "share", "--latest").out == f"{run}  waiting\n"
    assert "share → ask → share (2) → ask (2)" in call("runs", "show", run).out


# -- bulk ------------------------------------------------------------------------------------------------


def test_a_bulk_order_is_previewed_and_then_carried_out(call, begin):
    runs = [begin(id="T-3") for _ in range(3)]
    where = ("--where", "order.id=T-3 status=waiting")
    listed(call, "order.id=T-3 status=waiting", 3)
    told, sample = call("runs", "cancel", *where, "--dry-run").out.splitlines()
    assert told == "would cancel 3 runs: 3 waiting"
    assert set(re.split("[ ,]+", sample.removeprefix("such as "))) == set(runs)
    assert {status(call, run) for run in runs} == {"waiting"}
    done = call("runs", "cancel", *where, "--rate", "20", "--reason", "a test")
    assert (done.code, done.out) == (0, "cancel: 3 runs of 3\n")
    assert {status(call, run) for run in runs} == {"cancelled"}


def test_a_bulk_order_that_runs_refuse_exits_with_1(call, begin):
    begin(id="T-4")
    listed(call, "order.id=T-4 status=waiting", 1)
    result = call("runs", "retry", "--where", "order.id=T-4 status=waiting")
    assert (result.code, result.out) == (1, "retry: 0 runs of 1, 1 refused\n")
    assert "the run has no incident" in result.err
    as_json = call("runs", "retry", "--where", "order.id=T-4 status=waiting", "--json")
    assert (as_json.code, as_json.json["failed"]) == (1, 1)


def test_who_does_not_wait_is_told_how_to_look_and_can_stop_it(call, begin):
    runs = [begin(id="T-6") for _ in range(2)]
    listed(call, "order.id=T-6 status=waiting", 2)
    where = ("--where", "order.id=T-6", "--rate", "0.001")
    begun = call("runs", "pause", *where, "--no-wait")
    assert begun.code == 0
    bulk = begun.out.split()[0]
    assert begun.out.splitlines() == [
        f"{bulk}  pause 2 runs",
        f"see how far it is: rulesflow runs bulk show {bulk} --follow",
    ]
    shown = call("runs", "bulk", "show", bulk, "--json").json
    assert (shown["count"], shown["running"], shown["rate"]) == (2, True, 0.001)
    wait_until(lambda: call("runs", "bulk", "show", bulk, "--json").json["done"] == 1)
    row = call("runs", "bulk", "list", "--limit", "1").out.splitlines()[1]
    assert row.startswith(f"{bulk}  pause   order.id=T-6  1     2   0        running")
    assert "left" in row
    assert "stopping" in call("runs", "bulk", "cancel", bulk).out
    wait_until(lambda: not call("runs", "bulk", "show", bulk, "--json").json["running"])
    followed = call("runs", "bulk", "show", bulk, "--follow")
    assert (followed.code, followed.out) == (1, "pause: 1 run of 2, cancelled\n")
    assert sorted(status(call, run) for run in runs) == ["paused", "waiting"]
    as_json = call("runs", "pause", *where, "--no-wait", "--json").json
    assert as_json["count"] == 1
    call("runs", "bulk", "cancel", as_json["id"])


def test_bulk_orders_that_are_not_there_are_told(call):
    for command in ("show", "cancel"):
        result = call("runs", "bulk", command, "nope")
        assert (result.code, result.out) == (1, "")
        assert "there is no bulk order 'nope'" in result.err
    result = call("runs", "pause", "x", "--no-wait")
    assert result.code == 2
    assert "go with --where" in result.err


def test_a_terminal_shows_how_far_it_is_and_who_leaves_is_told_how_to_come_back(call, begin, url):
    begin(id="T-7")
    begin(id="T-7")
    listed(call, "order.id=T-7 status=waiting", 2)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [SCRIPT, "runs", "pause", "--where", "order.id=T-7", "--rate", "0.001"],
        env=os.environ | {"RULESFLOW_URL": url, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    seen = ""
    while "1/2" not in seen:
        seen += os.read(ours, 4096).decode()
    process.send_signal(signal.SIGINT)
    while "--follow" not in seen:
        seen += os.read(ours, 4096).decode()
    assert process.wait(30) == 130
    process.stdout.close()
    os.close(ours)
    bulk = re.search(r"the service goes on: rulesflow runs bulk show (\S+) --follow", seen)[1]
    assert call("runs", "bulk", "cancel", bulk).code == 0


def test_a_signal_goes_to_all_runs_of_a_filter(call, begin, write):
    runs = [begin(id="T-5") for _ in range(2)]
    listed(call, "order.id=T-5 status=waiting", 2)
    arguments = (
        "runs",
        "signal",
        "approval",
        "--where",
        "order.id=T-5",
        "--payload",
        write("p.json", APPROVED),
    )
    assert call(*arguments, "--dry-run").out == "would signal approval to 2 runs: 2 waiting\n"
    assert call(*arguments, "--rate", "50").code == 0
    for run in runs:
        wait_until(lambda run=run: status(call, run) == "completed")


def test_an_unknown_field_of_a_filter_is_told(call):
    result = call("runs", "pause", "--where", "order.idd=1")
    assert (result.code, result.out) == (1, "")
    assert "did you mean order.id?" in result.err


# -- keys, and services that come and go -----------------------------------------------------------------


def test_a_service_with_keys_says_that_it_wants_one(call, tmp_path):
    rules = write_run_project(tmp_path / "rules")
    with spawned({"rules": rules, "api_keys": "ops:s3cret"}) as keyed:
        url = f"http://127.0.0.1:{keyed.port}"
        for more, said in (((), "wants an API key"), (("--key", "wrong"), "does not know this API key")):
            for command in (("list",), ("show", "x", "--follow")):
                result = call("runs", *command, "--url", url, *more)
                assert (result.code, result.out) == (1, "")
                assert result.err == f"error: {url} {said}\n  give it by --key or RULESFLOW_KEY\n"
        refused = call("runs", "list", "--url", url, "--key", "s3cret")
        assert refused.err.startswith("error: this service was started to decide only")


def serve(rules: Path, database: Path, port: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start ``rulesflow serve``; it listens when this returns. The process and its port."""
    log = database.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [SCRIPT, "serve", "--rules", rules, "--database", f"sqlite:///{database}", "--port", port],
            stderr=out,
        )
    found = wait_until(lambda: re.search(r"running on http://127\.0\.0\.1:(\d+)", log.read_text()), 30)
    return process, found[1]


def test_a_follower_comes_back_to_a_service_that_is_started_anew(call, write, tmp_path):
    rules, database = write_run_project(tmp_path / "rules"), tmp_path / "state.db"
    first, port = serve(rules, database, "0")
    url = f"http://127.0.0.1:{port}"
    run = call("run", "review", "--input", write("order.json", order()), "--url", url, "--json").json["id"]
    follower = subprocess.Popen(
        [SCRIPT, "runs", "show", run, "--follow", "--json", "--url", url], stdout=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None
    entries = [json.loads(follower.stdout.readline())]
    first.send_signal(signal.SIGTERM)
    first.wait(30)
    second, _ = serve(rules, database, port)
    try:
        call("runs", "signal", run, "approval", "--payload", write("p.json", APPROVED), "--url", url)
        entries += [json.loads(line) for line in follower.stdout]
        assert follower.wait(30) == 0
        numbers = [entry["number"] for entry in entries if "number" in entry]
        assert numbers == list(range(1, len(numbers) + 1))  # nothing twice, nothing left out
        assert entries[-1]["type"] == "end"
    finally:
        second.terminate()
        second.wait(30)
        follower.kill()
        follower.wait()
        follower.stdout.close()


def test_a_worker_carries_on_with_the_runs_of_a_service_that_died(call, tmp_path, write):
    rules, database = write_run_project(tmp_path / "rules"), tmp_path / "state.db"
    service, port = serve(rules, database, "0")
    given = write("order.json", order(id="nap"))
    run = call("run", "nap", "--input", given, "--url", f"http://127.0.0.1:{port}", "--json").json["id"]
    service.kill()
    service.wait()
    worker = subprocess.Popen(
        [SCRIPT, "worker", "--rules", rules, "--database", f"sqlite:///{database}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: stored(database, run) == "completed", 60)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, log = worker.communicate(timeout=30)
    assert worker.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in log


def stored(database: Path, run: str) -> str | None:
    """A run's status, as the list in the database has it."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        row = connection.execute("select status from rulesflow_runs where id = ?", (run,)).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("wrong", ["mysql://x/y", "nonsense", "sqlite:///rules/facts.yaml/x"])
def test_a_database_that_is_none_is_a_sentence(run, command, wrong, tmp_path):
    write_run_project(tmp_path / "rules")
    result = run(command, "--rules", "rules", "--database", wrong)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert "defect" not in result.err
