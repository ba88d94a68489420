"""What an operator may set."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator

_VISIBLE = re.compile(r"[!-~]+")


class Settings(BaseModel):
    """Who scores the orders. Without ``base_url`` the plugin does so itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: AnyHttpUrl | None = Field(None, description="of the score service")
    api_key: SecretStr | None = Field(None, description="sent as a bearer token")
    timeout: float = Field(3.0, gt=0, le=600, description="seconds for an answer")
    connect_timeout: float = Field(1.0, gt=0, le=600, description="seconds for a connection")
    connections: int = Field(100, ge=1, le=10_000, description="how many may be open at once")
    when_away: Literal["fail", "local"] = Field(
        "fail", description="what to do while the service is away: fail, so that runs wait, or score here"
    )
    disposable_domains: tuple[str, ...] = Field(
        (), description="domains of throw-away mail, beside those that are known"
    )

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _VISIBLE.fullmatch(value.get_secret_value()):
            raise ValueError("a key is made of visible ASCII characters, at least one")
        return value
