"""The worker fails, hangs or is killed: nobody sees it but who counts the losses."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from plain_matching import matches, shown
from sample_patterns import CARD_TESTING, compiled
from streams import event

from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.matcher import Matcher
from rulesflow.patterns.supervisor import EngineMissing, MatchingFailed, Question, Supervisor

_RULES = {"r0": {"all": [{"m0": {"b0": 1}}]}}


def question(rules=_RULES, rows=((1, 1),), pattern="mine", digest=None):
    text = json.dumps(rules)
    return Question(pattern, text, digest or text, 1, ("b0", "n0"), rows, 100)


def siblings(count):
    return {f"r{number}": {"all": [{"m0": {"$and": [{"b0": 1}, {"n0": number}]}}]} for number in range(count)}


def gone(pid):
    """Has the process ended? One that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def await_gone(pid):
    for _ in range(600):
        if gone(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


@pytest.fixture
def own(supervisor):
    """A supervisor of the test's own; ``supervisor`` says whether there is an engine."""
    with Supervisor() as made:
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
class TestProcesses:
    def test_closing_ends_the_worker(self, own):
        own.ask(question(), 1)
        pid = own.pid
        own.close()
        assert gone(pid)
        with pytest.raises(MatchingFailed, match="closed"):
            own.ask(question(), 1)

    @pytest.mark.parametrize("rules", ["_RULES", "siblings(600)"], ids=["idle", "in an endless loop"])
    def test_a_worker_ends_when_its_parent_is_killed(self, supervisor, rules):
        script = (
            "import threading, time\n"
            f"from test_patterns_supervisor import Supervisor, question, siblings, _RULES\n"
            "supervisor = Supervisor()\n"
            "supervisor.ask(question(), 5)\n"
            f"ask = lambda: supervisor.ask(question({rules}), 3)\n"
            "threading.Thread(target=ask, daemon=True).start()\n"
            "time.sleep(0.3)\n"
            "print(supervisor.pid, flush=True)\n"
            "time.sleep(600)\n"
        )
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        command = [sys.executable, "-c", script]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        ) as parent:
            pid = int(parent.stdout.readline())
            assert not gone(pid)
            parent.kill()
        await_gone(pid)


def test_a_worker_that_was_killed_is_replaced_and_asked_again(own):
    own.ask(question(), 5)
    os.kill(own.pid, signal.SIGKILL)
    assert own.ask(question(), 5).found == [[0]]
    assert own.losses == 1


def test_a_hang_ends_after_the_time_agreed_and_names_the_pattern(own):
    with pytest.raises(MatchingFailed, match="pattern mine could not be matched: it took too long") as failed:
        own.ask(question(siblings(600)), 1)
    assert failed.value.pattern == "mine"
    assert own.ask(question(), 5).found == [[0]]


def test_a_crash_names_the_pattern(own):
    over = threading.Event()

    def crash():
        while not over.is_set():  # every worker, while it is at the question, which has no end
            pid = own.pid
            with suppress(ProcessLookupError):
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    own.ask(question(), 5)
    crashing = threading.Thread(target=crash)
    crashing.start()
    try:
        with pytest.raises(MatchingFailed, match="pattern mine could not be matched") as failed:
            own.ask(question(siblings(600)), 60)
    finally:
        over.set()
        crashing.join()
    assert failed.value.pattern == "mine"
    assert own.ask(question(), 5).found == [[0]]


def test_rules_that_may_crash_the_engine_do_not_harm_whoever_asks(own):
    # 256 rules that ask the same end its process, or do not, as its memory happens to lie.
    same = {f"r{number}": {"all": [{"m0": {"$and": [{"b0": 1}, {"n0": 1}]}}]} for number in range(256)}
    with suppress(MatchingFailed):
        own.ask(question(same), 5)
    assert own.ask(question(), 5).found == [[0]]


@pytest.mark.parametrize(
    ("rules", "rows"),
    [
        ({"r0": {"run": 1}}, ((1, 1),)),
        (_RULES, ((1, float("inf")),)),
        (_RULES, ((1, 1e16),)),
        (_RULES, ((1, 1, 1),)),
    ],
    ids=["a rule that is none", "infinity", "an exponent", "a row too long"],
)
def test_an_error_of_the_engine_is_told_and_its_process_replaced(own, rules, rows):
    with pytest.raises(MatchingFailed, match="pattern mine could not be matched: the engine said"):
        own.ask(question(rules, rows), 5)
    assert own.ask(question(), 5).found == [[0]]


def test_a_large_question_is_written_in_pieces(own):
    rows = [(number % 2, number) for number in range(20_000)]
    reply = own.ask(question(rows=rows), 30)
    assert reply.cut
    assert reply.found[:3] == [[1], [3], [5]]


def test_rules_are_never_deleted_so_a_full_worker_is_replaced(own):
    own.ask(question(), 5)
    first = own.pid
    for number in range(500):
        own.ask(question(digest=f"d{number}"), 5)
    assert own.pid != first
    assert own.losses == 0


def test_without_the_engine_the_error_says_how_to_install_it(own, tmp_path, monkeypatch):
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(
        EngineMissing, match=r"CPPFLAGS=.* pip install .*rulesflow\[patterns\].*undefined symbol"
    ):
        own.start()


def test_a_worker_that_does_not_start_says_how_it_ended(own, tmp_path, monkeypatch):
    (tmp_path / "durable_rules_engine.py").write_text("import os; os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    own.start()
    with pytest.raises(MatchingFailed, match="pattern mine could not be matched: its process ended with 3"):
        own.ask(question(), 5)
    monkeypatch.undo()
    assert own.ask(question(), 5).found == [[0]]


def test_threads_share_a_worker(own):
    matcher, pattern = Matcher(own), compile_pattern(CARD_TESTING)
    wrong = []

    def ask(device):
        for cards in range(20):
            events = [declined(number, device, f"c{number % 3}") for number in range(cards % 5)]
            found = {shown(match) for match in matcher.match([pattern], events).matches}
            if found != matches([CARD_TESTING], events):
                wrong.append((device, cards))

    threads = [threading.Thread(target=ask, args=(f"d{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert own.losses == 0


def declined(number, device, card):
    return event(number, "payment.declined", number, device_id=device, card=card, amount=1)


def test_matches_are_right_though_the_worker_is_killed_at_random(own):
    matcher, chance = Matcher(own), random.Random(6)
    pairs = compiled("pairs", "key", "60m", {"a": ("thing", None), "b": ("thing", "b.n > a.n && b.s == a.s")})
    turns, killer_may, over = 150, threading.Semaphore(0), threading.Event()

    def kill():
        """Once in a turn at most: a question survives one death of its worker."""
        while not over.is_set():
            killer_may.acquire()
            time.sleep(chance.random() * 0.003)
            pid = own.pid
            if pid is not None and not over.is_set():
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    for turn in range(turns):
        numbers = [chance.randrange(20) for _ in range(8)]
        events = [
            event(place, "thing", place, key="k", n=number, s="ab"[number % 2], b=True, l=[])
            for place, number in enumerate(numbers)
        ]
        if turn % 5 == 0:
            killer_may.release()
        found = matcher.match([pairs], events).matches
        expected = {
            frozenset({f"e{one}", f"e{other}"})
            for one, low in enumerate(numbers)
            for other, high in enumerate(numbers)
            if high > low and high % 2 == low % 2
        }
        assert {frozenset(match.events.values()) for match in found} == expected
    over.set()
    killer_may.release()
    killer.join()
    assert own.losses > 5


def test_a_worker_that_cannot_be_started_is_told_as_a_failure_of_matching(own, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    own.start()
    with pytest.raises(MatchingFailed, match=r"cannot be started: .*/nowhere/python"):
        own.ask(question(), 1.0)
    monkeypatch.undo()
    assert own.ask(question(), 1.0).found == [[0]]
