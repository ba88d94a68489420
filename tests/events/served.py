"""A service in a process of its own that can be killed, and the worker that it keeps."""

from __future__ import annotations

import os
import re
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from forks import Fork
from serving import ROOT, wait_until

_SERVE = """
import sys
from rulesflow.app import serve
from rulesflow.settings import read_settings
serve(read_settings(dict(argument.split("=", 1) for argument in sys.argv[1:])))
"""


class Served:
    """A service over a folder and a database, which can be started and killed again and again."""

    def __init__(self, rules: Path, database_url: str) -> None:
        self._arguments = [f"rules={rules}", f"database_url={database_url}", "port=0"]
        self._process: Fork | None = None
        self._client: httpx.Client | None = None
        self.log: list[str] = []

    def start(self) -> None:
        """Start it; comes back when it answers."""
        process = self._process = Fork(["-c", _SERVE, *self._arguments], ROOT)
        log: list[str] = []
        self.log = log
        threading.Thread(target=self._read, args=(process, log), daemon=True).start()
        running = r"running on http://127\.0\.0\.1:(\d+)"
        found = wait_until(lambda: re.search(running, "".join(log)) or process.poll(), 60)
        assert isinstance(found, re.Match), "".join(log)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=30)

    def kill(self) -> None:
        """End it as a power cut does. The worker finds that its pipe is closed, and ends too."""
        assert self._process is not None and self._client is not None
        self._process.kill()
        self._process.wait()
        self._client.close()

    def stop(self) -> None:
        """End it in peace, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        if self._client is not None:
            self._client.close()

    def send(self, events: list[dict[str, Any]]) -> httpx.Response:
        """Post a batch. Raises `httpx.TransportError` where it is killed meanwhile."""
        assert self._client is not None
        headers = {"content-type": "application/cloudevents-batch+json"}
        response = self._client.post("/v1/events", json=events, headers=headers)
        assert response.status_code == 202, response.text
        return response

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """What it answers."""
        assert self._client is not None
        response = self._client.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def matches(self) -> list[tuple[str, tuple[str, ...]]]:
        """All matches: the pattern, and the ids of the events, sorted."""
        found: list[tuple[str, tuple[str, ...]]] = []
        parameters = {"limit": 1000}
        while True:
            page = self.get("/v1/matches", **parameters)
            found += [(each["pattern"], _ids(each)) for each in page["matches"]]
            if page["next"] is None:
                return found
            parameters["cursor"] = page["next"]

    def looked(self, seconds: float = 60) -> None:
        """Wait until every event was looked at."""
        wait_until(lambda: not self.get("/v1/events", status="waiting", limit=1)["events"], seconds)

    def kill_worker(self) -> bool:
        """Kill the process that matches, if there is one just now."""
        assert self._process is not None
        for pid in _children(self._process.pid):
            with suppress(OSError):
                if b"rulesflow.patterns.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    return True
        return False

    @staticmethod
    def _read(process: Fork, log: list[str]) -> None:
        with process.stderr:
            log.extend(process.stderr)


def _ids(match: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(event["id"] for event in match["events"]))


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found
