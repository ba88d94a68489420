"""The server's wall clock, which can be stepped while the server runs; its monotonic clock goes on evenly.

libfaketime was tried for it: with its monotonic clock left alone, Python's ``time.sleep`` fails.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Final

_SOURCE = Path(__file__).with_name("clock.c")
_STEP = struct.Struct("q")
_TRIED: Final = 3600  # seconds: no machine is as slow as that between two looks at its clock


class NoClock(Exception):
    """Clocks cannot be stepped on this machine; the message says why."""


class Clock:
    """A clock for processes that are started with `environment`. Raises `NoClock`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock.step"
        self._library = folder / "clock.so"
        self.step(0)
        self._build()
        self._try()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which a process has this clock."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_STEP_FILE": str(self._file)}

    def step(self, seconds: int) -> None:
        """Set the clock so many seconds off the right time."""
        handle = os.open(
            self._file, os.O_WRONLY | os.O_CREAT, 0o600
        )  # in place: the processes have it mapped
        try:
            os.pwrite(handle, _STEP.pack(seconds), 0)
        finally:
            os.close(handle)

    def _build(self) -> None:
        compiler = which("cc") or which("gcc") or which("clang")
        if compiler is None:
            raise NoClock("there is no C compiler")
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(self._library), str(_SOURCE), "-ldl"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoClock(f"{_SOURCE.name} does not compile here: {done.stderr.strip().splitlines()[-1]}")

    def _try(self) -> None:
        """See that Python's wall clock follows, and that its monotonic one does not."""
        self.step(_TRIED)
        command = [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"]
        before = time.monotonic()
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        self.step(0)
        wall, even = map(float, done.stdout.split() or (0, 0))
        if wall < time.time() + _TRIED / 2 or not before <= even <= time.monotonic():
            raise NoClock("the C library cannot be preloaded here")
