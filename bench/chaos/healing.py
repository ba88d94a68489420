"""What people do once the faults are over: approve and reject, cancel what never comes, retry incidents."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import httpx

from bench.chaos.premises import Premises

ENDED: Final = ("completed", "failed", "cancelled")
_ROUND: Final = 1.0  # seconds between two rounds
_ANSWERS_WITHIN: Final = 30.0
_PAGE: Final = 500


class NotHealed(Exception):
    """Runs have not come to their end in time; the message tells where they stand."""


@dataclass(slots=True)
class Healer:
    """The operators. ``say`` hears what they do; ``retried``: how many incidents they have retried."""

    premises: Premises
    say: Callable[[str], None]
    retried: int = 0

    def heal(self, seconds: float) -> None:
        """Go round until all runs have ended. Raises `NotHealed` where that takes longer."""
        ends = time.monotonic() + seconds
        with httpx.Client(timeout=_ANSWERS_WITHIN) as client:
            while True:
                for server in self.premises.servers:
                    server.revive()
                try:
                    counted = self._round(client)
                except httpx.HTTPError as error:  # the next round asks again
                    counted = {f"unknown ({error})": 1}
                if not _going(counted):
                    return
                if time.monotonic() > ends:
                    raise NotHealed(f"after {seconds:.0f} s: {_told(counted)}")
                time.sleep(_ROUND)

    def _round(self, client: httpx.Client) -> Mapping[str, int]:
        """One round; how many runs there are by status, before it."""
        url = self.premises.first.url
        counted: dict[str, int] = _asked(client.get(f"{url}/v1/runs/count"))["by_status"]
        if counted.get("waiting"):
            self._decide(client, f"{url}/v1/runs")
        if counted.get("incident"):
            self._give_up(client, f"{url}/v1/runs")
        if stuck := counted.get("incident", 0) + counted.get("undoing", 0):
            order = {"action": "retry", "filter": "status=incident,undoing", "dry_run": False}
            _asked(client.post(f"{url}/v1/runs/bulk", json=order))
            self.retried += stuck
            self.say(f"operators retry {stuck} runs")
        return counted

    def _give_up(self, client: httpx.Client, runs: str) -> None:
        """Cancel every fourth incident, wherever it stands: all that it has done must be undone."""
        for run in _asked(client.get(runs, params={"status": "incident", "limit": _PAGE}))["runs"]:
            if crc32(run["id"].encode()) % 4 == 0:
                client.post(f"{runs}/{run['id']}/cancel", json={"reason": "it has failed too often"})

    def _decide(self, client: httpx.Client, runs: str) -> None:
        """Approve every other order that waits for a person; what waits for goods is cancelled."""
        listed = _asked(client.get(runs, params={"status": "waiting", "limit": _PAGE}))["runs"]
        for run in listed:
            shown = _asked(client.get(f"{runs}/{run['id']}"))
            names = [each["signal"] for each in shown["waiting_for"] if each["kind"] == "signal"]
            if "approval" in names:
                verdict = "approved" if crc32(run["id"].encode()) % 2 else "rejected"
                client.post(f"{runs}/{run['id']}/signals/approval", json={"verdict": verdict})
            elif names:
                client.post(f"{runs}/{run['id']}/cancel", json={"reason": f"{names[0]} never comes"})


def _asked(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def _going(counted: Mapping[str, int]) -> int:
    return sum(count for status, count in counted.items() if status not in ENDED)


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(counted.items()))
