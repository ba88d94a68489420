"""Faults as they strike: each lane is a thread that lets its faults begin and end at their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from bench.chaos.premises import Premises
from bench.chaos.scenario import Fault
from bench.services.started import Running

Say = Callable[[str], None]
Strike = Callable[[Premises, Fault], None]


def _control(service: Running, fault: Fault) -> None:
    service.control(**fault.numbers)


def _calm(service: Running, fault: Fault) -> None:
    service.control(**dict.fromkeys(fault.numbers))


def _kill_postgres(premises: Premises, _: Fault) -> None:
    assert premises.postgres is not None
    premises.postgres.kill()


def _start_postgres(premises: Premises, _: Fault) -> None:
    assert premises.postgres is not None
    premises.postgres.start()


def _fill(premises: Premises, _: Fault) -> None:
    assert premises.disk is not None
    premises.disk.fill()


def _free(premises: Premises, _: Fault) -> None:
    assert premises.disk is not None
    premises.disk.free()


def _step(premises: Premises, fault: Fault) -> None:
    assert premises.clock is not None
    premises.clock.step(fault.numbers["step"])


def _step_back(premises: Premises, _: Fault) -> None:
    assert premises.clock is not None
    premises.clock.step(0)


#: What begins a fault, and what ends it: by its kind, else by its lane.
_STRIKES: dict[str, tuple[Strike, Strike]] = {
    "server killed": (lambda at, _: at.first.kill(), lambda at, _: at.first.start()),
    "server ended": (lambda at, _: at.first.end(), lambda at, _: at.first.start()),
    "server frozen": (lambda at, _: at.first.freeze(), lambda at, _: at.first.thaw()),
    "second server, then killed": (lambda at, _: at.second.start(), lambda at, _: at.second.kill()),
    "second server, then ended": (lambda at, _: at.second.start(), lambda at, _: at.second.end()),
    "database": (_kill_postgres, _start_postgres),
    "payment": (lambda at, fault: _control(at.payment, fault), lambda at, fault: _calm(at.payment, fault)),
    "score": (lambda at, fault: _control(at.score, fault), lambda at, fault: _calm(at.score, fault)),
    "disk": (_fill, _free),
    "clock": (_step, _step_back),
}


@contextmanager
def striking(premises: Premises, faults: Sequence[Fault], say: Say) -> Iterator[Callable[[], None]]:
    """Let the faults strike from now on; what is given waits until all have ended, and raises what they did.

    A block that ends early ends those that have begun, and begins no more.
    """
    lanes: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.lane not in premises.missing:
            lanes.setdefault(fault.lane, []).append(fault)
    stopped = threading.Event()
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        clock = _Clock(say)
        running = [pool.submit(_lane, premises, lane, clock, stopped) for lane in lanes.values()]
        try:
            yield lambda: _wait(running)
        finally:
            stopped.set()
    _wait(running)


class _Clock:
    """Seconds since the beginning, for what is told."""

    def __init__(self, say: Say) -> None:
        self._began = time.monotonic()
        self._say = say

    def until(self, moment: float) -> float:
        """Seconds until then."""
        return max(0.0, self._began + moment - time.monotonic())

    def say(self, what: str) -> None:
        """Tell what happens, and when."""
        self._say(f"{time.monotonic() - self._began:6.2f} s  {what}")


def _lane(premises: Premises, faults: Sequence[Fault], clock: _Clock, stopped: threading.Event) -> None:
    for fault in faults:
        if stopped.wait(clock.until(fault.begin)):
            return
        begin, end = _STRIKES.get(fault.kind) or _STRIKES[fault.lane]
        clock.say(f"begins: {fault.kind}")
        try:
            begin(premises, fault)
            stopped.wait(clock.until(fault.end))
        finally:
            end(premises, fault)
            clock.say(f"is over: {fault.kind}")


def _wait(running: Sequence[Future[None]]) -> None:
    for lane in running:
        lane.result()
