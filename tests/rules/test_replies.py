from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rulesflow.documents.folder import read_folder
from rulesflow.documents.jsontext import write_json
from rulesflow.rules import Explain, Ruleset, load
from serving import ROOT


@pytest.fixture(scope="module")
def shop() -> Ruleset:
    ruleset = load(read_folder(ROOT / "rules").files).ruleset
    assert ruleset is not None
    return ruleset


def cases() -> Iterator[Any]:
    loaded = load(read_folder(ROOT / "rules").files)
    for case in loaded.cases:
        yield pytest.param(case, id=f"{case.decision}-{case.name}")


@pytest.mark.parametrize("case", list(cases()))
def test_the_short_way_writes_what_the_long_way_does(shop: Ruleset, case: Any) -> None:
    for explain in Explain:
        answer = shop.decide(case.decision, case.facts, case.at, explain)
        written = shop.replies.write("the-id", answer)
        assert written == write_json({"id": "the-id", **answer.as_dict()})
        assert list(json.loads(written))[:3] == ["id", "decision", "result"]


def test_what_replies_have_in_common_is_kept_apart_by_decision_stack_and_rule(shop: Ruleset) -> None:
    answers = [
        shop.decide(each.values[0].decision, each.values[0].facts, each.values[0].at) for each in cases()
    ]
    once = [shop.replies.write("the-id", answer) for answer in answers]
    again = [shop.replies.write("the-id", answer) for answer in reversed(answers)]
    assert again == once[::-1]
    assert len({(answer.decision, answer.layers) for answer in answers}) > 1
