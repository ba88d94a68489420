"""The gate before all routes: Host, Origin and API key. Pure ASGI, since it stands in every request's way.

A page on another site can make a browser call a service on this machine. It is stopped twice: by the Host
header, which a rebound DNS name gives away, and by Origin and Sec-Fetch-Site, which browsers send with every
POST and pages cannot forge. Programs send neither, and pass.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rulesflow.api.problems import CROSS_SITE, HOST_REFUSED, UNAUTHORIZED, Problem
from rulesflow.settings import ApiKey, Settings

#: What an orchestrator asks. Needs no key; says nothing of facts or rules beyond counts and names.
HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
#: Probes come by the address of the moment, so they may give any Host; they learn one word.
_PROBES = frozenset({"/livez", "/readyz"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({b"localhost", b"127.0.0.1", b"[::1]"})
_CALLER = "rulesflow.caller"  # where a request's scope names the key that it came with


class Gate:
    """ASGI middleware that lets a request through or answers with a problem."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = _hosts(settings)
        self._keys = _digests(settings.api_keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request; what is no HTTP request (the lifespan) passes."""
        if scope["type"] == "http":
            problem = self._objection(scope)
            if problem is not None:
                challenge = {"www-authenticate": 'Bearer realm="rulesflow"'}
                headers = challenge if problem.kind is UNAUTHORIZED else None
                await problem.response(headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _objection(self, scope: Scope) -> Problem | None:
        path, host, origin, site, credentials = scope["path"], b"", None, b"", b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"authorization":
                credentials = value
        if self._hosts is not None and _name(host) not in self._hosts and path not in _PROBES:
            return _host_problem(host)
        if scope["method"] not in _SAFE and _is_cross_site(host, origin, site):
            return _cross_site_problem(origin)
        if self._keys and path not in HEALTH:
            caller = self._known(credentials)
            if caller is None:
                wanted = "send Authorization: Bearer KEY, with a key from RULESFLOW_API_KEYS"
                return Problem(UNAUTHORIZED, wanted)
            scope[_CALLER] = caller
        return None

    def _known(self, credentials: bytes) -> str | None:
        """Whose key was sent. All keys are compared, each in constant time, so timing tells nothing."""
        scheme, _, key = credentials.partition(b" ")
        sent = _digest(key.strip())
        matches = [name for name, known in self._keys if hmac.compare_digest(sent, known)]
        return matches[0] if matches and scheme.lower() == b"bearer" else None


def caller_of(request: Request) -> str:
    """The name of the key that a call came with; ``""`` where no keys are asked for."""
    name: str = request.scope.get(_CALLER, "")
    return name


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


def _is_cross_site(host: bytes, origin: bytes | None, site: bytes) -> bool:
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


def _digests(keys: Iterable[ApiKey]) -> tuple[tuple[str, bytes], ...]:
    return tuple((key.name, _digest(key.key.get_secret_value().encode())) for key in keys)


def _digest(key: bytes) -> bytes:
    """Keys of any length, made comparable in constant time."""
    return hashlib.blake2b(key).digest()
