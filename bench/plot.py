"""The picture of a Black Friday: ``python -m bench.plot PLAYED.json PICTURE.png``, as the demo writes both.

Above, orders a second that came and that ended; below, orders that were parked; at the foot, the breaker.
The outage is shaded.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

_SIZE = (10.0, 6.2)  # inches
_DOTS = 140  # an inch
_BIN = 1.0  # seconds over which orders are counted
_SMOOTH = 3  # bins over which a rate is averaged
_COLOURS = {"closed": "#8cc79a", "half-open": "#f2c14e", "open": "#d1495b"}
_ARRIVED, _DONE, _PARKED, _DOWN = "#2e5e8c", "#3d9a50", "#e08a1e", "#d1495b"


def draw(played: Mapping[str, Any]) -> Figure:
    """The picture of ``{title, seconds, arrivals, ends, samples, outage, first, drained}``.

    Times are in seconds from the beginning; ``outage`` is ``[from, to]`` or null, as ``first`` and
    ``drained`` may be: when the first and the last parked order had gone through.
    """
    mpl.use("Agg")
    figure, (rates, parked, breaker) = pyplot.subplots(
        3, 1, sharex=True, figsize=_SIZE, height_ratios=(5, 5, 0.6), layout="constrained"
    )
    _rates(rates, played)
    _parked(parked, played)
    _breaker(breaker, played["samples"], played["seconds"])
    for axes in (rates, parked):
        _marks(axes, played)
    _legend(figure, (parked, rates), played["title"])
    breaker.set_xlabel("seconds from the beginning")
    breaker.set_xlim(0, played["seconds"])
    return figure


def _legend(figure: Figure, panels: Sequence[Axes], title: str) -> None:
    """The picture's title, and below it one legend for all panels, each entry once."""
    entries: dict[str, Artist] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        entries.update(zip(labels, handles, strict=True))
    bold = {"size": 14, "weight": "bold"}
    figure.legend(
        [*entries.values()],
        [*entries],
        loc="outside upper center",
        ncols=3,
        frameon=False,
        title=title,
        title_fontproperties=bold,
    )


def _rates(axes: Axes, played: Mapping[str, Any]) -> None:
    middles, arrived = _a_second(played["arrivals"], played["seconds"])
    _, ended = _a_second(played["ends"], played["seconds"])
    axes.fill_between(middles, arrived, color=_ARRIVED, alpha=0.18, linewidth=0)
    axes.plot(middles, arrived, color=_ARRIVED, linewidth=1.6, label="orders that came")
    axes.plot(middles, ended, color=_DONE, linewidth=1.8, label="orders done")
    axes.set_ylabel("orders a second")
    axes.set_ylim(bottom=0)


def _parked(axes: Axes, played: Mapping[str, Any]) -> None:
    seconds = [each["second"] for each in played["samples"]]
    counts = [each["parked"] for each in played["samples"]]
    axes.fill_between(seconds, counts, color=_PARKED, alpha=0.35, linewidth=0)
    axes.plot(seconds, counts, color=_PARKED, linewidth=1.6, label="orders parked")
    most = max(counts, default=0)
    axes.set_ylim(0, max(most * 1.18, 5))
    if most:
        at = seconds[counts.index(most)]
        axes.annotate(
            f"at most {most:,}",
            (at, most),
            (-6, 3),
            textcoords="offset points",
            ha="right",
            color=_PARKED,
            fontweight="bold",
        )
    axes.set_ylabel("orders parked")


def _breaker(axes: Axes, samples: Sequence[Mapping[str, Any]], seconds: float) -> None:
    for begin, end, state in _stretches(samples, seconds):
        axes.axvspan(begin, end, color=_COLOURS.get(state, "#bbbbbb"), linewidth=0)
    axes.set_yticks([])
    axes.set_ylabel("breaker", rotation=0, ha="right", va="center")
    told = {each["breaker"] for each in samples}
    patches = [Patch(color=colour, label=state) for state, colour in _COLOURS.items() if state in told]
    axes.legend(handles=patches, loc="upper right", bbox_to_anchor=(1, -0.9), ncols=3, frameon=False)


def _marks(axes: Axes, played: Mapping[str, Any]) -> None:
    """The outage, and when the parked orders went through."""
    if played["outage"]:
        axes.axvspan(*played["outage"], color=_DOWN, alpha=0.13, linewidth=0, label="payment down")
    for name, text, style in (("first", "first parked order through", ":"), ("drained", "all through", "--")):
        if played[name] is not None:
            after = played[name] - played["outage"][1]
            label = f"{text}, {after:.1f} s after the return"
            axes.axvline(played[name], color="#444444", linewidth=1.2, linestyle=style, label=label)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _a_second(times: Iterable[float], seconds: float) -> tuple[list[float], list[float]]:
    """Rates by bin: the middles of the bins, and how many a second, averaged with the neighbours."""
    counts = [0] * (int(seconds / _BIN) + 1)
    for time in times:
        counts[min(max(int(time / _BIN), 0), len(counts) - 1)] += 1
    reach = _SMOOTH // 2
    near = [counts[max(at - reach, 0) : at + reach + 1] for at in range(len(counts))]
    return [(at + 0.5) * _BIN for at in range(len(counts))], [sum(each) / len(each) / _BIN for each in near]


def _stretches(samples: Sequence[Mapping[str, Any]], seconds: float) -> Iterator[tuple[float, float, str]]:
    """From when to when the breaker was in which state."""
    began = 0.0
    for one, other in pairwise(samples):
        if other["breaker"] != one["breaker"]:
            yield began, other["second"], one["breaker"]
            began = other["second"]
    if samples:
        yield began, seconds, samples[-1]["breaker"]


def main() -> int:
    """Draw; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description="Draw what the demo has noted.")
    parser.add_argument("played", type=Path, help="the JSON that the demo wrote")
    parser.add_argument("picture", type=Path, help="a .png, .svg or .pdf")
    options = parser.parse_args()
    try:
        figure = draw(json.loads(options.played.read_text(encoding="utf-8")))
        figure.savefig(options.picture, dpi=_DOTS)
    except (OSError, ValueError, TypeError, KeyError) as error:
        print(f"error: cannot draw {options.played}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
