from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings, strategies as st

from rulesflow.documents.number_format import FormatRefused, displayed, shows_time
from rulesflow.model.numbers import parse_number


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.1 + 0.2, "General", "0.3"), (100, "General", "100"), (-1.5, "General", "-1.5"),
        (0, "General", "0"),
        (1e21, "General", "1000000000000000000000"), (1e-7, "General", "0.0000001"), (2.0, "General", "2"),
        (12345678901234567, "General", "12345678901234600"), (7, "@", "7"), (7, 'General" pcs"', "7"),
        (2.5, "0", "3"), (-2.5, "0", "-3"), (1.005, "0.00", "1.01"), (12.5, "0.00", "12.50"),
        (12.5, "0.##", "12.5"), (12, "0.##", "12"), (12.345, "0.0#", "12.35"), (0.5, "#.0", "0.5"),
        (1234567.891, "#,##0.00", "1234567.89"), (1234.5, "#,##0.00 €", "1234.50"),
        (1234.5, '"$"#,##0.00_);("$"#,##0.00)', "1234.50"),
        (-1234.5, '"$"#,##0.00_);("$"#,##0.00)', "-1234.50"),
        (-3, '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "-3.00"),
        (0, '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "0"), (0, '0;-0;"none"', "0"),
        (12.5, "[$€-407] #,##0.00", "12.50"), (12.5, "[$EUR ]#,##0.00_-", "12.50"), (-5, "0;[Red]-0", "-5"),
        (0.12, "0%", "0.12"), (0.125, "0%", "0.13"), (0.1255, "0.00%", "0.1255"), (1, "0 %", "1"),
        (-0.001, "0.00", "0.00"), (1067, "00000", "01067"), (12345, "0.00E+00", "12300"),
        (5.5, "0.00 \"x\"", "5.50"),
    ],
)  # fmt: skip
def test_a_number_is_what_the_sheet_shows(value: float, code: str, shown: str) -> None:
    assert displayed(value, code) == shown


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "# ?/?"), (1500, "0,"), (5, "[>100]0;0.00"), (5551234, "000-0000"), (5551234, '000"-"0000'),
        (5, ";;;"), (-5, "0;"), (5, '"n/a"'), (5, "##0.0E+0"), (float("inf"), "General"), (float("nan"), "0"),
    ],
)  # fmt: skip
def test_a_format_that_hides_the_number_is_refused(value: float, code: str) -> None:
    with pytest.raises(FormatRefused):
        displayed(value, code)


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 4))
@settings(deadline=None)
def test_fixed_places_round_half_up_as_people_do(number: Decimal, places: int) -> None:
    code = "#,##0." + "0" * places if places else "#,##0"
    expected = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert parse_number(displayed(float(number), code)) == expected


@given(
    st.floats(allow_nan=False, allow_infinity=False), st.text(alphabet='0#?.,%E+-;"_*\\[]@€x ', max_size=12)
)
@settings(deadline=None)
def test_any_format_gives_a_number_or_is_refused(value: float, code: str) -> None:
    try:
        text = displayed(value, code)
    except FormatRefused:
        return
    Decimal(text)


def test_a_date_format_may_show_the_time() -> None:
    assert not shows_time("yyyy-mm-dd")
    assert not shows_time('[$-407]d. mmmm yyyy "Uhrs"')
    assert shows_time("DD.MM.YYYY HH:MM")
