"""Identifiers: those that sort by time, UUIDs of version 7 (RFC 9562), and those that callers' keys give."""

from __future__ import annotations

import hashlib
import time
from random import getrandbits


def new_id() -> str:
    """A new identifier, as 36 characters.

    48 bits of milliseconds, 12 of the millisecond's fraction (RFC 9562, section 6.2, method 3), 62 random
    bits: identifiers of one process sort by time to a quarter of a microsecond.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    moment = milliseconds << 16 | 7 << 12 | (rest << 12) // 1_000_000
    text = (moment << 64 | 1 << 63 | getrandbits(62)).to_bytes(16, "big").hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def id_of(*parts: str) -> str:
    """The identifier that belongs to a caller's key, always the same, in the form of a UUID."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
