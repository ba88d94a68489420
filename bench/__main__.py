"""``python -m bench [names] [--quick] [--output FILE]``, and ``python -m bench chaos|outage …``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench import decide, events, load, memory, outage, reload, report, rest, runs, watch
from bench.chaos import command as chaos
from bench.measuring import FULL, QUICK, Pace, Result, WrongAnswer
from bench.servers import ServerFailed

#: The runs in the order in which they are made. Each is a function from the pace to its result.
RUNS: dict[str, Callable[[Pace], Result]] = {
    "decide": decide.run,
    "rest": rest.run,
    "load": load.run,
    "reload": reload.run,
    "memory": memory.run,
    "runs": runs.run,
    "events": events.run,
    "watch": watch.run,
}
#: What compares with nobody, and has options of its own.
TRIALS: dict[str, Callable[[Sequence[str]], int]] = {"chaos": chaos.main, "outage": outage.main}
_LEAST = 100  # events, of which each round needs some


def main() -> int:
    """Make the runs, print and write what they found; the exit code."""
    options = _options()
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a log can be wider than Rich's guess of 80
    pace = QUICK if options.quick else FULL
    pace = replace(pace, events=options.events or pace.events, database=options.database)
    head = report.heading(quick=options.quick)
    try:
        results = [_run(name, pace, console) for name in options.names or RUNS]
        path = report.write(results, head, options.output)
    except (WrongAnswer, ServerFailed, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="yellow")
        return 130
    if bars := report.missed(results):
        console.print(f"{len(bars)} bars were missed:", *bars, sep="\n  ", highlight=False)
    console.print(f"written to {path}", highlight=False, soft_wrap=True)
    return 0


def _run(name: str, pace: Pace, console: Console) -> Result:
    with console.status(f"{name} …"):
        result = RUNS[name](pace)
    report.show(result, console)
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure rulesflow against its peers. `chaos` tries to lose orders, and `outage` takes "
        "payment down at the peak: `chaos --help`, `outage --help`.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(RUNS)}; all when none is named")
    parser.add_argument(
        "--quick", action="store_true", help="within a minute, for a look: the figures are rough"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the JSON goes (bench/results/…)")
    parser.add_argument(
        "--events",
        type=_number,
        metavar="N",
        help=f"run `events`: how many, {_LEAST} or more ({FULL.events:,})",
    )
    parser.add_argument("--database", choices=events.DATABASES, help="run `events`: on this one only")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in RUNS]
    if unknown:
        parser.error(f"there is no run {unknown[0]!r}; there are {', '.join(RUNS)}")
    return options


def _number(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < _LEAST:
        raise ValueError
    return number


trial = TRIALS.get(sys.argv[1]) if sys.argv[1:] else None
sys.exit(trial(sys.argv[2:]) if trial else main())
