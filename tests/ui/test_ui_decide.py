"""The screen that decides, in a real browser: form and JSON, why, what would change it, and other rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from dashboard import serious_faults
from playwright.sync_api import Locator, Page, Request, expect

from serving import wait_until
from shopfront import Shop, purchase

VIP = "customer/vip/refund.yaml"
FLOW = "workflows/order.yaml"
FACTS: dict[str, Any] = {
    "order": {"total": 80, "region": "us"},
    "customer": {"type": "vip", "tenure_days": 400},
    "refund": {"reason": "not_as_described"},
}


def address(facts: Any = FACTS, decision: str = "refund", **more: str) -> str:
    """The address of a question, as one shares it."""
    query = {"decision": decision, "facts": json.dumps(facts), **more}
    return "/decide?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())


def answer(page: Page, title: str = "Answer") -> Locator:
    """The panel of an answer."""
    return page.locator("section.panel").filter(has=page.get_by_role("heading", name=title, exact=True))


def test_the_form_of_the_schema_sends_numbers_as_they_were_typed_and_shows_who_won(page: Page) -> None:
    sent: list[str] = []

    def on_request(request: Request) -> None:
        if request.method == "POST" and "/v1/decisions/" in request.url:
            sent.append(request.post_data or "")

    page.on("request", on_request)
    page.goto("/decide?decision=refund&order.region=eu/de&customer.type=regular")
    expect(page.get_by_label("channel")).to_be_visible()
    expect(page.get_by_label("express")).to_have_count(0)
    page.get_by_label("Show more").check()
    expect(page.get_by_label("express")).to_be_visible()
    page.get_by_label("Show more").uncheck()
    page.get_by_label("total").fill("80.10000000000000000001")
    page.get_by_label("tenure_days").fill("400")
    page.get_by_label("reason").select_option("not_as_described")
    page.get_by_role("button", name="Decide").click()
    expect(answer(page)).to_contain_text("auto")
    expect(answer(page)).to_contain_text("80.10000000000000000001")
    expect(answer(page).get_by_role("link", name="base/refund.yaml:40")).to_be_visible()
    expect(answer(page)).to_contain_text("base → region/eu → region/eu/de")
    assert '"total":80.10000000000000000001' in sent[-1]
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_label("Facts", exact=True)).to_have_value(re.compile(r"80\.10000000000000000001"))


def test_what_the_service_refuses_stands_at_the_field(page: Page) -> None:
    page.goto("/decide?decision=refund&order.region=us&customer.type=vip")
    page.get_by_label("total").fill("-3")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_label("total")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("total")).to_have_accessible_description(
        re.compile("at least 0|smaller|minimum")
    )
    expect(page.get_by_label("reason")).to_have_attribute("aria-invalid", "true")
    expect(answer(page).get_by_role("alert")).to_contain_text("/facts/order/total")


def test_the_explanation_shows_the_test_that_failed_with_its_value_and_a_flip_edits_the_form(
    page: Page,
) -> None:
    page.goto(address())
    rules = page.locator(".accounts li")
    keep = rules.filter(has_text="keep_it")
    expect(keep).to_contain_text("order.total: <= 25 saw 80")
    expect(rules.filter(has_text="small_and_trusted")).to_contain_text("answers")
    page.get_by_role("button", name=re.compile(r"order\.total > 250")).click()
    expect(page.get_by_label("total")).to_have_value("250.01")
    expect(answer(page)).to_contain_text("review")
    expect(page).to_have_url(re.compile(r"250\.01"))


def test_an_address_brings_the_question_and_its_answer(page: Page) -> None:
    page.goto(address(at="2026-11-20T10:00:00Z", **{"as": "json"}))
    expect(answer(page)).to_contain_text("small_and_trusted")
    expect(answer(page).locator("time")).to_have_attribute("datetime", "2026-11-20T10:00:00Z")
    text = page.get_by_label("Facts", exact=True)
    text.fill('{"order": {"total": 80,}}')
    expect(text).to_have_accessible_description(re.compile("line 1, column 24"))
    expect(page.get_by_role("button", name="Decide")).to_be_disabled()


def test_a_case_fills_in_the_facts_and_is_decided(page: Page) -> None:
    page.goto("/decide?decision=refund")
    choice = page.get_by_label("Fill in from a case")
    choice.select_option(label="for a VIP a refund is small up to 250")
    expect(page.get_by_label("total")).to_have_value("250")
    expect(answer(page)).to_contain_text("auto")


def test_a_decision_of_a_run_is_asked_again_with_the_facts_it_was_taken_on_those_of_its_step_too(
    page: Page, shop: Shop
) -> None:
    run = shop.run("order", purchase("decide-1", total=80, kind="vip"), wait="5s")["id"]
    wait_until(lambda: shop.show(run)["decisions"])
    page.goto(f"/decide?run={run}&key=discount/1")
    expect(page.get_by_label("Decision", exact=True)).to_have_value("discount")
    expect(answer(page)).to_contain_text("loyalty")
    page.goto(f"/decide?run={run}&key=stock/1")
    expect(page.get_by_text("From a run: stock/1")).to_be_visible()
    expect(page.get_by_label("missing")).to_have_value("0")
    expect(answer(page)).to_contain_text("allocate")
    expect(page.get_by_text("The run got another answer")).to_have_count(0)
    page.get_by_label("missing").fill("5")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("The run got another answer")).to_be_visible()
    page.goto(f"/decide?run={run}&key=nothing/1")
    expect(page.get_by_text("The run has not decided this")).to_be_visible()


def test_rules_edited_here_are_checked_answer_beside_the_active_ones_and_run_the_cases(
    page: Page, shop: Shop
) -> None:
    before = shop.client.get("/v1/ruleset").json()["digest"]
    page.goto(address())
    page.get_by_role("button", name="What if the rules were others?").click()
    page.get_by_label("File", exact=True).select_option(VIP)
    text = page.get_by_label(f"Text of {VIP}")
    good = text.input_value()
    text.fill(good.replace("auto_limit: 250", "auto_limt: 50"))
    page.get_by_role("button", name="Try these edits").click()
    expect(page.get_by_text("does not load: 1 error")).to_be_visible()
    page.get_by_role("button", name=f"{VIP}:3:3").click()
    expect(text).to_be_focused()
    text.fill(good.replace("auto_limit: 250", "auto_limit: 50"))
    page.get_by_role("button", name="Try these edits").click()
    expect(answer(page, "What if")).to_contain_text("review")
    expect(answer(page)).to_contain_text("auto")
    expect(answer(page, "What if").locator("[data-differs]")).to_have_count(2)
    expect(page.get_by_text("another answer")).to_be_visible()
    expect(page.locator(".diff .before-after")).to_contain_text("250")
    page.get_by_role("button", name=re.compile("cases by both")).click()
    cases = page.get_by_role("region", name="Cases by both")
    expect(cases).to_contain_text(re.compile(r"1 of \d+ answers change"))
    expect(cases).to_contain_text("for a VIP a refund is small up to 250")
    assert shop.client.get("/v1/ruleset").json()["digest"] == before
    page.reload()
    expect(answer(page, "What if")).to_contain_text("review")


def test_what_edits_would_change_is_told_of_the_edits_that_were_tried(page: Page) -> None:
    page.goto(address(against="edits"))
    page.get_by_label("File", exact=True).select_option(FLOW)
    text = page.get_by_label(f"Text of {FLOW}")
    good = text.input_value()
    assert "stock.missing : 0" in good
    text.fill(good.replace("stock.missing : 0", "stock.missing : 1"))
    page.get_by_role("button", name="Try these edits").click()
    changed = page.locator(".diff li").filter(has_text="stock")
    expect(changed.get_by_role("link", name=f"{FLOW}:")).to_be_visible()
    expect(changed.locator("ins").filter(has_text="stock.missing : 1")).to_have_count(1)
    expect(page.get_by_text("same answer")).to_be_visible()
    stale = page.get_by_text("What stands below is of earlier edits")
    expect(stale).to_have_count(0)
    text.fill(good.replace("stock.missing : 0", "stock.missing : 2"))
    expect(stale).to_be_visible()
    page.get_by_role("button", name="Try these edits").click()
    expect(changed.locator("ins").filter(has_text="stock.missing : 2")).to_have_count(1)
    expect(stale).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screen_hinders_nobody(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page(address(against="edits"), color_scheme=theme)
    page.locator(".accounts").wait_for()
    page.locator(".editor").wait_for()
    assert serious_faults(page) == []


def test_a_phone_shows_the_answer_once_it_is_there_and_does_not_scroll_sideways(phone: Page) -> None:
    phone.goto("/decide?decision=refund&order.region=us&customer.type=vip")
    phone.get_by_label("total").fill("20")
    phone.get_by_label("reason").select_option("damaged")
    phone.get_by_role("button", name="Decide").click()
    expect(answer(phone).get_by_text("keep_it")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_hint_of_one_long_word_is_wrapped_and_code_in_it_is_code(phone: Page, shop: Shop) -> None:
    before = shop.client.get("/v1/ruleset").json()["digest"]
    file = shop.rules / "facts.yaml"
    text = file.read_text()
    assert "Where the order was placed." in text
    word = "x" * 120
    file.write_text(text.replace("Where the order was placed.", f"Such `{word}`"))
    wait_until(lambda: shop.client.get("/v1/ruleset").json()["digest"] != before)
    phone.goto("/decide?decision=refund")
    hint = phone.locator(".hint").filter(has=phone.locator("code", has_text=re.compile(f"^{word}$")))
    expect(hint).to_be_visible()
    assert hint.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
