"""The picture: what stands in it, and that it is one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from bench.plot import draw

ROOT = Path(__file__).parents[2]
STATES = ["closed", "closed", "open", "open", "half-open", "closed", "closed"]
PLAYED: dict[str, Any] = {
    "title": "Black Friday: 40 orders, 0 lost",
    "seconds": 14,
    "arrivals": [second / 4 for second in range(40)],
    "ends": [1 + second / 4 for second in range(16)] + [11 + second / 10 for second in range(24)],
    "samples": [
        {"second": 2 * number, "parked": parked, "breaker": state}
        for number, (parked, state) in enumerate(zip([0, 0, 9, 24, 12, 3, 0], STATES, strict=True))
    ],
    "outage": [4, 8],
    "first": 9.5,
    "drained": 12.5,
}


def texts(figure: Figure) -> str:
    found = [
        text.get_text() for legend in figure.legends for text in [legend.get_title(), *legend.get_texts()]
    ]
    for axes in figure.axes:
        found += [axes.get_xlabel(), axes.get_ylabel(), *(each.get_text() for each in axes.texts)]
        legend = axes.get_legend()
        found += [each.get_text() for each in legend.get_texts()] if legend else []
    return "\n".join(found)


def test_the_picture_names_all_that_it_shows() -> None:
    figure = draw(PLAYED)
    told = texts(figure)
    pyplot.close(figure)
    for word in (
        "Black Friday: 40 orders, 0 lost",
        "orders that came",
        "orders done",
        "orders parked",
        "payment down",
        "first parked order through, 1.5 s after the return",
        "all through, 4.5 s after the return",
        "at most 24",
        "orders a second",
        "seconds from the beginning",
        "half-open",
    ):
        assert told.count(word) >= 1, word


def test_without_an_outage_there_is_none_in_the_picture() -> None:
    quiet = {**PLAYED, "outage": None, "first": None, "drained": None, "samples": []}
    figure = draw(quiet)
    told = texts(figure)
    pyplot.close(figure)
    assert "orders done" in told
    assert "down" not in told
    assert "at most" not in told


def plot(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.plot", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


def test_the_picture_is_drawn_from_what_was_noted(tmp_path: Path) -> None:
    noted = tmp_path / "played.json"
    noted.write_text(json.dumps(PLAYED))
    done = plot(str(noted), str(tmp_path / "picture.png"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", [None, "no json", "{}", "[]"])
def test_what_cannot_be_drawn_is_an_error_in_a_line(tmp_path: Path, text: str | None) -> None:
    noted = tmp_path / "played.json"
    if text is not None:
        noted.write_text(text)
    done = plot(str(noted), str(tmp_path / "picture.png"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot draw {noted}: ")
    assert "Traceback" not in done.stderr
