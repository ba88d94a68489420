"""Fingerprints of incidents: equal where runs stand still for the same reason, however many they are.

What differs from run to run is left out of them: the places of items in a path; numbers, ids, times and
quoted texts in a message.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from rulesflow.documents.jsontext import write_json

#: The length of a fingerprint, which is made of hexadecimal digits.
LENGTH: Final = 16
_ANY: Final = "*"
_VARIES: Final = "#"
#: A quoted text (an apostrophe within a word opens none, be it left out or not), or else a word, in which an
#: id may have dashes.
_PIECES: Final = re.compile(
    r""""[^"]*"|(?<![\w#])'[^']*'(?![\w#])|`[^`]*`|“[^“”]*”|«[^«»]*»|(?P<word>[\w+-]+)"""
)
_DEEPEST: Final = 12  # quoted texts within each other; more are nobody's message, but would take their time
_PARTS: Final = re.compile(r"#(?:[.,:]#)+")  # of a decimal number, a time, an address


def fingerprint(workflow: str, path: str, problem: Mapping[str, Any], *, undo: bool = False) -> str:
    """The fingerprint of an error ``{class, code, message}`` at a step, or at its ``undo``."""
    message = without_details(str(problem["message"]))
    reason = [workflow, any_item(path), undo, str(problem["class"]), str(problem["code"]), message]
    return hashlib.sha256(write_json(_storable(reason))).hexdigest()[:LENGTH]


def any_item(path: str) -> str:
    """The path for whichever item of a list: ``split/*/take`` of ``split/3/take``."""
    return "/".join(_ANY if part.isdecimal() else part for part in path.split("/"))


def without_details(message: str) -> str:
    """The message without what only one run has: ``order # has # lines`` of ``order 'A-1' has 3 lines``.

    What stands around something left out may be a quoted text itself, so it is looked at again until
    nothing more is found.
    """
    short = " ".join(message.split())
    for _ in range(_DEEPEST):
        before, short = short, _PARTS.sub(_VARIES, _PIECES.sub(_shortened, short))
        if short == before:
            break
    return short


def _shortened(piece: re.Match[str]) -> str:
    word = piece["word"]
    if word is None or any(char.isdigit() for char in word):
        return _VARIES
    return word


def _storable(reason: list[Any]) -> list[Any]:
    return [
        each.encode("utf-8", "backslashreplace").decode() if isinstance(each, str) else each
        for each in reason
    ]
