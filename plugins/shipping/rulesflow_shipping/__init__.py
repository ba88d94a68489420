"""Shipping for rulesflow: steps that make the label of a parcel as a PDF, and cancel it."""

from __future__ import annotations

from rulesflow import PluginSettings, Step, hookimpl
from rulesflow_shipping.settings import Settings
from rulesflow_shipping.steps import shipping_steps

__all__ = ["Settings", "register_steps"]


@hookimpl
def register_steps(settings: PluginSettings) -> list[Step]:
    """``shipping.label``, and ``shipping.cancel`` which takes it back."""
    return shipping_steps(settings.read("shipping", Settings))
