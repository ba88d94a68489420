"""NDJSON: one JSON value a line, cut from chunks that end anywhere."""

from __future__ import annotations


class Lines:
    """Cuts a stream into lines. Blank lines are dropped; a line over the limit is given as None."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []  # of the line that has not ended
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that end in this chunk. Feed ``b"\\n"`` at the end, for a last line without one."""
        *ended, rest = chunk.split(b"\n")
        found = []
        for part in ended:
            self._add(part)
            found.append(self._line())
        self._add(rest)
        return [line for line in found if line is None or line]

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            self._pieces.clear()
        else:
            self._pieces.append(part)

    def _line(self) -> bytes | None:
        line = None if self._size > self._limit else b"".join(self._pieces).strip()
        self._pieces, self._size = [], 0
        return line
