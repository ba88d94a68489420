"""Flips in words: ``route review becomes auto if order.total is at most 100``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rulesflow.documents.jsontext import write_json

_WORDS: Final = {
    "<=": "is at most",
    ">=": "is at least",
    "<": "is below",
    ">": "is above",
    "==": "is",
    "in": "is one of",
}


def flip_sentences(reply: dict[str, Any]) -> list[str]:
    """A sentence for each flip of a reply, the nearest first."""
    return [
        f"{', '.join(_changes(reply['result'], flip['result']))} if {_condition(flip)}"
        for flip in reply["explanation"]["flips"]
    ]


def _changes(old: Any, new: Any) -> Iterator[str]:
    """What becomes of each property that changes, or of the whole result."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield f"{_shown(old)} becomes {_shown(new)}"
        return
    for name in old | new:
        if name not in new:
            yield f"{name} {_shown(old[name])} goes"
        elif name not in old:
            yield f"{name} {_shown(new[name])} comes"
        elif old[name] != new[name]:
            yield f"{name} {_shown(old[name])} becomes {_shown(new[name])}"


def _condition(flip: dict[str, Any]) -> str:
    """``order.total is at least 50 and below 100``."""
    fact, new, test = flip["fact"], flip["to"], flip.get("test", "")
    if new is None:
        return f"{fact} is absent"
    if not test.startswith(f"{fact} ") or (isinstance(new, str) and test.startswith(f"{fact} ==")):
        return f"{fact} is {_shown(new)}"
    # The test of a number may have two ends; texts have none, so that none of them is cut.
    ends = [test] if isinstance(new, str) else test.split(" && ")
    words = [_end(end.removeprefix(f"{fact} ")) for end in ends]
    return f"{fact} {words[0]}" + "".join(f" and {each.removeprefix('is ')}" for each in words[1:])


def _end(end: str) -> str:
    operator, _, operand = end.partition(" ")
    return f"{_WORDS[operator]} {operand.strip('[]') if operator == 'in' else operand}"


def _shown(value: Any) -> str:
    """A word as it is, anything else as JSON."""
    return value if isinstance(value, str) else write_json(value).decode()
