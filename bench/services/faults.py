"""What is wrong with a service at the moment, as told to ``POST /control``; chance is seeded."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Fault -> its numbers and words, each with its default; a share is of all requests, 0 to 1.
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "down": {"share": 1.0, "retry_after": None},  # 503, nothing done
    "fail": {"share": 1.0, "status": 500, "retry_after": None},  # that status, nothing done
    "drop": {"share": 1.0},  # the connection is closed, nothing done
    "lag": {"share": 1.0, "seconds": 1.0},  # waits, then does its work
    "repeat": {"share": 1.0},  # does the work twice, as if the request had come twice
    "decline": {"share": 1.0},  # says no, as if the card had
    "wrong": {"share": 1.0, "how": "status"},  # does its work, then says otherwise
}
HOW = ("status", "close", "garble")  # 500, no answer at all, an answer that is no JSON


class ControlRefused(Exception):
    """The order makes no sense; the message says which part and what may stand there."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The faults that struck one request, by name, with their numbers."""

    struck: Mapping[str, Mapping[str, Any]]

    def __contains__(self, name: str) -> bool:
        return name in self.struck

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self.struck[name]


class Faults:
    """The faults in force; safe for threads."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._active: dict[str, dict[str, Any]] = {}

    def draw(self) -> Drawn:
        """Which faults strike the next request."""
        with self._lock:
            return Drawn(
                {name: told for name, told in self._active.items() if self._random.random() < told["share"]}
            )

    def order(self, body: Any) -> dict[str, Any]:
        """Apply ``{fault: numbers | true | null}`` and ``seed``; what is not named stays. What is in force.

        Raises `ControlRefused`, and then nothing has changed.
        """
        if not isinstance(body, dict):
            raise ControlRefused('send an object, such as {"fail": {"status": 503, "share": 0.5}}')
        read = {name: _read(name, told) for name, told in body.items()}
        with self._lock:
            for name, told in read.items():
                if name == "seed":
                    self._random.seed(told)
                elif told is None:
                    self._active.pop(name, None)
                else:
                    self._active[name] = told
            return {name: dict(told) for name, told in self._active.items()}


def _read(name: str, told: Any) -> Any:
    if name == "seed" and type(told) is int:
        return told
    if name not in FAULTS:
        raise ControlRefused(f"{name}: not one of {', '.join(FAULTS)}, or seed with a whole number")
    if told is None or told is False:
        return None
    if told is True:
        return dict(FAULTS[name])
    if not isinstance(told, dict) or not told.keys() <= FAULTS[name].keys():
        raise ControlRefused(f"{name}: an object with some of {', '.join(FAULTS[name])}; true; or null")
    merged = {**FAULTS[name], **told}
    for word, value in merged.items():
        _check(f"{name}.{word}", word, value)
    return merged


def _check(where: str, word: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if word == "how":
        fits, wanted = value in HOW, " or ".join(HOW)
    elif word == "share":
        fits, wanted = number and 0 <= value <= 1, "0 to 1"
    elif word == "status":
        fits, wanted = type(value) is int and 400 <= value <= 599, "a status from 400 to 599"
    else:
        fits, wanted = value is None or (number and 0 <= value <= 3600), "seconds, at most 3600"
    if not fits:
        raise ControlRefused(f"{where}: {wanted}")
