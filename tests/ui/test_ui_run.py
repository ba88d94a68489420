"""The screen of a run: its log, what a person orders, and what is refused."""

from __future__ import annotations

import re

from dashboard import serious_faults
from playwright.sync_api import Page, expect
from runscreen import done, entry, status, stuck, waiting

from shopfront import Shop


def test_the_log_is_filtered_and_gone_through_by_keys(page: Page, shop: Shop) -> None:
    page.goto(f"/runs/{done(shop, 'keys')}")
    lines = page.get_by_role("listbox", name="Log").get_by_role("option")
    expect(entry(page, "completed")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("select=entry:2"))
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile("select=entry:1"))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("select"))
    page.get_by_role("group", name="Kinds of entries").get_by_role(
        "button", name=re.compile("^decision")
    ).click()
    expect(lines).to_have_count(4)
    page.keyboard.press("/")
    page.keyboard.type("fraud")
    expect(lines).to_have_count(1)
    expect(page).to_have_url(re.compile("types=decision.*q=fraud"))


def test_an_incident_is_retried_with_edited_input_that_is_mended_where_it_is_wrong(
    page: Page, shop: Shop
) -> None:
    run = stuck(shop, "edited", fail={"status": 422})
    page.goto(f"/runs/{run}")
    expect(page.locator(".run-standing .problem")).to_contain_text("invalid")
    page.get_by_role("button", name="Retry").first.click()
    dialog = page.get_by_role("dialog", name="Try again")
    dialog.get_by_role("radio", name="With edited input").check()
    editor = dialog.get_by_role("textbox", name="Input of charge")
    before = editor.input_value()
    assert '"reference": "A-edited"' in before
    editor.fill(before.replace('"EUR"', "12"))
    retry = dialog.get_by_role("button", name="Retry", exact=True)
    retry.click()
    expect(dialog.get_by_role("list", name="What is wrong with it")).to_contain_text("line 3")
    editor.fill('{"amount": ')
    expect(retry).to_be_disabled()
    editor.fill(re.sub(r'"amount": [\d.]+', '"amount": 70.10', before))
    assert serious_faults(page) == []
    retry.click()
    expect(dialog).to_have_count(0)
    expect(status(page, "completed")).to_be_visible()
    assert shop.show(run)["output"]["charged"] == 70.1


def test_what_the_service_refuses_is_shown_and_the_dialog_stays(page: Page, shop: Shop) -> None:
    run = waiting(shop, "pause")
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog", name="Pause this run")
    assert shop.client.post(f"/v1/runs/{run}/pause", json={}).status_code == 200
    dialog.get_by_role("button", name="Pause", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("the run is paused already")
    dialog.get_by_role("button", name="Not now").click()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(status(page, "waiting")).to_be_visible()


def test_an_unknown_run_says_so_and_leads_back(page: Page) -> None:
    page.goto("/runs/nobody-knows-me")
    expect(page.get_by_role("heading", name="There is no such run")).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("link", name="All runs").click()
    expect(page).to_have_url("/runs")
