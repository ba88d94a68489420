"""The text of a file: UTF-8, of bounded size, with no characters that one cannot see."""

from __future__ import annotations

import codecs
import re

from rulesflow.documents.nodes import span_of
from rulesflow.model.diagnostics import Diagnostic, Span

#: The largest file that is read, in bytes.
LARGEST = 16 * 1024 * 1024
_SLICE = 1 << 16
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What YAML calls not printable, and besides it the line breaks that only some programs take for one (NEL, LS,
# PS, a lone CR): with these, two programs would disagree on line numbers, and on values too.
_UNSEEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)


class TextRefused(Exception):  # never leaves this package
    """The bytes are no text that we read; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def decode(data: bytes, file: str) -> str:
    """The file's text without a byte order mark, line ends as they are. Raises `TextRefused`.

    RF006 over 16 MiB; RF001 if it is not UTF-8 or holds control characters.
    """
    if len(data) > LARGEST:
        raise TextRefused(too_large(file, len(data)))
    if data.startswith(_UTF16):
        raise _refused(Span(file, 1, 1, 1), "the file is encoded as UTF-16, not UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", "replace")
        place = span_of(file, good, len(good), len(good))
        raise _refused(place, f"the file is not UTF-8: byte 0x{data[error.start]:02X}") from None
    unseen = _first_unseen(text)
    if unseen is not None:
        raise TextRefused(_unseen(file, text, unseen))
    return text


def _first_unseen(text: str) -> int | None:
    """Where the first character stands that one cannot see. In slices, since a search lets no thread run."""
    start = 0
    while start < len(text):
        end = start + _SLICE
        end += text[end - 1 : end] == "\r"  # its line feed belongs to it
        found = _UNSEEN.search(text, start, end)
        if found is not None:
            return found.start()
        start = end
    return None


def too_large(file: str, size: int) -> Diagnostic:
    """RF006 for a file of ``size`` bytes."""
    limit = LARGEST // 1024 // 1024
    message = f"the file has {size / 1024 / 1024:.1f} MiB; the limit is {limit} MiB"
    return Diagnostic("RF006", message, Span(file, 1, 1, 1), "split it into several files")


def _refused(place: Span, message: str) -> TextRefused:
    return TextRefused(Diagnostic("RF001", message, place, "save it with the encoding UTF-8"))


def _unseen(file: str, text: str, index: int) -> Diagnostic:
    place = span_of(file, text, index, index + 1)
    if text[index] == "\r":
        hint = "save it with line ends LF or CRLF"
        return Diagnostic("RF001", "a carriage return stands without a line feed", place, hint)
    message = f"the invisible character U+{ord(text[index]):04X} is not allowed"
    return Diagnostic("RF001", message, place, "remove it; in a double-quoted string it may be an escape")
