"""What the first view of the list costs: counted by what the browser loads. Its time: bench/page.py."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from shopfront import Shop, purchase

SCRIPT = 300_000  # bytes, compressed


def test_the_first_view_of_the_list_loads_little_script_and_no_layout_engine(page: Page, shop: Shop) -> None:
    run = shop.run("order", purchase("budget", kind="vip"))["id"]
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    scripts: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on(
        "Network.responseReceived",
        lambda told: (
            scripts.update({told["requestId"]: told["response"]["url"]}) if told["type"] == "Script" else None
        ),
    )
    session.on(
        "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]})
    )
    page.goto("/runs")
    expect(page.get_by_role("row").filter(has_text=run)).to_be_visible()
    page.wait_for_timeout(500)  # for what would come behind
    loaded = {url: sizes[request] for request, url in scripts.items() if request in sizes}
    assert len(loaded) >= 2, loaded
    assert 50_000 < sum(loaded.values()) <= SCRIPT, loaded
    assert not [url for url in loaded if "elk" in url]
