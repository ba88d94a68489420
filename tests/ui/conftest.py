"""The dashboard in a real browser, over a real server of the sample shop with real runs.

What a test of a screen needs: ``shop`` (the service: start runs by REST), ``page`` (a tab that is open at the
shop), ``open_page`` (further tabs: another size, the dark colours) and `dashboard.serious_faults`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from dashboard import ARGUMENTS, CHROMIUM, Watched, built
from playwright.sync_api import Browser, Page, expect, sync_playwright

from serving import ROOT
from shopfront import Shop, open_shop

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; it ends with the module, since its loop would be in the way of other tests."""
    if not CHROMIUM.exists():
        told = f"there is no {CHROMIUM}: install Debian's chromium"
        if os.geteuid() == 0:
            pytest.fail(f"{told}, as `make test` does")
        pytest.skip(told)
    if not built():
        pytest.fail("the dashboard was not built: make ui")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample shop with its payment service; its rules are a copy, so that tests may change them."""
    folder = tmp_path_factory.mktemp("shop")
    rules = folder / "rules"
    shutil.copytree(ROOT / "rules", rules)
    with open_shop(folder, rules, f"sqlite:///{folder / 'state.db'}") as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    """Open tabs at the shop: ``open_page("/runs", color_scheme="dark")``.

    Each is closed with the test, which fails for whatever the browser complained of, and for any request to
    another host.
    """
    watched: list[Watched] = []

    def opened(path: str | None = None, **options: object) -> Page:
        context = browser.new_context(
            base_url=str(shop.client.base_url).rstrip("/"),
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        watched.append(Watched(page, shop.client.base_url.netloc.decode()))
        if path is not None:
            page.goto(path)
        return page

    yield opened
    for each in watched:
        each.page.context.close()
    complaints = [complaint for each in watched for complaint in each.complaints]
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A tab of a desk's size that is not yet anywhere: ``page.goto("/runs")``."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A tab of a phone's size."""
    return open_page(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
