"""``rulesflow backtest``: stored events, looked at by the patterns in force and by a candidate's."""

from __future__ import annotations

import json
from importlib.util import find_spec
from random import Random

import pytest

from databases import database_url, postgres
from pattern_projects import FILES, load
from rulesflow.model.times import SECOND, Timestamp, parse_timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.cloudevents import CloudEvent
from rulesflow.runtime.database import Database
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.intake import prepare
from rulesflow.runtime.keying import Keying
from serving import spawn

__all__ = ["database_url", "postgres", "spawn"]

pytestmark = pytest.mark.skipif(
    find_spec("durable_rules_engine") is None, reason="durable-rules is not installed: it takes a C compiler"
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
START = parse_timestamp("2026-11-20T10:00:00Z")
MINUTE = 60 * SECOND


def declined(number, minute, card, device="d", **more):
    data = {"device_id": device, "card": card, "amount": 1, **more}
    return CloudEvent(
        f"e{number}", "/shop", "payment.declined", data, Timestamp(START + int(minute * MINUTE))
    )


def placed(order, time=START):
    return CloudEvent(f"placed-{order}", "/shop", "order.placed", {"order_id": order}, time)


def captured(order, minute):
    time = Timestamp(START + minute * MINUTE)
    return CloudEvent(f"captured-{order}-{minute}", "/shop", "payment.captured", {"order_id": order}, time)


def store(url, events):
    """Store events as a service does whose project is that of `FILES`."""
    project = load()
    keying, database = Keying.of(project.patterns.values()), Database(url)
    prepared = [prepare(project, keying, each, now(), "") for each in events]
    assert not any(faults for _, faults in prepared)
    EventStore(database).add([new for new, _ in prepared])
    database.close()


@pytest.fixture
def folders(tmp_path):
    """The project in force, and a candidate that is the same but for some files."""

    def made(**changed):
        for name, files in (("now", FILES), ("next", {**FILES, **changed})):
            for path, text in files.items():
                if text is not None:
                    (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
                    (tmp_path / name / path).write_text(text)
        return ["--rules", tmp_path / "now", "--candidate", tmp_path / "next"]

    return made


@pytest.fixture
def backtest(call, database_url):
    def called(*arguments):
        result = call("backtest", "--database", database_url, *arguments, "--json")
        assert (result.code, result.err) == (0, "")
        return result.json

    return called


def replaced(path, old, new):
    text = FILES[path].replace(old, new)
    assert text != FILES[path]
    return {path: text}


def counts(report):
    return {
        each["pattern"]: (each["both"], each["only_now"], each["only_candidate"])
        for each in report["patterns"]
    }


STREAM = [
    declined(1, 0, "a"),
    declined(2, 8, "b"),
    declined(3, 30, "a", device="x"),
    declined(4, 34, "b", device="x"),
    declined(5, 60, "a"),
    placed("paid"),
    captured("paid", 20),
    placed("unpaid"),
]


def test_the_same_patterns_find_the_same(folders, backtest, database_url):
    store(database_url, STREAM)
    report = backtest(*folders())
    assert (report["events"], report["no_longer_valid"]) == (8, [])
    assert counts(report) == {"two-cards": (2, 0, 0), "unpaid": (1, 0, 0)}


@on_sqlite
def test_what_only_one_side_finds_is_told_with_what_would_follow(folders, backtest, database_url):
    store(database_url, STREAM)
    shorter = replaced("patterns/two-cards.yaml", "within: 10m", "within: 5m")
    longer = replaced("patterns/unpaid.yaml", "within: 30m", "within: 15m")
    report = backtest(*folders(**shorter, **longer))
    assert counts(report) == {"two-cards": (1, 1, 0), "unpaid": (1, 0, 1)}
    (two_cards, unpaid) = report["patterns"]
    assert two_cards["examples"] == {
        "only_now": [
            {
                "key": "d",
                "events": [
                    {
                        "event": "first",
                        "source": "/shop",
                        "id": "e1",
                        "type": "payment.declined",
                        "time": "2026-11-20T10:00:00Z",
                    },
                    {
                        "event": "second",
                        "source": "/shop",
                        "id": "e2",
                        "type": "payment.declined",
                        "time": "2026-11-20T10:08:00Z",
                    },
                ],
                "follows": {
                    "fact": "device.suspicious",
                    "where": {"device.id": "d"},
                    "value": True,
                    "for": "86400s",
                },
            }
        ],
        "only_candidate": [],
    }
    (example,) = unpaid["examples"]["only_candidate"]
    assert (example["key"], [each["id"] for each in example["events"]]) == ("paid", ["placed-paid"])
    assert example["follows"]["fact"] == "order.unpaid"


@on_sqlite
def test_as_text_it_is_told_by_pattern(folders, call, database_url):
    store(database_url, STREAM)
    shorter = replaced("patterns/two-cards.yaml", "within: 10m", "within: 5m")
    result = call("backtest", "--database", database_url, *folders(**shorter))
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "two-cards: 1 match of both, 1 only now, 0 only then\n"
        '    only now: key "d": first /shop e1 of 2026-11-20T10:00:00Z; '
        "second /shop e2 of 2026-11-20T10:08:00Z\n"
        '        {"fact":"device.suspicious","where":{"device.id":"d"},"value":true,"for":"86400s"}\n'
        "unpaid: 1 match of both, 0 only now, 0 only then\n"
        "8 events looked at; 1 of 2 patterns found something else\n"
    )


@on_sqlite
def test_a_key_that_no_service_has_looked_by_yet_is_no_hindrance(folders, backtest, database_url):
    store(database_url, STREAM)
    report = backtest(*folders(**replaced("patterns/two-cards.yaml", "by: device_id", "by: card")))
    assert counts(report)["two-cards"] == (0, 2, 0)
    by_card = replaced("patterns/two-cards.yaml", "by: device_id", "by: card")["patterns/two-cards.yaml"]
    anywhere = by_card.replace("second.card != first.card", "second.ts > first.ts").replace("10m", "5h")
    report = backtest(*folders(**{"patterns/two-cards.yaml": anywhere}))
    assert counts(report)["two-cards"][2] == 4


@on_sqlite
def test_new_and_removed_patterns_and_another_follow_up(folders, backtest, database_url, call):
    store(database_url, STREAM)
    text = FILES["patterns/two-cards.yaml"]
    renamed = {"patterns/two-cards.yaml": None, "patterns/pair.yaml": text.replace("two-cards", "pair")}
    changed = folders(**renamed, **replaced("patterns/unpaid.yaml", "for: 24h", "for: 1h"))
    assert counts(backtest(*changed)) == {"pair": (0, 0, 2), "two-cards": (0, 2, 0), "unpaid": (1, 0, 0)}
    told = call("backtest", "--database", database_url, *changed).out
    assert "pair: new; 2 matches\n" in told
    assert "two-cards: the candidate does not have it; 2 matches now\n" in told
    assert "unpaid: 1 match of both, 0 only now, 0 only then; from 1 of both something else follows\n" in told


@on_sqlite
def test_events_that_would_not_be_taken_any_more_are_told(folders, backtest, call, database_url):
    store(database_url, STREAM)
    narrow = replaced("events.yaml", "card: {type: string}", "card: {enum: [a]}")
    changed = folders(**narrow)
    report = backtest(*changed)
    (wrong,) = report["no_longer_valid"]
    assert (wrong["type"], wrong["events"], wrong["example"]["id"]) == ("payment.declined", 2, "e2")
    assert wrong["example"]["problem"].startswith("data.card: ")
    assert counts(report)["two-cards"] == (0, 2, 0)
    told = call("backtest", "--database", database_url, *changed).out
    assert "no longer valid: 2 events of type payment.declined, such as /shop e2 of 2026-11-20T10:08" in told


def test_only_the_last_events_or_those_since_a_time_or_one_pattern(folders, backtest, database_url):
    store(database_url, STREAM)
    same = folders()
    assert backtest(*same, "--last", 7)["events"] == 7
    assert counts(backtest(*same, "--last", 7))["two-cards"] == (1, 0, 0)
    assert backtest(*same, "--last", 100)["events"] == 8
    assert counts(backtest(*same, "--since", "2026-11-20T10:08:00Z"))["two-cards"] == (1, 0, 0)
    assert backtest(*same, "--since", "2026-11-20")["events"] == 8
    assert backtest(*same, "--since", "2026-11-20T10:08:00Z", "--last", 2)["events"] == 2
    assert counts(backtest(*same, "--pattern", "unpaid")) == {"unpaid": (1, 0, 0)}


@on_sqlite
def test_absence_whose_time_is_not_over_counts_nowhere(folders, backtest, database_url):
    store(database_url, [placed("new", time=now())])
    (unpaid,) = backtest(*folders(), "--pattern", "unpaid")["patterns"]
    assert (unpaid["both"], unpaid["open"]) == (0, 1)


def test_no_match_is_lost_or_told_twice_over_many_windows(folders, backtest, database_url):
    cards = "abcd"
    events = [declined(n, n * 4, cards[n % 4], device=f"d{n % 3}") for n in range(240)]
    store(database_url, events)
    near = replaced("patterns/two-cards.yaml", "within: 10m", "within: 24m")
    expected = [
        sum(
            one.data["device_id"] == other.data["device_id"]
            and one.data["card"] != other.data["card"]
            and 0 < other.time - one.time <= within * MINUTE
            for one in events
            for other in events
        )
        for within in (10, 24)
    ]
    both, only_now, only_candidate = counts(backtest(*folders(**near)))["two-cards"]
    assert [both + only_now, both + only_candidate] == expected
    assert only_now == 0


@on_sqlite
def test_absence_is_judged_rightly_over_many_windows(folders, backtest, database_url):
    chosen = Random(7)
    moments = sorted(chosen.sample(range(0, 4_000), 200))
    paid = sorted(chosen.sample(range(0, 4_000), 30))
    events = [
        CloudEvent(f"p{at}", "/shop", "order.placed", {"order_id": "o"}, Timestamp(START + at * MINUTE))
        for at in moments
    ]
    store(database_url, [*events, *(captured("o", at) for at in paid)])
    longer = replaced("patterns/unpaid.yaml", "within: 30m", "within: 45m")
    expected = [
        sum(not any(at <= other <= at + within for other in paid) for at in moments) for within in (30, 45)
    ]
    both, only_now, only_candidate = counts(backtest(*folders(**longer)))["unpaid"]
    assert [both + only_now, both + only_candidate] == expected
    assert only_candidate == 0 < only_now


@on_sqlite
def test_runs_that_would_be_started_and_signals_that_would_be_sent_are_told(folders, backtest, database_url):
    store(database_url, STREAM)
    workflow = {
        "workflows/look.yaml": "workflow: look\ninput: facts.yaml\nsteps:\n"
        "  ask: {wait: looked, payload: {ok: {type: boolean}}}\n"
    }
    start = 'then: {start: look, with: {device: {id: "${ key }"}, order: {id: "${ match }"}}}'
    signal = 'then: {signal: looked, where: {order.id: "${ key }"}, with: {ok: false}}'
    one, other = (FILES[f"patterns/{name}.yaml"] for name in ("two-cards", "unpaid"))
    new = {
        "patterns/a.yaml": one.partition("then:")[0].replace("two-cards", "a") + start,
        "patterns/b.yaml": other.partition("then:")[0].replace("unpaid", "b") + signal,
    }
    report = backtest(*folders(**workflow, **new))
    a, b = (each["examples"]["only_candidate"][0]["follows"] for each in report["patterns"][:2])
    assert a["start"] == "look"
    assert a["with"]["device"] == {"id": "x"}
    assert b == {"signal": "looked", "where": {"order.id": "unpaid"}, "with": {"ok": False}}


@on_sqlite
def test_a_key_with_too_much_in_one_window_is_asked_event_by_event(folders, backtest, database_url):
    events = [declined(n, n / 1000, "ab"[n % 2], device="busy") for n in range(70)]
    store(database_url, events)
    wider = replaced("patterns/two-cards.yaml", "within: 10m", "within: 9m")
    (two_cards, _) = backtest(*folders(**wider))["patterns"]
    assert (two_cards["both"], two_cards["only_now"], two_cards["cut"]) == (35 * 35, 0, 0)


@on_sqlite
def test_a_condition_that_fails_is_told(folders, backtest, database_url):
    store(database_url, [declined(1, 0, "a", amount=0), declined(2, 1, "b")])
    (two_cards, _) = backtest(*folders())["patterns"]
    assert two_cards["failed"] == 1
    assert "division by zero" in two_cards["problem"]


def test_errors_of_the_candidate_are_shown_as_check_shows_them(folders, call):
    wrong = folders(**replaced("patterns/two-cards.yaml", "within: 10m", "within: soon"))
    result = call("backtest", *wrong)
    assert result.code == 1
    assert "patterns/two-cards.yaml:4:9: error " in result.out
    assert call("backtest", *wrong, "--json").json["ok"] is False


def test_what_is_missing_is_told(folders, call, tmp_path):
    same = folders()
    result = call("backtest", *same)
    assert (result.code, "there is no database" in result.err) == (1, True)
    assert not (tmp_path / ".rulesflow").exists()
    result = call("backtest", *same, "--database", "none")
    assert (result.code, "no events without a database" in result.err) == (1, True)
    result = call("backtest", *same, "--pattern", "two-card")
    assert (result.code, "did you mean two-cards?" in result.err) == (1, True)
    assert call("backtest", "--rules", tmp_path / "now").code == 2
    assert call("backtest", *same, "--since", "soon").code == 2
    assert call("backtest", *same, "--last", "0").code == 2


def test_a_database_without_events_has_nothing_to_tell(folders, backtest, database_url):
    Database(database_url).close()
    report = backtest(*folders())
    assert (report["events"], counts(report)["two-cards"]) == (0, (0, 0, 0))


def test_the_database_of_a_service_that_runs(folders, backtest, database_url, spawn, tmp_path):
    changed = folders(**replaced("patterns/two-cards.yaml", "within: 10m", "within: 5m"))
    server = spawn(rules=tmp_path / "now", database_url=database_url)
    body = [
        {
            "specversion": "1.0",
            "id": each.id,
            "source": each.source,
            "type": each.type,
            "time": str(each.time),
            "data": each.data,
        }
        for each in STREAM
    ]
    media = {"Content-Type": "application/cloudevents-batch+json"}
    taken = server.post("/v1/events", content=json.dumps(body), headers=media)
    assert taken.status_code == 202, taken.text
    report = backtest(*changed)
    assert counts(report) == {"two-cards": (1, 1, 0), "unpaid": (1, 0, 0)}
