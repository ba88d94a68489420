"""Alerts of several processes with one database: each is told once, and posted until it arrives."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from receivers import receiving
from rulesflow.documents.shape import Findings
from rulesflow.model.errors import FactsRefused, UnknownName
from rulesflow.model.times import Timestamp
from rulesflow.runtime.alerthook import AlertHook
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.alertstore import AlertStore
from rulesflow.runtime.alertwatch import Change
from rulesflow.runtime.database import Database
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.statsight import Seen
from rulesflow.watch.alertfile import load_alerts
from rulesflow.watch.alertrule import AlertRule
from rulesflow.watch.measures import ServiceMeasures
from serving import wait_until

_RULES = load_alerts(
    b"""
alerts:
  own:
    {title: Own, of: service, when: backlog > 1, for: 0s, clear_for: 0s, say: "${ backlog } runs"}
  odd:
    {title: Odd, of: service, when: 10 / running > 100, for: 0s, clear_for: 0s, say: odd}
""",
    Findings(),
)
AT = time.time_ns() // 1000
_KEY = bytes(range(32))
_SECRET = f"whsec_{b64encode(_KEY).decode()}"


class Process:
    """What one process has of it. ``told``: what its observers have heard."""

    def __init__(self, database: Database, rules: Callable[[], Mapping[str, AlertRule]]) -> None:
        self.service = ServiceMeasures()
        self.told: list[str] = []
        self.stats = Stats(database)
        self.stats.see = self._see
        self.alerts = Alerts(database, self.stats, rules, self._hear, None)

    def look(self, backlog: int) -> None:
        self.service = ServiceMeasures(backlog=backlog)
        self.stats._measured = {}
        asyncio.run(self.alerts.look())

    def listed(self, status: str = "open") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = asyncio.run(self.alerts.list(status))["alerts"]
        return found

    def end(self) -> None:
        self.alerts.stop()
        self.stats.stop()

    async def _see(self) -> Seen:
        return Seen(service=self.service)

    def _hear(self, kind: str, subject: str, at: Timestamp, alert: Mapping[str, Any]) -> None:
        self.told.append(kind)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def test_one_process_looks_after_them_and_another_goes_on_when_it_ends(database: Database) -> None:
    first, second = (Process(database, lambda: _RULES) for _ in range(2))
    for process in (first, second):
        process.look(5)
    assert (first.told, second.told) == (["alert.opened"], [])
    (alert,) = second.listed()
    assert (alert["alert"], alert["subject"], alert["text"], alert["webhook"]) == (
        "own",
        "service",
        "5 runs",
        "off",
    )
    assert alert["values"]["backlog"] == 5
    assert dict(second.alerts.open) == {("own", "warning"): 1}
    first.end()
    second.look(5)
    assert second.told == [], "what is open is not told once more"
    second.look(0)
    assert second.told == ["alert.closed"]
    (closed,) = second.listed("closed")
    assert closed["id"] == alert["id"]
    assert second.listed() == []
    second.end()


def test_who_does_not_look_after_them_writes_nothing(database: Database) -> None:
    first, second = (Process(database, lambda: _RULES) for _ in range(2))
    first.look(5)
    written: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *parts: written.append(parts[2]))
    second.look(5)
    assert written and all(statement.startswith("SELECT") for statement in written)
    assert dict(second.alerts.open) == {("own", "warning"): 1}
    for process in (first, second):
        process.end()


def test_an_alert_whose_rule_is_gone_is_closed(database: Database) -> None:
    rules = dict(_RULES)
    process = Process(database, lambda: rules)
    process.look(5)
    del rules["own"]
    process.look(5)
    assert process.told == ["alert.opened", "alert.closed"]
    process.end()


def test_a_condition_that_fails_is_shown_beside_its_rule(database: Database) -> None:
    process = Process(database, lambda: _RULES)
    process.look(0)
    shown = {each["alert"]: each for each in process.alerts.rules()["rules"]}
    assert "alerts.yaml:6" in shown["odd"]["problem"]
    assert shown["own"]["problem"] is None
    assert process.told == []
    process.end()


def test_every_process_shows_a_problem_until_it_is_gone(database: Database) -> None:
    text = b"""alerts:
  own: {title: Own, of: service, when: backlog > 1, for: 0s, say: "${ 10 / running }"}
"""
    rules = load_alerts(text, Findings())
    first, second = Process(database, lambda: rules), Process(database, lambda: rules)

    def problem() -> Any:
        second.look(5)
        return {each["alert"]: each["problem"] for each in second.alerts.rules()["rules"]}["own"]

    first.look(5)
    first.look(5)
    assert "alerts.yaml:2" in problem()
    first.end()
    assert "alerts.yaml:2" in problem(), "who looks after alerts now has not told this one"
    rules = load_alerts(text.replace(b"10 / running", b"backlog"), Findings())
    assert problem() is None
    second.end()


def test_the_same_alert_is_never_open_twice(database: Database) -> None:
    store, change = AlertStore(database), Change("opened", "own", "service", _RULES["own"], "text", "why")
    opened: list[Any] = []
    threads = [
        threading.Thread(target=lambda: opened.append(store.opened(change, AT, posted=False)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in opened if each is not None]) == 1
    assert store.open_pairs() == {("own", "service")}


def test_alerts_are_listed_page_by_page_and_old_ones_forgotten(database: Database) -> None:
    store = AlertStore(database)
    for number in range(5):
        change = Change("opened", "own", str(number), _RULES["own"])
        store.opened(change, AT + number, posted=False)
        if number:
            store.closed(change, AT + number, posted=False)
    page = store.page("all", 2, None)
    assert [each["subject"] for each in page["alerts"]] == ["4", "3"]
    assert [each["subject"] for each in store.page("all", 2, page["next"])["alerts"]] == ["2", "1"]
    store.forget(None, most=2)
    assert [each["subject"] for each in store.page("all", 9, None)["alerts"]] == ["4", "3", "0"]
    store.forget(AT + 4, most=2)
    assert [each["subject"] for each in store.page("all", 9, None)["alerts"]] == ["4", "0"]
    with pytest.raises(FactsRefused, match="query"):
        store.page("all", 9, "x")


def test_who_has_seen_an_alert_is_kept(database: Database) -> None:
    store = AlertStore(database)
    alert = store.opened(Change("opened", "own", "service", _RULES["own"]), AT, posted=False)
    assert alert is not None
    seen = store.acknowledge(alert["id"], "ops", "looking", AT)["acknowledged"]
    assert seen == {"by": "ops", "at": str(Timestamp(AT * 1000)), "note": "looking"}
    with pytest.raises(UnknownName, match="there is no alert"):
        store.acknowledge("nothing", "ops", "", AT)


# -- the webhook --------------------------------------------------------------------------------------------


def test_openings_and_closings_are_posted_in_order_until_they_arrive(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    store, change = AlertStore(database), Change("opened", "own", "service", _RULES["own"], "5 runs")
    with receiving() as receiver:
        receiver.status = 500
        store.opened(change, AT, posted=True)
        store.closed(change, AT, posted=True)
        hook = AlertHook(store, receiver.url, lambda: True)
        hook.post_all()
        hook.post_all()
        assert len(receiver.got) == 1, "it is not tried again at once, nor is its end told first"
        hook.stop()
        receiver.status = 204
        later = AlertHook(store, receiver.url, lambda: True)
        later.start()
        wait_until(lambda: len(receiver.got) == 3)
        wait_until(lambda: store.page("all", 1, None)["alerts"][0]["webhook"] == "sent")
        later.stop()
    ids, bodies = zip(*receiver.got, strict=True)
    assert ids[0] == ids[1] != ids[2]
    assert [each["event"] for each in bodies] == ["alert.opened", "alert.opened", "alert.closed"]
    assert bodies[0]["delivery"] == ids[0]
    assert bodies[0]["alert"]["text"] == "5 runs"
    assert "the webhook answers 500" in caplog.text
    assert "secret" not in caplog.text


def test_what_is_too_old_is_given_up(database: Database) -> None:
    store, change = AlertStore(database), Change("opened", "own", "service", _RULES["own"])
    store.opened(change, 1, posted=True)
    hook = AlertHook(store, "http://127.0.0.1:9/hook", lambda: True)
    hook.post_all()
    assert store.page("all", 1, None)["alerts"][0]["webhook"] == "failed"
    hook.stop()


def test_an_answer_without_end_is_not_read(database: Database) -> None:
    store = AlertStore(database)
    store.opened(Change("opened", "own", "service", _RULES["own"]), AT, posted=True)
    with receiving() as receiver:
        receiver.status, receiver.endless = 200, True
        hook = AlertHook(store, receiver.url, lambda: True)
        hook.start()
        wait_until(lambda: store.page("all", 1, None)["alerts"][0]["webhook"] == "sent")
        hook.stop()


def test_who_never_answers_neither_holds_up_the_end_nor_loses_what_is_to_be_posted(
    database: Database,
) -> None:
    store = AlertStore(database)
    store.opened(Change("opened", "own", "service", _RULES["own"]), AT, posted=True)
    with receiving() as receiver:
        receiver.silent = True
        hook = AlertHook(store, receiver.url, lambda: True)
        hook.start()
        wait_until(lambda: receiver.got)
        hook.stop()
        assert not hook._thread.is_alive()
        (left,) = store.deliveries(9)
        assert left.attempts == 0


def test_after_one_that_is_not_answered_the_others_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulesflow.runtime.alerthook._TIMEOUT", 0.2)
    store = AlertStore(database)
    for number in range(5):
        store.opened(Change("opened", "own", str(number), _RULES["own"]), AT, posted=True)
    with receiving() as receiver:
        receiver.silent = True
        hook = AlertHook(store, receiver.url, lambda: True)
        hook.post_all()
        assert len(receiver.got) == 1
        hook.stop()


def test_what_is_posted_is_signed_so_that_nobody_can_change_it_unseen(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    store, change = AlertStore(database), Change("opened", "own", "service", _RULES["own"], "5 €", "why")
    store.opened(change, AT, posted=True)
    with receiving() as receiver:
        receiver.secret = _SECRET
        AlertHook(store, receiver.url, lambda: True, f"whsec_{b64encode(bytes(32)).decode()}").post_all()
        AlertHook(store, receiver.url, lambda: True).post_all()
        assert (receiver.got, store.deliveries(9)[0].attempts) == ([], 1), (
            "it is not told with another secret"
        )
        store.postpone(store.deliveries(9)[0], 0)
        AlertHook(store, receiver.url, lambda: True, _SECRET).post_all()
        assert store.page("all", 1, None)["alerts"][0]["webhook"] == "sent"
        (got,), (headers, body) = receiver.got, receiver.posted[-1]
        assert got[0] == headers["webhook-id"] == headers["x-rulesflow-delivery"]
        signed = b"%s.%s." % (got[0].encode(), headers["webhook-timestamp"].encode()) + body
        assert headers["webhook-signature"] == f"v1,{_hmac(signed)}"
        for changed in ({}, {"webhook-id": "other"}, {"webhook-timestamp": str(int(time.time()) - 1)}):
            sent = body if changed else body.replace(b"5 ", b"6 ")
            assert httpx.post(receiver.url, content=sent, headers=headers | changed).status_code == 401
        assert receiver.got == [got]
    assert "whsec" not in caplog.text


def _hmac(signed: bytes) -> str:
    return b64encode(hmac.new(_KEY, signed, hashlib.sha256).digest()).decode()
