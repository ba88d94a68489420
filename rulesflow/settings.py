"""Settings: from the command line, the environment (``RULESFLOW_*``) and ``rulesflow.toml``, in that order.

The same names stand in all three: ``--port``, ``RULESFLOW_PORT``, ``port = 8080``. The file is read from the
working directory. A name there that is not known is an error, so is a variable that is nearly one of ours,
and so is an address that others can reach without API keys.
"""

from __future__ import annotations

import binascii
import os
import re
import tomllib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

FILE = "rulesflow.toml"
PREFIX = "RULESFLOW_"
PLUGINS = "plugins"
MIB = 1 << 20
_SIGNS = "whsec_"  # before the base64 of a secret to sign with
_SECRET = range(24, 65)  # bytes of one
_PASSWORD = re.compile(r"://[^/@]*:[^/]*@")  # in an address
_KEY = re.compile(r"(?P<name>[A-Za-z0-9_.-]+):(?P<key>[!-+\--~]+)")  # visible ASCII but the comma


class SettingsError(ValueError):
    """Settings that cannot be used; each line of the message says what, where from, and how to mend it."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who may call: a name for logs and metrics, and the secret that the caller sends."""

    name: str
    key: SecretStr


class Settings(BaseSettings):
    """Everything that can be set. Sizes are in bytes."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        toml_file=FILE,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    rules: Path = Field(Path("rules"), description="the folder of rules")
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="the port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=1024, description="how many processes serve")
    api_keys: Annotated[tuple[ApiKey, ...], NoDecode] = Field((), description="name:key, comma-separated")
    authenticate: Literal["keys", "plugin"] = Field(
        "keys", description="who tells callers apart: the API keys alone, or a plugin as well"
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="names that requests may give as Host, comma-separated, beside those of loopback"
    )
    database_url: str = Field(
        "sqlite:///.rulesflow/state.db",
        description="where runs are kept: sqlite:///PATH, postgresql://…, or none to serve decisions only",
    )
    concurrency: int = Field(50, ge=1, le=10_000, description="calls of steps at once, in each process")
    backlog: int = Field(
        250_000, ge=0, description="runs with something to do before new ones are refused; 0 for no bound"
    )
    retention_days: int = Field(
        0, ge=0, description="days after which ended runs and old events are forgotten; 0 for never"
    )
    alert_webhook: SecretStr | None = Field(
        None, description="the http(s) address that alerts are posted to; it is never shown"
    )
    alert_webhook_secret: SecretStr | None = Field(
        None, description="what is posted there is signed with: whsec_BASE64; it is never shown"
    )
    require_cases: bool = Field(False, description="activate only rules whose cases pass")
    max_body_bytes: int = Field(MIB, ge=1, description="of one request, or one item of a batch")
    max_batch_bytes: int = Field(
        32 * MIB, ge=1, description="of a whole batch, or of the files of a candidate"
    )
    max_batch_items: int = Field(100_000, ge=1, description="items in a batch")
    cost_limit: int = Field(1_000_000, ge=1, description="steps that one decision may take")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    log_format: Literal["text", "json"] = Field("text", description="lines for people or for machines")
    access_log: bool = Field(False, description="log each request")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _read_keys(cls, value: object) -> object:
        return tuple(_keys(value)) if isinstance(value, str) else value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _read_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("alert_webhook")
    @classmethod
    def _check_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_web(value.get_secret_value()):  # never quoted: it may hold a secret
            raise ValueError("this is no address of the web: write https://HOST/PATH")
        return value

    @field_validator("alert_webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _signs(value.get_secret_value()):
            raise ValueError(
                f"this cannot be signed with: write {_SIGNS} and behind it {_SECRET[0]} to {_SECRET[-1]} "
                f"random bytes in base64, as {_SIGNS}$(openssl rand -base64 32) makes it"
            )
        return value

    @model_validator(mode="after")
    def _sign_what_is_posted(self) -> Settings:
        if self.alert_webhook_secret is not None and self.alert_webhook is None:
            raise ValueError(
                f"alert_webhook_secret is set, but nothing is posted that it could sign: "
                f"set {PREFIX}ALERT_WEBHOOK=https://HOST/PATH as well"
            )
        return self

    @model_validator(mode="after")
    def _keep_strangers_out(self) -> Settings:
        if not self.loopback and not self.api_keys and self.authenticate == "keys":
            raise ValueError(
                f"others can reach {self.host or 'every address'}, and there are no API keys: "
                f"set {PREFIX}API_KEYS=name:key, or {PREFIX}AUTHENTICATE=plugin, or keep to 127.0.0.1"
            )
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def keeps_runs(self) -> bool:
        """Whether there is a database, so that workflows can be run."""
        return self.database_url != "none"

    def environment(self) -> dict[str, str]:
        """The same settings as variables, secrets included: for processes that this one starts."""
        return {PREFIX + name.upper(): _spelled(getattr(self, name)) for name in self.model_fields_set}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line before the environment before the file."""
        return init_settings, env_settings, _File(settings_cls)


class _File(TomlConfigSettingsSource):
    """The file without the table of plugins, whose settings each plugin checks itself."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name != PLUGINS}


def _keys(text: str) -> Iterator[ApiKey]:
    names = set()
    for number, part in enumerate(text.split(","), 1):
        match = _KEY.fullmatch(part.strip())
        if match is None:  # never quote the part: it holds a secret
            raise ValueError(f"entry {number} is not of the form name:key")
        if match["name"] in names:
            raise ValueError(f"the name {match['name']} stands twice")
        names.add(match["name"])
        yield ApiKey(match["name"], SecretStr(match["key"]))


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as ``--show-settings`` prints it; ``value`` is masked when it is secret."""

    name: str
    value: str
    origin: str
    description: str


def read_settings(given: Mapping[str, Any] | None = None) -> Settings:
    """Read all settings; ``given`` is the command line's, None where an option was not given.

    Raises `SettingsError` with every problem.
    """
    options = _options(given)
    misspelt = "\n".join(_misspelt(os.environ))
    if misspelt:
        raise SettingsError(misspelt)
    try:
        return Settings(**options)
    except ValidationError as error:
        origins = _origins(options)
        raise SettingsError("\n".join(_complaint(item, origins) for item in error.errors())) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{FILE}: {error}") from None


def show_settings(given: Mapping[str, Any] | None = None) -> tuple[Shown, ...]:
    """Every setting, its value and where that came from. Raises `SettingsError`."""
    settings, origins = read_settings(given), _origins(_options(given))
    return tuple(
        Shown(name, _masked(getattr(settings, name)), origins.get(name, "default"), field.description or "")
        for name, field in Settings.model_fields.items()
    )


def _options(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}


def _misspelt(environment: Iterable[str]) -> Iterator[str]:
    """Complaints of variables that nearly name a setting; others may be meant for another program."""
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(environment):
        own = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and own not in known and not own.startswith(f"{PLUGINS.upper()}__"):
            for close in get_close_matches(own, known, n=1, cutoff=0.75):
                yield f"{name}: there is no such setting; did you mean {PREFIX}{close}?"


def _origins(options: Mapping[str, Any]) -> dict[str, str]:
    """Where each setting that is set comes from."""
    origins = dict.fromkeys(_File(Settings)(), FILE)
    origins |= {name: PREFIX + name.upper() for name in EnvSettingsSource(Settings)()}
    return origins | dict.fromkeys(options, "command line")


def _complaint(error: ErrorDetails, origins: Mapping[str, str]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        close = get_close_matches(name, Settings.model_fields, n=1)
        return f"{origins.get(name, FILE)}: there is no setting {name}" + (
            f"; did you mean {close[0]}?" if close else ""
        )
    message = error["msg"].removeprefix("Value error, ")
    return f"{origins.get(name, name)}: {name}: {message}" if name else message


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        known = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not re.search(r"\s", address)
    return known and plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _signs(secret: str) -> bool:
    try:
        key = b64decode(secret.removeprefix(_SIGNS), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(_SIGNS) and len(key) in _SECRET


def _spelled(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(map(_spelled, value))
    if isinstance(value, ApiKey):
        return f"{value.name}:{value.key.get_secret_value()}"
    return str(value)


def _masked(value: object) -> str:
    if isinstance(value, SecretStr):
        return "***"
    if isinstance(value, tuple):
        return ", ".join(f"{item.name}:***" if isinstance(item, ApiKey) else str(item) for item in value)
    return _PASSWORD.sub("://***@", str(value))
