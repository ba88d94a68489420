"""``make demo``: a Black Friday on one machine, with an outage of payment in the middle of its rush.

Random orders, the same for the same seed, come ten times as fast at the peak, and then payment goes down.
Orders queue, payment returns, every order is charged once. The payment service fails now and then besides
and declines some cards; whoever sits at the inbox approves most of the orders that wait for a person.
What came of it is told by tables, a reckoning against the payment service's ledger, and a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from bench import servers
from bench.board import Board
from bench.ends import End, read_ends
from bench.gateway import Gateway
from bench.opening import shop
from bench.play import Play, Played, PlayFailed, ailing
from bench.reckoning import Outage, Reckoning, outage_of, reckon
from bench.rush import SURGE, Rush
from bench.samples import NoAnswer
from bench.services.started import ServiceFailed
from bench.takings import Takings, show

_ROOT = Path(__file__).parents[1]
_PICTURE = Path(".rulesflow/demo/black-friday.png")
_PICTURES = (".png", ".svg", ".pdf")
_PEAK = 16.0  # orders a second; two cores carry out about 25
_MOST = 1_000.0  # orders a second
#: As much as two cores can follow; and whether payment is back is asked at least every two seconds.
_PAYMENT: dict[str, Any] = {"drain": 20, "breaker": {"rest": "1s", "longest_rest": "2s"}}
_SHOWN = 5  # complaints of a kind that are told
_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of a play."""

    played: Played
    ends: Sequence[End]
    takings: Takings
    reckoning: Reckoning
    outage: Outage | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demo; the exit code: 0 well, 1 it failed or something was lost, 2 usage, 130 interrupted."""
    options = _options(arguments)
    console = Console(stderr=options.json)
    signal.signal(signal.SIGTERM, _interrupt)  # the servers that we started must end with us
    try:
        with _service(options, console) as (url, gateway):
            # An event loop that is half made cannot be stopped cleanly: whoever stops us waits until it runs.
            signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
            result = asyncio.run(_played(url, gateway, options, console))
    except (PlayFailed, NoAnswer, servers.ServerFailed, ServiceFailed, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="yellow")
        return 130
    if options.json:
        print(json.dumps(_as_dict(result), ensure_ascii=False))
    else:
        show(result.takings, console)
        _tell(result, console)
    _draw(result, options, console)
    return 0 if result.reckoning.well else 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="Play a Black Friday through the sample shop.")
    parser.add_argument("--seed", type=int, default=1127, metavar="S", help="the same seed, the same orders")
    parser.add_argument(
        "--peak", type=float, default=_PEAK, metavar="RATE", help=f"orders a second at the peak ({_PEAK:g})"
    )
    parser.add_argument("--quick", action="store_true", help="a short one, in a fifth of the time")
    parser.add_argument(
        "--url", metavar="URL", help="a service that serves the sample shop; else one is started"
    )
    parser.add_argument(
        "--payment", metavar="URL", help="its payment service; without it there is no outage with --url"
    )
    parser.add_argument(
        "--plot", type=Path, default=_PICTURE, metavar="FILE", help=f"where the picture goes ({_PICTURE})"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    options = parser.parse_args(arguments)
    if not 0 < options.peak <= _MOST:
        parser.error(f"--peak must be more than 0, and at most {_MOST:,.0f}")
    if options.plot.suffix not in _PICTURES:
        parser.error(f"--plot must be a file whose name ends in {', '.join(_PICTURES)}")
    for name in ("url", "payment"):
        given = getattr(options, name)
        if given is not None and not _is_url(given):
            parser.error(f"--{name} must be of the form http://HOST:PORT")
    if options.payment and not options.url:
        parser.error("--payment must be the payment service of the service at --url")
    return options


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return known and parts.path in ("", "/")
    except ValueError:
        return False


def _rush(options: argparse.Namespace) -> Rush:
    """A minute in which orders come, or a fifth of one."""
    size = 0.2 if options.quick else 1.0
    seconds = {"before": 8, "climb": 4, "lasts": 34, "after": 10, "outage_after": 10, "outage": 20}
    return Rush(
        quiet=options.peak / SURGE, peak=options.peak, **{name: each * size for name, each in seconds.items()}
    )


@contextmanager
def _service(options: argparse.Namespace, console: Console) -> Iterator[tuple[str, Gateway | None]]:
    """The service that was named with its payment, or one of our own, which ends with the block."""
    if options.url is not None:
        if options.payment is None:
            yield options.url, None
            return
        gateway = Gateway(options.payment.rstrip("/"))
        with ailing(gateway):
            yield options.url, gateway
        return
    with shop(_PAYMENT, options.seed) as opened, ailing(opened.gateway):
        (server,) = opened.servers
        console.print(f"serving the sample shop on {server.url} (process {server.pid})", highlight=False)
        yield server.url, opened.gateway


async def _played(
    url: str, gateway: Gateway | None, options: argparse.Namespace, console: Console
) -> _Result:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    rush = _rush(options)
    with Board(console, rush, rush.orders) as board:
        played = await Play([url], gateway, rush, rush.orders, options.seed, board.tell).run()
    with console.status("reading how every order ended …"):
        ends = await read_ends(url, played)
        charges = None if gateway is None else await asyncio.to_thread(gateway.charges)
    return _Result(played, ends, _takings(ends), reckon(ends, charges), outage_of(played, ends))


def _takings(ends: Sequence[End]) -> Takings:
    takings = Takings(seconds=max((end.second or end.placed.second for end in ends), default=0.0))
    for end in ends:
        takings.group(end.placed.order).decision_times.append(end.placed.priced)
        if end.run:
            takings.ended(end.placed.order, end.run, parked=end.parked is not None)
    return takings


# -- what came of it -----------------------------------------------------------------------------------


def _as_dict(result: _Result) -> dict[str, Any]:
    return {
        **result.takings.as_dict(),
        "reckoning": result.reckoning.as_dict(),
        "outage": result.outage.as_dict() if result.outage else None,
    }


def _tell(result: _Result, console: Console) -> None:
    """Print the outage and the reckoning."""
    lines = [*_outage_lines(result.outage), *_reckoning_lines(result.reckoning)]
    if result.played.sent_away:
        lines.append(f"told to come again later: {result.played.sent_away} times")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    found = result.reckoning
    for complaints in (found.lost, found.doubled, found.wrong):
        for complaint in complaints[:_SHOWN]:
            console.print(complaint, style="red", highlight=False, markup=False, soft_wrap=True)


def _outage_lines(outage: Outage | None) -> Iterator[str]:
    if outage is None:
        return
    seconds = outage.ended - outage.began
    yield f"payment was down for {seconds:.1f} s amid the peak, and {outage.parked:,} orders parked"
    yield f"  at most at once            {outage.at_most:>7,}"
    if outage.later:
        yield f"  for another reason, later  {outage.later:>7,}"
    yield f"  the first went through     {_after(outage.first)}"
    yield f"  all had gone through       {_after(outage.drained)}"


def _after(seconds: float | None) -> str:
    return "  never" if seconds is None else f"{seconds:7.1f} s after payment's return"


def _reckoning_lines(found: Reckoning) -> Iterator[str]:
    yield f"of {found.orders:,} orders that were accepted"
    yield f"  lost                       {len(found.lost):>7,}"
    if found.charges is not None:
        yield f"  charged, by the ledger     {found.charges:>7,}"
        yield f"  charged twice              {len(found.doubled):>7,}"
        yield f"  charged another sum        {len(found.wrong):>7,}"


def _draw(result: _Result, options: argparse.Namespace, console: Console) -> None:
    """Write what the picture is drawn from beside it, and draw it in a process of its own."""
    picture: Path = options.plot
    noted = picture.with_suffix(".json")
    try:
        picture.parent.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps(_picture(result)) + "\n", encoding="utf-8")
    except OSError as error:
        console.print(f"no picture: {error}", style="yellow", highlight=False, markup=False, soft_wrap=True)
        return
    if find_spec("matplotlib") is None:
        console.print("there is no picture without matplotlib: pip install -e '.[demo]'", style="yellow")
        return
    command = [sys.executable, "-m", "bench.plot", str(noted.absolute()), str(picture.absolute())]
    done = subprocess.run(command, cwd=_ROOT, check=False, capture_output=True, text=True)
    told = f"picture: {picture}" if done.returncode == 0 else done.stderr.strip()
    console.print(told, highlight=False, markup=False, soft_wrap=True)


def _picture(result: _Result) -> dict[str, Any]:
    played, outage = result.played, result.outage
    back = played.outage[1] if played.outage else 0.0
    first, drained = (outage.first, outage.drained) if outage else (None, None)
    return {
        "title": f"Black Friday: {len(result.ends):,} orders, {len(result.reckoning.lost)} lost",
        "seconds": max(result.takings.seconds, played.rush.seconds) + 1,
        "arrivals": [end.placed.second for end in result.ends],
        "ends": [end.second for end in result.ends if end.second is not None],
        "samples": [each.as_dict() for each in played.samples],
        "outage": played.outage,
        "first": None if first is None else back + first,
        "drained": None if drained is None else back + drained,
    }


if __name__ == "__main__":
    sys.exit(main())
