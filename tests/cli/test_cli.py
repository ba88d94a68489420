from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rulesflow
from rulesflow.cli import COMMANDS

SCRIPT = Path(sys.executable).with_name("rulesflow")


def words(text: str) -> str:
    """The words of a help text, whatever lines and frames they stand in."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", text).split())


def test_alone_it_prints_its_help_and_is_well(run):
    alone, asked = run(), run("--help")
    assert (alone.code, asked.code) == (0, 0)
    assert alone.out.rstrip() == asked.out.rstrip()
    assert alone.err == ""


def test_the_overview_names_every_command_with_its_summary(call):
    shown = words(call("--help").out)
    for name, summary in COMMANDS.items():
        assert f"{name} {summary}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_teaches_with_its_summary_an_example_and_help_for_each_option(name, call):
    result = call(name, "--help")
    assert result.code == 0
    shown = words(result.out)
    assert COMMANDS[name] in shown
    assert re.search(rf"Examples?: .*rulesflow {name}", shown)
    options = re.findall(
        r"^│[ *]+(?:(--[a-z-]+)|([A-Z]+|subject)) +\S+ +(\S.*?) *│$", result.out, re.MULTILINE
    )
    assert len(options) == len(
        re.findall(r"^│[ *]+(?:--[a-z]|[A-Z]{3,} |subject )", result.out, re.MULTILINE)
    )


def test_the_version_is_that_of_the_package(run):
    result = run("--version")
    assert (result.code, result.out) == (0, f"rulesflow {rulesflow.__version__}\n")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["check", "--nonsense"], ["check", "a", "b"], ["decide"]]
)
def test_a_mistake_of_usage_exits_with_2_and_says_how_to_get_help(arguments, call):
    result = call(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "--help" in result.err


def test_a_misspelt_command_is_told_the_right_one(call):
    assert "Did you mean 'check'?" in words(call("chekc").err)


def test_the_module_runs_as_the_script_does():
    done = subprocess.run(
        [sys.executable, "-m", "rulesflow.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"rulesflow {rulesflow.__version__}\n"


def test_the_overview_imports_no_web_framework_and_no_engine():
    code = (
        "import sys, rulesflow.cli\n"
        "try: rulesflow.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'uvicorn', 'starlette', 'openpyxl', 'rulesflow.rules', 'rulesflow.runtime'}\n"
        "print(heavy & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


def test_only_serve_and_worker_import_the_web_server():
    modules = ", ".join(f"rulesflow.cli.{name}" for name in COMMANDS if name not in ("serve", "worker"))
    code = f"import sys, {modules}; print({{'fastapi', 'uvicorn'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_reader_who_goes_away_is_no_traceback(shop):
    code = f"{SCRIPT} test {shop} --coverage | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
@pytest.mark.parametrize("arguments", [["check"], ["schema", "decision"], ["eval", "1"], ["--help"]])
def test_a_full_disk_is_a_message(arguments, shop):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [SCRIPT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, cwd=shop.parent, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_traceback(closed, shop):
    done = subprocess.run(
        ["bash", "-c", f"{SCRIPT} check {shop} {closed}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_is_no_traceback():
    process = subprocess.Popen(
        [SCRIPT, "eval", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"expr": "1"}\n')
    process.stdin.flush()
    assert process.stdout.readline() == b'{"value":1}\n'  # so it is at work
    process.send_signal(2)
    _, complaint = process.communicate()
    assert process.returncode not in (0, 2)
    assert b"Traceback" not in complaint


def test_what_a_terminal_cannot_show_is_escaped(run, write):
    name = "größe-名前"
    result = run("eval", "1", "--facts", f"{name}.json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.code == 1
    assert "gr\\xf6\\xdfe" in result.err


def test_wrong_settings_exit_with_2_and_name_their_origin(run):
    result = run("check", RULESFLOW_PORT="many")
    assert result.code == 2
    assert result.err.startswith("error: RULESFLOW_PORT: port:")


def test_an_address_without_keys_keeps_only_the_service_from_starting(run, shop):
    assert run("check", shop, RULESFLOW_HOST="0.0.0.0").code == 0
    assert run("eval", "1 + 1", "--rules", shop, RULESFLOW_HOST="0.0.0.0").code == 0


def test_a_defect_is_one_sentence(call, monkeypatch):
    def broken(_: object) -> None:
        raise ValueError("impossible")

    monkeypatch.setattr("rulesflow.cli.check.load_project", broken)
    result = call("check", ".")
    assert result.code == 1
    assert result.err.startswith("error: rulesflow failed, by a defect of its own: ValueError: impossible\n")


def on_a_terminal(*arguments: object, **variables: str) -> str:
    """What the program prints on a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("NO_COLOR", None)
        os.execve(SCRIPT, ["rulesflow", *map(str, arguments)], os.environ | {"TERM": "xterm"} | variables)
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # the end, as Linux tells it
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode()


def test_colours_are_for_terminals_only(run, shop):
    assert "\x1b[" in on_a_terminal("check", shop)
    assert "\x1b[" not in run("check", shop, TERM="xterm").out
    assert "\x1b[" not in on_a_terminal("check", shop, NO_COLOR="1")


def test_a_terminal_gets_json_that_a_person_can_read(tmp_path):
    shown = on_a_terminal("eval", '{"a": [1.50, "x"]}', NO_COLOR="1").replace("\r", "")
    assert shown == '{\n  "a": [\n    1.5,\n    "x"\n  ]\n}\n'


def test_a_terminal_is_not_controlled_by_a_value(tmp_path):
    shown = on_a_terminal("eval", r'"\u009b31m\u202e"', NO_COLOR="1")
    assert shown == '"\\u009b31m\\u202e"\r\n'


def test_a_full_explanation_is_a_table_on_a_terminal(small):
    shown = on_a_terminal(
        *("decide", "refund", "--rules", small, "--facts", small / "example.json", "--explain", "full"),
        NO_COLOR="1",
        COLUMNS="200",
    )
    assert re.search(r"- +serial_returner +base/refund.yaml:\d+ +customer.refunds_90d: .* saw 1", shown)
    assert re.search(r"✓ +right_of_withdrawal +region/eu/refund.yaml:\d+ +fired", shown)
    assert "matches too, but others come first" in shown
    assert "layers: base, region/eu" in shown
    assert '"limit": 42.5' in shown
