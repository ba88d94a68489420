"""What is around all screens: navigation, theme, keys, the key prompt, what stands where nothing is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard import serious_faults
from playwright.sync_api import Browser, Page, expect

from rulesflow.settings import Settings
from serving import running

SCREENS = ("Runs", "Rules", "Decide", "Health", "Inbox")


def test_the_first_page_is_the_list_of_runs_and_each_screen_has_its_address(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/runs")
    for screen in SCREENS:
        link = page.get_by_role("link", name=re.compile(f"^{screen}"))
        link.click()
        expect(page).to_have_url(f"/{screen.lower()}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(link).to_have_attribute("aria-current", "page")


def test_keys_lead_to_the_screens_and_the_help_names_them(page: Page) -> None:
    page.goto("/runs")
    page.get_by_role("heading", name="Runs").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url("/health")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Go to Inbox")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_theme_is_the_systems_until_somebody_switches_it_and_stays_switched(page: Page) -> None:
    page.goto("/health")
    assert page.locator("html").get_attribute("data-theme") == "light"
    page.get_by_role("button", name="Switch to dark").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_unknown_address_below_a_screen_is_shown_by_it_and_others_are_problems(page: Page) -> None:
    page.goto("/rules/anything")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    reply = page.request.get("/nowhere")
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_shell_hinders_nobody(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page("/rules/nothing-is-here", color_scheme=theme)
    page.get_by_role("heading", name="Nothing here").wait_for()
    assert serious_faults(page) == []


def test_where_keys_are_wanted_the_page_asks_for_one_and_keeps_it_in_the_tab(
    browser: Browser, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'state.db'}"
    with running(Settings(rules=Path("rules"), api_keys="ops:right", database_url=database)) as server:  # type: ignore[arg-type]
        context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}")
        page = context.new_page()
        page.goto("/runs")
        dialog = page.get_by_role("dialog", name="This service wants an API key")
        dialog.get_by_label("API key").fill("wrong")
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_contain_text("not known here")
        for _ in range(
            3
        ):  # nothing is to be seen without a key, so it is asked for however often it is closed
            page.keyboard.press("Escape")
        expect(dialog).to_be_visible()
        dialog.get_by_label("API key").fill("schlüssel→")
        expect(dialog).to_contain_text("beyond ASCII")
        expect(dialog.get_by_role("button", name="Use this key")).to_be_disabled()
        dialog.get_by_label("API key").fill("right")
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_have_count(0)
        kept = page.evaluate("JSON.stringify({...sessionStorage})")
        assert "right" in json.loads(kept).values()
        expect(page.get_by_role("heading", name=re.compile("No run"))).to_be_visible()
        context.close()
