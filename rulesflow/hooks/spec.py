"""The hooks: what a plugin may implement, each with the meaning of its parameters.

An implementation has the mark `hookimpl` and may leave out parameters that it does not need.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from rulesflow.conditions import Function
from rulesflow.hooks.access import Principal, Request, Verdict
from rulesflow.hooks.event import Event
from rulesflow.hooks.mark import hookspec
from rulesflow.hooks.settings import PluginSettings
from rulesflow.hooks.source import RuleSource
from rulesflow.model.diagnostics import Diagnostic
from rulesflow.rules import Ruleset
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.step import Step


@hookspec
def register_steps(settings: PluginSettings) -> Iterable[Step]:  # type: ignore[empty-body]
    """Give the steps that workflows may call. Called once, at start; it should not talk to services yet.

    :param settings: of all plugins; ``settings.read("stock", Model)`` checks those of the plugin `stock`
        and gives them as a ``Model``.
    """


@hookspec
def register_functions(settings: PluginSettings) -> Iterable[Function]:  # type: ignore[empty-body]
    """Give functions that conditions may call. They are pure: same arguments, same result, no service asked.

    :param settings: as in `register_steps`.
    """


@hookspec
def register_rule_sources(settings: PluginSettings) -> Iterable[RuleSource]:  # type: ignore[empty-body]
    """Give sources of rule files that join those of the folder.

    :param settings: as in `register_steps`.
    """


@hookspec
def register_resources(settings: PluginSettings) -> Iterable[Resource]:  # type: ignore[empty-body]
    """Describe the services that steps need: limits, a health check, and when they count as not being well.

    :param settings: as in `register_steps`.
    """


@hookspec
def check_ruleset(ruleset: Ruleset) -> Iterable[Diagnostic]:  # type: ignore[empty-body]
    """Tell what is wrong with rules that load: a team's own policy. An error keeps them from being activated.

    :param ruleset: the decisions, with their rules, layers and places in files; it is not to be changed.
    """


@hookspec
def lifespan(settings: PluginSettings) -> AbstractAsyncContextManager[Any] | None:
    """Hold something while the service runs, such as a pool of connections.

    What comes back is entered before the first step is called and left after the last one, on the event
    loop that calls asynchronous steps. Plugins are entered in the order of their names, left in reverse.

    :param settings: as in `register_steps`.
    """


@hookspec(firstresult=True)
def authenticate(request: Request) -> Principal | Awaitable[Principal | None] | None:
    """Tell who calls; the first plugin that knows is believed. May be asynchronous, must not block.

    :param request: method, path, headers and address of the call; never its body.
    """


@hookspec
def authorize(principal: Principal, action: str, resource: str) -> Verdict | None:
    """Tell whether a caller may do something; None for no opinion.

    Any plugin that denies wins. Where a plugin has this hook and none of them has an opinion, it is denied.

    :param principal: who calls.
    :param action: what he is about to do, as verb (``read``, ``decide``, ``start``, ``cancel`` …).
    :param resource: to what, as ``kind:name`` (``decision:fraud``, ``run:ID``; ``run:*``: new, or many).
    """


@hookspec
def observe(event: Event) -> None:
    """Hear of something that has happened. Called on the way, so it must be quick; what it raises is logged.

    :param event: what has happened, when, and to what.
    """
