"""The typeface of the labels, and what to do with letters that it lacks."""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_BUILT_IN = "Vera.ttf"  # comes with reportlab
#: Letters that Unicode does not take apart, and how addresses write them without their strokes.
_PLAIN = str.maketrans({"Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "Ə": "E", "ə": "e"})
_LONGEST = 200  # characters of a line; far more than fit


class TypefaceRefused(Exception):
    """The file is no font that can be used."""


class Unprintable(Exception):
    """The typeface lacks letters of a text, and nobody would read it without them."""

    def __init__(self, text: str, missing: str) -> None:
        super().__init__(
            f"the label's font lacks {' '.join(missing)} of {text!r}; set font to one that has them"
        )


@dataclass(frozen=True, slots=True)
class Typeface:
    """A typeface that is registered under its name."""

    name: str
    letters: frozenset[int]

    def printable(self, text: str) -> str:
        """The text as one line. Letters that the typeface lacks lose their accents. Raises `Unprintable`."""
        text = " ".join(
            "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST]).split()
        )
        text = "".join(self._nearest(letter) for letter in unicodedata.normalize("NFC", text))
        missing = "".join(dict.fromkeys(letter for letter in text if ord(letter) not in self.letters))
        if missing:
            raise Unprintable(text, missing)
        return text

    def _nearest(self, letter: str) -> str:
        if ord(letter) in self.letters:
            return letter
        apart = unicodedata.normalize("NFKD", letter).translate(_PLAIN)
        base = "".join(part for part in apart if not unicodedata.combining(part))
        return base if base and all(ord(part) in self.letters for part in base) else letter


@cache
def load_typeface(file: Path | None) -> Typeface:
    """The typeface of a TrueType file, or the built-in one. Raises `TypefaceRefused`."""
    name = f"rulesflow-{file or _BUILT_IN}"
    try:
        font = TTFont(name, str(file or _BUILT_IN))
    except (TTFError, OSError, ValueError, LookupError, struct.error) as error:
        raise TypefaceRefused(f"{file} is no TrueType font that can be used: {error}") from None
    pdfmetrics.registerFont(font)
    return Typeface(name, frozenset(font.face.charToGlyph))
