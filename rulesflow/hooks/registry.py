"""The registry: which plugin gave which step, function and resource, each checked once, at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rulesflow.conditions import ConditionError, Function, parse
from rulesflow.conditions.tree import Call
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.payload import PayloadRefused, as_payload
from rulesflow.workflows.resource import Resource, faults
from rulesflow.workflows.step import ErrorClass, Step
from rulesflow.workflows.stepschema import BrokenStep, step_schemas

_STEP: Final = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+", re.ASCII)
_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_RESOURCE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,127}", re.ASCII)
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
_MACROS: Final = frozenset({"has", "all", "exists", "exists_one", "existsOne", "filter", "map"})
_RESERVED: Final = frozenset({*ErrorClass, "any"})


class Registry:
    """Steps, functions and resources by name. What is wrong is gathered in ``problems``."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.functions: dict[str, Function] = {}
        self.resources: dict[str, Resource] = {}
        self.problems: list[str] = []
        self._owners: dict[tuple[str, str], str] = {}

    def add_step(self, step: Any, owner: str) -> str | None:
        """Take a step in; its name, if it is one. ``owner``: as messages call the plugin."""
        if not isinstance(step, Step):
            self.problems.append(f"{owner}: register_steps gave {_kind(step)}, not a Step")
            return None
        if self._named("step", step.name, _STEP, "plugin and verb, as stock.reserve", owner):
            self.problems += [f"{owner}: step {step.name}: {each}" for each in _faults(step)]
            self.steps[step.name] = step
        return str(step.name)

    def add_function(self, function: Any, owner: str) -> str | None:
        """Take a function in; its name, if it is one."""
        if not isinstance(function, Function):
            self.problems.append(f"{owner}: register_functions gave {_kind(function)}, not a Function")
            return None
        if function.name in _MACROS:
            self.problems.append(f"{owner}: the function {function.name} has the name of a macro; rename it")
        elif self._named("function", function.name, _FUNCTION, "a name, as fraud.score", owner):
            if not callable_by(function.name):
                self.problems.append(f"{owner}: a word in {function.name} is the language's own; rename it")
            if not function.overloads:
                self.problems.append(f"{owner}: function {function.name} has no overload")
            self.functions[function.name] = function
        return str(function.name)

    def add_resource(self, resource: Any, owner: str) -> str | None:
        """Take a resource in; its name, if it is one."""
        if not isinstance(resource, Resource):
            self.problems.append(f"{owner}: register_resources gave {_kind(resource)}, not a Resource")
            return None
        if self._named("resource", resource.name, _RESOURCE, "as Step.resource has it, payment", owner):
            self.problems += [f"{owner}: resource {resource.name}: {each}" for each in faults(resource)]
            self.resources[resource.name] = resource
        return str(resource.name)

    def check_undos(self) -> None:
        """Note the steps whose undo is no step of any plugin."""
        for step in self.steps.values():
            if step.undo is not None and step.undo not in self.steps:
                hint = did_you_mean(str(step.undo), self.steps) or "register it too"
                owner = self._owners["step", step.name]
                self.problems.append(
                    f"{owner}: step {step.name}: there is no step {step.undo} to undo it; {hint}"
                )

    def _named(self, what: str, name: Any, pattern: re.Pattern[str], wanted: str, owner: str) -> bool:
        """Whether the name is a name, and still free."""
        if not isinstance(name, str) or not pattern.fullmatch(name):
            self.problems.append(f"{owner}: {name!r} is no name of a {what}; a name is {wanted}")
            return False
        taken = (what, name) in self._owners
        other = self._owners.setdefault((what, name), owner)
        if taken:
            by = "itself registers it twice" if other == owner else f"and {owner} both register it"
            self.problems.append(f"the {what} {name}: {other} {by}; rename one of them")
            return False
        return True


def _faults(step: Step) -> list[str]:
    """What is wrong with a step by itself."""
    faults = [] if callable(step.handler) else [f"its handler is {_kind(step.handler)}, not a function"]
    faults += _schema_faults(step)
    needs: object = step.needs
    if not isinstance(needs, str) or not _RESOURCE.fullmatch(needs):
        faults.append(f"{needs!r} is no name of a resource; use lower-case letters, digits, _, . or -")
    errors: object = step.errors
    if not isinstance(errors, Mapping):
        return [*faults, "errors must map each code to its class"]
    for code, error_class in errors.items():
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            faults.append(f"the error code {code!r} is no name; use lower-case letters, digits, _ or -")
        elif code in _RESERVED:
            faults.append(f"the error code {code} is the name of a class; choose another")
        if error_class not in list(ErrorClass):
            faults.append(f"{error_class!r} is no class of errors; it is one of {', '.join(ErrorClass)}")
    return faults


def _schema_faults(step: Step) -> list[str]:
    for which, schema in (("input", step.input), ("output", step.output)):
        try:
            as_payload(schema)
        except PayloadRefused as refused:
            return [f"the {which} schema is no JSON: {refused}"]
    try:
        step_schemas(step)
    except BrokenStep as broken:
        return [str(broken).removeprefix(f"plugin {step.name.partition('.')[0]}, step {step.name}: ")]
    return []


def callable_by(name: str) -> bool:
    """Whether conditions can call a function of that name: some words are the language's own."""
    try:
        tree = parse(f"{name}(0)")
    except ConditionError:
        return False
    return isinstance(tree, Call) and not name.startswith(("true.", "false.", "null."))


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"
