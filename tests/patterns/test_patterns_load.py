"""Types of events and patterns as parts of a project: what is there once it has loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pattern_files import FILES, PATTERN, changed, following, load, load_pattern, told
from sample_patterns import pattern

from rulesflow.conditions.functions import Form, Function, Overload
from rulesflow.conditions.standard import STANDARD
from rulesflow.conditions.types import BOOL, STRING, Kind
from rulesflow.model.diagnostics import Severity
from rulesflow.model.times import SECOND, parse_duration
from rulesflow.patterns.compiled import compile_pattern
from rulesflow.patterns.followup import SendSignal, SetFact, StartRun
from rulesflow.patterns.supervisor import HOW_TO_INSTALL
from rulesflow.rules.load import digest_of
from rulesflow.rules.memory import Memory
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.project import load_project
from rulesflow.runtime.reloader import Reloader
from serving import wait_until

NAMES = {"key": "d1", "match": "m1", "first": {"card": "a"}, "second": {"card": "b"}}


def only(project):
    assert not project.diagnostics, told(project)
    (found,) = project.patterns.values()
    return found


def test_a_pattern_is_what_its_file_says():
    found = only(load())
    assert (found.name, found.title) == ("card-testing", "One device, several cards")
    assert found.because == "Two cards from one device"
    assert found.types == {"payment.declined", "payment.captured"}
    assert (found.span.file, found.span.line, found.span.column) == ("patterns/card-testing.yaml", 1, 10)
    assert found.throttle is None
    inner = found.compiled.pattern
    assert (inner.by, int(inner.within)) == (("device_id",), 600 * SECOND)
    assert [(term.alias, term.type) for term in inner.terms] == [
        ("first", "payment.declined"),
        ("second", "payment.declined"),
    ]


def test_it_compiles_to_what_the_same_pattern_written_by_hand_does():
    events = {
        "first": ("payment.declined", None),
        "second": ("payment.declined", "second.card != first.card"),
    }
    by_hand = compile_pattern(pattern("card-testing", "device_id", "10m", events, ("payment.captured", None)))
    found = only(load()).compiled
    assert found.free == by_hand.free
    assert found.pinned == by_hand.pinned


def test_types_of_events_tell_what_their_data_are_and_where_runs_take_them_from():
    events = load().events
    assert list(events) == ["payment.declined", "payment.captured", "scan", "bare"]
    declined = events["payment.declined"]
    assert declined.schema.at(("device_id",)).kind is Kind.STRING
    assert declined.sources == {("card",): ("with", "card"), ("who", "name"): ("input", "customer", "id")}
    assert (declined.span.file, declined.span.line) == ("events.yaml", 1)


def test_a_run_is_started_with_what_is_computed_of_the_match():
    found = only(
        load_pattern(following('start: check\nwith: {device: "${ key + first.card + match }"}'))
    ).then
    assert isinstance(found, StartRun)
    assert (found.workflow, found.given(NAMES)) == ("check", {"device": "d1am1"})


def test_a_signal_goes_to_runs_that_have_these_values():
    then = 'signal: approval\nwhere: {order.id: "${ key }", order.region: eu}\nwith: {verdict: bad}'
    found = only(load_pattern(following(then))).then
    assert isinstance(found, SendSignal)
    assert [(path, value(NAMES)) for path, value in found.where] == [
        (("order", "id"), "d1"),
        (("order", "region"), "eu"),
    ]
    assert (found.signal, found.payload(NAMES)) == ("approval", {"verdict": "bad"})


def test_a_signal_may_bring_nothing():
    flow = "workflow: order\ninput: facts.yaml\nsteps: {w: {wait: ping, payload: {}}}\n"
    found = only(
        load_pattern(following("signal: ping\nwhere: {order.id: a}"), {"workflows/order.yaml": flow})
    )
    assert found.then.payload(NAMES) == {}


def test_a_fact_is_set_for_a_time():
    then = 'fact: device.card_testing\nwhere: {device.id: "${ key }"}\nvalue: "${ 1 < 2 }"\nfor: 24h'
    project = load_pattern(following(then))
    found = only(project).then
    assert isinstance(found, SetFact)
    assert (found.fact, found.value(NAMES), found.lasts) == (
        ("device", "card_testing"),
        True,
        parse_duration("24h"),
    )
    assert [lookup.shape for lookup in project.lookups] == [(("device", "card_testing"), (("device", "id"),))]


def test_after_a_match_was_followed_others_may_be_told_to_rest():
    assert only(load_pattern(changed("within: 10m", "within: 10m\nthrottle: 1h"))).throttle == parse_duration(
        "1h"
    )


def test_conditions_call_what_plugins_offer():
    shout = Function("shout", (Overload((STRING,), BOOL, str.isupper, Form.FUNCTION),), "")
    text = changed("when: second.card != first.card", "when: shout(second.card)")
    assert only(load_pattern(text, functions={**STANDARD, "shout": shout}))
    assert told(load_pattern(text)) == ["RF209 shout(second.card)"]


def test_an_error_in_a_pattern_keeps_the_rules_from_being_used_too():
    project = load_pattern(changed("by: device_id", "by: nothing"))
    assert project.ruleset is None
    assert (project.patterns, project.workflows) == ({}, {})


def test_mistakes_in_rules_workflows_and_patterns_are_told_at_once():
    wrong = {
        "base/fee.yaml": "decision: fee\noutcom: {}\n",
        "workflows/check.yaml": FILES["workflows/check.yaml"].replace("wait: looked", "wiat: looked"),
        "events.yaml": FILES["events.yaml"].replace("bare: {type: object}", "bare: {type: objct}"),
    }
    found = load_pattern(changed("within: 10m", "within: ten"), wrong).diagnostics
    assert {each.span.file for each in found} == {*wrong, "patterns/card-testing.yaml"}


def test_one_broken_pattern_does_not_hide_the_mistakes_of_another():
    other = PATTERN.replace("card-testing", "other").replace("start: check", "start: chek")
    project = load_pattern("{", {"patterns/other.yaml": other})
    assert {each.span.file for each in project.diagnostics} == {
        "patterns/card-testing.yaml",
        "patterns/other.yaml",
    }


def test_what_was_active_once_goes_on_without_the_patterns_that_are_broken_now():
    other = PATTERN.replace("card-testing", "other").replace(
        "when: second.card", "when: gone(1) && second.card"
    )
    assert load({"patterns/other.yaml": other}).ruleset is None
    project = load({"patterns/other.yaml": other}, lenient=True)
    assert project.ruleset is not None
    assert (list(project.patterns), project.diagnostics) == (["card-testing"], ())


@pytest.mark.parametrize("name", ["patterns/notes.csv", "patterns/table.xlsx"])
def test_a_file_that_nothing_uses_is_told_of(name):
    (found,) = load({name: "a,b\n"}).diagnostics
    assert (found.code, found.span.file, found.hint) == ("RF318", name, "a pattern is a .yaml file")


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("patterns/flow.yaml", "workflow: flow\nsteps: {}\n", "a workflow stands in workflows/"),
        ("patterns/fee.yaml", "decision: fee\n", "a decision stands in a layer's folder, such as base/"),
        ("patterns/events.yaml", "a: {type: object}\n", "events.yaml stands beside the project file"),
    ],
)
def test_a_file_that_stands_in_the_wrong_folder_is_told_where_it_belongs(name, text, hint):
    (found,) = load({name: text}).diagnostics
    assert (found.code, found.span.file, found.hint) == ("RF318", name, hint)


def test_the_folder_of_patterns_is_no_layer():
    project = {"rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base, patterns]\n"}
    assert told(load(project)) == ["RF105 patterns"]


def test_patterns_may_stand_in_folders_but_not_two_of_one_name():
    below = {"patterns/fraud/cards.yaml": PATTERN.replace("card-testing", "cards")}
    assert list(load(below).patterns) == ["card-testing", "cards"]
    (found,) = load({"patterns/fraud/card-testing.yaml": PATTERN}).diagnostics
    assert (found.code, found.span.file) == ("RF815", "patterns/fraud/card-testing.yaml")


def test_a_project_without_patterns_has_none():
    project = load({"patterns/card-testing.yaml": None, "events.yaml": None})
    assert not project.diagnostics
    assert (project.events, project.patterns, project.lookups) == ({}, {}, ())


def test_the_digest_tells_of_types_and_patterns_but_not_of_cases():
    files = {path: text.encode() for path, text in FILES.items()}
    cases = {**files, "patterns/card-testing.cases.yaml": b"pattern: card-testing\ncases: []\n"}
    assert digest_of(cases) == digest_of(files)
    for path in ("events.yaml", "patterns/card-testing.yaml"):
        assert digest_of({**files, path: files[path] + b"# more\n"}) != digest_of(files)


def test_without_the_engine_a_project_with_patterns_loads_with_one_warning(monkeypatch):
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)  # which makes it impossible to find
    other = {"patterns/other.yaml": PATTERN.replace("card-testing", "other")}
    project = load(other)
    (found,) = project.diagnostics
    assert (found.code, found.severity, found.hint) == ("RF816", Severity.WARNING, HOW_TO_INSTALL)
    assert found.span.file == "patterns/card-testing.yaml"
    assert project.ruleset is not None and len(project.patterns) == 2
    assert load({"patterns/card-testing.yaml": None}).diagnostics == ()
    assert load(other, lenient=True).diagnostics == ()


def test_patterns_are_made_anew_only_when_what_they_can_see_has_changed():
    memory = Memory()

    def again(path=None, text=None):
        files = {**FILES, **({path: text} if path else {})}
        return load_project({each: data.encode() for each, data in files.items()}, memory=memory)

    first = again()
    assert again().patterns is first.patterns
    other_rule = FILES["base/fee.yaml"].replace("rules: []", "rules: [{rule: a, then: {fee: 2}}]")
    assert again("base/fee.yaml", other_rule).patterns is first.patterns
    for path, new in {
        "events.yaml": FILES["events.yaml"] + "more: {type: object}\n",
        "patterns/card-testing.yaml": PATTERN.replace("10m", "11m"),
        "workflows/order.yaml": FILES["workflows/order.yaml"].replace("good", "fine"),
        "facts.yaml": FILES["facts.yaml"].replace("[eu, us]", "[eu, us, br]"),
    }.items():
        assert again(path, new).patterns is not first.patterns, path
    broken = again(
        "workflows/check.yaml", FILES["workflows/check.yaml"].replace("[device]", "[device, amount]")
    )
    assert told(broken) == ['RF812 {device: "${ key }"}']
    assert told(again()) == []


def write(root: Path, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_an_edit_of_a_pattern_goes_live_and_a_bad_one_leaves_the_last_good_in_charge(tmp_path):
    write(tmp_path, FILES)
    catalog = Catalog()
    reloader = Reloader(tmp_path, catalog, lambda folder: load_project(folder.files, folder.diagnostics))
    reloader.start().result(timeout=20)
    try:
        assert _within(catalog) == 600
        write(tmp_path, {"patterns/card-testing.yaml": PATTERN.replace("10m", "20m")})
        wait_until(lambda: _within(catalog) == 1200, 20)
        write(tmp_path, {"patterns/card-testing.yaml": PATTERN.replace("10m", "soon")})
        wait_until(lambda: catalog.state.failure is not None, 20)
        assert [each.code for each in catalog.state.failure.diagnostics] == ["RF716"]
        assert _within(catalog) == 1200
    finally:
        reloader.stop()


def _within(catalog):
    return catalog.state.snapshot.project.patterns["card-testing"].compiled.pattern.within // SECOND
