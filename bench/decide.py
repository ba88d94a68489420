"""``decide``: one decision in the process, by kind and number of rules, against the peers and the floor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from bench.measuring import (
    OURS,
    Bar,
    Comparison,
    Contender,
    ContenderLost,
    Pace,
    Result,
    at_most,
    check_answers,
    faster,
    interleaved,
)
from bench.peers import durable, floor, linear, zen
from bench.tables import DECISION, Request, Table, equality_table, pairs_table, range_table, requests
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import COST_LIMIT, Explain, Ruleset, load
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.request import DecisionRequest
from rulesflow.runtime.service import Service

BARE = "rulesflow, bare"
ZEN_TRACE = f"{zen.NAME}, trace"
_AT = parse_timestamp("2026-11-27T12:00:00Z")
_REQUESTS = 2_000
_SEED = 1127
_EVALUATE = "evaluate"
_BARE, _MATCHED, _FULL = (explain.value for explain in (Explain.NONE, Explain.MATCHED, Explain.FULL))
_MOST_LINEAR = 1_000  # rules that are asked in turn: some peers take a millisecond to compile one
_MATCHED_BAR = at_most(1.2)
_GROWTH_BAR = at_most(2.5)
#: By table and number of rules, what *evaluate* must reach beside whom.
_BARS: Mapping[tuple[str, int], Mapping[str, Bar]] = {
    ("equality", 10): {floor.NAME: at_most(3)},
    ("equality", 1_000): {floor.NAME: faster(5), zen.NAME: faster(5)},
    ("range", 10): {floor.NAME: at_most(3)},
    ("range", 1_000): {floor.NAME: faster(5)},
    ("range", 10_000): {zen.NAME: faster(500), ZEN_TRACE: faster(500)},
}
_NOTES = (
    "Times are those of the processor, which a busy machine disturbs less.",
    "evaluate: validated facts and a resolved stack in, result and matched rules out. Peers get what they "
    "are fastest with: zen-engine JSON text, the others flat facts.",
    "decide: parsed facts in, the reply's object out, with validation, layers and id; bare is explain none. "
    "zen-engine gets a dict.",
    "full: the trace of zen-engine tells of the winner alone, ours of every rule.",
    "pairs: equality of two fields, overlapping ranges of two numbers within each pair; the same kind of "
    "table with 10 rules is measured in the same rounds.",
)


@dataclass(slots=True)
class _Told:
    """What the notes tell: how many answers were checked, and who did not take part."""

    checked: list[int] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def run(pace: Pace) -> Result:
    """Measure every table (quick: those up to 1,000 rules)."""
    told = _Told()
    most = 1_000 if pace.quick else 100_000
    comparisons: list[Comparison] = []
    for make in (equality_table, range_table):
        sizes = (10, 1_000) if make is equality_table else (10, 1_000, 10_000)
        for rules in sizes:
            if rules <= most:
                comparisons += _table(make(rules), pace, told)
    comparisons += _growth([rules for rules in (10, 1_000, 10_000, 100_000) if rules <= most], pace, told)
    checked = told.checked
    note = (
        f"Answers held against the rows that are right before any time was taken: {sum(checked):,} "
        f"({min(checked):,} to {max(checked):,} a contender and table), all right."
    )
    absent = {zen.NAME: zen.MISSING, **linear.MISSING, durable.NAME: durable.missing()}
    skipped = {name: reason for name, reason in absent.items() if reason}
    return Result(
        "decide", "One decision, in the process", comparisons, (note, *_NOTES), told.skipped | skipped
    )


def _table(table: Table, pace: Pace, told: _Told) -> list[Comparison]:
    """One table, with everybody who can take part."""
    size = len(table.rows)
    case = f"{table.name}, {size:,} rules"
    asked = requests(table, _REQUESTS, _SEED)
    with ExitStack() as stack:
        contenders = {**_ours(table, asked), **_floor(table, asked), **_zen(table, asked)}
        if size <= _MOST_LINEAR:
            contenders |= linear.contenders(table, asked)
        try:
            contenders[durable.NAME] = stack.enter_context(durable.contender(table, asked))
        except ContenderLost as error:
            told.skipped[f"{durable.NAME} ({case})"] = str(error)
        rounds = _measured(case, contenders, [each.outcome for each in asked], pace, told)
    evaluated = {OURS: _EVALUATE, zen.NAME: "zen text", ZEN_TRACE: "zen text, trace"}
    evaluated |= {name: name for name in (*linear.MISSING, durable.NAME, floor.NAME)}
    return [
        _comparison(case, "evaluate", rounds, evaluated, _BARS.get((table.name, size), {})),
        _comparison(case, "decide, bare", rounds, {OURS: _BARE, zen.NAME: "zen"}),
        _comparison(
            case,
            "decide, matched",
            rounds,
            {OURS: _MATCHED, BARE: _BARE, zen.NAME: "zen", ZEN_TRACE: "zen, trace"},
            {BARE: _MATCHED_BAR},
        ),
        _comparison(case, "decide, full", rounds, {OURS: _FULL, ZEN_TRACE: "zen, trace"}),
    ]


def _growth(sizes: Sequence[int], pace: Pace, told: _Told) -> list[Comparison]:
    """Tables of pairs, all in the same rounds: what it costs that there are more rules."""
    contenders: dict[str, Contender] = {}
    expected: dict[str, list[Any]] = {}
    for size in sizes:
        table = pairs_table(size)
        asked = requests(table, _REQUESTS, _SEED)
        new = {f"{size} {name}": each for name, each in {**_ours(table, asked), **_zen(table, asked)}.items()}
        new.pop(f"{size} {_FULL}")
        contenders |= new
        expected |= {name: [each.outcome for each in asked] for name in new}
    rounds = _measured("pairs", contenders, expected, pace, told)
    return [each for size in sizes for each in _grown(size, sizes[0], rounds)]


def _grown(size: int, least: int, rounds: Mapping[str, list[float]]) -> list[Comparison]:
    case = f"pairs, {size:,} rules"
    fewer = f"rulesflow, {least} rules"
    bars = {fewer: _GROWTH_BAR} if size == 100_000 else {}

    def names(key: str) -> dict[str, str]:
        return {OURS: f"{size} {key}"} | ({fewer: f"{least} {key}"} if size != least else {})

    zens = {zen.NAME: f"{size} zen text", ZEN_TRACE: f"{size} zen text, trace"}
    bare = {BARE: f"{size} {_BARE}"}
    return [
        _comparison(case, "evaluate", rounds, names(_EVALUATE) | zens),
        _comparison(case, "decide, bare", rounds, names(_BARE), bars),
        _comparison(case, "decide, matched", rounds, names(_MATCHED) | bare, {**bars, BARE: _MATCHED_BAR}),
    ]


def _measured(
    case: str,
    contenders: dict[str, Contender],
    expected: Sequence[Any] | Mapping[str, Sequence[Any]],
    pace: Pace,
    told: _Told,
) -> dict[str, list[float]]:
    """The rounds, after the answers were found right. Who breaks down is left out, and the reason told."""
    lost: dict[str, str] = {}
    for name, each in list(contenders.items()):
        right = expected[name] if isinstance(expected, Mapping) else expected
        try:
            told.checked.append(check_answers(name, each, right, pace.turn * 25))
        except ContenderLost as error:
            lost[name] = str(error)
            del contenders[name]
    rounds = interleaved(contenders, pace, lost)
    told.skipped |= {f"{name} ({case})": reason for name, reason in lost.items()}
    return rounds


def _comparison(
    case: str,
    measure: str,
    rounds: Mapping[str, list[float]],
    names: Mapping[str, str],
    bars: Mapping[str, Bar] | None = None,
) -> Comparison:
    """``names``: by contender, the key of its rounds; those that were not measured are left out."""
    micros = {
        name: [seconds * 1e6 for seconds in rounds[key]] for name, key in names.items() if key in rounds
    }
    return Comparison(case, measure, "µs", micros, bars or {})


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
    decide = Service(Catalog(), COST_LIMIT).decide
    return lambda facts: decide(ruleset, DECISION, DecisionRequest(facts, _AT, explain))


def _floor(table: Table, asked: list[Request]) -> dict[str, Contender]:
    facts = [json.loads(each.text) for each in asked]
    return {floor.NAME: Contender(floor.scanner(table), facts, itemgetter(0))}


def _zen(table: Table, asked: list[Request]) -> dict[str, Contender]:
    if zen.MISSING:
        return {}
    texts, result = [each.text for each in asked], itemgetter("result")
    facts = [json.loads(text) for text in texts]
    plain, traced = zen.evaluator(table), zen.evaluator(table, trace=True)
    return {
        "zen text": Contender(plain, texts, result),
        "zen text, trace": Contender(traced, texts, result),
        "zen": Contender(plain, facts, result),
        "zen, trace": Contender(traced, facts, result),
    }
