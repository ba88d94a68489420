"""``python -m bench chaos``: which scenarios are played, or how many runs are parked, and the exit code."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from types import FrameType

import httpx

from bench.chaos import report
from bench.chaos.play import play
from bench.chaos.scenario import DATABASES, draw
from bench.chaos.soak import IDLE, NotParked, soak
from bench.servers import ServerFailed
from bench.services.started import ServiceFailed

_SEEDS = 1 << 32


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 all promises were kept, 1 one was not or it failed, 2 usage, 130 interrupted."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)  # all that was started ends with us
    try:
        return _soak(options) if options.parked else _play(options)
    except (ServerFailed, ServiceFailed, NotParked, httpx.HTTPError, sqlite3.Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _soak(options: argparse.Namespace) -> int:
    for database in options.database:
        _say(f"{options.parked:,} runs are to be parked on {database}")
        with _folder(f"parked-{database}-", keep=options.keep) as folder:
            _say(str(soak(options.parked, database, folder, _say, options.idle)))
    return 0


def _play(options: argparse.Namespace) -> int:
    broken = 0
    for seed in options.seeds:
        for database in options.database:
            broken += not _kept(seed, database, options)
    played = len(options.seeds) * len(options.database)
    _say(f"{played} scenarios, {broken} with broken promises")
    return 1 if broken else 0


def _kept(seed: int, database: str, options: argparse.Namespace) -> bool:
    """Whether every promise was kept in one scenario."""
    scenario = draw(seed, database, options.orders, options.seconds)
    for line in report.plan(scenario):
        _say(line)
    with _folder(f"chaos-{seed}-{database}-", keep=options.keep) as folder:
        outcome = play(scenario, folder, _say)
    for line in report.verdict(outcome):
        _say(line)
    return not outcome.broken


@contextmanager
def _folder(prefix: str, *, keep: bool) -> Iterator[Path]:
    if keep:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        _say(f"all of it is kept in {folder}")
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _say(line: str) -> None:
    print(line, flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench chaos", description="Try to lose orders, and to charge them twice."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, metavar="S", help="the scenario of this seed")
    which.add_argument("--seeds", type=_numbers, metavar="S,S,…", help="those of these seeds")
    which.add_argument("--random", type=_count, default=1, metavar="N", help="N that nobody has seen (1)")
    which.add_argument("--parked", type=_count, metavar="N", help="park N runs, and see what they cost")
    parser.add_argument("--database", choices=DATABASES, help="on this one only; else on both")
    parser.add_argument("--orders", type=_count, default=150, metavar="N", help="in each (150)")
    parser.add_argument("--seconds", type=_seconds, default=30.0, metavar="S", help="of each (30)")
    parser.add_argument(
        "--idle", type=_seconds, default=IDLE, metavar="S", help="of watching with --parked (20)"
    )
    parser.add_argument("--keep", action="store_true", help="keep databases, books and logs")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        options.seeds = [options.seed]
    elif options.seeds is None:
        options.seeds = [SystemRandom().randrange(_SEEDS) for _ in range(options.random)]
    options.database = [options.database] if options.database else list(DATABASES)
    return options


def _numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} are no numbers: write 1,2,3") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no count: write a whole number, at least 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r}: write seconds, 1 to 3600")
    return seconds
