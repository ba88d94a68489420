"""The reply to a decision, as bytes: what `write_json` makes of `Answer.as_dict`, in fewer steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rulesflow.documents.jsontext import encodable, write_json
from rulesflow.rules import Answer, Match


@dataclass(slots=True)
class _Reply:
    """What is written, in its order; the encoder reads the fields of such objects itself."""

    id: str
    decision: str
    result: Any
    matched: tuple[Match, ...]
    layers: tuple[str, ...]
    digest: str
    at: str


def write_reply(identifier: str, answer: Answer) -> bytes:
    """``{id, decision, result, matched, layers, digest, at, explanation?}``."""
    if answer.accounts is not None:
        return write_json({"id": identifier, **answer.as_dict()})
    result = encodable(answer.result)
    return write_json(
        _Reply(
            identifier, answer.decision, result, answer.matched, answer.layers, answer.digest, str(answer.at)
        )
    )
