"""The inbox: approvals are answered, incidents retried together, parked orders seen until they go on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from dashboard import serious_faults
from playwright.sync_api import Page, expect

from shopfront import Shop, purchase


def review(shop: Shop, number: str) -> str:
    """An order that waits for a person."""
    run = shop.run("order", purchase(number, 900, "us", "new"))["id"]
    shop.until(run, "waiting")
    return run


def stuck(shop: Shop, number: str) -> str:
    """An order whose payment gave an answer that nobody understands."""
    assert shop.payment is not None
    shop.payment.control(wrong={"how": "garble", "share": 1.0})
    run = shop.run("order", purchase(number, kind="vip"))["id"]
    shop.until(run, "incident")
    shop.payment.control(wrong=None)
    return run


def test_an_empty_inbox_says_so_and_hinders_nobody(page: Page) -> None:
    for tab, told in (
        ("approvals", "Nothing waits"),
        ("incidents", "No run stands"),
        ("parked", "Nothing is"),
    ):
        page.goto(f"/inbox?tab={tab}")
        expect(page.get_by_role("heading", name=re.compile(told))).to_be_visible()
        assert serious_faults(page) == []


def test_an_order_that_comes_to_a_wait_is_shown_answered_and_gone(page: Page, shop: Shop) -> None:
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Nothing waits for a person")).to_be_visible()
    run = review(shop, "inbox-1")
    pick = page.get_by_role("button", name=re.compile("review.*A-inbox-1"))
    expect(pick).to_be_visible()  # by itself
    pick.click()
    expect(page).to_have_url(re.compile(f"run={run}"))
    rule = page.get_by_role("listitem").filter(has_text="first_order_large")
    expect(rule.first).to_contain_text("customer/new/fraud.yaml")  # the rule that sent it here
    assert serious_faults(page) == []
    page.get_by_role("button", name="Answer").click()
    dialog = page.get_by_role("dialog")
    assert serious_faults(page) == []
    send = dialog.get_by_role("button", name=re.compile("^Send"))
    expect(send).to_be_disabled()
    dialog.get_by_label("approved").check()
    send.click()
    expect(page.get_by_role("heading", name="Nothing waits for a person")).to_be_visible()
    assert shop.until(run, "completed")["output"]["charged"] > 0


def test_keys_go_through_what_waits(page: Page, shop: Shop) -> None:
    runs = [review(shop, f"keys-{number}") for number in (1, 2)]
    page.goto("/inbox")
    expect(page.get_by_role("button", name=re.compile("A-keys-2"))).to_be_visible()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"run={runs[1]}"))
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(f"run={runs[0]}"))
    page.get_by_role("button", name="Answer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("note").fill("I ask the customer")
    shop.signal(runs[0], "approval", {"verdict": "rejected"})  # by somebody else, meanwhile
    shop.until(runs[0], "failed")
    dialog.get_by_label("approved").check()
    dialog.get_by_role("button", name="Send approval").click()
    expect(dialog.get_by_role("alert")).to_be_visible()  # what was typed is not thrown away without a word
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"run={runs[1]}"))
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"/runs/{runs[1]}"))
    for run in runs[1:]:
        shop.signal(run, "approval", {"verdict": "rejected"})
        shop.until(run, "failed")


def test_incidents_of_one_kind_are_retried_together_after_a_preview(page: Page, shop: Shop) -> None:
    runs = [stuck(shop, f"stuck-{number}") for number in range(3)]
    page.goto("/inbox?tab=incidents")
    card = page.get_by_role("listitem").filter(has_text="order · charge")
    expect(card).to_contain_text("3 runs")
    expect(card).to_contain_text("bad-answer")
    assert serious_faults(page) == []
    card.get_by_role("button", name="Retry all 3").click()
    dialog = page.get_by_role("dialog", name="Retry incidents")
    expect(dialog).to_contain_text("3 runs would be retried")
    dialog.get_by_label("Rate").fill("fast")
    expect(dialog.get_by_role("button", name="Retry", exact=True)).to_be_disabled()
    dialog.get_by_label("Rate").fill("50")
    dialog.get_by_role("button", name="Retry", exact=True).click()
    expect(page.get_by_role("region", name="Progress")).to_contain_text("3 of 3 runs, done")
    for run in runs:
        shop.until(run, "completed")
    expect(page.get_by_role("heading", name="No run stands still")).to_be_visible()
    assert shop.payment is not None
    assert shop.payment.ledger()["most_per_key"] == 1


def test_parked_orders_stand_by_the_resource_that_they_wait_for(page: Page, shop: Shop) -> None:
    shop.client.post("/v1/resources/payment/open", json={"reason": "the gateway is moved"})
    run = shop.run("order", purchase("parked-1", kind="vip"))["id"]
    shop.until(run, "parked")
    page.goto("/inbox?tab=parked")
    expect(page.get_by_role("listitem").filter(has_text="payment: 1 parked")).to_contain_text(
        "gateway is moved"
    )
    expect(page.get_by_role("region", name="Parked runs")).to_contain_text("charge")
    assert serious_faults(page) == []
    shop.client.post("/v1/resources/payment/close", json={})
    shop.until(run, "completed")
    expect(page.get_by_role("heading", name="Nothing is parked")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_it_all_within_its_width(
    open_page: Callable[..., Page], shop: Shop, theme: str
) -> None:
    run = review(shop, f"phone-{theme}")
    page = open_page("/inbox", viewport={"width": 390, "height": 780}, color_scheme=theme)
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_faults(page) == []
    shop.signal(run, "approval", {"verdict": "rejected"})
    shop.until(run, "failed")
