"""Flips: the smallest change of one fact that changes the answer."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st
from projects import AT, FACTS, decide, facts, loaded, shown

from rulesflow.conditions import Budget, Scope, check, compile_condition, parse
from rulesflow.documents.jsontext import write_json
from rulesflow.rules import Answer, Explain, Ruleset

ROUTES = "outcome: {route: {enum: [auto, review, deny]}, limit: {type: number, optional: true}}"


def decision(rules: str, default: str = "{route: review}", more: str = "") -> dict[str, str | bytes]:
    lines = "\n".join(f"  - {line}" for line in rules.strip().splitlines())
    return {"base/d.yaml": f"decision: d\n{ROUTES}\n{more}\nrules:\n{lines}\ndefault: {default}\n"}


def flips(files: dict[str, str | bytes], given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = decide(files, given, explain=Explain.FULL).as_dict()["explanation"]["flips"]
    return told


def changes(files: dict[str, str | bytes], given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return [(each["fact"], each["from"], each["to"], each.get("test")) for each in flips(files, given)]


SMALL = "{rule: small, when: {order.total: '<= 100'}, then: {route: auto}}"


# -- numbers -----------------------------------------------------------------------------------------------


def test_a_flip_tells_the_fact_the_change_the_test_and_the_new_answer() -> None:
    assert flips(decision(SMALL), facts(total=120)) == [
        {
            "fact": "order.total",
            "from": 120,
            "to": 100,
            "test": "order.total <= 100",
            "result": {"route": "auto"},
            "matched": [
                {"rule": "small", "layer": "base", "file": "base/d.yaml", "line": 5, "because": None}
            ],
        }
    ]


def test_a_number_moves_in_hundredths_and_a_whole_number_in_ones() -> None:
    assert changes(decision(SMALL), facts(total=100)) == [
        ("order.total", 100, Decimal("100.01"), "order.total > 100")
    ]
    days = "{rule: old, when: {customer.tenure_days: '< 90'}, then: {route: auto}}"
    assert changes(decision(days), facts(customer={"tenure_days": 90})) == [
        ("customer.tenure_days", 90, 89, "customer.tenure_days < 90")
    ]


def test_a_number_moves_in_finer_steps_where_the_fact_or_an_end_has_more_decimals() -> None:
    fine = "{rule: fine, when: {order.total: '< 0.125'}, then: {route: auto}}"
    assert changes(decision(fine), facts(total=1)) == [
        ("order.total", 1, Decimal("0.124"), "order.total < 0.125")
    ]


def test_both_ends_of_a_range_bound_the_numbers_that_answer_alike() -> None:
    middle = "{rule: middle, when: {order.total: '[50..100)'}, then: {route: auto}}"
    assert changes(decision(middle), facts(total=120)) == [
        ("order.total", 120, Decimal("99.99"), "order.total >= 50 && order.total < 100")
    ]


def test_a_single_number_is_told_as_equal() -> None:
    one = "{rule: one, when: {order.total: 100}, then: {route: auto}}"
    assert changes(decision(one), facts(total=120)) == [("order.total", 120, 100, "order.total == 100")]


def test_a_number_flips_upwards_and_downwards_the_nearer_first() -> None:
    large = SMALL + "\n{rule: large, when: {order.total: '> 200'}, then: {route: deny}}"
    assert changes(decision(large), facts(total=190)) == [
        ("order.total", 190, Decimal("200.01"), "order.total > 200"),
        ("order.total", 190, 100, "order.total <= 100"),
    ]


def test_ends_that_are_params_are_those_of_the_stack() -> None:
    files = decision(
        "{rule: small, when: {order.total: '<= params.most'}, then: {route: auto}}",
        more="params: {most: 100}",
    )
    files["region/eu/d.yaml"] = "decision: d\nparams: {most: 110}\n"
    assert changes(files, facts(total=120, region="eu"))[0][2] == 110


def test_what_the_schema_refuses_is_no_flip() -> None:
    negative = "{rule: negative, when: {order.total: '< 0'}, then: {route: auto}}"
    assert flips(decision(negative)) == []


def test_what_makes_a_rule_fail_is_no_flip() -> None:
    when = "order.total >= 60 && 1 / (order.total - order.total) > 0"
    failing = f"{{rule: failing, when: '{when}', then: {{route: auto}}}}"
    assert flips(decision(failing)) == []


def test_a_number_of_which_nobody_names_an_edge_may_be_asked_whether_it_is_there() -> None:
    there = "{rule: there, when: {order.weight: present}, then: {route: auto}}"
    files = {**decision(there), "facts.yaml": FACTS.replace("note:", "weight: {type: number}\n      note:")}
    assert changes(files) == [("order.weight", None, 0, "has(order.weight)")]
    assert changes(files, facts(weight=3)) == [("order.weight", 3, None, "!has(order.weight)")]


# -- what counts as another answer -------------------------------------------------------------------------


def test_another_rule_with_the_same_result_is_no_flip() -> None:
    assert flips(decision(SMALL, default="{route: auto}")) == []


def test_a_number_that_follows_the_fact_is_no_flip() -> None:
    following = "{rule: small, when: {order.total: '<= 100'}, then: {route: auto, limit: '${ order.total }'}}"
    assert changes(decision(following), facts(total=40)) == [
        ("order.total", 40, Decimal("100.01"), "order.total > 100")
    ]
    both = following + "\n{rule: rest, then: {route: auto, limit: '${ order.total }'}}"
    assert flips(decision(both), facts(total=40)) == []


def test_a_word_that_the_same_rule_chooses_otherwise_is_a_flip() -> None:
    chosen = '{rule: all, then: {route: \'${ order.total > 100 ? "deny" : "auto" }\'}}'
    assert changes(decision(chosen), facts(total=40)) == [
        ("order.total", 40, Decimal("100.01"), "order.total > 100")
    ]


def test_nothing_flips_where_nothing_is_asked() -> None:
    assert flips(decision("{rule: all, then: {route: auto}}")) == []


# -- other facts -------------------------------------------------------------------------------------------


def test_an_enum_and_a_boolean_flip_to_their_other_values() -> None:
    rules = """
    {rule: gift, when: {order.gift: true}, then: {route: deny}}
    {rule: known, when: {customer.type: [vip, new]}, then: {route: auto}}
    """
    told = changes({**decision(rules.replace("    ", ""))}, facts(gift=False))
    assert told == [
        ("order.gift", False, True, "order.gift == true"),
        ("customer.type", "regular", "new", 'customer.type in ["new", "vip"]'),
    ]


def test_a_text_flips_to_what_rules_name() -> None:
    home = "{rule: home, when: {customer.home: [paris, berlin]}, then: {route: auto}}"
    assert changes(decision(home), facts(customer={"home": "rome"})) == [
        ("customer.home", "rome", "berlin", 'customer.home in ["berlin", "paris"]')
    ]


def test_a_fact_that_is_absent_may_be_given() -> None:
    assert changes(decision("{rule: old, when: {customer.tenure_days: '>= 90'}, then: {route: auto}}")) == [
        ("customer.tenure_days", None, 90, "customer.tenure_days >= 90")
    ]


def test_a_fact_that_is_given_may_be_left_out_unless_it_is_required() -> None:
    rules = "{rule: known, when: {order.channel: present}, then: {route: auto}}"
    assert changes(decision(rules), facts(channel="web")) == [
        ("order.channel", "web", None, "!has(order.channel)")
    ]
    assert flips(decision(rules, more="requires: [order.channel]"), facts(channel="web")) == []
    assert flips(decision("{rule: known, when: {order.region: present}, then: {route: auto}}")) == []


def test_a_changed_dimension_asks_the_rules_of_its_own_layers() -> None:
    files = decision("{rule: all, then: {route: auto}}")
    files["region/eu/d.yaml"] = "decision: d\nrules:\n  - {rule: eu, then: {route: deny}}\n"
    (flip,) = flips(files)
    assert (flip["fact"], flip["to"], flip["test"]) == (
        "order.region",
        "eu",
        'order.region in ["eu", "eu/de", "eu/fr"]',
    )
    assert flip["matched"][0]["layer"] == "region/eu"


# -- conditions that are no constraints --------------------------------------------------------------------


def test_numbers_that_a_condition_compares_are_ends() -> None:
    pair = "{rule: pair, when: 'order.total > 70 || customer.type == \"vip\"', then: {route: auto}}"
    assert changes(decision(pair)) == [
        ("order.total", 50, Decimal("70.01"), "order.total > 70"),
        ("customer.type", "regular", "vip", 'customer.type == "vip"'),
    ]


def test_where_a_condition_computes_the_edge_is_searched() -> None:
    computed = "{rule: computed, when: 'order.total * 3 > 1000', then: {route: auto}}"
    assert changes(decision(computed)) == [("order.total", 50, Decimal("333.34"), None)]


def test_two_facts_that_are_compared_both_flip() -> None:
    when = "{order.total: '> 0', customer.tenure_days: '< ${ order.total }'}"
    rule = f"{{rule: days, when: {when}, then: {{route: auto}}}}"
    assert changes(decision(rule), facts(customer={"tenure_days": 60})) == [
        ("order.total", 50, Decimal("60.01"), None),
        ("customer.tenure_days", 60, 49, None),
    ]


# -- bounds ------------------------------------------------------------------------------------------------


def test_conditions_that_cost_more_than_their_part_of_the_limit_are_not_tried_again() -> None:
    when = 'order.total < 10 || order.lines.exists(l, l.sku == "x")'
    costly = f"{{rule: lines, when: '{when}', then: {{route: auto}}}}"
    lines = facts(lines=[{"sku": "a"}] * 50)
    files = decision(costly, more="requires: [order.lines]")
    assert flips(files, lines)[0]["to"] == Decimal("9.99")
    cheap = decide(files, lines, explain=Explain.FULL, cost_limit=100).as_dict()
    assert cheap["explanation"]["flips"] == []


# -- laws --------------------------------------------------------------------------------------------------

_NUMBERS = st.integers(0, 5)
_TESTS = st.one_of(
    st.builds("{{order.total: '{} {}'}}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), _NUMBERS),
    st.builds(lambda low, size: f"{{order.total: '[{low}..{low + size})'}}", _NUMBERS, st.integers(1, 5)),
    st.builds("{{order.total: {}}}".format, _NUMBERS),
    st.builds("{{customer.type: {}}}".format, st.sampled_from(["new", "vip"])),
    st.builds("{{order.gift: {}}}".format, st.sampled_from(["true", "false", "absent"])),
    st.builds("{{customer.tenure_days: '{} {}'}}".format, st.sampled_from(["<", ">="]), _NUMBERS),
    st.builds("'order.total > {} || customer.type == \"vip\"'".format, _NUMBERS),
)
_WHENS = st.lists(_TESTS, min_size=1, max_size=3).map(lambda tests: f"[{', '.join(tests)}]")
_RULES = st.lists(st.tuples(_WHENS, st.sampled_from(["auto", "review", "deny"])), min_size=1, max_size=6)
_FACTS = st.builds(
    lambda total, region, kind, order, days: facts(
        total=total, region=region, **order, customer={"type": kind, **days}
    ),
    st.integers(0, 600).map(lambda hundredths: Decimal(hundredths) / 100),
    st.sampled_from(["us", "eu", "eu/de"]),
    st.sampled_from(["new", "regular", "vip"]),
    st.sampled_from([{}, {"gift": True}, {"gift": False}]),
    st.one_of(st.just({}), st.integers(0, 6).map(lambda days: {"tenure_days": days})),
)


def random_project(rules: list[tuple[str, str]], overlay: list[tuple[str, str]], hit: str) -> Ruleset:
    def written(rules: list[tuple[str, str]], prefix: str) -> str:
        return "\n".join(
            f"  - {{rule: {prefix}{number}, when: {when}, then: {{route: {route}}}}}"
            for number, (when, route) in enumerate(rules)
        )

    head = f"decision: d\nhit: {hit}\noutcome: {{route: {{enum: [auto, review, deny]}}}}\nrules:\n"
    files: dict[str, str | bytes] = {"base/d.yaml": head + written(rules, "base")}
    if overlay:
        files["region/eu/d.yaml"] = f"decision: d\nrules:\n{written(overlay, 'eu')}\n"
    result = loaded(files)
    assert result.ruleset is not None, shown(result)
    return result.ruleset


def changed(given: dict[str, Any], fact: str, value: Any) -> dict[str, Any]:
    other = deepcopy(given)
    above, name = fact.split(".")
    if value is None:
        del other[above][name]
    else:
        other[above][name] = value
    return other


def result_of(ruleset: Ruleset, given: dict[str, Any]) -> Any:
    return ruleset.decide("d", given, AT).result


def holds(ruleset: Ruleset, test: str, given: dict[str, Any]) -> bool:
    scope = Scope(dict(ruleset.facts.type.fields or {}), zone=ruleset.zone)
    checked = check(parse(test), Scope(scope.names, strict=False))
    return compile_condition(checked, scope)(given, Budget()) is True


@settings(max_examples=100, deadline=None)
@given(_RULES, _RULES, st.sampled_from(["first", "priority", "rule-order", "collect"]), _FACTS)
def test_each_flip_is_what_deciding_again_gives_and_no_smaller_one_is_left_out(
    rules: list[tuple[str, str]], overlay: list[tuple[str, str]], hit: str, given: dict[str, Any]
) -> None:
    ruleset = random_project(rules, overlay, hit)
    answer: Answer = ruleset.decide("d", given, AT, Explain.FULL)
    for flip in answer.flips:
        other = changed(given, flip.fact, flip.new)
        again = ruleset.decide("d", other, AT)
        assert (again.result, again.rules) == (flip.result, flip.rules)
        assert again.result != answer.result
        assert flip.test is not None
        if flip.new is not None:
            assert holds(ruleset, flip.test, other)
            assert flip.old is None or not holds(ruleset, flip.test, given)

    told = {(flip.fact, flip.new) for flip in answer.flips}
    nearest_numbers(ruleset, answer, given, told)
    for fact, values in [("order.gift", [True, False]), ("customer.type", ["new", "regular", "vip"])]:
        results = [flip.result for flip in answer.flips if flip.fact == fact]
        for value in values:
            result = result_of(ruleset, changed(given, fact, value))
            assert result == answer.result or result in results


def nearest_numbers(ruleset: Ruleset, answer: Answer, given: dict[str, Any], told: set[Any]) -> None:
    """Walk from the total in hundredths, up and down: the first number with another result is the flip."""
    total = given["order"]["total"]
    for way in (1, -1):
        for steps in range(1, 1_002):  # to beyond the farthest bound, which is 10
            value = total + way * Decimal(steps) / 100
            if value < 0:
                break
            if result_of(ruleset, changed(given, "order.total", value)) != answer.result:
                assert ("order.total", value) in told
                break
        else:
            assert not any(fact == "order.total" and (value - total) * way > 0 for fact, value in told)


@settings(max_examples=60, deadline=None)
@given(_RULES, _FACTS)
def test_all_values_that_meet_the_test_of_a_flip_give_its_result(
    rules: list[tuple[str, str]], given: dict[str, Any]
) -> None:
    ruleset = random_project(rules, [], "first")
    answer = ruleset.decide("d", given, AT, Explain.FULL)
    for flip in answer.flips:
        if flip.fact == "order.total" and flip.test is not None:
            for hundredths in range(0, 700, 25):
                other = changed(given, flip.fact, Decimal(hundredths) / 100)
                assert not holds(ruleset, flip.test, other) or result_of(ruleset, other) == flip.result


def test_flips_are_the_same_each_time_and_can_be_written_as_json() -> None:
    home = "{rule: home, when: {customer.home: [a, b, c, d, e]}, then: {route: auto}}"
    told = {write_json(flips(decision(home))) for _ in range(3)}
    assert len(told) == 1
