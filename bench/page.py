"""``python -m bench.page``: how soon the list of runs is drawn in a browser, and how smoothly it scrolls.

The list is filled as the service fills it. Each round is a new browser's profile, so nothing is cached.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import servers
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import Database
from rulesflow.runtime.identifiers import new_id
from rulesflow.runtime.listing import Entry, Listing

ROW_BAR = 1.0  # seconds from navigation to the first row that is drawn
SCRIPT_BAR = 300.0  # KB of script, compressed, that the first view loads
_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_RULES = Path(__file__).parents[1] / "rules"
_ROW = ".runs .run"
_CHUNK = 5_000
_REGIONS = ("eu/de", "eu/fr", "us", "br")
_STATUSES = ("completed",) * 6 + ("waiting", "parked", "failed", "cancelled")
#: Notes when the first row is drawn, and how long the page is busy at a stretch.
_WATCH = f"""
  window.drawn = 0; window.busy = [];
  new PerformanceObserver((list) => list.getEntries().forEach((task) => window.busy.push(task.duration)))
    .observe({{ type: "longtask", buffered: true }});
  new MutationObserver((_, observer) => {{
    if (!document.querySelector("{_ROW}")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => {{ window.drawn = performance.now(); }}, 0));
  }}).observe(document, {{ childList: true, subtree: true }});
"""
#: Goes to the end of what is there, again and again, until all rows are there.
_SCROLL = """
  async () => {
    const rows = document.querySelector(".runs .rows");
    window.busy.length = 0;
    const began = performance.now();
    let gap = 0, last = began;
    while (performance.now() - began < 120_000) {
      rows.scrollTop = rows.scrollHeight;
      await new Promise(requestAnimationFrame);
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
      if (document.querySelector(".runs .end")?.textContent.includes("in all")) break;
    }
    rows.scrollTop = rows.scrollHeight;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const shown = [...document.querySelectorAll(".runs .run")].map((row) => Number(row.ariaRowIndex) - 1);
    const elements = document.querySelectorAll("*").length;
    return { rows: Math.max(...shown), seconds: (last - began) / 1000, gap, elements };
  }
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round saw: seconds to the first row, KB of script."""

    row: float
    script: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; 1 where a bar is missed."""
    options = _options(arguments)
    with TemporaryDirectory(prefix="page-") as folder:
        database = f"sqlite:///{folder}/state.db"
        with servers.rulesflow(_RULES, {"RULESFLOW_DATABASE_URL": database}) as server:
            _fill(database, options.runs)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=options.browser, args=_ARGUMENTS)
                seen = [_look(browser, server.url) for _ in range(options.rounds)]
                scrolled = _scroll(browser, server.url)
                browser.close()
    return _tell(seen, scrolled, options)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.page", description="Measure the list of runs in a browser."
    )
    parser.add_argument("--runs", type=int, default=50_000, help="in the list (50,000)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts (5)")
    parser.add_argument("--browser", default=_CHROMIUM, metavar="FILE", help=f"a Chromium ({_CHROMIUM})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args(arguments)


def _fill(database: str, runs: int) -> None:
    """Put runs into the list, a second between two of them."""
    opened = Database(database)
    listing, ends = Listing(opened), now()
    for start in range(0, runs, _CHUNK):
        for number in range(start, min(start + _CHUNK, runs)):
            entry = _entry(number, Timestamp(ends - (runs - number) * SECOND))
            listing.put(entry.id, lambda entry=entry: entry)  # type: ignore[misc]
        listing.catch_up()
    opened.close()


def _entry(number: int, at: Timestamp) -> Entry:
    status = _STATUSES[number % len(_STATUSES)]
    fields = {
        "order.id": f"A-{number}",
        "order.region": _REGIONS[number % len(_REGIONS)],
        "customer.type": "vip" if number % 7 == 0 else "regular",
    }
    place = ("review",) if status == "waiting" else ()
    return Entry(new_id(), "order", status, "0" * 64, at, Timestamp(at + SECOND), place, fields=fields)


def _look(browser: Browser, url: str) -> Seen:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    scripts = _script_sizes(page)
    page.add_init_script(_WATCH)
    page.goto(f"{url}/runs")
    drawn = _drawn(page)
    page.wait_for_timeout(500)  # for what else the first view loads
    context.close()
    return Seen(drawn / 1000, sum(scripts) / 1000)


def _drawn(page: Page) -> float:
    """The milliseconds to the first row. The page's policy lets no expression wait there for it."""
    page.wait_for_selector(_ROW, timeout=60_000)
    while not (drawn := page.evaluate("window.drawn")):
        page.wait_for_timeout(20)
    return float(drawn)


def _script_sizes(page: Page) -> list[int]:
    """The bytes that each script took on its way, as they come; the headers with them."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    scripts: set[str] = set()
    sizes: list[int] = []
    session.on(
        "Network.responseReceived",
        lambda told: scripts.add(told["requestId"]) if told["type"] == "Script" else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda told: sizes.append(told["encodedDataLength"]) if told["requestId"] in scripts else None,
    )
    return sizes


def _scroll(browser: Browser, url: str) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(f"{url}/runs")
    _drawn(page)
    scrolled: dict[str, Any] = page.evaluate(_SCROLL)
    scrolled["busy"] = page.evaluate("Math.max(0, ...window.busy)")
    context.close()
    return scrolled


def _tell(seen: Sequence[Seen], scrolled: dict[str, Any], options: argparse.Namespace) -> int:
    row = statistics.median(each.row for each in seen)
    script = max(each.script for each in seen)
    rounds = ", ".join(f"{each.row:.2f}" for each in seen)
    print(f"first row drawn: {row:.2f} s, median of {rounds} (bar {ROW_BAR:.0f} s)")
    print(f"script of the first view: {script:.0f} KB compressed (bar {SCRIPT_BAR:.0f} KB)")
    print(
        f"scrolled through {scrolled['rows']:,} rows in {scrolled['seconds']:.1f} s: longest frame "
        f"{scrolled['gap']:.0f} ms, longest task {scrolled['busy']:.0f} ms, {scrolled['elements']:,} elements"
    )
    if options.json:
        figures = {"runs": options.runs, "rows": [each.row for each in seen], "script": script, **scrolled}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if row <= ROW_BAR and script <= SCRIPT_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
