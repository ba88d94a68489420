"""What authors are told of the files of patterns: the code, and the place that it marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from pattern_files import FILES, PATTERN, changed, following, load, load_pattern, told, with_events

from rulesflow.model.diagnostics import Severity

SIGNAL = "signal: approval\nwhere: {%s}\nwith: {verdict: good}"
FACT = "fact: %s\nwhere: {%s}\nvalue: %s\nfor: %s"


@pytest.mark.parametrize(
    ("part", "new", "expected"),
    [
        ("pattern: card-testing", "pattern: card_testing", ["RF815 card_testing"]),
        ("pattern: card-testing", "pattern: Card Testing", ["RF104 Card Testing"]),
        ("by: device_id", "by: devic_id", ["RF804 devic_id", "RF804 devic_id"]),
        ("by: device_id", "by: amount", ["RF812 key"]),
        ("by: device_id", "by: at", ["RF804 at", "RF804 at"]),
        ("by: device_id", "by: who.name", ["RF804 who.name"]),
        ("by: device_id", "by: [device_id]", ["RF102 [device_id]"]),
        ("by: device_id", 'by: "${ key }"', ['RF104 "${ key }"']),
        ("by: device_id\n", "", ["RF103 pattern: card-testing"]),
        ("within: 10m", "within: 10", ["RF716 10"]),
        ("within: 10m", "within: 0s", ["RF716 0s"]),
        ("within: 10m", "within: -5m", ["RF716 -5m"]),
        ("within: 10m", "within: 10m\nthrottle: soon", ["RF716 soon"]),
        ("within: 10m", "within: 10m\nthrottle: 1h", []),
        ("because: Two", "because: 2 #", ["RF102 2"]),
        ("first: {type: payment.declined}", "first: {type: payment.declind}", ["RF801 payment.declind"]),
        ("first: {type: payment.declined}", "first: payment.declined", ["RF102 payment.declined"]),
        ("first: {type: payment.declined}", "first: {}", ["RF103 {}"]),
        ("first: {type: payment.declined}", "first: {type: payment.declined, whn: true}", ["RF101 whn"]),
        ("first: {type: payment.declined}", "first: {type: payment.declined, when: true}", []),
        ("when: second.card != first.card", "when: second.card", ["RF202 second.card"]),
        ("when: second.card != first.card", "when: second.crd != first.card", ["RF203 second.crd"]),
        ("when: second.card != first.card", "when: second.amount > 3", ["RF204 second.amount"]),
        ("when: second.card != first.card", "when: [a]", ["RF102 [a]"]),
        ("when: second.card != first.card", 'when: "${ true }"', ["RF201 ${ true }"]),
        ("when: second.card != first.card", "when: unless.amount > 3", ["RF807 unless"]),
        ("when: second.card != first.card", "when: second.ts > first.ts", []),
        ("first: {type: payment.declined}", "first: {type: payment.declined, when: first.ts < second.ts}", [
            "RF807 second",
        ]),
        ("unless: {type: payment.captured}", "unless: {type: scan}", ["RF804 device_id"]),
        ("unless: {type: payment.captured}", "unless: {type: bare}", ["RF804 device_id"]),
        ("unless: {type: payment.captured}", "unless: {type: payment.captured, then: x}", ["RF101 then"]),
        ("type: payment.captured", "type: payment.captured, when: unless.ts > first.ts", []),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(part, new, expected):
    assert told(load_pattern(changed(part, new))) == expected


@pytest.mark.parametrize(("length", "expected"), [(255, []), (256, ["RF804"])])
def test_a_path_that_is_longer_than_the_store_holds_is_refused(length, expected):
    path = "a" * length
    types = FILES["events.yaml"].replace("device_id", path)
    pattern = changed("by: device_id", f"by: {path}").replace("device_id", path)
    found = load({**FILES, "events.yaml": types, "patterns/card-testing.yaml": pattern}).diagnostics
    assert [each.code for each in found if each.severity is Severity.ERROR] == expected


@pytest.mark.parametrize(("length", "expected"), [(200, []), (201, ["RF815"])])
def test_a_name_that_is_longer_than_the_store_holds_is_refused(length, expected):
    name = "a" * length
    files = {path: text for path, text in FILES.items() if not path.startswith("patterns/")}
    pattern = changed("pattern: card-testing", f"pattern: {name}")
    found = load({**files, f"patterns/{name}.yaml": pattern}).diagnostics
    assert [each.code for each in found if each.severity is Severity.ERROR] == expected


@pytest.mark.parametrize("alias", ["key", "match", "unless", "ts", "in", "for", "while", "string", "list"])
def test_an_alias_that_means_something_else_is_refused(alias):
    found = told(load_pattern(with_events(f"  {alias}: {{type: payment.declined}}\n")))
    assert f"RF806 {alias}" in found


@pytest.mark.parametrize("alias", ["at", "run", "steps", "params", "size", "e1"])
def test_other_words_are_good_names(alias):
    lines = f"  {alias}: {{type: payment.declined, when: {alias}.card != ''}}\n"
    assert told(load_pattern(with_events(lines))) == []


def test_two_aliases_alike_are_told_of():
    lines = "  a: {type: payment.declined}\n  a: {type: payment.captured}\n"
    assert told(load_pattern(with_events(lines))) == ["RF003 a"]


@pytest.mark.parametrize(("count", "expected"), [(0, ["RF805 {}"]), (1, []), (12, []), (13, ["RF805 e12"])])
def test_a_pattern_has_1_to_12_events(count, expected):
    lines = "".join(f"  e{number}: {{type: payment.declined}}\n" for number in range(count))
    assert told(load_pattern(with_events(lines))) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("{}", ["RF809 {}"]),
        ("strat: check", ["RF809 strat: check"]),
        ("signal: approval\nstart: check", ["RF809 signal: approval"]),
        ("start: check\nwith: {device: a}\nfor: 3h", ["RF809 for"]),
        ("start: check\nwith: {device: a}\nthrottle: 3h", ["RF101 throttle"]),
        ("signal: approval", ["RF103 signal: approval"]),
        ("start: chek\nwith: {device: a}", ["RF810 chek"]),
        ("start: check", ["RF812 check"]),
        ("start: check\nwith: {device: 3}", ["RF812 3"]),
        ("start: check\nwith: [3]", ["RF812 [3]"]),
        ('start: check\nwith: "${ key }"', ["RF812 key"]),
        ('start: check\nwith: {device: "${ first.amount }"}', ["RF204 first.amount"]),
        ('start: check\nwith: {device: "${ first.ts }"}', ["RF812 first.ts"]),
        ('start: check\nwith: {device: "${ match }", since: "${ first.ts }"}', []),
        ('start: check\nwith: {device: "${ unless.device_id }"}', ["RF808 unless"]),
        ("signal: aproval\nwhere: {customer.id: a}", ["RF811 aproval"]),
        (SIGNAL % 'order.id: "${ key }"', []),
        (SIGNAL % 'order.extra.device: "${ key }"', []),
        (SIGNAL % "", ["RF813 {}"]),
        (SIGNAL % "ordr.id: a", ["RF813 ordr.id"]),
        (SIGNAL % "order: {id: a}", ["RF813 order"]),
        (SIGNAL % "order.tags: a", ["RF813 order.tags"]),
        (SIGNAL % 'order.placed_at: "${ first.ts }"', ["RF813 order.placed_at"]),
        (SIGNAL % 'order.total: "${ key }"', ["RF812 key"]),
        (SIGNAL % "order.region: de", ["RF812 de"]),
        (SIGNAL % "order.id: null", ["RF812 null"]),
        (SIGNAL % "order..id: a", ["RF104 order..id"]),
        ("signal: approval\nwhere: {order.id: a}\nwith: {verdict: maybe}", ["RF812 maybe"]),
        ("signal: approval\nwhere: {order.id: a}\nwith: 3", ["RF812 3"]),
        ("signal: looked\nwhere: {order.id: a}", ["RF817 order.id"]),
        (FACT % ("device.card_testing", 'device.id: "${ key }"', "true", "24h"), []),
        (FACT % ("device.card_testing", "customer.id: a", "true", "24h"), ["RF814 device.card_testing"]),
        (FACT % ("device", 'device.id: "${ key }"', "{id: a}", "24h"), ["RF814 device"]),
        (FACT % ("customer.kind", "customer.id: a", "vip", "24h"), ["RF814 customer.kind"]),
        (FACT % ("device.id", "customer.id: a", "b", "24h"), []),
        (FACT % ("customer.risk", "customer.id: a", "true", "24h"), ["RF814 customer.risk"]),
        (FACT % ("customer.risky", "customer.id: a", "1", "24h"), ["RF812 1"]),
        (FACT % ("customer.risky", 'order.placed_at: "${ first.ts }"', "true", "24h"), []),
        (FACT % ("order.tags", "customer.id: a", "[a, 3]", "24h"), ["RF812 3"]),
        (FACT % ("order.extra.a", "customer.id: a", "b", "24h"), ["RF814 order.extra.a"]),
        (FACT % ("seen.often", "customer.id: a", "true", "24h"), []),
        (FACT % ("customer.risky", "customer.id: a", "true", "24"), ["RF716 24"]),
        (FACT % ("customer.risky", "customer.id: a", "true", "0s"), ["RF716 0s"]),
    ],
)  # fmt: skip
def test_what_follows_has_to_fit_what_it_is_for(then, expected):
    assert told(load_pattern(following(then))) == expected


def test_a_value_may_rely_on_what_the_conditions_have_shown():
    asked = changed("when: second.card", "when: has(second.amount) && second.card")
    with_amount = asked.replace('device: "${ key }"', 'device: "${ key }", amount: "${ second.amount }"')
    assert told(load_pattern(with_amount)) == []


def test_a_condition_may_rely_on_what_those_above_it_have_shown():
    lines = (
        "  first: {type: payment.declined, when: has(first.amount)}\n"
        "  second: {type: payment.declined, when: second.card != first.card && first.amount > 3}\n"
    )
    assert told(load_pattern(with_events(lines))) == []


def test_a_signal_has_to_fit_one_wait_of_every_workflow_that_hears_it():
    other = (
        "workflow: other\ninput: facts.yaml\nsteps: {w: {wait: approval, payload: {%s: {type: string}}}}\n"
    )
    given = following(SIGNAL % "order.id: a")
    assert told(load_pattern(given, {"workflows/other.yaml": other % "verdict"})) == []
    found = told(load_pattern(given, {"workflows/other.yaml": other % "answer"}))
    assert found == ["RF812 {verdict: good}", "RF812 verdict"]


def test_a_signal_whose_name_a_workflow_computes_may_be_any_that_begins_and_ends_so():
    flow = 'workflow: stock\ninput: facts.yaml\nsteps:\n  wait: {wait: "restocked-${ customer.kind }"}\n'
    changes = {"workflows/stock.yaml": flow}
    good = "signal: restocked-7\nwhere: {order.id: a}\nwith: {any: 1}"
    assert told(load_pattern(following(good), changes)) == []
    assert told(load_pattern(following(good.replace("restocked-", "gone-")), changes)) == ["RF811 gone-7"]


def test_every_workflow_may_lack_another_fact_so_that_none_is_found():
    inputs = {"a": "{type: object, properties: {order: {type: object, properties: {id: {type: string}}}}}"}
    inputs["b"] = "{type: object, properties: {customer: {type: object, properties: {id: {type: string}}}}}"
    steps = "steps: {w: {wait: ping, payload: {}}}\n"
    flows = {
        f"workflows/{name}.yaml": f"workflow: {name}\ninput: {text}\n{steps}" for name, text in inputs.items()
    }
    both = following("signal: ping\nwhere: {order.id: a, customer.id: b}")
    assert told(load_pattern(both, flows)) == ["RF817 {order.id: a, customer.id: b}"]
    assert told(load_pattern(following("signal: ping\nwhere: {order.id: a}"), flows)) == []


def test_of_a_workflow_that_is_broken_itself_nothing_more_is_said():
    broken = {"workflows/check.yaml": "workflow: check\n"}
    assert told(load(broken)) == ["RF103 workflow: check", "RF103 workflow: check"]
    unread = {"workflows/check.yaml": "a: {\n"}
    assert {each.split()[0] for each in told(load(unread))} == {"RF002"}


def test_of_a_signal_nothing_is_said_while_a_workflow_has_mistakes():
    broken = {
        "workflows/order.yaml": FILES["workflows/order.yaml"].replace("wait: approval", "wiat: approval")
    }
    found = load_pattern(following(SIGNAL % "order.id: a"), broken)
    assert not any(each.startswith("RF811") for each in told(found))


def test_every_error_says_how_to_mend_it_or_what_is_missing():
    wrong = changed("by: device_id", "by: devic_id").replace("start: check", "start: chek")
    found = load_pattern(wrong.replace("within: 10m", "within: soon")).diagnostics
    assert {each.code for each in found} == {"RF804", "RF716", "RF810"}
    assert all(each.hint and each.severity is Severity.ERROR for each in found)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("[]", ["RF102 []"]),
        ("a b: {type: object}", ["RF802 a b"]),
        ("a: {type: string}", ["RF802 {type: string}"]),
        ("a: {type: [object, 'null']}", ["RF802 {type: [object, 'null']}"]),
        ("a: {type: object, properties: {ts: {type: string}}}", ["RF802 ts"]),
        ("a: {type: objct}", ["RF402 objct"]),
        ("a: {type: object, properties: {b: {type: string, x-from: 3}}}", ["RF803 3"]),
        ("a: {type: object, properties: {b: {type: string, x-from: inptu.b}}}", ["RF803 inptu.b"]),
        ("a: {type: object, properties: {b: {type: string, x-from: input..b}}}", ["RF803 input..b"]),
        ("a: {type: object, properties: {b: {type: string, x-from: attempt}}}", ["RF803 attempt"]),
        ("a: {type: object, properties: {b: {type: [integer, 'null'], x-from: attempt}}}", []),
        ("a: {type: object, properties: {b: {type: string, x-from: code.b}}}", ["RF803 code.b"]),
        ("a: {type: object, x-from: input.b}", ["RF803 x-from"]),
        ("a: {type: object, properties: {b: {type: array, items: {type: string, x-from: code}}}}", [
            "RF803 x-from",
        ]),
        ("a: {type: object, properties: {b: {$ref: '#/$defs/c', x-from: run}}, $defs: {c: {type: string}}}", [
        ]),
        ("a: {type: object, properties: {x-from: {type: string}}}", []),
        ("a/b-c_D.1: {type: object}", []),
    ],
)  # fmt: skip
def test_a_mistake_in_a_type_of_event_is_told_where_it_stands(types, expected):
    assert told(load({"events.yaml": types + "\n", "patterns/card-testing.yaml": None})) == expected


def test_of_a_type_that_is_broken_patterns_say_nothing_more():
    broken = FILES["events.yaml"].replace("required: [device_id, card]", "required: [device, card]")
    assert told(load({"events.yaml": broken})) == ["RF404 device"]


def test_without_types_of_events_every_pattern_says_so():
    found = load({"events.yaml": None}).diagnostics
    assert {each.code for each in found} == {"RF801"}
    assert all(each.hint == "declare it, with its data, in events.yaml" for each in found)


JUNK = [
    "",
    "null",
    "3",
    "[]",
    "{}",
    "true",
    "a.b",
    "'${ key }'",
    "'${'",
    "[[a]]",
    "{a: {b: c}}",
    "-1s",
    "1e400",
]
STRAY = [*"{}[]:#\"'&*!|>%@`\t ,\0é\n", "- "]
LINES = PATTERN.rstrip("\n").split("\n")


@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(JUNK)), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_pattern_it_loads_or_says_why_not(swaps):
    lines = list(LINES)
    for number, junk in swaps:
        key = lines[number].partition(":")[0]
        lines[number] = f"{key}: {junk}"
    project = load_pattern("\n".join(lines) + "\n")
    assert bool(project.errors) == (project.ruleset is None)
    assert project.errors or project.patterns
    assert all(each.span.line >= 1 and each.message for each in project.diagnostics)


@given(st.integers(0, len(PATTERN)), st.sampled_from(STRAY))
@settings(max_examples=150, deadline=None)
def test_a_stray_character_does_no_more_than_that(place, stray):
    project = load_pattern(PATTERN[:place] + stray + PATTERN[place:])
    assert bool(project.errors) == (project.ruleset is None)
