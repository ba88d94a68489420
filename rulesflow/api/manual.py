"""The manual: the description as a page to read and try. Everything it loads comes from this service."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

_PAGE = "/docs"
_ASSETS = "/docs/assets"


def add_manual(app: FastAPI) -> None:
    """Add ``/docs``; FastAPI's own page would load its scripts from a content delivery network."""

    async def page(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title} {app.version}",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon.png",
        )

    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]), name="assets")
    app.add_route(_PAGE, page, include_in_schema=False)
