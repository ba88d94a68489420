"""The state of an alert of one subject: ok → pending → open → clearing → ok. Pure; times are microseconds.

What holds only now and then opens nothing, and what is open does not close the first time that all is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Phase: TypeAlias = Literal["ok", "pending", "open", "clearing"]
Told: TypeAlias = Literal["opened", "closed"] | None
#: Microseconds between two looks; after more nobody knows what held meanwhile.
GAP: Final = 30_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an alert stands, ``since`` when, and when that was ``seen`` last."""

    phase: Phase = "ok"
    since: int = 0
    seen: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has been told that it is open, and not that it is closed."""
        return self.phase in ("open", "clearing")


@dataclass(frozen=True, slots=True)
class Look:
    """What was found at ``at``: whether ``when`` and ``clear`` hold; None: that could not be told."""

    at: int
    when: bool | None
    clear: bool | None = None


def advance(before: Standing, look: Look, hold: float, clear_hold: float) -> tuple[Standing, Told]:
    """What follows a look, and what there is to tell. ``hold`` and ``clear_hold``: seconds.

    A look that could tell nothing neither opens nor closes, and what has held before it is forgotten.
    """
    lost = not 0 <= look.at - before.seen <= GAP
    if before.is_open:
        return _closing(before, look, clear_hold, lost)
    return _opening(before, look, hold, lost)


def _opening(before: Standing, look: Look, hold: float, lost: bool) -> tuple[Standing, Told]:
    if look.when is not True:
        return Standing("ok", look.at, look.at), None
    since = before.since if before.phase == "pending" and not lost else look.at
    if look.at - since >= hold * 1e6:
        return Standing("open", look.at, look.at), "opened"
    return Standing("pending", since, look.at), None


def _closing(before: Standing, look: Look, hold: float, lost: bool) -> tuple[Standing, Told]:
    if look.clear is not True:
        since = before.since if before.phase == "open" else look.at
        return Standing("open", since, look.at), None
    since = before.since if before.phase == "clearing" and not lost else look.at
    if look.at - since >= hold * 1e6:
        return Standing("ok", look.at, look.at), "closed"
    return Standing("clearing", since, look.at), None
