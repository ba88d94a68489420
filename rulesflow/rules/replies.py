"""Replies: answers as bytes, what `write_json` makes of `Answer.as_dict`, in fewer steps."""

from __future__ import annotations

from rulesflow.documents.jsontext import write_json
from rulesflow.model.times import Timestamp
from rulesflow.rules.answer import Answer, told
from rulesflow.rules.compiled import Rule

_FRAMES = 10_000  # as many as a decision keeps stacks


class Replies:
    """Writes the answers of one ruleset. What many replies have in common is encoded once, and kept."""

    def __init__(self) -> None:
        self._entries: dict[Rule, bytes] = {}  # of ``matched``
        self._moment = Timestamp(0), b""  # the last that was written; a batch has few
        self._frames: dict[tuple[str, tuple[str, ...]], tuple[bytes, bytes]] = {}

    def write(self, identifier: str, answer: Answer) -> bytes:
        """``{id, decision, result, matched, layers, digest, at, explanation?}``."""
        if answer.accounts is not None:
            return write_json({"id": identifier, **answer.as_dict()})
        before, behind = self._frames.get((answer.decision, answer.layers)) or self._frame(answer)
        rules, (at, moment) = answer.rules, self._moment
        parts = (
            b'{"id":"',
            identifier.encode(),
            before,
            write_json(answer.result),
            b',"matched":[',
            self._entry(rules[0]) if len(rules) == 1 else b",".join(map(self._entry, rules)),
            behind,
            moment if answer.at is at else self._at(answer.at),
            b'"}',
        )
        return b"".join(parts)

    def _frame(self, answer: Answer) -> tuple[bytes, bytes]:
        """What stands between the id and the result, and between the rules and the time."""
        decision, layers = write_json(answer.decision), write_json(answer.layers)
        behind = b'],"layers":%b,"digest":"%b","at":"' % (layers, answer.digest.encode())
        frame = b'","decision":%b,"result":' % decision, behind
        if len(self._frames) >= _FRAMES:
            self._frames.clear()
        self._frames[answer.decision, answer.layers] = frame
        return frame

    def _at(self, at: Timestamp) -> bytes:
        text = str(at).encode()
        self._moment = at, text
        return text

    def _entry(self, rule: Rule) -> bytes:
        entry = self._entries.get(rule)
        if entry is None:
            entry = self._entries[rule] = write_json(told(rule))
        return entry
