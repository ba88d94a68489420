"""Calls of the payment steps, as an engine makes them."""

from __future__ import annotations

import asyncio
from typing import Any

from rulesflow_payment.gateway import Gateway
from rulesflow_payment.settings import Settings
from rulesflow_payment.steps import payment_steps

from rulesflow import StepCall

API_KEY = "sk-very-secret"


def told(settings: Settings, verb: str, key: str, given: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The events that a call emits: type and data."""

    async def run() -> list[tuple[str, dict[str, Any]]]:
        async with Gateway(settings) as gateway:
            steps = {step.name: step for step in payment_steps(gateway)}
            call = StepCall(given, key, "run-1", "charge")
            await steps[f"payment.{verb}"].handler(call)
            return [(each.type, dict(each.data)) for each in call.emitted]

    return asyncio.run(run())


def pay(settings: Settings, *calls: tuple[str, str, dict[str, Any]], together: bool = False) -> list[Any]:
    """The outputs of some calls: ``(verb, key, input)``, one after another or all at once."""

    async def run() -> list[Any]:
        async with Gateway(settings) as gateway:
            steps = {step.name: step for step in payment_steps(gateway)}
            made = [
                steps[f"payment.{verb}"].handler(StepCall(given, key, "run-1", "charge"))
                for verb, key, given in calls
            ]
            return list(await asyncio.gather(*made)) if together else [await each for each in made]

    return asyncio.run(run())
