"""Watching: the same question again and again, drawn over itself on a terminal and printed elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from rich.console import RenderableType
from rich.live import Live

from rulesflow.cli.console import OUT

_EVERY: Final = 1.0  # seconds between two looks


def watch(
    look: Callable[[], Any], drawn: Callable[[Any], RenderableType] | None, show: Callable[[Any], None]
) -> None:
    """Until somebody presses Ctrl-C. ``drawn``: a look as a terminal shows it; None: it is printed."""
    with suppress(KeyboardInterrupt):
        if drawn is None or not OUT.is_terminal:
            _repeat(lambda: show(look()))
            return
        with Live(drawn(look()), console=OUT, auto_refresh=False) as live:
            _repeat(lambda: live.update(drawn(look()), refresh=True))


def _repeat(work: Callable[[], None]) -> None:
    while True:
        work()
        OUT.file.flush()
        time.sleep(_EVERY)
