"""The second opinion: our evaluator ≡ durable-rules, whatever the rules and the facts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from opinion_projects import AT, FACTS, PROJECT, requests, ruleset

from rulesflow.cli.project import load_project
from rulesflow.patterns.supervisor import Sifting, SiftingFailed, Supervisor
from rulesflow.rules import load
from rulesflow.runtime.secondopinion import Compared, Request, SecondOpinion

_SHOP = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def supervisor():
    if find_spec("durable_rules_engine") is None:
        pytest.skip("durable-rules is not installed: it takes a C compiler")
    with Supervisor() as supervisor:
        yield supervisor


@pytest.fixture(autouse=True)
def nothing_broke(request):
    """No input may cost the worker its life."""
    supervisor = request.getfixturevalue("supervisor")
    losses = supervisor.losses
    yield
    assert supervisor.losses == losses


def decision(text, facts=FACTS):
    files = {"rulesflow.yaml": PROJECT, "facts.yaml": facts, "base/d.yaml": text}
    loaded = load({path: content.encode() for path, content in files.items()})
    assert loaded.ruleset is not None, [each.message for each in loaded.diagnostics]
    return loaded.ruleset


def first(*conditions):
    """A decision with a rule for each condition; whichever comes first gives its number."""
    rules = "".join(
        f"  - {{rule: r{number}, when: '{when}', then: {{number: {number}}}}}\n"
        for number, when in enumerate(conditions, start=1)
    )
    return f"decision: d\nhit: first\noutcome: {{number: {{type: integer}}}}\nrules:\n{rules}"


def order(**members):
    return Request("d", {"order": {"total": 1, "name": "n", "gift": False, "region": "eu", **members}}, AT)


def numbers(compared):
    """What the other engine gave, after it was found to be what ours gives."""
    assert [each.difference for each in compared] == [None] * len(compared)
    return [each.other.result and each.other.result["number"] for each in compared]


@pytest.mark.parametrize("start", range(0, 80, 10))
def test_random_decisions_have_the_same_answers_for_10_000_random_documents(supervisor, start):
    """So many are inside the fence; about a fifth as many again are not."""
    answered = []
    for seed in range(start, start + 10):
        asked = requests(seed, 200)
        compared = SecondOpinion(ruleset(seed), supervisor).compare(asked)
        assert len(compared) == len(asked)
        answered += [each for each in compared if isinstance(each, Compared) and each.other is not None]
    assert [each.difference for each in answered if each.difference] == []
    assert len(answered) > 1_250


def test_all_cases_of_the_shop_have_the_same_answer(supervisor):
    loaded = load_project(_SHOP)
    asked = [Request(each.decision, each.facts, each.at) for each in loaded.cases]
    compared = SecondOpinion(loaded.ruleset, supervisor).compare(asked)
    assert [each.difference for each in compared] == [None] * len(asked)
    assert [each.outside for each in compared] == [""] * len(asked)


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ("order.total == 9223372036854775807", {"total": 2**63 - 1}, {"total": 2**63 - 2}),
        ("order.total > 9223372036854775806", {"total": 2**63 - 1}, {"total": 2**63 - 2}),
        ("order.total == 10000000000000000", {"total": 10**16}, {"total": 10**16 + 1}),
        ('order.name == "5"', {"name": "5"}, {"name": "5.0"}),
        ('order.name > "z"', {"name": "é"}, {"name": "abc"}),
        ('order.name < "\U0001f600"', {"name": "\uffff"}, {"name": "\U0001f601"}),
        ("order.gift == true", {"gift": True}, {"gift": False}),
        ("!has(order.note)", {}, {"note": "x"}),
    ],
)
def test_values_that_the_engine_misreads_by_itself_are_compared_rightly(supervisor, condition, met, unmet):
    opinion = SecondOpinion(decision(first(condition)), supervisor)
    assert numbers(opinion.compare([order(**met), order(**unmet)])) == [1, None]


def test_long_texts_that_differ_at_the_end_only_are_told_apart(supervisor):
    long = "x" * 70_000
    text = first("order.name == params.long") + f"params: {{long: {long}a}}\n"
    compared = SecondOpinion(decision(text), supervisor).compare(
        [order(name=long + "a"), order(name=long + "b"), order(name="a"), order(name="x" * 4_464 + "a")]
    )
    assert numbers(compared) == [1, None, None, None]


def test_names_of_a_client_never_reach_the_engine(supervisor):
    opinion = SecondOpinion(decision(first("order.total > 100")), supervisor)
    asked = [order(lrecxtx=10**9), order(id=7, sid="x", phjrejs="y", n0=500, **{"order.total": 500})]
    assert numbers(opinion.compare(asked)) == [None, None]


def test_no_two_names_that_the_engine_sees_have_one_hash():
    def hashed(name):  # 32-bit FNV-1a, as the engine takes it
        found = 2_166_136_261
        for each in name.encode():
            found = (found ^ each) * 16_777_619 & 0xFFFF_FFFF
        return found

    names = [
        "id",
        "sid",
        "one",
        "m0",
        *(f"{letter}{number}" for letter in "bnpst" for number in range(5_000)),
    ]
    assert len({hashed(name) for name in names}) == len(names)
    assert hashed("lrecxtx") == hashed("total")


def test_many_rules_that_hold_at_once_and_are_all_alike_harm_nobody(supervisor):
    opinion = SecondOpinion(decision(first(*["order.total > 0"] * 600)), supervisor)
    assert numbers(opinion.compare([order(), order(total=0)])) == [1, None]


def test_a_wide_decision_goes_in_several_sheets(supervisor):
    fields = "".join(f"      f{number}: {{type: number}}\n" for number in range(260))
    facts = FACTS + fields
    conditions = [f"has(order.f{number}) && order.f{number} > 1" for number in range(260)]
    opinion = SecondOpinion(decision(first(*conditions), facts), supervisor)
    assert numbers(opinion.compare([order(f259=2), order(f3=2, f100=5), order(f0=1)])) == [260, 4, None]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"total": 2**63 + 1}, "order.total is 9223372036854775809, which is no number of its own there"),
        ({"name": "x" * 300}, "order.name has an order and more than 256 characters"),
    ],
)
def test_a_value_outside_the_fence_is_told_and_not_decided(supervisor, given, why):
    opinion = SecondOpinion(decision(first('order.total > 1 && order.name > "a"')), supervisor)
    (compared,) = opinion.compare([order(**given)])
    assert (compared.other, compared.difference) == (None, None)
    assert why in compared.outside


def test_a_rule_outside_the_fence_makes_its_decision_outside(supervisor):
    lists = " && ".join(f"order.{name} in [1, 2, 3, 4, 5, 6, 7, 8]" for name in ("total", "a", "b"))
    facts = FACTS.replace("required: [total", "required: [a, b, total") + "".join(
        f"      {name}: {{type: number}}\n" for name in "ab"
    )
    opinion = SecondOpinion(decision(first(lists), facts), supervisor)
    (compared,) = opinion.compare([order(a=1, b=1)])
    assert compared.outside == "rule r1 (base/d.yaml:5) can be met in more than 300 ways"


def test_a_test_that_fails_makes_the_request_outside(supervisor):
    opinion = SecondOpinion(decision(first("10 / order.total > 1")), supervisor)
    failed, fine = opinion.compare([order(total=0), order(total=2)])
    assert "rule r1 asks what fails" in failed.outside
    assert numbers([fine]) == [1]


def test_a_wrong_answer_is_told(supervisor):
    right, wrong = (decision(first(f"order.total > {limit}")) for limit in (1, 100))
    opinion = SecondOpinion(right, supervisor)
    (one,) = opinion.compare([order(total=50)])
    (other,) = SecondOpinion(wrong, supervisor).compare([order(total=50)])
    assert Compared(one.ours, other.other).difference == (
        "the second opinion is None by no rule, ours {'number': 1} by r1"
    )


def test_several_matches_are_the_same_failure_of_both(supervisor):
    text = first("order.total > 1", "order.total > 2").replace("hit: first", "hit: unique")
    both, one = SecondOpinion(decision(text), supervisor).compare([order(total=3), order(total=2)])
    assert both.other.code == both.ours.code == "several-matches"
    assert numbers([one]) == [1]


def test_rules_that_the_engine_cannot_take_are_a_failure_that_says_so():
    with (
        Supervisor() as own,
        pytest.raises(SiftingFailed, match="durable-rules gave no answer: the engine said"),
    ):
        own.sift(Sifting('{"r0": {"all": [{"m0": {"n0": 1e16}}]}}', "wrong", ['{"id": 1}']), 5)
