"""``decide``: one decision in the process, against zen-engine and the floor, by kind and number of rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from bench import floor, zen_peer
from bench.measuring import OURS, Comparison, Contender, Pace, Result, check_answers, interleaved
from bench.tables import DECISION, Request, Table, equality_table, range_table, requests
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import COST_LIMIT, Explain, Ruleset, load

_AT = parse_timestamp("2026-11-27T12:00:00Z")
_REQUESTS = 2_000
_SEED = 1127
_EVALUATE = "evaluate"
_MEASURES = {
    "evaluate": (_EVALUATE, "zen bytes"),
    "decide, bare": (Explain.NONE.value, "zen"),
    "decide, matched": (Explain.MATCHED.value, "zen"),
    "decide, full": (Explain.FULL.value, "zen trace"),
}


def run(pace: Pace) -> Result:
    """Measure every table at 10 and at 1,000 rules."""
    comparisons: list[Comparison] = []
    checked = []
    for make in (equality_table, range_table):
        for rules in (10, 1_000):
            table = make(rules)
            asked = requests(table, _REQUESTS, _SEED)
            contenders = {**_ours(table, asked), **_floor(table, asked), **_zen(table, asked)}
            expected = [each.outcome for each in asked]
            seconds = pace.turn * 25
            checked += [check_answers(name, each, expected, seconds) for name, each in contenders.items()]
            rounds = interleaved(contenders, pace)
            comparisons += _comparisons(f"{table.name}, {rules:,} rules", rounds)
    return Result(
        "decide",
        "One decision, in the process",
        comparisons,
        (
            f"Answers held against the rows that are right before any time was taken: {sum(checked):,} "
            f"({min(checked):,} to {max(checked):,} a contender and table), all right.",
            "evaluate: validated facts in, result and matched rules out; zen-engine gets JSON, its fastest.",
            "decide: parsed facts in, the reply's object out; bare is explain none; zen-engine gets a dict.",
            "full: the trace of zen-engine tells of the winner alone, ours of every rule.",
        ),
        {zen_peer.NAME: zen_peer.MISSING} if zen_peer.MISSING else {},
    )


def _comparisons(case: str, rounds: dict[str, list[float]]) -> list[Comparison]:
    found = []
    for measure, (ours, zen) in _MEASURES.items():
        columns = {OURS: ours, zen_peer.NAME: zen, floor.NAME: floor.NAME}
        if ours == Explain.FULL.value:  # a scan explains nothing
            del columns[floor.NAME]
        micros = {
            name: [seconds * 1e6 for seconds in rounds[key]] for name, key in columns.items() if key in rounds
        }
        found.append(Comparison(case, measure, "µs", micros))
    return found


def _ours(table: Table, asked: list[Request]) -> dict[str, Contender]:
    ruleset = load(table.files()).ruleset
    assert ruleset is not None, "a generated project has an error"
    facts = [read_json(each.text) for each in asked]
    return {
        _EVALUATE: _evaluate(ruleset, facts),
        **{
            explain.value: Contender(_decide(ruleset, explain), facts, itemgetter("result"))
            for explain in Explain
        },
    }


def _evaluate(ruleset: Ruleset, facts: list[Any]) -> Contender:
    decision = ruleset.decision(DECISION)
    checked = [ruleset.check_facts(decision, each, "/facts") for each in facts]
    stack = decision.stack(ruleset.dimension_values(checked[0]))
    names = [{**each, "params": stack.params, "at": _AT} for each in checked]
    return Contender(lambda each: stack.decide(each, COST_LIMIT), names, itemgetter(0))


def _decide(ruleset: Ruleset, explain: Explain) -> Callable[[Any], dict[str, Any]]:
    return lambda facts: ruleset.decide(DECISION, facts, _AT, explain).as_dict()


def _floor(table: Table, asked: list[Request]) -> dict[str, Contender]:
    facts = [json.loads(each.text) for each in asked]
    return {floor.NAME: Contender(floor.scanner(table), facts, itemgetter(0))}


def _zen(table: Table, asked: list[Request]) -> dict[str, Contender]:
    if zen_peer.MISSING:
        return {}
    texts, result = [each.text for each in asked], itemgetter("result")
    facts = [json.loads(text) for text in texts]
    evaluate = zen_peer.evaluator(table)
    return {
        "zen bytes": Contender(evaluate, texts, result),
        "zen": Contender(evaluate, facts, result),
        "zen trace": Contender(zen_peer.evaluator(table, trace=True), facts, result),
    }
