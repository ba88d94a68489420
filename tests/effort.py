"""A guard against work that grows with the square of its input, or never ends.

It is no measure of speed, which is shown by `bench/`: the bound is some hundred times what the work takes on
a quiet machine, so that a busy one does not reach it and a runaway does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

RUNAWAY = 60  # seconds of this process' CPU time


@contextmanager
def bounded() -> Iterator[None]:
    """What is done inside ends before it has used `RUNAWAY` seconds of CPU."""
    started = time.process_time()
    yield
    assert time.process_time() - started < RUNAWAY
