"""What an operator may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, field_validator

from rulesflow_shipping.typeface import TypefaceRefused, load_typeface


class Settings(BaseModel):
    """Where labels go, and what stands on all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Field(Path(".rulesflow/labels"), description="of the labels, made on first use")
    base_url: AnyHttpUrl | None = Field(None, description="where the folder is served; then labels are URLs")
    tracking_url: str = Field("", max_length=300, description="what the QR code opens, with {tracking} in it")
    carrier: str = Field("Standard", min_length=1, max_length=40, description="where a workflow names none")
    sender: tuple[str, ...] = Field((), max_length=6, description="the lines of our own address")
    require_address: bool = Field(False, description="refuse an order without name, street, city and country")
    font: Path | None = Field(None, description="a TrueType file, for letters that the built-in one lacks")

    @field_validator("font")
    @classmethod
    def _is_a_font(cls, value: Path | None) -> Path | None:
        try:
            load_typeface(value)
        except TypefaceRefused as refused:
            raise ValueError(str(refused)) from None
        return value

    @field_validator("tracking_url")
    @classmethod
    def _has_a_place(cls, value: str) -> str:
        if value and not ("{tracking}" in value and value.isascii()):
            raise ValueError("write {tracking} where the number goes, as in https://example.com/{tracking}")
        return value
