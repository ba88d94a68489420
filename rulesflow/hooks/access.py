"""Who calls, and what he may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """What tells who calls. ``headers``: their names in lower case. ``client``: the address, if known."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller who is known. ``name`` stands in logs and in the audit."""

    name: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed. ``reason`` is shown to the caller."""

    allowed: bool
    reason: str = ""


ALLOWED = Verdict(True)
