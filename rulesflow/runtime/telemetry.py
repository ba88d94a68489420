"""Telemetry: whether traces are sent to an OTLP receiver, by the standard variables of OpenTelemetry.

Nothing of OpenTelemetry is loaded unless they name a receiver. What is set and cannot be done is refused.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Final

from rulesflow.runtime.tracing import Tracer
from rulesflow.settings import SettingsError

_SENDER: Final = "rulesflow.runtime.otlp"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN: Final = "http/protobuf"


def find_tracer(environment: Mapping[str, str] | None = None) -> Tracer | None:
    """Who traces, or None where no receiver is named, or tracing is switched off.

    Raises `SettingsError` where the receiver's address or protocol cannot be used, or OpenTelemetry is not
    installed.
    """
    given = os.environ if environment is None else environment
    if _first(given, ("OTEL_SDK_DISABLED",))[1].lower() == "true":
        return None
    name, exporter = _first(given, ("OTEL_TRACES_EXPORTER",))
    variable, endpoint = _first(given, _ENDPOINTS)
    if not endpoint or exporter == "none":
        return None
    if exporter not in ("", "otlp"):
        raise SettingsError(f"{name}: traces are sent by otlp or by none, not by {exporter!r}")
    if not endpoint.startswith(("http://", "https://")):
        raise SettingsError(f"{variable}: {endpoint!r} is no address; write http://HOST:4318")
    name, protocol = _first(given, _PROTOCOLS)
    if protocol not in ("", _SPOKEN):
        raise SettingsError(f"{name}: {protocol!r} is not spoken here; set {_SPOKEN}, which port 4318 takes")
    return _loaded(variable)


def _first(given: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    """The first variable that is set, and its value; the last name and nothing where none is."""
    for name in names:
        value = given.get(name, "").strip()
        if value:
            return name, value
    return names[-1], ""


def _loaded(variable: str) -> Tracer:
    """What sends. It is looked for only now, since few need it and it takes a while to load."""
    try:
        sender = importlib.import_module(_SENDER)
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("opentelemetry"):
            raise
        message = f"{variable} is set, and what sends traces is missing: pip install 'rulesflow[otel]'"
        raise SettingsError(f"{message}, or unset the variable") from None
    try:
        made: Tracer = sender.Sender()
    except ValueError as error:
        raise SettingsError(f"OpenTelemetry cannot be set up by the variables OTEL_*: {error}") from None
    return made
