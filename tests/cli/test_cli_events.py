"""The commands about events and patterns, against a real service and on what services answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from event_service import declined, write_event_project
from rulesflow.cli.eventtables import event_table, match_table, pattern_table
from serving import Server, spawned, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of the small project, shared by the tests of this module: each sends events of its own."""
    folder = tmp_path_factory.mktemp("served")
    rules = write_event_project(folder / "rules")
    with spawned({"rules": rules, "database_url": f"sqlite:///{folder}/state.db"}) as server:
        yield server


@pytest.fixture(autouse=True)
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of the service, where the commands look for it."""
    monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("COLUMNS", "200")


def ndjson(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def cells(made: Any) -> list[str]:
    """The row of a table of one."""
    return [str(cell) for column in made.columns for cell in column.cells]


# -- sending ---------------------------------------------------------------------------------------------


def test_one_event_is_sent_and_known_when_it_comes_again(call, write):
    path = write("one.json", json.dumps(declined("one"), indent=2))
    first = call("events", "send", path)
    assert (first.code, first.out, first.err) == (0, "1 event taken in\n", "")
    again = call("events", "send", path)
    assert (again.code, again.out) == (0, "0 events taken in, 1 that had come before\n")


def test_an_array_is_sent(call, write):
    path = write("array.json", [declined("array-1"), declined("array-2")])
    result = call("events", "send", path, "--json")
    assert (result.code, result.json) == (0, {"accepted": 2, "duplicates": 0})


def test_lines_are_sent_in_batches(call):
    lines = ndjson(*(declined(f"line-{number}") for number in range(1100)))
    result = call("events", "send", "-", stdin="\n" + lines.replace("\n", "\r\n\n", 1))
    assert (result.code, result.out, result.err) == (0, "1,100 events taken in\n", "")


def test_a_batch_has_as_many_as_one_says(call, busy):
    sent = busy(0)
    lines = ndjson(*(declined(f"{number}") for number in range(5)))
    assert call("events", "send", "-", "--batch", "2", stdin=lines).out == "5 events taken in\n"
    assert [len(each) for each in sent] == [2, 2, 1]


def test_nothing_is_sent_from_an_empty_array(call):
    assert call("events", "send", "-", stdin="[]").out == "0 events taken in\n"


def test_an_event_that_is_refused_is_told_by_its_place(call):
    events = [declined(f"place-{number}") for number in range(700)]
    events[600]["time"] = "now"
    result = call("events", "send", "-", stdin=ndjson(*events))
    assert (result.code, result.out) == (1, "")
    taken, told = result.err.splitlines()
    assert taken == "500 events taken in; then one was refused"
    assert told.startswith("error: event 601: /time: 'now' is not an RFC 3339 timestamp")
    events[601]["id"] = 5
    problem = call("events", "send", "-", "--json", stdin=ndjson(*events))
    assert (problem.code, problem.json["type"]) == (1, "/problems/facts-refused")
    assert [each["pointer"] for each in problem.json["errors"]] == ["/600/time", "/601/id"]


def test_several_that_are_wrong_are_told_one_a_line(call):
    result = call("events", "send", "-", stdin=json.dumps([{}, declined("x", type="payment.declind")]))
    assert result.code == 1
    assert [line.split()[:4] for line in result.err.splitlines()[1:]] == [
        ["event", "1:", f"/{name}", "required"] for name in ("specversion", "id", "source", "type")
    ]


def test_a_type_that_is_misspelt_is_a_sentence(call):
    result = call("events", "send", "-", stdin=json.dumps(declined("x", type="payment.declind")))
    assert result.code == 1
    assert result.err.startswith(
        "error: event 1: /type: there is no type of event 'payment.declind'; did you mean"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "standard input: line 1, column 1: there is no JSON here"),
        ("[{}", "standard input: line 1, column 3: the text ends too early"),
        ('{"a": 1}\n{"a": 1, "a": 2}\n', "standard input, line 2: "),
        ('{"a": NaN}', "JSON has no NaN"),
    ],
)
def test_what_is_no_json_is_a_sentence(call, text, told):
    result = call("events", "send", "-", stdin=text)
    assert (result.code, result.out) == (1, "")
    assert told in result.err and "Traceback" not in result.err


def test_a_file_that_is_not_there_is_a_sentence(call):
    result = call("events", "send", "nowhere.json")
    assert (result.code, result.err) == (1, "error: cannot read nowhere.json: no such file or directory\n")
    assert call("events", "send", "a\0b").code == 1


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """A service that has too much to do for so many calls; what it was sent."""
    sent: list[Any] = []
    times = [0]

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            sent.append(body)
            full = len(sent) <= times[0]
            problem = {"type": "/problems/overloaded", "title": "t", "status": 429, "detail": "too much"}
            answer = json.dumps(problem if full else {"accepted": len(body), "duplicates": 0, "events": []})
            self.send_response(429 if full else 202)
            self.send_header("retry-after", "0")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: Any) -> None:
            pass

    def started(refusals: int) -> list[dict[str, Any]]:
        times[0] = refusals
        monkeypatch.setenv("RULESFLOW_URL", f"http://127.0.0.1:{listening.server_port}")
        return sent

    with HTTPServer(("127.0.0.1", 0), Busy) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield started
        listening.shutdown()
        thread.join()


def test_who_has_too_much_to_do_is_waited_for(call, busy):
    sent = busy(2)
    result = call("events", "send", "-", stdin=ndjson(declined("1"), declined("2")))
    assert (result.code, result.out, result.err) == (0, "2 events taken in\n", "too much\ntoo much\n")
    assert len(sent) == 3


# -- looking ---------------------------------------------------------------------------------------------


def test_events_are_listed(call):
    call("events", "send", "-", stdin=ndjson(*(declined(f"listed-{n}", device="l") for n in range(3))))
    wait_until(lambda: all(each["status"] == "matched" for each in listed(call, "listed-2")))
    result = call("events", "list", "--source", "/test", "--id", "listed-2")
    assert (result.code, result.err) == (0, "")
    header, row = result.out.splitlines()
    assert header.split() == ["type", "source", "id", "time", "status", "problem"]
    assert row.split()[:3] == ["payment.declined", "/test", "listed-2"]
    assert "there are more: --limit 4" in call("events", "list", "--limit", "2").out


def listed(call: Any, id_: str) -> list[dict[str, Any]]:
    return call("events", "list", "--id", id_, "--json").json["events"]


def test_no_events_are_a_sentence(call):
    assert call("events", "list", "--type", "ping").out == "there are no such events\n"
    assert call("events", "list", "--status", "failed").out == "there are no such events\n"
    assert call("patterns", "matches", "lost", "--status", "failed").out == "there are no such matches\n"
    assert call("events", "retry").out == "nothing has failed: there is nothing to try again\n"
    assert call("events", "retry", "--pattern", "lost", "--json").json == {"count": 0}


def test_matches_are_listed(call):
    pair = [declined(f"pair-{card}", data={"device": "pair", "card": card}) for card in ("1", "2")]
    call("events", "send", "-", stdin=json.dumps(pair))
    args = ("patterns", "matches", "card-testing", "--by", "pair")
    wait_until(lambda: call(*args, "--json").json["matches"])
    header, row = call(*args).out.splitlines()
    assert header.split() == ["pattern", "key", "status", "found", "events", "problem", "match"]
    assert row.split()[:2] == ["card-testing", "pair"]
    assert "first=pair-1 second=pair-2" in row


def test_patterns_are_listed(call):
    result = call("patterns", "list")
    assert (result.code, result.err) == (0, "")
    _, first, second = result.out.splitlines()
    assert first.split()[:4] == ["card-testing", "payment.declined", "device", "600s"]
    assert "fact device.tried" in first
    assert second.startswith("lost")
    assert [each["name"] for each in call("patterns", "list", "--json").json["patterns"]] == [
        "card-testing",
        "lost",
    ]


def test_an_unknown_pattern_is_a_sentence(call):
    result = call("events", "retry", "--pattern", "lots")
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: there is no pattern 'lots'; did you mean lost?\n"


def test_a_mistake_of_usage_exits_with_2(call):
    assert call("events", "send").code == 2
    assert call("events", "send", "-", "--batch", "0").code == 2
    assert call("events", "list", "--limit", "0").code == 2
    assert call("patterns", "shout").code == 2


def test_a_filter_that_is_none_is_a_sentence(call):
    result = call("events", "list", "--status", "fialed")
    assert (result.code, result.err) == (
        1,
        "error: the query cannot be used: /status: there is no status 'fialed'; did you mean failed?\n",
    )
    assert "/since" in call("patterns", "matches", "--since", "yesterday").err


def test_alone_they_teach(call):
    assert "rulesflow events send declined.json" in call("events").out
    assert "rulesflow patterns matches card-testing" in call("patterns").out


# -- what a service answers --------------------------------------------------------------------------------


def test_an_event_on_which_patterns_fail_says_so():
    event = {"type": "t", "source": "/s", "id": "1\x1b[31m", "time": "2026-11-27T08:00:00Z"}
    problems = [{"pattern": "p", "message": "it \x1b[31mdied", "attempts": 3, "retry_at": None}]
    row = cells(event_table([event | {"status": "failed", "problems": problems}]))
    assert row == ["t", "/s", "1\\x1b[31m", "2026-11-27T08:00:00Z", "failed", "p: it \\x1b[31mdied"]


def test_a_match_tells_its_key_whatever_it_is():
    match = {
        "pattern": "p",
        "key": 5,
        "status": "done",
        "found_at": "2026-11-27T08:00:00Z",
        "events": [{"alias": "a", "id": "1"}],
        "problem": None,
        "id": "m",
    }
    assert cells(match_table([match]))[:3] == ["p", "5", "done"]
    assert cells(match_table([match | {"key": "\x1b"}]))[1] == "\\x1b"


def test_what_follows_a_match_is_told_by_its_first_word():
    pattern = {"name": "p", "title": "", "types": ["a", "b"], "by": "k", "within": "60s"}
    row = cells(pattern_table([pattern | {"then": {"start": "look"}, "failing": "it died"}]))
    assert row == ["p", "a b", "k", "60s", "start look", "", "it died"]
