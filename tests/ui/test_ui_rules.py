"""The screen of the rules in a real browser: what is active or wrong, who decides for whom, versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dashboard import serious_faults
from playwright.sync_api import Page, expect

from serving import wait_until
from shopfront import Shop

VIP = "customer/vip/refund.yaml"
FACTS = {
    "order": {"total": 80, "region": "us"},
    "customer": {"type": "vip", "tenure_days": 400},
    "refund": {"reason": "not_as_described"},
}


@pytest.fixture(scope="module")
def first(shop: Shop) -> str:
    """The digest of the rules that the shop began with."""
    digest: str = shop.client.get("/v1/ruleset").json()["digest"]
    return digest


@pytest.fixture(autouse=True)
def _as_before(shop: Shop, first: str) -> Iterator[None]:
    """After each test the folder holds what it held, and nothing is pinned."""
    kept = {path: path.read_bytes() for path in shop.rules.rglob("*.yaml")}
    yield
    for path, content in kept.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
    shop.client.post("/v1/ruleset/reload")
    wait_until(lambda: shop.client.get("/v1/ruleset").json()["digest"] == first, 20)


def edit(shop: Shop, before: str, after: str, file: str = VIP) -> None:
    """Change a file of the folder, as an editor does."""
    path: Path = shop.rules / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def active(page: Page) -> str:
    """The digest that the page shows as active, as far as it shows it."""
    return page.get_by_test_id("active-digest").inner_text()


def limit(shop: Shop) -> object:
    """What a VIP in the United States gets back by the active rules."""
    reply = shop.client.post("/v1/decisions/refund", json={"facts": FACTS})
    return reply.json()["result"]["limit"]


def test_the_page_sees_a_rule_change_on_disk_then_break_with_its_line_then_be_mended(
    page: Page, shop: Shop, first: str
) -> None:
    page.goto("/rules?decision=refund&customer.type=vip")
    shown = page.get_by_test_id("active-digest")
    expect(shown).to_have_text(first[:10])
    edit(shop, "auto_limit: 250", "auto_limit: 50")
    expect(shown).not_to_have_text(first[:10])
    expect(page.get_by_role("row", name="auto_limit")).to_contain_text("50")
    changed = active(page)
    edit(shop, "auto_limit: 50", "auto_limt: 50")
    wrong = page.get_by_role("alert", name="What is wrong with the rules")
    expect(wrong).to_contain_text("RF307")
    expect(wrong).to_contain_text(f"{VIP}:3:3")
    expect(wrong).to_contain_text("did you mean auto_limit?")
    expect(wrong).to_contain_text(re.compile(r"3 │\s+auto_limt: 50"))
    assert active(page) == changed, "the last good rules serve on"
    edit(shop, "auto_limt: 50", "auto_limit: 250")
    expect(wrong).to_have_count(0)
    expect(shown).to_have_text(first[:10])


def test_the_layer_stack_tells_which_layer_and_line_won_and_what_is_out_of_force(page: Page) -> None:
    page.goto("/rules")
    page.get_by_label("Decision", exact=True).select_option("fraud")
    page.get_by_label("order.region").select_option("eu/de")
    page.get_by_label("customer.type").select_option("vip")
    expect(page).to_have_url(re.compile(r"decision=fraud&order\.region=eu/de&customer\.type=vip"))
    layers = page.get_by_role("list", name=re.compile("^Layers"))
    expect(layers.get_by_role("listitem").first).to_contain_text("base")
    expect(layers.get_by_role("listitem").nth(3)).to_contain_text("customer/vip")
    gone = page.locator("[data-gone]").filter(has_text="many_declined_cards")
    expect(gone).to_contain_text("disabled by customer/vip customer/vip/fraud.yaml:2")
    expect(gone.locator("del")).to_have_text("many_declined_cards")
    gone.get_by_role("link", name="customer/vip/fraud.yaml:2").click()
    expect(page).to_have_url(re.compile(r"#file=customer/vip/fraud\.yaml&line=2$"))
    expect(page.locator("[aria-current=location]")).to_contain_text("disable: [many_declined_cards]")


def test_an_address_with_file_and_line_shows_the_line_and_a_lines_number_gives_its_address(
    page: Page,
) -> None:
    page.goto("/rules#file=base/refund.yaml&line=40")
    expect(page.locator("[aria-current=location]")).to_contain_text("small_and_trusted")
    page.get_by_role("button", name="Line 13", exact=True).click()
    expect(page).to_have_url(re.compile(r"#file=base/refund\.yaml&line=13$"))
    page.get_by_label("Filter the files").fill("vip/stock")
    page.get_by_role("button", name="customer/vip/stock.yaml").click()
    expect(page.get_by_role("region", name="customer/vip/stock.yaml")).to_contain_text("decision: stock")
    page.get_by_role("tab", name="Decisions").click()
    expect(page.get_by_label("Decision", exact=True)).to_be_visible()


def test_going_back_previews_the_difference_pins_decides_as_before_and_unpinning_ends_it(
    page: Page, shop: Shop, first: str
) -> None:
    page.goto("/rules?tab=versions")
    assert limit(shop) == 80
    edit(shop, "auto_limit: 250", "auto_limit: 50")
    expect(page.get_by_test_id("active-digest")).not_to_have_text(first[:10])
    assert limit(shop) == 0
    row = page.get_by_role("row").filter(has_text=first[:10])
    row.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog", name=f"Roll back to {first[:10]}")
    preview = dialog.get_by_role("region", name="What would change")
    expect(preview.locator("del")).to_have_text("50")
    expect(preview.locator("ins")).to_have_text("250")
    dialog.get_by_label("Reason").fill("the new limit was wrong")
    dialog.get_by_role("button", name="Activate and pin").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("active-digest")).to_have_text(first[:10])
    expect(page.get_by_text("Pinned: edits of the folder wait")).to_be_visible()
    expect(row).to_contain_text("the new limit was wrong")
    assert limit(shop) == 80
    edit(shop, "auto_limit: 50", "auto_limit: 60")
    expect(page.get_by_role("row").filter(has_text="pending")).to_be_visible()
    assert limit(shop) == 80
    page.locator(".pinned").get_by_role("button", name="Unpin and reload").click()
    dialog = page.get_by_role("dialog", name="Unpin and reload")
    expect(dialog.locator("ins")).to_have_text("60")
    dialog.get_by_role("button", name="Unpin and reload").click()
    expect(page.get_by_text("Pinned: edits of the folder wait")).to_have_count(0)
    expect(page.get_by_test_id("active-digest")).not_to_have_text(first[:10])
    assert limit(shop) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screen_hinders_nobody(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page("/rules?decision=fraud&order.region=br&customer.type=new", color_scheme=theme)
    page.locator(".rule-list").first.wait_for()
    assert serious_faults(page) == []
    page.get_by_role("tab", name="Versions").click()
    page.locator(".versions").wait_for()
    assert serious_faults(page) == []


def test_a_phone_shows_it_all_without_scrolling_sideways(phone: Page) -> None:
    phone.goto("/rules?decision=refund&order.region=eu/de&customer.type=vip")
    phone.locator(".rule-list").first.wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.goto("/rules#file=base/refund.yaml&line=40")
    expect(phone.locator("[aria-current=location]")).to_be_in_viewport()
