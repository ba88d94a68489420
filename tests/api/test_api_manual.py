"""The manual at /docs: a page that needs nothing but this service."""

from __future__ import annotations

import re

from serving import Server


def test_the_page_and_all_that_it_loads_come_from_here(shop_server: Server) -> None:
    page = shop_server.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert len(loaded) >= 3
    for path in loaded:
        assert path.startswith("/docs/assets/"), path
        assert shop_server.get(path).status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_the_description_that_it_shows_is_there(shop_server: Server) -> None:
    assert "/v1/decisions/{decision}" in shop_server.get("/openapi.json").json()["paths"]
    assert shop_server.get("/docs/assets/../application.py").status_code == 404
