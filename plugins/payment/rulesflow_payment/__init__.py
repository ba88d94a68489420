"""Payment for rulesflow: steps that authorize, charge and refund over HTTP, each effect once for each key."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import cache

from rulesflow import PluginSettings, Resource, Step, hookimpl
from rulesflow_payment.gateway import Gateway
from rulesflow_payment.settings import Settings
from rulesflow_payment.steps import payment_steps

__all__ = ["Settings", "lifespan", "register_resources", "register_steps"]


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``payment.authorize`` with its undo ``payment.void``, ``payment.charge`` with ``payment.refund``."""
    return payment_steps(_gateway(settings.read("payment", Settings)))


@hookimpl
def register_resources(settings: PluginSettings) -> list[Resource]:
    """The service, which is asked whether it is well before it is charged again after an outage."""
    return [Resource("payment", health=_gateway(settings.read("payment", Settings)).is_well)]


@hookimpl
def lifespan(settings: PluginSettings) -> AbstractAsyncContextManager[object]:
    """Hold the connections to the service while rulesflow runs."""
    return _gateway(settings.read("payment", Settings))


@cache
def _gateway(settings: Settings) -> Gateway:
    """The one gateway that all hooks mean by the same settings."""
    return Gateway(settings)
