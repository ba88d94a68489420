"""The gate before all routes: Host, Origin and who calls. Pure ASGI, since it stands in every request's way.

A page on another site can make a browser call a service on this machine. It is stopped twice: by the Host
header, which a rebound DNS name gives away, and by Origin and Sec-Fetch-Site, which browsers send with every
POST and pages cannot forge. Programs send neither, and pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from rulesflow.api.access import Access
from rulesflow.api.pages import is_page
from rulesflow.api.problems import CROSS_SITE, HOST_REFUSED, UNAUTHORIZED, Problem, problem_of
from rulesflow.hooks.failure import PluginError
from rulesflow.settings import Settings

#: What an orchestrator asks. Needs no key; says nothing of facts or rules beyond counts and names.
HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
#: Probes come by the address of the moment, so they may give any Host; they learn one word.
_PROBES = frozenset({"/livez", "/readyz"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({b"localhost", b"127.0.0.1", b"[::1]"})


class Gate:
    """ASGI middleware that lets a request through or answers with a problem."""

    def __init__(self, app: ASGIApp, settings: Settings, access: Access) -> None:
        self._app = app
        self._access = access
        hosts = _hosts(settings)
        #: Whether a Host is served. Callers give few, so most are known already.
        self._serves = lru_cache(maxsize=64)(lambda host: hosts is None or _name(host) in hosts)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Check a request."""
        headers = dict(scope["headers"])  # of a header that stands twice, the last
        problem = self._foreign(scope, headers)
        if problem is not None:
            return problem.response()(scope, receive, send)
        if self._access.asks and _is_kept(scope["path"]):
            return self._asked(headers.get(b"authorization", b""), scope, receive, send)
        return self._app(scope, receive, send)

    def _foreign(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Problem | None:
        """Why a request is none to this service from its own pages or from a program."""
        host = headers.get(b"host", b"")
        if not self._serves(host) and scope["path"] not in _PROBES:
            return _host_problem(host)
        if scope["method"] not in _SAFE:
            origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
            if (origin is not None or site) and _is_cross_site(host, origin, site):
                return _cross_site_problem(origin)
        return None

    async def _asked(self, credentials: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass who may call."""
        try:
            problem = await self._access.objection(scope, credentials)
        except PluginError as error:  # it has been logged
            problem = problem_of(error)
        if problem is None:
            await self._app(scope, receive, send)
            return
        challenge = {"www-authenticate": 'Bearer realm="rulesflow"'}
        response = problem.response(challenge if problem.kind is UNAUTHORIZED else None)
        await response(scope, receive, send)


def _is_kept(path: str) -> bool:
    """Whether only who may call gets what lies there."""
    return path.startswith("/v1/") or not (path in HEALTH or is_page(path))


def _hosts(settings: Settings) -> frozenset[bytes] | None:
    """The names that Host may give; None for any, where only keys let anyone in."""
    named = frozenset(name.lower().encode("latin-1", "replace") for name in settings.allowed_hosts)
    if settings.loopback:
        return named | _LOOPBACK
    return named or None


def _name(host: bytes) -> bytes:
    """The host without its port: ``[::1]:8080`` gives ``[::1]``."""
    end = host.find(b"]") if host.startswith(b"[") else -1
    name, colon, port = host[end + 1 :].partition(b":")
    if colon and not port.isdigit():
        return b""
    return (host[: end + 1] + name).lower()


def _is_cross_site(host: bytes, origin: bytes | None, site: bytes | None) -> bool:
    if site and site not in (b"same-origin", b"none"):
        return True
    return origin is not None and origin.partition(b"://")[2].lower() != host.lower()


def _host_problem(host: bytes) -> Problem:
    shown = host[:80].decode("latin-1")
    return Problem(HOST_REFUSED, f"{shown!r} is not served here; name it in RULESFLOW_ALLOWED_HOSTS if it is")


def _cross_site_problem(origin: bytes | None) -> Problem:
    shown = (origin or b"another site")[:80].decode("latin-1")
    return Problem(
        CROSS_SITE, f"a call from {shown} is refused: browsers may call from this service's own pages"
    )
