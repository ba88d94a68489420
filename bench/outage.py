"""``python -m bench outage``: an outage of payment at the peak of thousands of orders, and what it costs.

Nothing may be lost, nobody charged twice, and what has parked must have gone through within the time that
the resource's drain rate allows, and three tenths of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf
from types import FrameType
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import report
from bench.board import Board
from bench.ends import End, read_ends
from bench.gateway import Gateway
from bench.opening import Shop, shop
from bench.play import Play, Played, PlayFailed, ailing
from bench.reckoning import Outage, Reckoning, outage_of, reckon
from bench.rush import Rush, lasting
from bench.samples import NoAnswer
from bench.servers import ServerFailed
from bench.services.started import ServiceFailed, postgresql
from bench.takings import quantiles

#: How many times as long as by the drain rate alone it may take until all that parked has gone through.
BAR = 1.3
#: Whether payment is back is asked at least every two seconds; otherwise the wait for that would be measured.
_PAYMENT: dict[str, Any] = {"breaker": {"rest": "1s", "longest_rest": "2s"}}
_ORDERS = {"sqlite": 1_000, "postgresql": 5_000}
_SHOWN = 20  # complaints that are printed


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. ``drain``: parked orders a second that the resource allows."""

    played: Played
    ends: Sequence[End]
    outage: Outage
    reckoning: Reckoning
    drain: float

    @property
    def allowed(self) -> float:
        """Seconds in which all that was parked could be let go at the drain rate."""
        return self.outage.at_most / self.drain

    @property
    def ratio(self) -> float:
        """The time that it took, from payment's return, by the time that the drain rate allows."""
        if self.outage.drained is None:
            return inf
        return self.outage.drained / self.allowed if self.outage.at_most else 1.0

    @property
    def well(self) -> bool:
        """Whether all held."""
        return self.reckoning.well and self.ratio <= BAR

    def as_dict(self) -> dict[str, Any]:
        """The form of ``--json``."""
        return {
            "outage": self.outage.as_dict(),
            "reckoning": self.reckoning.as_dict(),
            "drain_rate": self.drain,
            "drain_seconds_allowed": round(self.allowed, 3),
            "ratio": None if self.ratio == inf else round(self.ratio, 3),
            "phases": {name: _times(ends) for name, ends in _phases(self)},
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit code: 0 well, 1 something failed or did not hold, 2 usage, 130 interrupted."""
    options, rush = _options(arguments)
    console = Console(stderr=options.json)
    if not console.is_terminal:
        console = Console(stderr=options.json, width=120)
    signal.signal(signal.SIGTERM, _interrupt)  # the servers that we started must end with us
    try:
        with ExitStack() as stack:
            database = stack.enter_context(postgresql()) if options.database == "postgresql" else None
            resource = {**_PAYMENT, "drain": options.drain}
            opened = shop(resource, options.seed, database=database, processes=options.processes)
            measured = _measured(stack.enter_context(opened), rush, options, console)
    except (PlayFailed, NoAnswer, ServerFailed, ServiceFailed, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="yellow")
        return 130
    if options.json:
        print(json.dumps({**_asked(options), **measured.as_dict()}, ensure_ascii=False))
    else:
        _show(measured, options, console)
    return 0 if measured.well else 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _options(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Rush]:
    parser = argparse.ArgumentParser(
        prog="python -m bench outage", description="Take payment down at the peak."
    )
    parser.add_argument("--database", choices=sorted(_ORDERS), default="sqlite", help="where runs are kept")
    parser.add_argument("--orders", type=int, metavar="N", help="how many (1,000; on PostgreSQL 5,000)")
    parser.add_argument("--outage", type=float, default=30, metavar="S", help="seconds of the outage (30)")
    parser.add_argument("--rate", type=float, default=10, metavar="R", help="orders a second at peak (10)")
    parser.add_argument("--drain", type=float, default=8, metavar="R", help="parked orders a second (8)")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="that serve the shop (1)")
    parser.add_argument("--seed", type=int, default=1127, metavar="S", help="the same seed, the same orders")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    options = parser.parse_args(arguments)
    options.orders = options.orders or _ORDERS[options.database]
    for name in ("orders", "outage", "rate", "drain", "processes"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name} must be more than 0")
    try:
        return options, lasting(options.orders, options.rate, options.outage)
    except ValueError as error:
        parser.error(str(error))


def _measured(opened: Shop, rush: Rush, options: argparse.Namespace, console: Console) -> Measured:
    with ailing(opened.gateway):
        return asyncio.run(_play(opened, rush, options, console))


async def _play(opened: Shop, rush: Rush, options: argparse.Namespace, console: Console) -> Measured:
    gateway: Gateway = opened.gateway
    with Board(console, rush, options.orders) as board:
        play = Play(opened.urls, gateway, rush, options.orders, options.seed, board.tell)
        played = await play.run()
    with console.status("reading how every order ended …"):
        ends = await read_ends(opened.urls[0], played)
        reckoning = reckon(ends, await asyncio.to_thread(gateway.charges))
    outage = outage_of(played, ends)
    assert outage is not None
    return Measured(played, ends, outage, reckoning, options.drain)


# -- what was found ------------------------------------------------------------------------------------


def _phases(measured: Measured) -> Iterator[tuple[str, list[End]]]:
    """The orders by when they came: before the outage, during it, after it."""
    began, ended = measured.outage.began, measured.outage.ended
    parts = {"before": (0.0, began), "during": (began, ended), "after": (ended, inf)}
    for name, (first, last) in parts.items():
        yield name, [end for end in measured.ends if first <= end.placed.second < last]


def _times(ends: Sequence[End]) -> dict[str, Any]:
    """Milliseconds until an order was accepted, and until it had ended."""
    return {
        "orders": len(ends),
        "accepted_ms": quantiles([end.placed.accepted for end in ends]),
        "ended_ms": quantiles([end.took for end in ends if end.took is not None]),
    }


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    names = ("database", "processes", "orders", "rate", "drain", "seed")
    return {**{name: getattr(options, name) for name in names}, "machine": report.machine()}


def _show(measured: Measured, options: argparse.Namespace, console: Console) -> None:
    outage, found = measured.outage, measured.reckoning
    processes = f"{options.processes} process{'es' if options.processes > 1 else ''}"
    console.print(f"{found.orders:,} orders, {options.database}, {processes}, seed {options.seed}")
    console.print(_phase_table(measured))
    for line in _lines(measured):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    complaints = [*found.lost, *found.doubled, *found.wrong]
    for complaint in complaints[:_SHOWN]:
        console.print(complaint, style="red", highlight=False, markup=False, soft_wrap=True)
    if outage.drained is None:
        console.print("what had parked has not all gone through", style="red")


def _phase_table(measured: Measured) -> Table:
    table = Table(title="Times in ms, by when the order came", title_justify="left", pad_edge=False)
    table.add_column("payment's outage")
    for name in ("orders", "accepted p50", "p95", "ended p50", "p95"):
        table.add_column(name, justify="right")
    for name, ends in _phases(measured):
        times = _times(ends)
        table.add_row(name, f"{len(ends):,}", *_cells(times["accepted_ms"]), *_cells(times["ended_ms"]))
    return table


def _cells(found: dict[str, float | None]) -> Iterable[str]:
    return ["-" if value is None else f"{value:,.1f}" for value in found.values()]


def _lines(measured: Measured) -> Iterator[str]:
    outage, found = measured.outage, measured.reckoning
    first, drained = ("never" if at is None else f"{at:.1f} s" for at in (outage.first, outage.drained))
    yield f"outage                 {outage.ended - outage.began:.1f} s"
    yield f"parked                 {outage.parked:,}, at most {outage.at_most:,} at once"
    if outage.later:
        yield f"parked later           {outage.later:,}, for another reason"
    yield f"drain rate allowed     {measured.drain:g} a second, so {measured.allowed:.1f} s for all"
    yield f"first parked through   {first} after payment's return"
    yield f"all parked through     {drained} after payment's return"
    verdict = "within" if measured.ratio <= BAR else "NOT within"
    yield f"ratio                  {measured.ratio:.2f}, {verdict} the bar of {BAR}"
    yield f"lost                   {len(found.lost)} of {found.orders:,}"
    yield f"charged twice          {len(found.doubled)} of {found.charges:,} charges in the ledger"
    yield f"charged another sum    {len(found.wrong)}"
    if measured.played.sent_away:
        yield f"told to come again     {measured.played.sent_away} times"


if __name__ == "__main__":
    sys.exit(main())
