"""The screen of a run: its log, what a person orders, and what is refused."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from dashboard import serious_faults
from playwright.sync_api import Page, expect
from runscreen import (
    bar,
    bottom_of,
    details,
    done,
    entry,
    left_of,
    right_of,
    status,
    stuck,
    top_of,
    waiting,
)

from serving import wait_until
from shopfront import Shop, purchase


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


def test_a_call_that_waited_for_its_turn_shows_the_wait_apart_from_the_call(page: Page, shop: Shop) -> None:
    assert shop.payment is not None
    rules = shop.rules / "rulesflow.yaml"
    kept = rules.read_text()
    rules.write_text(kept.replace("    drain: 40\n", "    drain: 40\n    concurrency: 1\n"))
    assert shop.client.post("/v1/ruleset/reload").status_code == 200
    shop.payment.control(lag={"seconds": 1.0})
    runs = [shop.run("order", purchase(f"turn-{number}", kind="vip"))["id"] for number in range(3)]
    wait_until(lambda: any(call.get("queued") for run in runs for call in spans_of(shop, run)))
    for run in runs:
        shop.until(run, "completed")
    shop.payment.control(lag=None)
    rules.write_text(kept)
    spans = {run: spans_of(shop, run) for run in runs}
    assert not any("queued" in each for run in runs for each in spans[run])
    waited = {
        run: each for run in runs for each in spans[run] if each["path"] == "charge" and "asked" in each
    }
    assert len(waited) >= 2, "one of them at most was called at once"
    run, span = max(waited.items(), key=lambda each: str(each[1]["from"]))
    assert span["asked"] < span["from"] < span["to"]
    page.goto(f"/runs/{run}")
    wait = bar(page, r"^charge: waited .* for its turn, then ran")
    call = bar(page, r"^charge: call payment.charge, waited .* for its turn, then ran")
    assert right_of(wait) == pytest.approx(left_of(call), abs=2)
    wait.click()
    expect(call).to_have_attribute("aria-pressed", "true")
    expect(details(page)).to_contain_text(re.compile("Waited.* for its turn"))
    expect(entry(page, "payment.charge")).to_have_attribute("aria-selected", "true")
    assert serious_faults(page) == []


def spans_of(shop: Shop, run: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.client.get(f"/v1/runs/{run}/timeline").json()["spans"]
    return found


def test_the_marks_of_the_axis_are_round_and_its_buttons_lie_on_no_bar(page: Page, shop: Shop) -> None:
    run = waiting(shop, "axis")
    page.goto(f"/runs/{run}")
    pane = page.get_by_role("region", name="Timeline")
    short = pane.get_by_role("button", name="Short waits")
    expect(short).to_have_attribute("aria-pressed", "true")  # by itself, once it has waited for long
    for pressed in ("false", "true"):
        short.click()
        expect(short).to_have_attribute("aria-pressed", pressed)
    shop.signal(run, "approval", {"verdict": "approved"})
    expect(status(page, "completed")).to_be_visible()
    rows = pane.get_by_role("group", name=re.compile("^Timeline of"))
    buttons = pane.locator(".foot")
    expect(bar(page, "^ship: call")).to_be_visible()
    assert bottom_of(rows) <= top_of(buttons)
    for _ in range(3):
        marks = pane.locator(".axis span")
        told = marks.all_inner_texts()
        assert told and len({*told}) == len(told)
        assert all(re.fullmatch(r"(\d+ (d|h|min) ?)*([\d.]{1,8} (s|ms))?", each) for each in told), told
        sides = [(left_of(each), right_of(each)) for each in marks.all()]
        assert all(one[1] <= other[0] for one, other in pairwise(sides)), sides
        pane.get_by_role("button", name="Zoom in").click()


def test_a_parked_run_names_the_resource_that_it_waits_for_and_why(page: Page, shop: Shop) -> None:
    shop.client.post("/v1/resources/payment/open", json={"reason": "the gateway is moved"})
    run = shop.run("order", purchase("rests", kind="vip"))["id"]
    shop.until(run, "parked")
    page.goto(f"/runs/{run}")
    told = page.locator(".run-standing").get_by_role("listitem")
    expect(told).to_contain_text("charge is parked: payment is not well")
    expect(told).to_contain_text("the gateway is moved")
    assert serious_faults(page) == []
    told.get_by_role("link", name="payment").click()
    row = page.get_by_role("region", name="Resources").get_by_role("row", name=re.compile("^payment"))
    expect(row).to_have_attribute("aria-current", "true")
    expect(row).to_be_in_viewport()
    assert serious_faults(page) == []
    shop.client.post("/v1/resources/payment/close", json={})
    shop.until(run, "completed")
