"""What tests of the dashboard share beside fixtures: the browser, what it complains of, and axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from serving import ROOT

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]
_DASHBOARD = ROOT / "rulesflow" / "dashboard"
_AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_RUN_AXE = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const place = ({ target, html, failureSummary }) =>
    `${target.join(" ")}: ${html.slice(0, 160)} ${failureSummary}`;
  return violations.map(({ id, impact, nodes }) => ({ id, impact, places: nodes.map(place) }));
}
"""


def built() -> bool:
    """Whether the dashboard is there to be served."""
    return (_DASHBOARD / "index.html").is_file()


class Watched:
    """A tab whose complaints are kept: errors on its console, defects, requests to other hosts.

    A call under ``/v1`` that is refused is none: the page shows it.
    """

    def __init__(self, page: Page, host: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._host = host
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"defect: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        refused = urlsplit(message.location.get("url", "")).path.startswith("/v1/")
        if message.type == "error" and not (refused and "Failed to load resource" in message.text):
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != self._host:
            self.complaints.append(f"a request to another host: {request.url}")


def serious_faults(page: Page) -> list[str]:
    """What axe-core finds to be a serious or critical hindrance, each with its places."""
    if not _AXE.is_file():
        pytest.skip(f"axe-core is not there: npm ci in {ROOT / 'ui'}")
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(_AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE)
    return [
        f"{fault['id']} ({fault['impact']}): {place}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for place in fault["places"]
    ]
