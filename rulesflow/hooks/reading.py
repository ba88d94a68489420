"""Reading the settings of one plugin: laid over each other by strength, checked by the plugin's model."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from rulesflow.hooks.given import PROJECT, VARIABLES, Given, Names, folded
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import RulesflowError
from rulesflow.settings import FILE

_FROM_FILE: Final = "_file"

Model = TypeVar("Model", bound=BaseModel)


class PluginSettingsRefused(RulesflowError):
    """Settings that a plugin cannot work with; each line says what, where from, and how to mend it."""


class Reading(Generic[Model]):
    """One reading of one plugin's settings."""

    def __init__(self, plugin: str, model: type[Model], given: Iterable[Given]) -> None:
        self._plugin = plugin
        self._type = model
        self._known = tuple(model.model_fields)
        self._problems: list[str] = []
        self._values: dict[str, Any] = {}
        self._origins: dict[Names, Given] = {}
        for each in given:
            self._lay(each)

    def checked(self) -> Model:
        """The instance; raises `PluginSettingsRefused`."""
        if not self._problems:
            try:
                return self._validated()
            except ValidationError as error:
                self._problems += [self._complaint(each) for each in error.errors(include_url=False)]
        raise PluginSettingsRefused("\n".join(self._problems)) from None

    def _validated(self) -> Model:
        try:
            return self._type.model_validate(self._values, by_name=True)
        except ValidationError as error:
            if not self._read_as_json(error):
                raise
        return self._type.model_validate(self._values, by_name=True)

    def _read_as_json(self, error: ValidationError) -> bool:
        """A variable is a text; where none will do, it is the JSON of a list or an object. Is any of them?"""
        refused = {given for each in error.errors() if (given := self._origin(each)) and given.by_variable}
        meant = {given.path[1:]: _json(given.value) for given in refused}
        for path, value in meant.items():
            if value is not None:
                self._put(path, value)
        return any(value is not None for value in meant.values())

    def _lay(self, given: Given) -> None:
        """Put a value in its place, over one from a weaker source."""
        name, value = self._field(given.path[1], given.by_variable), given.value
        if name is None and given.by_variable and given.path[1].endswith(_FROM_FILE):
            name = self._field(given.path[1].removesuffix(_FROM_FILE), True)
            value = name and self._content(name, given)
        if name is None:
            hint = did_you_mean(given.path[1], self._known) or f"settings: {', '.join(self._known) or 'none'}"
            self._refuse(f"there is no setting {given.path[1]} ({given.origin}); {hint}")
        elif self._secret(name) and given.origin == PROJECT:
            variable = f"{VARIABLES}{folded(self._plugin).upper()}__{name.upper()}"
            self._refuse(
                f"{name} is a secret and must not stand in {PROJECT}; "
                f"set {variable}, or {variable}_FILE to a file that holds it"
            )
        else:
            path = (name, *given.path[2:])
            kept = {old: each for old, each in self._origins.items() if old[: len(path)] != path}
            self._origins = {**kept, path: Given((self._plugin, *path), value, given.origin)}
            self._put(path, value)

    def _field(self, name: str, by_variable: bool) -> str | None:
        """The model's name for a setting; variables know neither capitals nor dashes."""
        if by_variable:
            return next((each for each in self._known if folded(each) == folded(name)), None)
        return name if name in self._known else None

    def _content(self, name: str, given: Given) -> str:
        try:
            return Path(given.value).read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            self._refuse(f"{name}: the file that {given.origin} names cannot be read: {error}")
            return ""

    def _refuse(self, message: str) -> None:
        self._problems.append(f"plugin {self._plugin}: {message}")

    def _put(self, path: Names, value: Any) -> None:
        inner = self._values
        for name in path[:-1]:
            if not isinstance(inner.get(name), dict):
                inner[name] = {}
            inner = inner[name]
        inner[path[-1]] = value

    def _secret(self, name: str) -> bool:
        return _mentions_secret(self._type.model_fields[name].annotation)

    def _origin(self, error: ErrorDetails) -> Given | None:
        """The value that is wrong, or the first one within it."""
        path = tuple(map(str, error["loc"]))
        for place, given in self._origins.items():
            if path and (place[: len(path)] == path or path[: len(place)] == place):
                return given
        return None

    def _complaint(self, error: ErrorDetails) -> str:
        given = self._origin(error)
        place = ".".join(map(str, error["loc"]))
        message = self._without_secrets(error["msg"].removeprefix("Value error, "))
        head = f"plugin {self._plugin}: {place + ': ' if place else ''}{message}"
        if error["type"] == "missing" and given is None:
            variable = "__".join((folded(self._plugin), *map(str, error["loc"]))).upper()
            return f"{head}; set {VARIABLES}{variable}, or {place} under [plugins.{self._plugin}] in {FILE}"
        return f"{head} ({given.origin})" if given else head

    def _without_secrets(self, message: str) -> str:
        """A validator's message may repeat what it was given."""
        for path, given in self._origins.items():
            if self._secret(path[0]) and isinstance(given.value, str) and given.value:
                message = message.replace(given.value, "***")
        return message


def _mentions_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return True
    return any(map(_mentions_secret, get_args(annotation)))


def _json(text: Any) -> Any:
    """The list or object that a text is, None where it is none."""
    if not isinstance(text, str) or not text.lstrip().startswith(("[", "{")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
