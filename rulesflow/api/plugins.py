"""The call that shows which plugins are loaded."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request

from rulesflow.api.routing import Answer, JsonReply
from rulesflow.documents.jsontext import write_json
from rulesflow.hooks.manager import Plugin


class PluginCalls:
    """Endpoint ``/v1/plugins``."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self._plugins = tuple(plugins)

    async def list(self, _: Request) -> Answer:
        """``GET /v1/plugins``: plugins do not change while a service runs."""
        return JsonReply(write_json({"plugins": [_shown(plugin) for plugin in self._plugins]}))


def _shown(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "hooks": list(plugin.hooks),
        "steps": list(plugin.steps),
        "functions": list(plugin.functions),
    }
