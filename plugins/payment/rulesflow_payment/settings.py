"""What an operator may set."""

from __future__ import annotations

import re

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator

_VISIBLE = re.compile(r"[!-~]+")


class Settings(BaseModel):
    """Where the payment service is, and how long to wait for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: AnyHttpUrl = Field(AnyHttpUrl("http://127.0.0.1:8701"), description="of the payment service")
    api_key: SecretStr | None = Field(None, description="sent as a bearer token")
    timeout: float = Field(10.0, gt=0, le=600, description="seconds for an answer")
    connect_timeout: float = Field(3.0, gt=0, le=600, description="seconds for a connection")
    connections: int = Field(100, ge=1, le=10_000, description="how many may be open at once")

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _VISIBLE.fullmatch(value.get_secret_value()):
            raise ValueError("a key is made of visible ASCII characters, at least one")
        return value
