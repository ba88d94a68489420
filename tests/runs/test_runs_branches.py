"""Branches, items and child runs: side by side, in order, and after a power cut as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from workshop import Workshop, open_workshop

_FOUR = " ".join(
    f"{name}: {{steps: {{work: {{call: craft.make, with: {{name: '${{ tag }}{name}', value: {value}}}}}}}}},"
    for name, value in (("a", 1), ("b", 2), ("c", 3), ("d", 4))
)
WORKFLOWS = {
    "four": f"""\
steps:
  all: {{parallel: {{{_FOUR}}}}}
output:
  values: ["${{ steps.all.a.work.value }}", "${{ steps.all.b.work.value }}",
           "${{ steps.all.c.work.value }}", "${{ steps.all.d.work.value }}"]
  names: ["${{ steps.all.a.work.name }}", "${{ steps.all.b.work.name }}",
          "${{ steps.all.c.work.name }}", "${{ steps.all.d.work.name }}"]
""",
    "line": """\
steps:
  items:
    each: "${ [1, 2, 3, 4, 5] }"
    as: item
    concurrency: 2
    steps:
      work: {call: craft.make, with: {name: "${ tag }${ item }", value: "${ item * 10 }"}}
output: {values: "${ steps.items.map(i, i.steps.work.value) }"}
""",
    "gather": """\
steps:
  items:
    each: "${ [1, 2, 3] }"
    as: item
    on_failure: collect
    steps:
      first: {call: craft.make, with: {name: "${ tag }first${ item }"}}
      second: {call: craft.make, with: {name: "${ tag }second${ item }", value: "${ item }"}}
output: {items: "${ steps.items }"}
""",
    "stop": """\
steps:
  items:
    each: "${ [1, 2, 3, 4] }"
    as: item
    concurrency: 2
    steps:
      work: {call: craft.make, with: {name: "${ tag }${ item }"}}
""",
    "first": """\
steps:
  race:
    parallel:
      quick: {steps: {work: {call: craft.make, with: {name: "${ tag }quick", value: 7}}}}
      slow: {steps: {work: {call: craft.make, with: {name: "${ tag }slow"}}, rest: {sleep: 7d}}}
    join: any
output: {race: "${ steps.race }"}
""",
    "child": """\
steps:
  one: {call: craft.make, with: {name: "${ tag }one", value: 5}}
  two: {call: craft.forge, with: {name: "${ tag }two"}}
output: {value: "${ steps.one.value }"}
""",
    "parent": """\
steps:
  before: {call: craft.make, with: {name: "${ tag }before"}}
  child: {run: child, with: {tag: "${ tag }"}}
  after: {call: craft.make, with: {name: "${ tag }after"}}
  check: {switch: [{when: has(total) && total > 100, then: {fail: too-dear}}, {else: end}]}
output: {value: "${ steps.child.value }"}
""",
    "nap": """\
steps:
  before: {call: craft.make, with: {name: "${ tag }before"}}
  rest: {sleep: 1s}
  after: {call: craft.make, with: {name: "${ tag }after"}}
""",
}


@pytest.fixture(scope="module")
def shop(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with open_workshop(tmp_path_factory.mktemp("branches"), shared_database, WORKFLOWS) as opened:
        yield opened


def test_branches_run_side_by_side_and_each_keeps_its_result(shop: Workshop, tag: str) -> None:
    names = [f"{tag}{name}" for name in "abcd"]
    shop.craft.hold(*names)
    run = shop.run("four", {"tag": tag})["id"]
    shop.craft.until(tag, "began", *"abcd")  # all of them, and none has ended
    shop.craft.release(*reversed(names))
    ended = shop.until(run, "completed")
    assert ended["output"] == {"values": [1, 2, 3, 4], "names": names}
    assert sorted(each["key"] for each in shop.craft.book(tag, "made")) == [
        f"{run}/all/{name}/work/1" for name in "abcd"
    ]


def test_a_power_cut_among_branches_neither_swaps_results_nor_repeats_what_is_recorded(
    shop: Workshop, tag: str
) -> None:
    shop.craft.hold(*(f"{tag}{name}" for name in "acd"))
    run = shop.run("four", {"tag": tag})["id"]
    shop.craft.until(tag, "began", *"abcd")
    shop.attempted(run, "all/b/work")
    shop.craft.release(f"{tag}d")
    shop.attempted(run, "all/b/work", "all/d/work")
    shop.kill()
    shop.start()
    shop.craft.until(tag, "began", "a", "a", "b", "c", "c", "d")
    assert shop.named(run) == ["all/a/work", "all/c/work"]
    shop.craft.release(f"{tag}c")
    shop.attempted(run, "all/b/work", "all/c/work", "all/d/work")
    shop.craft.release(f"{tag}a")
    ended = shop.until(run, "completed")
    assert ended["output"] == {"values": [1, 2, 3, 4], "names": [f"{tag}{name}" for name in "abcd"]}
    assert [each["path"] for each in ended["attempts"]] == [f"all/{name}/work" for name in "bdca"]
    assert sorted(shop.craft.names(tag, "made")) == ["a", "b", "c", "d"]
    keys = {each["key"] for each in shop.craft.book(tag, "began")}
    assert keys == {f"{run}/all/{name}/work/1" for name in "abcd"}


def test_items_run_as_many_at_once_as_is_said_and_come_in_their_order(shop: Workshop, tag: str) -> None:
    names = [f"{tag}{number}" for number in range(1, 6)]
    shop.craft.hold(*names)
    run = shop.run("line", {"tag": tag})["id"]
    shop.craft.until(tag, "began", "1", "2")
    shop.craft.release(names[1])
    shop.craft.until(tag, "began", "1", "2", "3")
    assert shop.named(run) == ["items/0/work", "items/2/work"]
    shop.kill()
    shop.start()
    shop.craft.until(tag, "began", "1", "1", "2", "3", "3")
    shop.craft.release(names[4], names[3], names[2])
    shop.attempted(run, *(f"items/{index}/work" for index in range(1, 5)))
    shop.craft.release(names[0])
    assert shop.until(run, "completed")["output"] == {"values": [10, 20, 30, 40, 50]}
    assert sorted(shop.craft.names(tag, "made")) == ["1", "2", "3", "4", "5"]


def test_an_item_that_fails_is_taken_back_alone_where_failures_are_collected(
    shop: Workshop, tag: str
) -> None:
    shop.craft.spoil(f"{tag}second2", "refused")
    ended = shop.until(shop.run("gather", {"tag": tag})["id"], "completed")
    first, second, third = ended["output"]["items"]
    assert (first["ok"], first["steps"]["second"]["value"], first["error"]) == (True, 1, None)
    assert (third["ok"], third["steps"]["second"]["value"], third["error"]) == (True, 3, None)
    assert second["ok"] is False
    assert second["error"] == {
        "class": "rejected",
        "code": "refused",
        "message": f"{tag}second2 is not made here",
    }
    assert shop.craft.names(tag, "unmade") == ["first2"]


def test_an_item_that_fails_stops_the_others_and_takes_all_back(shop: Workshop, tag: str) -> None:
    shop.craft.hold(f"{tag}1")
    shop.craft.spoil(f"{tag}2", "refused")
    run = shop.run("stop", {"tag": tag})["id"]
    shop.attempted(run, "items/1/work")
    shop.craft.release(f"{tag}1")
    ended = shop.until(run, "failed")
    assert ended["problem"]["code"] == "refused"
    assert sorted(shop.craft.names(tag, "began")) == ["1", "2"]  # no more were started
    assert shop.craft.names(tag, "unmade") == ["1"]


def test_of_branches_that_race_the_first_wins_and_the_others_are_taken_back(shop: Workshop, tag: str) -> None:
    shop.craft.hold(f"{tag}quick")
    run = shop.run("first", {"tag": tag})["id"]
    shop.resting(run, "sleep")
    shop.craft.release(f"{tag}quick")
    ended = shop.until(run, "completed")
    assert ended["output"]["race"] == {"quick": {"work": {"name": f"{tag}quick", "value": 7}}}
    assert shop.craft.names(tag, "unmade") == ["slow"]


def test_a_child_gives_its_output(shop: Workshop, tag: str) -> None:
    ended = shop.until(shop.run("parent", {"tag": tag, "total": 1})["id"], "completed")
    assert ended["output"] == {"value": 5}
    paths = [each["path"] for each in ended["path"]]
    assert paths == ["before", "child", "child/one", "child/two", "after", "check"]


def test_a_child_is_taken_back_with_its_parent_the_newest_first(shop: Workshop, tag: str) -> None:
    ended = shop.until(shop.run("parent", {"tag": tag, "total": 101})["id"], "failed")
    assert ended["problem"]["code"] == "too-dear"
    assert shop.craft.names(tag, "unmade") == ["after", "two", "one", "before"]
    made = [each["key"] for each in shop.craft.book(tag, "made")]
    assert [each["of"] for each in shop.craft.book(tag, "unmade")] == made[::-1]


def test_a_sleep_goes_on_through_a_power_cut_and_ends_at_its_moment(shop: Workshop, tag: str) -> None:
    run = shop.run("nap", {"tag": tag})["id"]
    (until,) = [each["until"] for each in shop.resting(run, "sleep")["waiting_for"]]
    shop.kill()
    shop.start()
    ended = shop.until(run, "completed")
    assert shop.craft.names(tag, "made") == ["before", "after"]
    (slept,) = [
        each["at"]
        for each in shop.client.get(f"/v1/runs/{run}/history").json()["entries"]
        if each["type"] == "sleep"
    ]
    assert slept >= until
    assert ended["status"] == "completed"
