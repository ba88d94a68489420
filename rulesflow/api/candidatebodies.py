"""The body of the call that sends a candidate: which files stand in the places of which ruleset's."""

from __future__ import annotations

from rulesflow.api.members import Members
from rulesflow.documents.jsontext import Json
from rulesflow.model.errors import Fault, pointer

_ACTIVE = "active"
_MOST_FAULTS = 100
_SHOWN = 80  # characters of a caller's text that a message repeats


def read_candidate(body: Json) -> tuple[str, dict[str, str | None]]:
    """The base's name, and the files by path, null for one that goes. Raises `FactsRefused`."""
    members = Members(body, "{base?, files}")
    base = members.text("base") or _ACTIVE
    given = members.value("files", required=True)
    files: dict[str, str | None] = {}
    if isinstance(given, dict):
        wrong = [path for path, text in given.items() if not isinstance(text, str | None)]
        members.faults += [
            Fault(pointer("files", path[:_SHOWN]), "type", "a file is a text, or null to take it away")
            for path in wrong[:_MOST_FAULTS]
        ]
        files = {path: text for path, text in given.items() if isinstance(text, str | None)}
    elif not members.faults:
        members.fault("files", "type", "files must be an object of paths and texts")
    members.close()
    return base, files
