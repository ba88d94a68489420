"""Events: what observers hear of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rulesflow.model.times import Timestamp


@dataclass(frozen=True, slots=True)
class Event:
    """Something has happened.

    ``kind``: what, as dotted words (``run.completed``). ``subject``: to which run, decision or resource.
    ``data``: more of it, as JSON can hold it; secrets never stand there.
    """

    kind: str
    at: Timestamp
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
