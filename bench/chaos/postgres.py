"""A PostgreSQL that can be killed and started again, or made to hang for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

_TRIES: Final = 10
_PAUSE: Final = 0.5  # seconds between two tries


class Postgres:
    """The server of `bench.services.started.postgresql`, by the URL of its database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._data = Path(parse_qs(urlsplit(url).query)["host"][0])
        served_by = (self._data / "postmaster.opts").read_text().split(" ")[0]
        self._control = Path(served_by).with_name("pg_ctl")  # the wheel has those of other versions too

    def kill(self) -> None:
        """End it without a checkpoint: it has to recover."""
        self._order("stop", "-m", "immediate").check_returncode()

    def start(self) -> None:
        """Serve again, at the same place. Raises `CalledProcessError`."""
        log, options = str(self._data / "again.log"), f"-h '' -k {self._data}"
        for _ in range(_TRIES):  # what the killed one held may take a moment to be free
            done = self._order("start", "-w", "-l", log, "-o", options)
            if done.returncode == 0:
                return
            time.sleep(_PAUSE)
        done.check_returncode()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it take connections, and keep them open, but answer nobody, while the block lasts."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # it begets no more from here on
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        stopped = [first, *map(int, children)]
        try:
            self._signal(stopped, signal.SIGSTOP)
            yield
        finally:
            self._signal(stopped, signal.SIGCONT)

    @staticmethod
    def _signal(processes: list[int], number: signal.Signals) -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _order(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        owner = self._data.stat()
        other: dict[str, Any] = {}
        if owner.st_uid != os.geteuid():
            other = {"user": owner.st_uid, "group": owner.st_gid}
        command = [str(self._control), "-D", str(self._data), *words]
        return subprocess.run(command, cwd="/", check=False, stdout=subprocess.DEVNULL, **other)
