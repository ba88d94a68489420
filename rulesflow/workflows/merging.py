"""Laying one value on another."""

from __future__ import annotations

from collections.abc import Mapping

from rulesflow.conditions import Value


def merged(base: Value, over: Value) -> Value:
    """``over`` laid on ``base``: objects deep, everything else replaced."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {**base, **{key: merged(base[key], each) if key in base else each for key, each in over.items()}}
