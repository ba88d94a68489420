"""The screen of a run: graph, timeline and log move together, and previews tell what will happen."""

from __future__ import annotations

import re
from collections.abc import Callable

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
    node,
    right_of,
    status,
    stuck,
    top_of,
    waiting,
)

from shopfront import Shop


def test_an_order_that_waits_is_approved_and_seen_to_end_without_a_reload(page: Page, shop: Shop) -> None:
    run = waiting(shop, "approve")
    page.goto(f"/runs/{run}")
    expect(status(page, "waiting")).to_be_visible()
    expect(node(page, "review")).to_have_attribute("data-status", "waiting")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Answer approval").first.click()
    dialog = page.get_by_role("dialog", name="Answer approval")
    send = dialog.get_by_role("button", name="Send approval")
    expect(send).to_be_disabled()
    dialog.get_by_role("radio", name="approved").check()
    expect(dialog).to_contain_text("goes on with discount")  # what will happen
    dialog.get_by_label("note").fill("a regular")
    assert serious_faults(page) == []
    send.click()
    expect(status(page, "completed")).to_be_visible()
    expect(node(page, "ship")).to_have_attribute("data-status", "done")
    expect(node(page, "$end")).to_be_in_viewport(ratio=0.99)
    expect(entry(page, "completed")).to_be_visible()
    expect(bar(page, "^ship: call")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert page.evaluate("window.stayed")
    assert shop.show(run)["steps"]["review"] == {"verdict": "approved", "note": "a regular"}


def test_an_edge_names_the_rule_that_chose_it_and_leads_to_its_line(page: Page, shop: Shop) -> None:
    page.goto(f"/runs/{waiting(shop, 'edge')}")
    edge = page.locator(".run-edge-label[data-taken]").filter(has_text="review")
    expect(edge).to_contain_text("first_order_large")
    edge.click()
    panel = details(page)
    expect(panel).to_contain_text("first_order_large")
    layer = panel.get_by_role("listitem").filter(has_text="customer/new").filter(has_text="won")
    expect(layer).to_have_count(1)
    place = panel.get_by_role("link").filter(has_text="customer/new/fraud.yaml:").first
    expect(place).to_have_attribute("href", re.compile(r"/rules#file=customer/new/fraud\.yaml&line=\d+"))
    expect(panel.get_by_role("link", name="Open in Decide")).to_have_attribute(
        "href", re.compile(r"/decide\?decision=fraud&run=[0-9a-f-]+&key=fraud")
    )
    assert serious_faults(page) == []


def test_what_is_selected_in_one_place_is_selected_in_all_and_stands_in_the_address(
    page: Page, shop: Shop
) -> None:
    run = done(shop, "select")
    page.goto(f"/runs/{run}")
    entry(page, "payment.charge").click()
    expect(node(page, "charge")).to_have_attribute("aria-pressed", "true")
    expect(bar(page, "^charge: call")).to_have_attribute("aria-pressed", "true")
    expect(details(page).get_by_role("region", name="Output")).to_contain_text("charge_id")
    bar(page, "^reserve: call").click()
    expect(entry(page, "stock.reserve")).to_have_attribute("aria-selected", "true")
    expect(node(page, "reserve")).to_have_attribute("aria-pressed", "true")
    expect(node(page, "charge")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("region", name="Graph").get_by_role("button", name="Fit").click()  # it looked at reserve
    node(page, "ship").click()
    expect(entry(page, "shipping.label")).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("select=node:ship"))
    page.reload()
    expect(details(page)).to_contain_text("shipping.label")
    expect(bar(page, "^ship: call")).to_have_attribute("aria-pressed", "true")


def test_edited_input_where_the_effect_is_unknown_wants_to_be_forced(page: Page, shop: Shop) -> None:
    run = stuck(shop, "forced", wrong={"how": "garble", "share": 1.0})
    page.goto(f"/runs/{run}?select=node:charge")
    details(page).get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="Try again")
    dialog.get_by_role("radio", name="With edited input").check()
    retry = dialog.get_by_role("button", name="Retry", exact=True)
    expect(dialog).to_contain_text("It may happen twice")
    expect(retry).to_be_disabled()
    dialog.get_by_role("radio", name="With the same input").check()
    retry.click()
    expect(status(page, "completed")).to_be_visible()
    assert shop.payment is not None
    assert shop.payment.ledger()["most_per_key"] == 1


def test_a_cancel_tells_what_is_taken_back_and_does_it(page: Page, shop: Shop) -> None:
    run = waiting(shop, "cancel")
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog", name="Cancel this run")
    expect(dialog.get_by_role("list", name="Steps that are taken back")).to_contain_text(
        "reserve by stock.release"
    )
    assert serious_faults(page) == []
    dialog.get_by_label("Reason").fill("the customer called")
    dialog.get_by_role("button", name="Cancel run").click()
    expect(status(page, "cancelled")).to_be_visible()
    expect(entry(page, "the customer called")).to_be_visible()
    assert shop.show(run)["undone"] == ["reserve"]


def test_a_rerun_tells_what_is_taken_back_first_and_goes_on_with_new_visits(page: Page, shop: Shop) -> None:
    run = waiting(shop, "rerun")
    page.goto(f"/runs/{run}?select=node:reserve")
    details(page).get_by_role("button", name="Rerun from here").click()
    dialog = page.get_by_role("dialog", name="Run again from a step on")
    expect(dialog).to_contain_text("reserve by stock.release")
    dialog.get_by_label("From").select_option("check")
    expect(dialog).to_contain_text("Nothing that was done since check")
    dialog.get_by_label("From").select_option("reserve")
    dialog.get_by_role("button", name="Rerun from reserve").click()
    expect(dialog).to_have_count(0)
    expect(node(page, "reserve")).to_contain_text("×2")
    assert shop.until(run, "waiting")["undone"] == ["reserve"]


def test_the_layout_of_graphs_loads_with_the_first_graph_and_in_a_worker(page: Page, shop: Shop) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/runs")
    page.get_by_role("heading", name="Runs").wait_for()
    assert not [url for url in asked if "elk" in url or "Canvas" in url]
    with page.expect_worker():
        page.goto(f"/runs/{done(shop, 'worker')}")
    expect(node(page, "charge")).to_be_visible()
    assert [url for url in asked if "elk-worker" in url]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_run_hinders_nobody(open_page: Callable[..., Page], shop: Shop, theme: str) -> None:
    run = waiting(shop, f"axe-{theme}")
    page = open_page(f"/runs/{run}?select=node:fraud", color_scheme=theme)
    expect(details(page)).to_contain_text("first_order_large")
    expect(node(page, "fraud")).to_be_visible()
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 780})
    expect(page.get_by_role("tab", name="Steps")).to_have_attribute("aria-selected", "true")
    expect(node(page, "fraud")).to_contain_text("first_order_large")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_faults(page) == []
    page.get_by_role("tab", name=re.compile("^Log")).click()
    expect(entry(page, "first_order_large")).to_be_visible()
    assert serious_faults(page) == []


def test_the_first_view_of_a_failed_run_shows_whole_where_it_failed(page: Page, shop: Shop) -> None:
    run = waiting(shop, "first-view")
    shop.signal(run, "approval", {"verdict": "rejected"})
    shop.until(run, "failed")
    page.goto(f"/runs/{run}")
    frame = page.get_by_role("region", name="Graph")
    for path in ("$fail/rejected", "review"):
        expect(node(page, path)).to_be_in_viewport(ratio=0.99)
        assert left_of(frame) <= left_of(node(page, path))
        assert right_of(node(page, path)) <= right_of(frame)
    assert bottom_of(node(page, "$fail/rejected")) <= top_of(frame.get_by_role("button", name="Fit"))
