"""What an operator may set."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


class Settings(BaseModel):
    """Where the book is kept, and when money goes back. The URL is secret, since it may hold a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database: str = Field(
        ".rulesflow/refund.db", min_length=1, description="the SQLite file, made on first use"
    )
    database_url: SecretStr | None = Field(None, description="postgresql://…, instead of the file")
    window_days: int | None = Field(
        30, ge=0, description="days after delivery in which a refund may be asked for; null for no end"
    )
    most: int = Field(10, ge=1, le=1000, description="refunds of one order")
    busy_timeout: float = Field(5.0, gt=0, le=600, description="seconds to wait for another writer")

    @field_validator("database")
    @classmethod
    def _is_a_file(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("this is the name of a file; a URL goes into database_url")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _parsed(value) is None:
            raise ValueError("write postgresql://user:password@host/database")
        return value

    @property
    def url(self) -> URL:
        """Where to connect to."""
        parsed = _parsed(self.database_url) if self.database_url else None
        return parsed or URL.create("sqlite", database=self.database)


def _parsed(value: SecretStr) -> URL | None:
    try:
        url = make_url(value.get_secret_value())
    except (ArgumentError, ValueError):
        return None
    return url.set(drivername="postgresql+psycopg") if url.drivername in _POSTGRESQL else None
