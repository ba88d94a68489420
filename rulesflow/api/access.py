"""Access: who calls, and whether he may. By the API keys of the settings, and by plugins that know more."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import Scope

from rulesflow.api.problems import FORBIDDEN, UNAUTHORIZED, Problem
from rulesflow.hooks.access import Principal, Request as Call
from rulesflow.hooks.manager import Plugins
from rulesflow.settings import ApiKey, Settings

_CALLER = "rulesflow.caller"  # where a request's scope names who calls
_NOBODY = Principal("")


class Access:
    """Admits calls. ``asks``: whether anybody is to be asked at all."""

    def __init__(self, settings: Settings, plugins: Plugins | None) -> None:
        self._keys = _digests(settings.api_keys)
        self._plugins = plugins
        self._authenticates = plugins is not None and plugins.authenticates
        self._authorizes = plugins is not None and plugins.authorizes
        self.asks = bool(self._keys) or self._authenticates or self._authorizes

    async def objection(self, scope: Scope, credentials: bytes) -> Problem | None:
        """Why a call is not admitted. Raises `PluginError` where a plugin fails to say who calls."""
        principal = self._by_key(credentials)
        if principal is None and self._authenticates and self._plugins is not None:
            principal = await self._plugins.authenticate(_call(scope))
        if principal is None:
            if self._keys or self._authenticates:
                return Problem(UNAUTHORIZED, self._wanted())
            principal = _NOBODY
        scope[_CALLER] = principal.name
        if self._authorizes and self._plugins is not None:
            action, resource = purpose(scope["method"], scope["path"])
            verdict = self._plugins.authorize(principal, action, resource)
            if not verdict.allowed:
                return Problem(FORBIDDEN, verdict.reason or f"{principal.name} may not {action} {resource}")
        return None

    def _by_key(self, credentials: bytes) -> Principal | None:
        """Whose key was sent. All keys are compared, each in constant time, so timing tells nothing."""
        scheme, _, key = credentials.partition(b" ")
        sent = _digest(key.strip())
        matches = [name for name, known in self._keys if hmac.compare_digest(sent, known)]
        return Principal(matches[0]) if matches and scheme.lower() == b"bearer" else None

    def _wanted(self) -> str:
        if self._keys:
            return "send Authorization: Bearer KEY, with a key from RULESFLOW_API_KEYS"
        return "no plugin knows who calls"


def caller_of(request: Request) -> str:
    """The name of who calls; ``""`` where nobody is asked."""
    name: str = request.scope.get(_CALLER, "")
    return name


def purpose(method: str, path: str) -> tuple[str, str]:
    """What a call is about to do, as a verb, and to what, as ``kind:name``; see the hook `authorize`."""
    match path.strip("/").split("/"):
        case ["v1", "decisions", name] | ["v1", "decisions", name, "batch"]:
            return ("decide" if method == "POST" else "read"), f"decision:{name}"
        case ["v1", "decisions", name, "cases"]:
            return "read", f"decision:{name}"
        case ["v1", "runs"] if method == "POST":
            return "start", "run:*"
        case ["v1", "runs", "bulk", *_]:
            return ("bulk" if method == "POST" else "read"), "run:*"
        case ["v1", "runs", run, "signals", *_]:
            return "signal", f"run:{run}"
        case ["v1", "runs", run, action] if method == "POST":
            return action, f"run:{run}"
        case ["v1", "runs", run, *_]:
            return "read", f"run:{run}"
        case ["v1", "events"] if method == "POST":
            return "send", "event:*"
        case ["v1", "events", action]:
            return action, "event:*"
        case ["v1", "matches", match]:
            return "read", f"match:{match}"
        case ["v1", "patterns", name, action]:
            return action, f"pattern:{name}"
        case ["v1", "resources", name]:
            return "read", f"resource:{name}"
        case ["v1", "resources", name, action]:
            return action, f"resource:{name}"
        case ["v1", "workflows", name]:
            return "read", f"workflow:{name}"
        case ["v1", "alerts", name, "acknowledge"]:
            return "acknowledge", f"alert:{name}"
        case ["v1", "ruleset", action]:
            return action, "ruleset"
        case ["v1", "rulesets"] if method == "POST":
            return "propose", "ruleset:*"
        case ["v1", "rulesets", digest, *rest]:
            return (rest[0] if method == "POST" and rest else "read"), f"ruleset:{digest}"
        case ["v1", kind, *rest]:
            return ("read" if method in ("GET", "HEAD") else method.lower()), ":".join([kind, *rest])
        case _:
            return "read", "page"


def _call(scope: Scope) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client")
    return Call(scope["method"], scope["path"], headers, client[0] if client else None)


def _digests(keys: Iterable[ApiKey]) -> tuple[tuple[str, bytes], ...]:
    return tuple((key.name, _digest(key.key.get_secret_value().encode())) for key in keys)


def _digest(key: bytes) -> bytes:
    """Keys of any length, made comparable in constant time."""
    return hashlib.blake2b(key).digest()
