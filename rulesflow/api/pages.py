"""The dashboard's pages: one document for every screen, and the scripts and styles that it loads.

They hold no secrets, so they need no key; what they show they ask for by the calls under ``/v1``. They are
read when they are first asked for, and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rulesflow.api.problems import NOT_FOUND, Problem

#: The dashboard's screens; what lies below one of them is shown by it as well.
SCREENS: Final = ("runs", "rules", "decide", "health", "inbox")
_ASSETS: Final = "/assets/"
_BUILT: Final = Path(__file__).parents[1] / "dashboard"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
#: Scripts, styles and calls of this service alone, nothing inline, and in no other site's frame.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARDS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_CHECKED: Final = "no-cache"  # a browser asks each time whether it is still the same
_FOR_EVER: Final = "public, max-age=31536000, immutable"  # the name of an asset tells its content
_NOT_BUILT: Final = """\
rulesflow is running. Its dashboard was not built.

Build it in the project's folder with:   make run
or, where the package is installed:      pip install -e .

It needs Node 20.19 or newer, which pip fetches where there is none, and is left out where
RULESFLOW_SKIP_DASHBOARD is set. Everything it shows is also there over REST: see /docs.
"""


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent; ``packed``: by gzip, where that was made."""

    plain: bytes
    packed: bytes | None
    media_type: str
    tag: str


def is_page(path: str) -> bool:
    """Whether a path is one of the dashboard's pages, or something that they load."""
    return path == "/" or path.startswith(_ASSETS) or path[1:].partition("/")[0] in SCREENS


def add_pages(app: FastAPI, built: Path = _BUILT) -> None:
    """Add the pages; ``built``: the folder into which they were built, which may be missing."""
    document = cache(lambda: _read(built / "index.html"))
    assets = cache(lambda: _read_all(built / "assets"))

    async def page(request: Request) -> Response:
        file = document()
        return _reply(request, file, _CHECKED) if file is not None else _unbuilt()

    async def asset(request: Request) -> Response:
        file = assets().get(request.path_params["name"])
        if file is None:
            return Problem(NOT_FOUND, "the dashboard has no such file; reload the page").response()
        return _reply(request, file, _FOR_EVER)

    app.add_route("/", page, include_in_schema=False)
    app.add_route(f"{_ASSETS}{{name}}", asset, include_in_schema=False)
    for screen in SCREENS:
        app.add_route(f"/{screen}", page, include_in_schema=False)
        app.add_route(f"/{screen}/{{rest:path}}", page, include_in_schema=False)


def _read_all(folder: Path) -> Mapping[str, _File]:
    found = {path.name: _read(path) for path in folder.glob("*") if path.suffix in _TYPES}
    return {name: file for name, file in found.items() if file is not None}


def _read(path: Path) -> _File | None:
    if not path.is_file():
        return None
    plain, packed = path.read_bytes(), path.with_name(f"{path.name}.gz")
    tag = hashlib.sha256(plain).hexdigest()[:32]
    return _File(plain, packed.read_bytes() if packed.is_file() else None, _TYPES[path.suffix], tag)


def _reply(request: Request, file: _File, caching: str) -> Response:
    packed = file.packed if _takes_gzip(request.headers.get("accept-encoding", "")) else None
    tag = f'"{file.tag}-gzip"' if packed is not None else f'"{file.tag}"'
    headers = {**_GUARDS, "cache-control": caching, "etag": tag, "vary": "accept-encoding"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    headers["content-type"] = file.media_type
    if packed is not None:
        headers["content-encoding"] = "gzip"
    body = packed if packed is not None else file.plain
    if request.method == "HEAD":
        return Response(headers={**headers, "content-length": str(len(body))})
    return Response(body, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(sent: str, tag: str) -> bool:
    tags = {each.strip().removeprefix("W/") for each in sent.split(",")}
    return tag in tags or "*" in tags


def _unbuilt() -> Response:
    return PlainTextResponse(_NOT_BUILT, 503, {**_GUARDS, "cache-control": "no-store"})
