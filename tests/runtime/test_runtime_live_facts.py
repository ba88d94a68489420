"""Decisions of runs read the facts that patterns have set, and stand in the history as they were taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from test_runtime_live import Carried, PowerCut

from live_project import Shop
from rulesflow.documents.jsontext import read_json
from rulesflow.model.rendering import as_text
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.runtime.setfacts import Filled
from set_facts import sets, with_patterns

_FLOW = """\
workflow: check
input: facts.yaml
steps:
  plain: {decide: plain}
  grade: {decide: grade}
  take: {call: shop.take, if: "steps.grade.grade == 'bad'"}
  latest: {decide: {decision: grade, rules: latest}}
output: {grade: "${ steps.grade.grade }", latest: "${ steps.latest.grade }"}
"""
_FACTS = """\
type: object
required: [device_id]
properties:
  device_id: {type: string}
  device: {type: object, properties: {tested: {type: boolean}}}
"""
_GRADE = """\
decision: grade
hit: first
outcome: {grade: {enum: [bad, good]}}
rules:
  - {rule: tested, when: has(device) && has(device.tested) && device.tested, then: {grade: bad}}
default: {grade: good}
"""
_PLAIN = "decision: plain\nhit: first\noutcome: {r: {type: number}}\ndefault: {r: 1}\n"
UNTIL = Timestamp(2_000_000_000 * SECOND)
SHOWN = {"fact": "device.tested", "value": True, "pattern": "p0", "match": "m1", "until": UNTIL}


def project_of(shop: Shop) -> LoadedProject:
    files = {
        "rulesflow.yaml": "project: p\nfacts: facts.yaml\nlayers: [base]\n",
        "facts.yaml": _FACTS,
        "base/grade.yaml": _GRADE,
        "base/plain.yaml": _PLAIN,
        "workflows/check.yaml": _FLOW,
    }
    project = load_project({name: text.encode() for name, text in files.items()}, steps=shop.steps())
    assert project.ruleset is not None, as_text(project.diagnostics, project.files)
    return with_patterns(project, [sets("device.tested", "device_id")])


class Facts:
    """Facts that are set for a while: for so many decisions."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    def fill(self, _: LoadedProject, facts: Any) -> Filled:
        self.asked += 1
        if self.asked > self.times:
            return Filled(facts)
        return Filled({**facts, "device": {"tested": True}}, (SHOWN,))


def carried(times: int) -> tuple[Carried, Facts]:
    shop, facts = Shop(), Facts(times)
    return Carried(shop, project_of(shop), fill=facts.fill), facts


def decisions(run: Carried) -> list[dict[str, Any]]:
    assert run.live is not None
    return [each for each in run.live.history.entries() if each["type"] == "decision"]


def test_only_decisions_that_may_read_such_facts_are_recorded_by_themselves() -> None:
    run, facts = carried(times=2)
    assert run.project.readers == {"grade"}
    done = asyncio.run(run.end({"device_id": "D"}))
    assert done.output == {"grade": "bad", "latest": "bad"}
    assert facts.asked == 2
    assert len(run.journal.records) == 3
    plain, grade, latest = decisions(run)
    assert "set_facts" not in plain
    assert grade["set_facts"] == latest["set_facts"] == [SHOWN]


def test_a_decision_without_such_facts_tells_of_none() -> None:
    run, _ = carried(times=0)
    assert asyncio.run(run.end({"device_id": "D"})).output == {"grade": "good", "latest": "good"}
    assert not any("set_facts" in each for each in decisions(run))


@pytest.mark.parametrize("cut", range(3))
def test_a_replay_decides_as_before_though_the_fact_has_lapsed(cut: int) -> None:
    run, facts = carried(times=1)
    run.journal.cut, run.journal.kept = cut, True
    with pytest.raises(PowerCut):
        asyncio.run(run.end({"device_id": "D"}))
    run.journal.cut = None
    done = asyncio.run(run.end({"device_id": "D"}))
    assert done.output == {"grade": "bad", "latest": "good"}
    assert [each.get("set_facts") for each in decisions(run)] == [None, [SHOWN], None]
    assert facts.asked == 2
    assert all(read_json(each) for each in run.journal.records)
