"""A ``rulesflow serve`` that is killed, ended, frozen, and started again as a supervisor would do it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.servers import ServerFailed
from rulesflow.model.times import Timestamp

_ADDRESS = re.compile(rb"running on (http://127\.0\.0\.1:\d+)")
_COMES_WITHIN: Final = 120.0  # seconds, however often it has to be started: its database may be away
_ENDS_WITHIN: Final = 60.0
_AGAIN: Final = 0.5  # seconds between two starts
_LOOK: Final = 0.02


class Server:
    """One process at a time, over ``folder``.

    ``complaints``: what it did that no server may do. ``kills``: when it was killed, by the wall clock.
    """

    def __init__(self, name: str, folder: Path, rules: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.complaints: list[str] = []
        self.kills: list[Timestamp] = []
        self.url: str | None = None
        self._folder = folder
        self._command = [sys.executable, "-m", "rulesflow", "serve", "--rules", str(rules), "--port", "0"]
        self._environment = environment
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Its process; None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, over and over until it takes requests. Raises `ServerFailed`."""
        with self._lock:
            ends = time.monotonic() + _COMES_WITHIN
            while self.url is None:
                if time.monotonic() > ends:
                    raise ServerFailed(f"{self.name} does not come up:\n{self.tail()}")
                self.url = self._try(ends)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.kills.append(Timestamp(time.time_ns()))
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """End it as an operator does."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Let it do nothing, as a machine that swaps, until it thaws."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def revive(self) -> None:
        """Start it again if it has ended by itself, which is a complaint."""
        if self._process is not None and self._process.poll() is not None:
            self._complain(f"ended by itself with status {self._process.returncode}")
            self._process, self.url = None, None
            self.start()

    def tail(self, lines: int = 30) -> str:
        """The end of its log."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _try(self, ends: float) -> str | None:
        """Its URL; None where it has ended again."""
        with self._log.open("ab") as log:
            begin = log.tell()
            process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._process = process
        while process.poll() is None and time.monotonic() < ends:
            found = _ADDRESS.search(self._log.read_bytes()[begin:])
            if found:
                return found[1].decode()
            time.sleep(_LOOK)
        process.kill()
        process.wait()
        self._process = None
        time.sleep(_AGAIN)
        return None

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self._process, self.url = self._process, None, None
        if process is None:
            return
        if process.poll() is not None:
            self._complain(f"ended by itself with status {process.returncode}")
            return
        process.send_signal(number)
        try:
            process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._complain(f"did not end within {_ENDS_WITHIN:.0f} s of SIGTERM")
            process.kill()
            process.wait()

    def _complain(self, what: str) -> None:
        self.complaints.append(f"{self.name} {what}; its log ends:\n{self.tail(12)}")
