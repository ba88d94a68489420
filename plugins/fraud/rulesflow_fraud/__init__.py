"""Fraud for rulesflow: a step that scores an order, and functions that conditions can call."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import cache

from rulesflow import Function, PluginSettings, Step, hookimpl
from rulesflow_fraud.functions import fraud_functions
from rulesflow_fraud.service import ScoreService
from rulesflow_fraud.settings import Settings
from rulesflow_fraud.steps import fraud_steps

__all__ = ["Settings", "lifespan", "register_functions", "register_steps"]


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``fraud.score``."""
    given = settings.read("fraud", Settings)
    return fraud_steps(given, _service(given))


@hookimpl
def register_functions(settings: PluginSettings) -> list[Function]:
    """``fraud.disposable_email`` and ``fraud.velocity``."""
    return fraud_functions(settings.read("fraud", Settings).disposable_domains)


@hookimpl
def lifespan(settings: PluginSettings) -> AbstractAsyncContextManager[object] | None:
    """Hold the connections to the score service while rulesflow runs, where there is one."""
    return _service(settings.read("fraud", Settings))


@cache
def _service(settings: Settings) -> ScoreService | None:
    """The one client that both hooks mean by the same settings."""
    return ScoreService(settings) if settings.base_url else None
