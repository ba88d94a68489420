"""Events as they come in: the attributes of CloudEvents 1.0, and the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rulesflow.model.times import Timestamp


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """An event; ``source`` and ``id`` together are its name, by which it is taken in once.

    ``time``: when it happened, None for when it comes in. ``data``: as parsed JSON gives it, not yet held
    against the schema of its type. ``extensions``: other attributes, as they came.
    """

    id: str
    source: str
    type: str
    data: Any
    time: Timestamp | None = None
    subject: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
