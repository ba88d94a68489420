"""A picture of the resources and of what is parked, as it was at one time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import Fault, UnknownName
from rulesflow.model.times import LAST, SECOND, Timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.forecast import Shown, drained_in, served_in, throughput

_SHOWN: Final = 80  # characters of a caller's text that a message repeats
_MICRO: Final = 1000  # nanoseconds
_MILLI: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen at one time; ``taken``: by the monotonic clock. ``resources``: in full, by name.

    ``parked``: steps of all resources, also of those that are not shown; ``dormant``: runs.
    """

    taken: float
    resources: Mapping[str, dict[str, Any]]
    parked: int
    dormant: int

    @classmethod
    def of(
        cls, shown: Iterable[Shown], counts: Mapping[str, tuple[int, int | None]], dormant: int
    ) -> Picture:
        """From what is shown of each resource, and from its parked steps and the oldest's microseconds."""
        at = now()
        resources = {each["name"]: _in_full(each, *counts.get(each["name"], (0, None)), at) for each in shown}
        return cls(time.monotonic(), resources, sum(count for count, _ in counts.values()), dormant)

    @property
    def age(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.taken

    def one(self, name: str) -> dict[str, Any]:
        """A resource in full. Raises `UnknownName`."""
        found = self.resources.get(name)
        if found is None:
            hint = did_you_mean(name[:_SHOWN], self.resources)
            hint = hint or f"resources: {', '.join(self.resources) or 'none'}"
            detail = f"there is no resource {name[:_SHOWN]!r}"
            raise UnknownName(detail, (Fault("", "unknown-resource", detail, hint),))
        return found

    def work(self, running: int, slots: int) -> float:
        """Seconds that all of it takes, and so many running runs, with every resource well from now on.

        Its parts go on side by side, so it is the longest of them.
        """
        resources = self.resources.values()
        drains = (drained_in(each, each["parked"]) for each in resources)
        return max(running / throughput(resources, slots), *drains, *map(served_in, resources), 0.0)

    def ends_in(self, running: int, slots: int) -> float | None:
        """Seconds that it takes as the resources stand; None where one is open until a person closes it."""
        at = now()
        ends = [ends_in(each, at) for each in self.resources.values()]
        known = [each for each in ends if each is not None]
        return max(self.work(running, slots), *known, 0.0) if len(known) == len(ends) else None

    def rate(self, running: int, slots: int) -> float:
        """Runs a second that go on: let go by resources that drain, or given a slot where any runs."""
        resources = self.resources.values()
        drained = sum(float(each["drain_rate"]) for each in resources if each["draining"])
        return drained + (throughput(resources, slots) if running else 0.0)


def ends_in(resource: Shown, at: Timestamp) -> float | None:
    """Seconds from then until nothing of a resource is parked; None where its next probe is not known."""
    if not resource["parked"]:
        return 0.0
    drained = drained_in(resource, resource["parked"])
    if resource["state"] != "open":
        return drained
    if resource["next_probe"] is None:
        return None
    return drained + max(float(resource["next_probe"] - at) / SECOND, 0.0)


def _in_full(shown: Shown, parked: int, since: int | None, at: Timestamp) -> dict[str, Any]:
    full = {
        **shown,
        "parked": parked,
        "oldest_parked": None if since is None else Timestamp(since * _MICRO),
        "draining": shown["state"] == "closed" and parked > 0,
    }
    ends = ends_in(full, at) if parked else None
    return full | {"expected_end": None if ends is None else _after(at, ends)}


def _after(at: Timestamp, seconds: float) -> Timestamp:
    whole = round((at + seconds * SECOND) / _MILLI) * _MILLI
    return Timestamp(min(whole, LAST))
