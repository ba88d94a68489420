"""rulesflow: layered business rules and durable workflows for online shops.

This is the public face: all that a plugin needs is imported from here, and for its tests from
`rulesflow.testing`. Each name is looked up when it is asked for, so that the command line starts fast.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: The modules in which the public names stand.
_HOMES = {
    "Breaker": "rulesflow.workflows.resource",
    "Diagnostic": "rulesflow.model.diagnostics",
    "EmitRefused": "rulesflow.workflows.emitted",
    "Emitted": "rulesflow.workflows.emitted",
    "ErrorClass": "rulesflow.workflows.step",
    "EvaluationError": "rulesflow.conditions",
    "Event": "rulesflow.hooks.event",
    "Function": "rulesflow.conditions",
    "Overload": "rulesflow.conditions",
    "PluginSettings": "rulesflow.hooks.settings",
    "Principal": "rulesflow.hooks.access",
    "Request": "rulesflow.hooks.access",
    "Resource": "rulesflow.workflows.resource",
    "RuleSource": "rulesflow.hooks.source",
    "Ruleset": "rulesflow.rules",
    "Severity": "rulesflow.model.diagnostics",
    "Span": "rulesflow.model.diagnostics",
    "Step": "rulesflow.workflows.step",
    "StepCall": "rulesflow.workflows.step",
    "StepDatabase": "rulesflow.hooks.stepdatabase",
    "StepError": "rulesflow.workflows.step",
    "Type": "rulesflow.conditions",
    "Verdict": "rulesflow.hooks.access",
    "function": "rulesflow.hooks.functions",
    "hookimpl": "rulesflow.hooks.mark",
    "type_named": "rulesflow.hooks.functions",
}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604 - all of them are names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
