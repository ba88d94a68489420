"""What tests of a run's screen share: orders that stand in all kinds of ways, and where things are on it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

from shopfront import Shop, purchase


def waiting(shop: Shop, number: str) -> str:
    """An order that waits for a person: a rule finds it too large for a new customer."""
    run = shop.run("order", purchase(number, 900, "us", "new"))["id"]
    shop.until(run, "waiting")
    return run


def done(shop: Shop, number: str) -> str:
    """An order that went through."""
    run = shop.run("order", purchase(number, kind="vip"))["id"]
    shop.until(run, "completed")
    return run


def stuck(shop: Shop, number: str, **fault: Any) -> str:
    """An order whose payment goes wrong in a way that nobody foresaw."""
    assert shop.payment is not None
    shop.payment.control(**fault)
    run = shop.run("order", purchase(number, kind="vip"))["id"]
    shop.until(run, "incident")
    shop.payment.control(**dict.fromkeys(fault))
    return run


def status(page: Page, word: str) -> Locator:
    return page.locator("header .badge", has_text=re.compile(f"^{word}$")).first


def node(page: Page, path: str) -> Locator:
    """A step in the graph, or in the list of steps."""
    return page.locator(f'.run-node[data-path="{path}"]')


def entry(page: Page, text: str) -> Locator:
    return page.get_by_role("listbox", name="Log").get_by_role("option").filter(has_text=text).last


def bar(page: Page, text: str) -> Locator:
    return page.get_by_role("group", name=re.compile("^Timeline of")).get_by_role(
        "button", name=re.compile(text)
    )


def details(page: Page) -> Locator:
    return page.get_by_role("region", name="Details")


def left_of(place: Locator) -> float:
    return _box(place)["x"]


def right_of(place: Locator) -> float:
    return _box(place)["x"] + _box(place)["width"]


def top_of(place: Locator) -> float:
    return _box(place)["y"]


def bottom_of(place: Locator) -> float:
    return _box(place)["y"] + _box(place)["height"]


def _box(place: Locator) -> FloatRect:
    """Where it is on the screen, in px."""
    box = place.bounding_box()
    assert box is not None, "it is not shown"
    return box
