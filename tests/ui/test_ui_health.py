"""Health: steps with their times, resources and what an operator presses, alerts that open and close."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from dashboard import serious_faults
from playwright.sync_api import Page, expect

from shopfront import Shop, purchase

ALERTS = """\
alerts:
  somebody-waits:
    title: An order waits for a person
    of: service
    when: waiting > 0
    for: 0s
    clear_for: 0s
    severity: critical
    say: "${ waiting } to be looked at"
"""


def test_a_step_shows_how_long_it_waits_and_runs_and_its_course(page: Page, shop: Shop) -> None:
    for number in range(5):
        run = shop.run("order", purchase(f"health-{number}", kind="vip"))["id"]
        shop.until(run, "completed")
    page.goto("/health")
    row = page.get_by_role("region", name="Steps").get_by_role("row", name=re.compile("payment.charge"))
    expect(row).to_contain_text("ms")
    expect(page.get_by_text("No step holds the others up.")).to_be_visible()
    assert serious_faults(page) == []
    row.get_by_role("button", name="payment.charge").click()
    expect(page).to_have_url(re.compile("step=payment.charge"))
    detail = page.get_by_role("region", name="Step payment.charge")
    expect(detail.get_by_role("img", name=re.compile("run p95"))).to_be_visible()
    page.get_by_label("Window of time").select_option("1h")
    expect(page).to_have_url(re.compile("window=1h"))
    expect(detail).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Run p50").click()
    expect(page.get_by_role("columnheader", name="Run p50")).to_have_attribute("aria-sort", "descending")


def test_a_resource_is_opened_and_closed_with_a_preview_of_what_that_does(page: Page, shop: Shop) -> None:
    page.goto("/health")
    row = page.get_by_role("region", name="Resources").get_by_role("row", name=re.compile("^refund"))
    row.get_by_role("button", name="Stop calls").click()
    dialog = page.get_by_role("dialog", name="Stop calls: refund")
    expect(dialog).to_contain_text("are parked: none is lost")
    assert serious_faults(page) == []
    dialog.get_by_label("Reason").fill("the warehouse is counted")
    dialog.get_by_role("button", name="Stop calls").click()
    expect(row).to_contain_text("open (forced)")
    expect(row).to_contain_text("the warehouse is counted")
    expect(page.get_by_text("Resources not well").locator("..")).to_contain_text("1")
    row.get_by_role("button", name="Call again").click()
    dialog = page.get_by_role("dialog", name="Call again: refund")
    dialog.get_by_role("button", name="Call again").click()
    expect(row).to_contain_text("well")


def test_an_alert_opens_is_acknowledged_and_closes_by_itself(page: Page, shop: Shop) -> None:
    (shop.rules / "alerts.yaml").write_text(ALERTS)
    page.goto("/health?alerts=rules")
    rule = page.get_by_role("row", name=re.compile("somebody-waits"))
    expect(rule).to_contain_text("alerts.yaml:2")  # the new rule, without a deploy
    expect(rule).to_contain_text("waiting > 0")
    assert serious_faults(page) == []
    run = shop.run("order", purchase("health-wait", 900, "us", "new"))["id"]
    page.get_by_role("tab", name="Open").click()
    alert = page.get_by_role("listitem").filter(has_text="1 to be looked at")
    expect(alert).to_contain_text("critical")
    assert serious_faults(page) == []
    alert.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog", name="Acknowledge the alert")
    dialog.get_by_label("Note").fill("I call them")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("I call them")
    shop.signal(run, "approval", {"verdict": "rejected"})
    expect(page.get_by_role("heading", name="No alert is open")).to_be_visible()
    page.get_by_role("tab", name="All").click()
    expect(page.get_by_role("listitem").filter(has_text="1 to be looked at").first).to_contain_text("closed")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_it_all_within_its_width(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page("/health", viewport={"width": 390, "height": 780}, color_scheme=theme)
    expect(page.get_by_role("region", name="Steps")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_faults(page) == []
