"""JSON Schema, the part of it that facts and outcomes need: decoded from files, checked against values."""

from __future__ import annotations

from rulesflow.schemas.decode import RESERVED, Decoded, decode_facts, decode_properties, decode_schema
from rulesflow.schemas.mismatch import SchemaMismatch
from rulesflow.schemas.schema import Schema

__all__ = [
    "RESERVED",
    "Decoded",
    "Schema",
    "SchemaMismatch",
    "decode_facts",
    "decode_properties",
    "decode_schema",
]
