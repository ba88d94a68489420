"""Alerts of two processes, of which the one that looks after them is killed: the other goes on with them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from receivers import Receiver, receiving
from rulesflow.runtime import alerthook, alerts, alertstore
from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import ALERT_WATCH, Database
from rulesflow.settings import Settings
from run_project import order, write_run_project
from serving import Server, running, spawned, wait_until

_EVERY, _LEASE = 0.4, 2 * MICROS  # seconds between two looks, and microseconds
_SOONER = f"""
from rulesflow.runtime import alerthook, alerts, alertstore
alerts._EVERY = alerthook._EVERY = {_EVERY}
alertstore._LEASE = {_LEASE}
"""
_ALERTS = """
alerts:
  incidents: {for: 0s, clear_for: 0s}
  stays: {title: It stays, of: service, when: incidents > 0, for: 3s, clear_for: 0s, say: it stays}
"""


def test_what_is_open_or_pending_goes_on_when_the_process_that_looks_after_it_is_killed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_EVERY", _EVERY)
    monkeypatch.setattr(alerthook, "_EVERY", _EVERY)
    monkeypatch.setattr(alertstore, "_LEASE", _LEASE)
    rules = write_run_project(tmp_path / "rules")
    (rules / "alerts.yaml").write_text(_ALERTS)
    with receiving() as receiver:
        given: dict[str, Any] = {"rules": rules, "database_url": database_url}
        with spawned(given | {"alert_webhook": receiver.url}, _SOONER) as first:
            leader = wait_until(lambda: _holder(database_url))
            with running(Settings(**given, alert_webhook=SecretStr(receiver.url))) as second:
                _go_on(first, second, receiver)
                assert _holder(database_url) != leader


def _go_on(first: Server, second: Server, receiver: Receiver) -> None:
    receiver.silent = True
    run = second.post("/v1/runs", json={"workflow": "quick", "input": order(total=0)}).json()["id"]
    wait_until(lambda: receiver.got)
    os.kill(first.pid, signal.SIGKILL)
    assert _alerts(second, "open") == ["incidents"], "the other is pending"
    receiver.silent = False
    wait_until(lambda: _alerts(second, "open") == ["incidents", "stays"])
    second.post(f"/v1/runs/{run}/cancel", json={})
    wait_until(lambda: _alerts(second, "closed") == ["incidents", "stays"])
    wait_until(lambda: len({delivery for delivery, _ in receiver.got}) == 4)
    told = Counter((body["alert"]["alert"], body["event"], delivery) for delivery, body in receiver.got)
    assert sorted((*each[:2], times) for each, times in told.items()) == [
        ("incidents", "alert.closed", 1),
        ("incidents", "alert.opened", 2),  # the answer to the first did not come, so nobody knew of it
        ("stays", "alert.closed", 1),
        ("stays", "alert.opened", 1),
    ]


def _alerts(server: Server, status: str) -> list[str]:
    return sorted(each["alert"] for each in server.get(f"/v1/alerts?status={status}").json()["alerts"])


def _holder(database_url: str) -> str | None:
    database = Database(database_url)
    try:
        rows = database.rows(ALERT_WATCH.select())
    finally:
        database.close()
    return rows[0].holder if rows else None
