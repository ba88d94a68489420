from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rulesflow.app import create_app
from rulesflow.settings import Settings, read_settings
from serving import ROOT, Server, fee, wait_until

RUN = (
    "from rulesflow.app import serve; from rulesflow.settings import read_settings; serve(read_settings({}))"
)


def test_workers_each_answer_and_each_see_changes(spawn: Callable[..., Server], project: Path) -> None:
    server = spawn(rules=project, workers=2, api_keys="ops:the-key")

    def answers() -> set[int]:
        found = set()
        for _ in range(12):  # each over a connection of its own, which either worker may take
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(
                    b"POST /v1/decisions/fee HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer the-key\r\n"
                    b'Content-Length: 13\r\nConnection: close\r\n\r\n{"facts": {}}'
                )
                reply = b""
                while part := connection.recv(65536):
                    reply += part
            assert reply.startswith(b"HTTP/1.1 200"), reply
            found.add(int(reply.partition(b'"low":')[2].partition(b",")[0]))
        return found

    wait_until(lambda: "".join(server.log).count("rules activated") == 2, 30)
    wait_until(lambda: accepts(server.port), 30)
    assert answers() == {1}
    (project / "base" / "fee.yaml").write_text(fee(2))
    wait_until(lambda: "".join(server.log).count("rules activated") == 4, 30)
    assert answers() == {2}
    assert server.decide("fee", {}).status_code == 401


def test_bad_rules_do_not_keep_the_service_from_starting_and_are_printed(
    spawn: Callable[..., Server], project: Path
) -> None:
    (project / "base" / "fee.yaml").write_text(fee(1).replace("params.low }", "params.lo }"))
    server = spawn(rules=project)
    assert server.get("/livez").status_code == 200
    assert server.get("/readyz").status_code == 503
    assert "base/fee.yaml:7:21: error RF203 unknown field params.lo; did you mean params.low?" in "".join(
        server.log
    )


def test_an_address_in_use_ends_the_process_with_a_plain_message(project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = os.environ | {
            "RULESFLOW_PORT": str(taken.getsockname()[1]),
            "RULESFLOW_RULES": str(project),
        }
        ended = subprocess.run(
            [sys.executable, "-c", RUN],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def accepts(port: int) -> bool:
    """Whether anybody listens yet."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_without_a_traceback(project: Path, number: int) -> None:
    environment = os.environ | {"RULESFLOW_PORT": "0", "RULESFLOW_RULES": str(project)}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "running on" in line:
            break
    process.send_signal(number)
    _, rest = process.communicate(timeout=30)
    assert "Traceback" not in rest
    assert "Finished server process" in rest


def test_settings_are_read_from_where_they_stand_if_none_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rulesflow.toml").write_text('api_keys = "ops:key"\n')
    assert "security" in create_app().openapi()
    (tmp_path / "rulesflow.toml").unlink()
    assert "security" not in create_app().openapi()


def test_settings_reach_the_workers_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = Settings(
        rules=tmp_path,
        host="0.0.0.0",
        api_keys="ops:a:b,ci:c",
        allowed_hosts="x.example,y.example",
        require_cases=True,
        workers=3,
    )
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == given


def test_the_sample_shop_is_served_as_make_run_would(spawn: Callable[..., Server], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    server = spawn(rules=tmp_path / "rules", require_cases=True, log_format="json")
    assert server.get("/readyz").status_code == 200
    assert server.status()["decisions"] == ["discount", "fraud", "refund", "shipping", "stock"]
    assert any('"digest":' in line and line.startswith('{"time":') for line in server.log)
