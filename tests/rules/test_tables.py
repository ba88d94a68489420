"""Decision tables: CSV, workbook and inline, as base, beside other rules and as overlays."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from projects import codes, decide, facts, loaded, rule_names, shown

DECISION = """
decision: d
requires: [order.channel]
outcome: {carrier: {enum: [dhl, ups, post]}, price: {type: number}, note: {type: string, optional: true}}
table: d.csv
"""
CSV = """\
rule,when order.total,when order.region,then carrier,then price,then note,because
heavy,>= 1000,-,ups,19.90,,Large orders go by UPS
eu,,"in [eu, eu/de]",dhl,"${ order.total / 100 }",fast,
,*,,post,3.50,,Anything else
"""
GIVEN = {"channel": "web"}


def files(csv: str = CSV, yaml: str = DECISION) -> dict[str, str | bytes]:
    return {"base/d.yaml": yaml, "base/d.csv": csv.encode()}


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_rows_are_rules_with_file_and_line() -> None:
    answer = decide(files(), facts(**GIVEN, total=1000))
    assert (answer.result["carrier"], str(answer.result["price"])) == ("ups", "19.90")
    match = answer.matched[0]
    assert (match.rule, match.file, match.line, match.because) == (
        "heavy", "base/d.csv", 2, "Large orders go by UPS",
    )  # fmt: skip


def test_cells_may_be_computed_and_optional_ones_empty() -> None:
    answer = decide(files(), facts(**GIVEN, total=50, region="eu/de"))
    assert answer.result == {"carrier": "dhl", "price": 50 / 100, "note": "fast"}


def test_a_row_without_a_name_is_called_by_its_file_and_line() -> None:
    assert rule_names(decide(files(), facts(**GIVEN))) == ["d.csv:4"]


def test_rows_come_after_the_rules_of_the_yaml() -> None:
    yaml = DECISION + "rules: [{rule: app, when: {order.channel: app}, then: {carrier: post, price: 0}}]\n"
    assert rule_names(decide(files(yaml=yaml), facts(channel="app", total=2000))) == ["app"]
    assert rule_names(decide(files(yaml=yaml), facts(channel="web", total=2000))) == ["heavy"]


def test_a_semicolon_separates_as_well_and_a_byte_order_mark_does_not_matter() -> None:
    csv = '\ufeffrule;when order.total;then carrier;then price\nall;"[0..100]";dhl;1.5\n'
    assert decide(files(csv), facts(**GIVEN)).result["carrier"] == "dhl"


def test_a_csv_alone_is_an_overlay() -> None:
    csv = "rule,override,when order.total,then carrier,then price\nheavy,true,>= 10,post,1\nus,,,ups,2\n"
    overlaid = {**files(), "region/us/d.csv": csv.encode()}
    assert rule_names(decide(overlaid, facts(**GIVEN, total=5))) == ["us"]
    assert rule_names(decide(overlaid, facts(**GIVEN, region="eu", total=5000))) == ["heavy"]


def test_every_plain_column_works() -> None:
    csv = (
        "rule,from,until,final,rollout percent,rollout by,then carrier,then price\n"
        "early,2026-01-01,2026-02-01,,,,ups,1\n"
        "last,,,yes,100,customer.id,post,2\n"
    )
    answer = decide(files(csv), facts(**GIVEN, customer={"id": "c1"}))
    assert rule_names(answer) == ["last"]


def test_an_inline_table() -> None:
    yaml = DECISION.replace(
        "table: d.csv",
        """table:
  columns: [when order.total, when order.region, then carrier, then price]
  rows:
    - [">= 1000", "*", ups, 5]
    - ["-", [us, eu], post, 2.5]""",
    )
    answer = decide({"base/d.yaml": yaml}, facts(**GIVEN))
    assert (rule_names(answer), str(answer.result["price"])) == (["d.yaml:8"], "2.5")


def test_a_workbook_reads_as_a_csv_does() -> None:
    book = workbook(
        ["rule", "when order.total", "when order.region", "then carrier", "then price"],
        ["heavy", ">= 1000", None, "ups", 19.9],
        [None, 50, "us", "post", 3],
    )
    overlaid = {"base/d.yaml": DECISION.replace("d.csv", "d.xlsx"), "base/d.xlsx": book}
    answer = decide(overlaid, facts(**GIVEN, total=1000))
    assert (str(answer.result["price"]), answer.matched[0].line) == ("19.9", 2)
    assert rule_names(decide(overlaid, facts(**GIVEN))) == ["d.xlsx:3"]


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (CSV.replace("19.90", ""), "base/d.csv:2:21 RF502 row heavy has no value in the column 'then price'"),
        (CSV.replace("19.90", '"19,90"'), "RF504 19,90 has a decimal comma"),
        (CSV.replace(">= 1000", '">= 10,5"'), "RF504"),
        (
            CSV.replace("then carrier", "then carier"),
            "RF308 the outcome has no property 'carier'; did you mean carrier?",
        ),
        (
            CSV.replace("when order.total", "when order.totl"),
            "base/d.csv:1:11 RF203 unknown field order.totl",
        ),
        (CSV.replace("because", "becuase"), "RF501 unknown column 'becuase'; did you mean because?"),
        (CSV.replace(",ups,", ",upss,"), "RF309 carrier: "),
        (CSV.replace(",ups,19.90,,Large orders go by UPS", ""), "RF014"),
        (CSV.replace("heavy,", "Heavy Goods,"), "RF104 'Heavy Goods' is not a name"),
        ("rule,override,then carrier,then price\n,true,ups,1\n", "RF503 a row without a rule name"),
        ("rule,rollout percent,then carrier,then price\na,5,ups,1\n", "RF502 a rollout needs both"),
        ("rule,final,then carrier,then price\na,maybe,ups,1\n", "RF102 'maybe' is neither yes nor no"),
        (
            CSV.replace("when order.total", "order.total"),
            "RF501 unknown column 'order.total'; did you mean 'when order.total'?",
        ),
        (CSV.replace(">= 1000", "many"), "RF323 order.total is a number, and 'many' is none"),
    ],
)
def test_a_broken_table_says_which_row_and_what(csv: str, message: str) -> None:
    assert message in shown(loaded(files(csv)))


def test_a_table_that_is_not_there_and_one_that_nothing_uses() -> None:
    assert codes({"base/d.yaml": DECISION}) == ["RF505"]
    assert codes({**files(), "base/other.csv": CSV.encode()}) == ["RF318"]
    assert codes({**files(), "region/us/d.yaml": "decision: d\n", "region/us/d.csv": CSV.encode()}) == [
        "RF318"
    ]


def test_a_cell_is_read_as_the_fields_type() -> None:
    csv = "when customer.home,when order.gift,then carrier,then price\n12345,true,ups,1\nno,,dhl,1\n"
    assert (
        decide(files(csv), facts(**GIVEN, gift=True, customer={"home": "12345"})).result["carrier"] == "ups"
    )
    assert decide(files(csv), facts(**GIVEN, customer={"home": "no"})).result["carrier"] == "dhl"


def test_inline_rows_on_one_line_have_names_of_their_own_and_null_is_an_empty_cell() -> None:
    table = "{columns: [when order.total, then carrier, then price], rows: [[null, ups, 1], [5, dhl, 2]]}"
    yaml = DECISION.replace("d.csv", table)
    answer = decide({"base/d.yaml": yaml}, facts(**GIVEN))
    assert (answer.result["carrier"], rule_names(answer)[0].count(":")) == ("ups", 2)


def test_a_column_that_is_not_there_is_told_once_for_the_table() -> None:
    csv = "rule,then carrier\n" + "".join(f"r{number},ups\n" for number in range(20))
    text = shown(loaded(files(csv)))
    assert text == (
        "base/d.csv:1:1 RF502 the table has no column 'then price'; add it, or mark the property optional"
    )


def test_a_cell_in_brackets_is_a_list_of_values() -> None:
    csv = 'when customer.home,then carrier,then price\n"[DE, AT]",ups,1\n,post,2\n'
    for home, carrier in (("AT", "ups"), ("FR", "post"), ("[DE, AT]", "post")):
        assert decide(files(csv), facts(**GIVEN, customer={"home": home})).result["carrier"] == carrier
