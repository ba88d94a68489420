"""Rules are edited a hundred times under traffic without pause: nobody notices but by the answers."""

from __future__ import annotations

import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import Server, fee, wait_until, write_project

EDITS = 100
SWAP = 50  # this edit is made by a swap of the folder's own symlink
CLIENTS = 2


class Traffic:
    """Clients that ask without pause, and note whatever is not as it should be."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/decisions/fee"
        self.answered = 0
        self.slowest = 0.0
        self.wrong: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self.stop.is_set():
                started = time.monotonic()
                try:
                    self._check(client.post(self.url, json={"facts": {"total": 1}}))
                except httpx.HTTPError as error:
                    self.wrong.append(repr(error))
                self.slowest = max(self.slowest, time.monotonic() - started)

    def _check(self, response: httpx.Response) -> None:
        result = response.json().get("result", {})
        if response.status_code != 200 or result.get("low") != result.get("high"):
            self.wrong.append(f"{response.status_code} {response.text}")
        self.answered += 1

    @contextmanager
    def flowing(self) -> Iterator[Traffic]:
        threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()


def save_in_place(link: Path, text: str) -> None:
    (link / "base" / "fee.yaml").write_text(text)


def save_by_rename(link: Path, text: str) -> None:
    (link / "base" / "fee.yaml~").write_text(text)
    (link / "base" / "fee.yaml~").rename(link / "base" / "fee.yaml")


def save_by_swap(link: Path, text: str) -> None:
    other = link.with_name("other")
    shutil.copytree(link, other)
    (other / "base" / "fee.yaml").write_text(text)
    link.with_name("next").symlink_to(other)
    link.with_name("next").rename(link)


def seconds_until(state: Callable[[], Any], started: float) -> float:
    wait_until(state, 20)
    return time.monotonic() - started


@pytest.mark.slow
def test_a_hundred_edits_under_traffic(spawn: Callable[..., Server], tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(write_project(tmp_path / "first", 0))
    server = spawn(rules=link)
    good: list[float] = []
    bad: list[float] = []
    with Traffic(server.port).flowing() as traffic:
        for number in range(1, EDITS + 1):
            broken = number % 3 == 0
            text = fee(number) + ("  - rule: [\n" if broken else "")
            save = save_by_swap if number == SWAP else (save_in_place, save_by_rename)[number % 2]
            started = time.monotonic()
            save(link, text)
            if broken:
                bad.append(seconds_until(lambda: server.status()["error"], started))
            else:
                wanted = {"low": number, "high": number}
                live = lambda wanted=wanted: server.decide("fee", {}).json()["result"] == wanted  # noqa: E731
                good.append(seconds_until(live, started))
                wait_until(lambda: server.status()["error"] is None)
    for name, times in (("good", good), ("bad", bad)):
        print(
            f"{name} edits shown after: median {statistics.median(times):.3f} s, "
            f"95 % {sorted(times)[len(times) * 95 // 100]:.3f} s, max {max(times):.3f} s"
        )
    print(f"{traffic.answered} requests, the slowest {traffic.slowest * 1000:.0f} ms")
    assert traffic.wrong == []
    assert traffic.answered > EDITS
    assert (len(good), len(bad)) == (67, 33)
