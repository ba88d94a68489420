"""``make screenshots``: the pictures of the README, taken in a real browser of a shop that is really running.

Orders of all kinds are placed, some wait for a person, payment gives answers that nobody understands for a
while, and is down at the end. Then each screen is opened and its picture taken.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, Error, Page, sync_playwright

from bench.opening import Shop, shop
from bench.servers import ServerFailed
from bench.services.started import ServiceFailed

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_ORDERS: Final = 240
_PATIENCE: Final = 120.0  # seconds until the shop must be where it is to be
_CURRENCIES: Final = {"us": "USD", "br": "BRL"}
_SKUS: Final = ("MUG-BLUE", "LAMP", "CAP", "PEN", "BAG")


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen to be taken; ``ready``: waits until it shows what it is to show, or brings that about."""

    name: str
    path: str
    ready: Callable[[Page], None]
    dark: bool = False
    phone: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Take them; the exit code: 0 well, 1 it failed, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="the folder for the pictures (docs)")
    parser.add_argument("--orders", type=int, default=_ORDERS, help=f"to be placed ({_ORDERS})")
    options = parser.parse_args(arguments)
    if not CHROMIUM.exists():
        print(f"error: there is no {CHROMIUM}: install Debian's chromium", file=sys.stderr)
        return 1
    try:
        with ExitStack() as stack:
            opened = stack.enter_context(shop({}, 7))
            run = fill(opened, options.orders)
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            options.out.mkdir(parents=True, exist_ok=True)
            for picture in pictures(run):
                print(take(browser, opened.urls[0], picture, options.out))
    except (ServerFailed, ServiceFailed, Error, OSError, TimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


# -- what there is to see ------------------------------------------------------------------------------------


def fill(opened: Shop, orders: int) -> str:
    """Let the shop work for a while; the id of an order that went through a person's hands."""
    chance = Random(11)
    with httpx.Client(base_url=opened.urls[0], timeout=30) as client:
        for number in range(orders):
            client.post("/v1/runs", json=_order(number, chance)).raise_for_status()
        reviewed = _approved(client)
        opened.gateway.order(wrong={"how": "garble", "share": 1.0})
        for number in range(orders, orders + 9):
            client.post("/v1/runs", json=_order(number, chance, kind="vip", total=60)).raise_for_status()
        _until(lambda: _count(client, "incident") >= 9, "nine orders stand still")
        opened.gateway.order(wrong=None, down={})
        for number in range(orders + 9, orders + 49):
            client.post("/v1/runs", json=_order(number, chance, kind="vip", total=60)).raise_for_status()
        _until(lambda: _count(client, "parked") >= 40, "forty orders are parked")
        _until(lambda: bool(client.get("/v1/alerts").json()["alerts"]), "an alert is open")
    return reviewed


def _order(number: int, chance: Random, kind: str | None = None, total: int | None = None) -> dict[str, Any]:
    region = chance.choice(["eu/de", "eu/de", "eu/fr", "us", "br"])
    kind = kind or chance.choice(["regular", "regular", "vip", "new"])
    total = total or chance.choice([24, 40, 60, 80, 120, 260, 900])
    lines = [{"sku": chance.choice(_SKUS), "quantity": 1, "price": total}]
    order = {
        "id": f"A-{10_000 + number}",
        "total": total,
        "currency": _CURRENCIES.get(region, "EUR"),
        "region": region,
        "lines": lines,
    }
    return {"workflow": "order", "input": {"order": order, "customer": {"type": kind, "tenure_days": 400}}}


def _approved(client: httpx.Client) -> str:
    """Approve one of the orders that wait, a moment after it has begun to."""
    _until(lambda: _count(client, "waiting") > 0, "an order waits for a person")
    time.sleep(2)
    run: str = client.get("/v1/runs", params={"status": "waiting", "limit": 1}).json()["runs"][0]["id"]
    client.post(f"/v1/runs/{run}/signals/approval", json={"verdict": "approved", "note": "known by phone"})
    _until(lambda: client.get(f"/v1/runs/{run}").json()["status"] == "completed", "the order is through")
    return run


def _count(client: httpx.Client, status: str) -> int:
    found = client.get("/v1/runs/count", params={"status": status}).json()
    return int(found["count"])


def _until(reached: Callable[[], bool], told: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about within {_PATIENCE:g} s that {told}")
        time.sleep(0.1)


# -- the pictures --------------------------------------------------------------------------------------------


def pictures(run: str) -> list[Picture]:
    """All that are taken."""
    return [
        Picture("runs", "/runs", _shows("text=completed")),
        Picture("run", f"/runs/{run}?select=node:fraud", _shows(".react-flow__node")),
        Picture(
            "rules", "/rules?decision=fraud&order.region=us&customer.type=new", _shows("text=fraud.yaml")
        ),
        Picture("decide", f"/decide?decision=fraud&run={run}&key=fraud/1", _decided),
        Picture("health", "/health", _shows("text=payment.charge"), dark=True),
        Picture("inbox", "/inbox", _shows("text=first_order_large")),
        Picture("phone", "/inbox?tab=parked", _shows("text=40 parked"), phone=True),
    ]


def _shows(what: str) -> Callable[[Page], None]:
    return lambda page: page.locator(what).first.wait_for()


def _decided(page: Page) -> None:
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_text("first_order_large").first.wait_for()


def take(browser: Browser, url: str, picture: Picture, out: Path) -> Path:
    """Take a picture; the file it is in."""
    size = {"width": 390, "height": 780} if picture.phone else {"width": 1280, "height": 800}
    context = browser.new_context(
        base_url=url,
        viewport=size,  # type: ignore[arg-type]
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.goto(picture.path)
        picture.ready(page)
        page.wait_for_timeout(800)  # the graph moves into its place
        file = out / f"dashboard-{picture.name}.png"
        page.screenshot(path=file)
        return file
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
