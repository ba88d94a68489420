"""Python processes that begin with the package imported: each is a copy of one that imported it once.

They are processes as any other, to be killed and waited for; what they are spared is the import, which costs
more of the processor than all else that a service does at its start.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import TextIO

_COPIES = multiprocessing.get_context("forkserver")
_COPIES.set_forkserver_preload(
    [
        "rulesflow.app",
        "rulesflow.cli.serve",
        "rulesflow.cli.worker",
        "rulesflow_fraud",
        "rulesflow_payment",
        "rulesflow_refund",
        "rulesflow_shipping",
        "rulesflow_stock",
        "forks",
    ]
)


class Fork:
    """A process that does what ``python ARGUMENTS`` does: ``-m MODULE …`` or ``-c CODE …``.

    It has the part of `subprocess.Popen` that tests use. ``stderr`` is a pipe, and ``stdout`` if asked for.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        env: Mapping[str, str] = os.environ,
        *,
        stdout: bool = False,
    ) -> None:
        self.stderr, errors = _pipe()
        self.stdout: TextIO | None = None
        output: Connection | None = None
        if stdout:
            self.stdout, output = _pipe()
        given = (list(arguments), str(cwd), dict(env), output, errors)
        self._process = _COPIES.Process(target=_be, args=given)
        self._process.start()
        for end in (output, errors):
            if end is not None:
                end.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Its exit code, or a signal's number below zero; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises `TimeoutError`."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise TimeoutError(f"process {self.pid} goes on after {timeout} s")
        return code

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it wrote, once it has ended. Raises `TimeoutError`, after it was killed."""
        assert self.stdout is not None
        with self.stdout, self.stderr, ThreadPoolExecutor(2) as readers:
            told = [readers.submit(end.read) for end in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            finally:
                self.kill()
            return told[0].result(), told[1].result()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _pipe() -> tuple[TextIO, Connection]:
    """The end to read from, and that to write to, which can be handed to another process."""
    ours, theirs = os.pipe()
    return os.fdopen(ours), Connection(theirs, readable=False)


def _be(
    arguments: list[str],
    folder: str,
    variables: dict[str, str],
    output: Connection | None,
    errors: Connection,
) -> None:
    os.dup2(sys.stdin.fileno(), 0)  # it is nothing already, but under another number
    sys.stdin = os.fdopen(0, closefd=False)
    for number, name, end in ((1, "stdout", output), (2, "stderr", errors)):
        if end is not None:
            os.dup2(end.fileno(), number)
            end.close()
        lines = 1 if name == "stderr" else -1
        setattr(sys, name, os.fdopen(number, "w", lines, errors="backslashreplace", closefd=False))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[:0] = [folder, *filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))]
    how, what, *rest = arguments
    sys.argv = [how, *rest]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), vars(main))
