"""How much work tests do, and a guard against work that grows with the square of its input, or never ends.

The guard is no measure of speed, which is shown by `bench/`: the bound is some hundred times what the work
takes on a quiet machine, so that a busy one does not reach it and a runaway does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: What long tests do, in parts of what they do by default: `RULESFLOW_TEST_EFFORT=4 make test` is a soak.
EFFORT = float(os.environ.get("RULESFLOW_TEST_EFFORT", "1"))
RUNAWAY = 60  # seconds of this process' CPU time


def effort(number: int) -> int:
    """So many examples, kills or orders, times what is asked for; at least one."""
    return max(1, round(number * EFFORT))


@contextmanager
def bounded() -> Iterator[None]:
    """What is done inside ends before it has used `RUNAWAY` seconds of CPU."""
    started = time.process_time()
    yield
    assert time.process_time() - started < RUNAWAY
