"""Alerts of a real service: over REST, by the command line, for Prometheus and by the webhook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from receivers import Receiver, receiving
from rulesflow.settings import Settings, SettingsError, read_settings, show_settings
from run_project import order, write_run_project
from serving import Server, running, wait_until

SCRIPT = Path(sys.executable).with_name("rulesflow")
_SECRET = f"whsec_{'A' * 43}="
_ALERTS = """
alerts:
  incidents: {for: 0s, clear_for: 0s, severity: critical}
  slow-step: {enabled: false}
"""


@dataclass
class Service:
    """A service, what its webhook has posted, and the alert that is open."""

    server: Server
    receiver: Receiver
    run: str
    alert: dict[str, Any]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("alerts")
    rules = write_run_project(folder / "rules")
    (rules / "alerts.yaml").write_text(_ALERTS)
    with receiving() as receiver:
        receiver.secret = _SECRET
        settings = Settings(
            rules=rules,
            database_url=f"sqlite:///{folder}/state.db",
            alert_webhook=SecretStr(receiver.url),
            alert_webhook_secret=SecretStr(_SECRET),
        )
        with running(settings) as server:
            given = {"workflow": "quick", "input": order(total=0)}
            run = server.post("/v1/runs", json=given).json()["id"]
            (alert,) = wait_until(lambda: server.get("/v1/alerts").json()["alerts"], 30)
            yield Service(server, receiver, run, alert)


def fits(server: Server, path: str, shown: Any, method: str = "get") -> None:
    document = server.get("/openapi.json").json()
    content = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    Draft202012Validator({**content["schema"], "components": document["components"]}).validate(shown)


def refused(server: Server, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = server.client.request(method, path, **options)
    return answer.status_code, answer.json()["type"]


def test_what_is_open_is_listed_with_why(service: Service) -> None:
    alert = service.alert
    assert (alert["alert"], alert["of"], alert["subject"], alert["severity"], alert["status"]) == (
        "incidents",
        "service",
        "service",
        "critical",
        "open",
    )
    assert alert["text"] == "runs that wait for an operator: 1"
    assert alert["because"] == "incidents > 0"
    assert alert["values"]["incidents"] == 1
    fits(service.server, "/v1/alerts", service.server.get("/v1/alerts?status=all&limit=5").json())
    assert service.server.get("/v1/alerts?status=closed").json() == {"alerts": [], "next": None}


def test_what_raises_alerts_is_listed_with_its_place(service: Service) -> None:
    shown = service.server.get("/v1/alerts/rules").json()
    fits(service.server, "/v1/alerts/rules", shown)
    rules = {each["alert"]: each for each in shown["rules"]}
    assert (rules["incidents"]["file"], rules["incidents"]["line"]) == ("alerts.yaml", 3)
    assert rules["incidents"]["source"] == "project"
    assert not rules["slow-step"]["enabled"]
    assert rules["backlog"]["source"] == "shipped"
    assert {each["problem"] for each in shown["rules"]} == {None}


def test_who_has_seen_an_alert_is_told(service: Service) -> None:
    path = f"/v1/alerts/{service.alert['id']}/acknowledge"
    shown = service.server.post(path, json={"note": "looking"}).json()
    fits(service.server, "/v1/alerts/{id}/acknowledge", shown, "post")
    assert shown["acknowledged"]["note"] == "looking"
    assert service.server.post(path).json()["acknowledged"]["note"] == ""


def test_wrong_calls_are_told_what_is_wrong(service: Service) -> None:
    server, path = service.server, f"/v1/alerts/{service.alert['id']}/acknowledge"
    for query in ("status=opne", "limit=0", "cursor=x", "statu=open", "status=open&status=all"):
        assert refused(server, "GET", f"/v1/alerts?{query}") == (422, "/problems/facts-refused"), query
    bodies: tuple[Any, ...] = ({"nte": ""}, {"note": 1}, {"note": "x" * 1001}, [])
    for body in bodies:
        assert refused(server, "POST", path, json=body) == (422, "/problems/facts-refused"), body
    assert refused(server, "POST", "/v1/alerts/none/acknowledge") == (404, "/problems/unknown-alert")


def test_a_service_that_only_decides_has_none(project: Path) -> None:
    with running(Settings(rules=project)) as server:
        assert refused(server, "GET", "/v1/alerts") == (503, "/problems/decisions-only")


def test_metrics_and_the_stream_tell_how_many_are_open(service: Service) -> None:
    def open_() -> dict[tuple[str, str], float]:
        families = text_string_to_metric_families(service.server.get("/metrics").text)
        found = next(each for each in families if each.name == "rulesflow_alerts_open")
        return {(each.labels["alert"], each.labels["severity"]): each.value for each in found.samples}

    wait_until(lambda: open_()[("incidents", "critical")] == 1)
    assert open_()[("backlog", "warning")] == 0
    with service.server.client.stream("GET", "/v1/stream") as stream:
        hello = next(json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:"))
    assert hello["alerts"] == {"open": 1, "worst": "critical"}


def test_the_command_line_shows_and_acknowledges_them(service: Service) -> None:
    def call(*arguments: str) -> str:
        environment = {
            **os.environ,
            "RULESFLOW_URL": f"http://127.0.0.1:{service.server.port}",
            "COLUMNS": "220",
        }
        done = subprocess.run(
            [SCRIPT, "alerts", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "runs that wait for an operator: 1" in call()
    assert "alerts.yaml:3" in call("rules")
    assert "runs that wait" in call("acknowledge", service.alert["id"], "--note", "seen")
    assert json.loads(call("--json"))["alerts"][0]["acknowledged"]["note"] == "seen"


def test_it_is_posted_and_closes_once_its_cause_is_gone(service: Service) -> None:
    server, receiver = service.server, service.receiver
    server.post(f"/v1/runs/{service.run}/cancel", json={})
    wait_until(lambda: server.get("/v1/alerts?status=closed").json()["alerts"], 30)
    assert server.get("/v1/alerts").json()["alerts"] == []
    wait_until(lambda: len(receiver.got) == 2)
    assert [body["event"] for _, body in receiver.got] == ["alert.opened", "alert.closed"]
    assert [body["alert"]["id"] for _, body in receiver.got] == [service.alert["id"]] * 2
    shown = wait_until(lambda: server.get("/v1/alerts?status=all").json()["alerts"][0])
    assert shown["webhook"] in ("waiting", "sent")


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "hooks.example.org/secret", "http:///secret", "http://h h"]
)
def test_a_webhook_that_is_no_address_of_the_web_is_refused_unseen(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULESFLOW_ALERT_WEBHOOK", address)
    with pytest.raises(SettingsError, match="write https://HOST/PATH") as refusal:
        read_settings()
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "secret",
    ["hunter2", "whsec_", "whsec_not/base64!", f"whsec_{'A' * 28}", f"whsec_{'A' * 88}", "A" * 44, "whsec_ä"],
)
def test_a_secret_that_cannot_be_signed_with_is_refused_unseen(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULESFLOW_ALERT_WEBHOOK", "https://hooks.example.org/secret")
    monkeypatch.setenv("RULESFLOW_ALERT_WEBHOOK_SECRET", secret)
    with pytest.raises(SettingsError, match="write whsec_ and behind it 24 to 64 random bytes") as refusal:
        read_settings()
    assert len(secret) < 7 or secret not in str(refusal.value)


def test_a_secret_without_a_webhook_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULESFLOW_ALERT_WEBHOOK_SECRET", _SECRET)
    with pytest.raises(SettingsError, match="set RULESFLOW_ALERT_WEBHOOK=https://HOST/PATH as well"):
        read_settings()


def test_the_webhook_is_never_shown_but_given_to_further_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "RULESFLOW_ALERT_WEBHOOK": "https://hooks.example.org/secret",
        "RULESFLOW_ALERT_WEBHOOK_SECRET": _SECRET,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    shown = {each.name: each.value for each in show_settings()}
    assert (shown["alert_webhook"], shown["alert_webhook_secret"]) == ("***", "***")
    assert read_settings().environment().items() >= given.items()
