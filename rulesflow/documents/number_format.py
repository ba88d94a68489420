"""The number formats of spreadsheets: what a reader of the sheet sees for a number.

A workbook stores binary floats: 0.1 + 0.2 is there 0.30000000000000004, and 12 % is 0.12. Whoever edits the
sheet sees the displayed number and means it, so that is what rules get. Grouping, currency and colour are
left out. Format codes are those of ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from rulesflow.model.numbers import plain

#: Spreadsheet programs show and compute with 15 significant digits.
_SHOWN = Context(prec=15, rounding=ROUND_HALF_UP)
# Wide enough for any binary float to be cut at any place.
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
_CONDITION = re.compile(r"\[[<>=]")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DIGITS = re.compile(
    r"[^0#?.,/E]*(?P<whole>[0#?,]*)(?:\.(?P<places>[0#?]*))?(?P<power>E[+-]0+)?[^0#?.,/E]*", re.IGNORECASE
)


class FormatRefused(Exception):  # never leaves this package
    """The format shows the number in a way that cannot be read back as that number."""


def displayed(value: int | float, code: str) -> str:
    """The number that the format ``code`` shows, in plain notation.

    ``displayed(0.1 + 0.2, "General") == "0.3"``, ``displayed(1234.5, "#,##0.00 €") == "1234.50"``,
    ``displayed(0.12, "0%") == "0.12"``, ``displayed(1067, "00000") == "01067"``. Raises `FormatRefused` for
    fractions, conditions, scaling by thousands, literals between the digits and formats that show no digits.
    """
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise FormatRefused("is not a finite number")
    number = _SHOWN.create_decimal(exact)
    if _CONDITION.search(code):
        raise FormatRefused(f"has the format {code!r}, which depends on a condition")
    section = _section(number, _LITERAL.sub("~", code).split(";"))
    if "general" in section.lower() or "@" in section:
        return plain(number)
    digits = _DIGITS.fullmatch(section)
    shown = digits is not None and (digits["whole"] or digits["places"])
    if not number and not shown:
        return "0"
    if digits is None or not shown or digits["whole"].endswith(","):
        raise FormatRefused(f"has the format {code!r}, which does not show it as a plain number")
    return _written(number, digits, section.count("%"), code)


def shows_time(code: str) -> bool:
    """Whether a date format shows the time of day too."""
    return re.search("[hs]", _LITERAL.sub("", code), re.IGNORECASE) is not None


def _section(number: Decimal, sections: list[str]) -> str:
    """The part of a format for this sign: positive; negative; zero."""
    if number < 0 and len(sections) > 1:
        return sections[1]
    if not number and len(sections) > 2:
        return sections[2]
    return sections[0]


def _written(number: Decimal, digits: re.Match[str], percents: int, code: str) -> str:
    places = digits["places"] or ""
    if digits["power"]:
        if digits["whole"] not in ("0", "#"):
            raise FormatRefused(f"has the format {code!r}, of which only the form 0.00E+00 is read")
        return plain(Context(prec=1 + len(places), rounding=ROUND_HALF_UP).create_decimal(number))
    rounded = _WIDE.quantize(number, Decimal(1).scaleb(-len(places) - 2 * percents))
    if percents:
        return plain(rounded)
    whole, _, fraction = format(abs(rounded), "f").partition(".")
    least = places.rfind("0") + 1
    kept = fraction[:least] + fraction[least:].rstrip("0")
    text = whole.zfill(digits["whole"].count("0")) + ("." + kept if kept else "")
    return "-" + text if rounded < 0 else text
