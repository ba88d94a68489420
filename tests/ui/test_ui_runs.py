"""The list of runs: started, approved and seen to end live; filtered, kept still, told many at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from dashboard import serious_faults
from playwright.sync_api import Locator, Page, Route, expect

from shopfront import Shop, purchase


def row(page: Page, run: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=run))


def stuck(shop: Shop, *numbers: str) -> list[str]:
    """Orders whose payment gave an answer that nobody understands."""
    assert shop.payment is not None
    shop.payment.control(wrong={"how": "garble", "share": 1.0})
    runs = [shop.run("order", purchase(number, kind="vip"))["id"] for number in numbers]
    for run in runs:
        shop.until(run, "incident")
    shop.payment.control(wrong=None)
    return runs


def test_without_runs_the_list_says_what_they_are_and_hinders_nobody(page: Page) -> None:
    page.goto("/runs")
    expect(page.get_by_role("heading", name="No run yet")).to_be_visible()
    assert serious_faults(page) == []


def test_an_order_is_started_approved_and_seen_to_end_without_a_reload(page: Page, shop: Shop) -> None:
    page.goto("/runs")
    page.get_by_role("button", name="Start a run").first.click()
    dialog = page.get_by_role("dialog", name="Start a run")
    expect(dialog.get_by_label("Workflow")).to_have_value("order")
    expect(dialog.get_by_role("tabpanel", name="Form").get_by_label("region")).to_be_visible()
    dialog.get_by_role("tab", name="JSON").click()
    dialog.get_by_label("Input", exact=True).fill('{"order": ')
    expect(dialog.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    dialog.get_by_label("Input", exact=True).fill('{"order": {"total": 1}}')
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("region")  # the problem, with its place
    dialog.get_by_label("Input", exact=True).fill(json.dumps(purchase("started-here", 900, "us", "new")))
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/runs/[0-9a-f-]{36}"))
    run = page.url.split("/runs/")[1].split("?")[0]
    shop.until(run, "waiting")
    page.get_by_role("button", name="Answer approval").first.click()
    answer = page.get_by_role("dialog")
    answer.get_by_role("radio", name="approved").check()
    answer.get_by_role("button", name=re.compile("^Send")).click()
    expect(page.locator("header .badge", has_text="completed").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Runs")).click()
    expect(row(page, run)).to_contain_text("completed")


def test_runs_are_filtered_by_region_and_status_and_the_address_can_be_shared(
    page: Page, open_page: Callable[..., Page], shop: Shop
) -> None:
    here = shop.run("order", purchase("region-1", kind="vip", region="eu/fr"))["id"]
    other = shop.run("order", purchase("region-2", kind="vip"))["id"]
    for run in (here, other):
        shop.until(run, "completed")
    page.goto("/runs")
    expect(row(page, other)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("order.region=eu/fr")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/runs?order.region=eu/fr")
    expect(row(page, here)).to_be_visible()
    expect(row(page, other)).to_have_count(0)
    page.get_by_role("group", name="Statuses").get_by_role("button", name=re.compile("completed")).click()
    expect(page).to_have_url("/runs?status=completed&order.region=eu/fr")
    shared = open_page("/runs?status=completed&order.region=eu/fr")
    expect(row(shared, here)).to_be_visible()
    expect(row(shared, other)).to_have_count(0)
    shared.get_by_role("button", name="Without order.region=eu/fr").click()
    expect(row(shared, other)).to_be_visible()
    shared.goto("/runs?order.region=nowhere")
    expect(shared.get_by_role("heading", name="No run fits")).to_be_visible()


def test_a_name_in_the_address_that_is_no_field_is_left_out_and_told(page: Page, shop: Shop) -> None:
    run = shop.run("order", purchase("left-out", kind="vip"))["id"]
    page.goto("/runs?utm_source=mail&order.regoin=us")
    told = page.get_by_role("status").filter(has_text="utm_source, order.regoin (did you mean order.region?)")
    expect(told).to_be_visible()
    expect(row(page, run)).to_be_visible()
    told.get_by_role("button", name="Dismiss").click()
    expect(page).to_have_url("/runs")
    expect(told).to_have_count(0)


def test_a_new_run_comes_by_itself_but_not_under_the_readers_pointer(page: Page, shop: Shop) -> None:
    first = shop.run("order", purchase("still-1", kind="vip"))["id"]
    page.goto("/runs")
    expect(row(page, first)).to_be_visible()
    second = shop.run("order", purchase("still-2", kind="vip"))["id"]
    expect(row(page, second)).to_be_visible()  # nobody looks: it comes by itself
    row(page, first).hover()
    third = shop.run("order", purchase("still-3", kind="vip"))["id"]
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(row(page, third)).to_have_count(0)
    page.get_by_role("button", name="1 new").click()
    expect(row(page, third)).to_be_visible()
    expect(row(page, third)).to_contain_text("completed")


def test_who_comes_back_from_a_run_finds_the_place_in_the_list_that_was_left(page: Page, shop: Shop) -> None:
    for number in range(45):
        shop.run("order", purchase(f"place-{number}", kind="vip"))
    page.goto("/runs?workflow=order")
    rows = page.get_by_role("rowgroup")
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    rows.evaluate("frame => frame.scrollTo(0, 500)")
    link = page.locator(".run[aria-rowindex='22'] a")
    run = link.get_attribute("href") or ""
    link.click()
    expect(page).to_have_url(run)
    page.go_back()
    expect(page.locator(f".run a[href='{run}']")).to_be_in_viewport()
    assert rows.evaluate("frame => frame.scrollTop") == 500
    page.get_by_label("Order", exact=True).select_option("Oldest first")
    expect(page.locator(".run[aria-rowindex='2']")).to_be_in_viewport()  # another list begins at its top


def test_keys_go_through_the_rows_and_open_one(page: Page, shop: Shop) -> None:
    runs = [shop.run("order", purchase(f"keys-{number}", kind="vip"))["id"] for number in range(2)]
    for run in runs:
        shop.until(run, "completed")
    page.goto("/runs")
    expect(row(page, runs[1])).to_be_visible()
    for key in ("j", "j"):
        page.keyboard.press(key)
    expect(page.get_by_role("link", name=runs[0])).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("status").filter(has_text="1 chosen")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/runs/{runs[0]}")


def test_incidents_are_retried_in_bulk_after_a_preview_at_a_rate_with_progress(
    page: Page, shop: Shop
) -> None:
    runs = stuck(shop, "bulk-1", "bulk-2", "bulk-3")
    page.goto("/runs?status=incident")
    for run in runs:
        expect(row(page, run)).to_contain_text("incident")
    assert serious_faults(page) == []
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Bulk action on all that fit")
    expect(dialog.get_by_role("region", name="Preview")).to_contain_text("3 runs")
    assert serious_faults(page) == []
    dialog.get_by_label("Runs a second").fill("2")
    expect(dialog).to_contain_text("Takes about 1.5 s")
    dialog.get_by_label("Reason").fill("the gateway is well again")
    dialog.get_by_role("button", name="Retry 3 runs").click()
    progress = page.get_by_role("region", name="Bulk retry")
    expect(progress).to_contain_text("of 3")
    expect(progress).to_contain_text("3 of 3")
    for run in runs:
        shop.until(run, "completed")
    page.mouse.move(5, 5)
    expect(page.get_by_role("heading", name="No run fits")).to_be_visible()


def test_a_bulk_order_about_ended_runs_is_refused_and_a_step_that_no_workflow_has_is_doubted(
    page: Page, shop: Shop
) -> None:
    shop.run("order", purchase("ended", kind="vip"))
    page.goto("/runs?workflow=order&status=completed")
    page.get_by_role("button", name="Bulk action…").click()
    dialog = page.get_by_role("dialog", name="Bulk action on all that fit")
    expect(dialog.get_by_role("region", name="Preview")).to_contain_text("have ended: they obey no order")
    expect(dialog.get_by_role("button", name="Retry", exact=True)).to_be_disabled()
    dialog.get_by_label("What to do").select_option("rerun")
    dialog.get_by_label("From the step").fill("froud")
    doubt = dialog.get_by_text("The workflow order does not have a step froud now")
    expect(doubt).to_be_visible()
    expect(dialog.locator("datalist option[value=fraud]")).to_have_count(1)
    assert serious_faults(page) == []
    dialog.get_by_label("From the step").fill("fraud")
    expect(doubt).to_have_count(0)


def test_a_bulk_order_can_be_stopped(page: Page, shop: Shop) -> None:
    runs = stuck(shop, "stop-1", "stop-2", "stop-3")
    page.goto("/runs?status=incident")
    expect(row(page, runs[0])).to_be_visible()
    page.get_by_role("button", name="Bulk action…").click()
    dialog = page.get_by_role("dialog", name="Bulk action on all that fit")
    dialog.get_by_label("Runs a second").fill("0.02")
    dialog.get_by_role("button", name="Retry 3 runs").click()
    progress = page.get_by_role("region", name="Bulk retry").first
    progress.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(progress).to_contain_text("stopped")
    for run in runs:
        shop.order(run, "cancel")


def test_chosen_runs_are_told_one_by_one_and_those_that_refuse_are_named(page: Page, shop: Shop) -> None:
    (run,) = stuck(shop, "chosen-1")
    ended = shop.run("order", purchase("chosen-2", kind="vip"))["id"]
    shop.until(ended, "completed")
    page.goto("/runs")
    for each in (run, ended):
        page.get_by_role("checkbox", name=f"Choose run {each}").check()
    page.get_by_role("status").filter(has_text="2 chosen").get_by_role("button", name="Bulk action…").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry 2 runs").click()
    expect(page.get_by_text("1 told to retry; 1 refused")).to_be_visible()
    shop.until(run, "completed")


def test_while_the_service_is_away_the_list_says_so_and_can_be_tried_again(page: Page, shop: Shop) -> None:
    run = shop.run("order", purchase("away", kind="vip"))["id"]

    def away(route: Route) -> None:
        route.abort()

    page.route("**/v1/runs?*", away)
    page.goto("/runs")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached")
    assert serious_faults(page) == []
    page.unroute("**/v1/runs?*", away)
    page.get_by_role("button", name="Try again").click()
    expect(row(page, run)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_hinders_nobody(open_page: Callable[..., Page], shop: Shop, theme: str) -> None:
    run = shop.run("order", purchase(f"axe-{theme}", kind="vip"))["id"]
    page = open_page("/runs", color_scheme=theme)
    expect(row(page, run)).to_be_visible()
    assert serious_faults(page) == []
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Start a run")).to_be_visible()
    assert serious_faults(page) == []


def test_a_phone_has_room_for_the_list(phone: Page, shop: Shop) -> None:
    run = shop.run("order", purchase("phone", kind="vip"))["id"]
    phone.goto("/runs")
    expect(row(phone, run)).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    assert serious_faults(phone) == []
    row(phone, run).tap()
    expect(phone).to_have_url(f"/runs/{run}")
