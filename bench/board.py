"""The board that hangs in the shop on Black Friday: how it stands, live or in the lines of a log."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bench.rush import Rush
from bench.samples import Sample

_WIDTH = 36  # characters of a bar
_LINE_EVERY = 5.0  # seconds between two lines where there is no terminal
_COLOURS = {"closed": "green", "half-open": "yellow", "open": "red"}
_RECENT = 5.0  # seconds over which a rate is told


class Board:
    """Shows each sample that it is told of. Used as a context."""

    def __init__(self, console: Console, rush: Rush, orders: int) -> None:
        self._console = console
        self._rush = rush
        self._orders = orders
        self._seen: list[Sample] = []
        self._live = Live(console=console, transient=True, auto_refresh=False)

    def __enter__(self) -> Board:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def tell(self, sample: Sample) -> None:
        """Show how it stands."""
        before = self._seen[-1].second if self._seen else -1.0
        self._seen.append(sample)
        if self._console.is_terminal:
            self._live.update(self._table(sample), refresh=True)
        elif sample.second // _LINE_EVERY != before // _LINE_EVERY:
            self._console.print(self._line(sample), highlight=False, soft_wrap=True)

    def phase(self, second: float) -> str:
        """What goes on at that moment."""
        rush = self._rush
        down = second - rush.outage_at
        if rush.outage and 0 <= down < rush.outage:
            return f"payment is down, for {down:.0f} of {rush.outage:.0f} s"
        if second >= rush.seconds:
            return "everybody has ordered; the rest goes through"
        return "the peak" if rush.rate(second) > (rush.quiet + rush.peak) / 2 else "quiet"

    def _line(self, sample: Sample) -> str:
        return (
            f"{sample.second:5.0f} s: {sample.arrived} ordered, {sample.parked} parked, {sample.done} done; "
            f"payment {sample.breaker}{_draining(sample)} — {self.phase(sample.second)}"
        )

    def _table(self, sample: Sample) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(f"[bold]{sample.second:.0f} s", Text(self.phase(sample.second), style="bold"), "")
        for name, count, colour in (
            ("ordered", sample.arrived, "blue"),
            ("parked", sample.parked, "yellow"),
            ("done", sample.done, "green"),
        ):
            bar = ProgressBar(self._orders, count, width=_WIDTH, complete_style=colour, finished_style=colour)
            table.add_row(name, bar, f"{count:,}{self._rate(name)}")
        breaker = Text(sample.breaker, style=_COLOURS.get(sample.breaker, ""))
        table.add_row("payment", breaker, _draining(sample).removeprefix(", "))
        return table

    def _rate(self, name: str) -> str:
        if name == "parked":
            return ""
        last = self._seen[-1]
        first = next(each for each in self._seen if each.second >= last.second - _RECENT)
        if first is last:
            return ""
        counts = [each.arrived if name == "ordered" else each.done for each in (first, last)]
        return f"  {(counts[1] - counts[0]) / (last.second - first.second):.1f}/s"


def _draining(sample: Sample) -> str:
    """How the parked orders get on, after a comma; empty where there are none."""
    if not sample.parked:
        return ""
    rate = f", drains {sample.drain_rate:.0f}/s" if sample.breaker == "closed" else ""
    return rate + ("" if sample.left is None else f", expects to be through in {sample.left:.0f} s")
