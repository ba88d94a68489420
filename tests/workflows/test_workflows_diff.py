"""Differences between workflows: step by step, whatever their layout."""

from __future__ import annotations

from typing import Any

from rulesflow.workflows.diff import differences

ORDER = """\
workflow: order
title: An order
input: facts.yaml
steps:
  share: {decide: share}
  goods:
    each: "${ order.lines }"
    as: line
    steps:
      take:
        call: stock.reserve
        then: end
  both:
    parallel:
      pay: {steps: {charge: {call: payment.charge, timeout: 5s}}}
      pack:
        steps:
          box: {call: stock.box}
  done: {set: {ok: true}}
output: {ok: true}
"""


def diff(one: str, other: str) -> list[dict[str, Any]]:
    return differences({"workflows/order.yaml": one.encode()}, {"workflows/order.yaml": other.encode()})


def told(one: str, other: str) -> list[tuple[str, str]]:
    return [(each["step"], each["status"]) for found in diff(one, other) for each in found["changes"]]


def test_comments_and_layout_make_no_difference() -> None:
    other = "# an order\n" + ORDER.replace("{decide: share}", "\n    # by its total\n    decide: 'share'")
    assert (
        diff(ORDER, other.replace("    as: line\n", "").replace("  goods:\n", "  goods:\n    as: line\n"))
        == []
    )


def test_a_step_is_told_by_its_path_wherever_it_stands() -> None:
    assert told(ORDER, ORDER.replace("decide: share", "decide: other")) == [("share", "changed")]
    assert told(ORDER, ORDER.replace("stock.reserve", "stock.take")) == [("goods/take", "changed")]
    assert told(ORDER, ORDER.replace("timeout: 5s", "timeout: 10s")) == [("both/pay/charge", "changed")]
    assert told(ORDER, ORDER.replace("as: line", "as: item")) == [("goods", "changed")]


def test_what_is_no_step_is_told_by_its_key() -> None:
    assert told(ORDER, ORDER.replace("An order", "Orders")) == [("$title", "changed")]
    assert told(ORDER, ORDER.replace("output: {ok: true}\n", "")) == [("$output", "removed")]


def test_steps_come_go_and_move() -> None:
    done = "  done: {set: {ok: true}}\n"
    assert told(ORDER, ORDER.replace(done, "")) == [("done", "removed")]
    assert told(ORDER.replace(done, ""), ORDER) == [("done", "added")]
    moved = ORDER.replace(done, "").replace("steps:\n  share", f"steps:\n{done}  share")
    assert told(ORDER, moved) == [("done", "moved")] == told(moved, ORDER)
    other = ORDER.replace("      pack:\n", "      send:\n")
    assert told(ORDER, other) == [
        ("both", "changed"),
        ("both/pack/box", "removed"),
        ("both/send/box", "added"),
    ]


def test_a_step_is_shown_as_it_was_written() -> None:
    (found,) = diff(ORDER, ORDER.replace("stock.reserve", "stock.take"))
    (change,) = found["changes"]
    assert (found["workflow"], found["status"]) == ("order", "changed")
    assert change["after"] == {
        "file": "workflows/order.yaml",
        "line": 10,
        "text": "take:\n  call: stock.take\n  then: end",
    }


def test_workflows_come_and_go_and_their_files_may_be_renamed() -> None:
    one, other = {"workflows/a.yaml": ORDER.encode()}, {"workflows/b.yaml": ORDER.encode()}
    assert differences(one, other) == []
    (found,) = differences({}, one)
    assert (found["workflow"], found["status"]) == ("order", "added")
    assert {each["status"] for each in found["changes"]} == {"added"}
    (found,) = differences(one, {})
    assert found["status"] == "removed"
