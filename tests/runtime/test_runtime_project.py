"""A project: rules and workflows of one folder, loaded together with what plugins give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from example_steps import STEPS
from rulesflow.conditions.types import Kind
from rulesflow.documents.folder import read_folder
from rulesflow.hooks.failure import PluginError
from rulesflow.hooks.manager import Plugins, load_plugins
from rulesflow.hooks.mark import hookimpl
from rulesflow.model.diagnostics import Diagnostic, Severity, Span
from rulesflow.rules import Ruleset
from rulesflow.rules.memory import Memory
from rulesflow.runtime.loading import load_archived, load_folder, plugins_for
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.resource import Breaker, Resource
from rulesflow.workflows.step import ErrorClass, Step
from rulesflow.workflows.surroundings import Outcome

FILES = {
    "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base, 'region/{region}']\n",
    "facts.yaml": (
        "type: object\nrequired: [n, region]\nproperties: {n: {type: number}, region: {enum: [eu, us]}}\n"
    ),
    "base/fee.yaml": (
        "decision: fee\noutcome: {fee: {type: number}}\nrules: [{rule: a, when: n > 1, then: {fee: 1}}]\n"
    ),
}
FLOW = "workflow: flow\ninput: facts.yaml\nsteps: {a: {call: stock.reserve}, b: {decide: fee}}\n"


def load(**files: str) -> LoadedProject:
    named = {path.replace("__", "/") + ".yaml": text for path, text in files.items()}
    return load_project({path: text.encode() for path, text in {**FILES, **named}.items()}, steps=STEPS)


def outcome(fee: str) -> Outcome:
    found = load(base__fee=f"decision: fee\n{fee}").surroundings
    assert found is not None
    return found.decisions["fee"]


def codes(project: LoadedProject) -> list[tuple[str, str]]:
    return [(each.code, each.span.file) for each in project.diagnostics]


def write(root: Path, **files: str) -> Path:
    for path, text in {
        **FILES,
        **{key.replace("__", "/") + ".yaml": text for key, text in files.items()},
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_rules_and_workflows_come_together() -> None:
    project = load(workflows__flow=FLOW)
    assert project.ruleset is not None
    assert list(project.workflows) == ["flow"]
    assert project.errors == ()


def test_an_error_in_a_workflow_keeps_the_rules_from_being_used_too() -> None:
    project = load(workflows__flow=FLOW.replace("fee", "fees"))
    assert (project.ruleset, dict(project.workflows)) == (None, {})
    assert codes(project) == [("RF714", "workflows/flow.yaml")]


def test_mistakes_in_rules_and_workflows_are_told_at_once() -> None:
    broken = FILES["base/fee.yaml"].replace("n > 1", "m > 1")
    project = load(base__fee=broken, workflows__flow=FLOW.replace("stock.reserve", "stock.reserv"))
    assert codes(project) == [("RF203", "base/fee.yaml"), ("RF709", "workflows/flow.yaml")]


def test_without_facts_nothing_is_said_of_workflows() -> None:
    project = load(facts="type: objct\n", workflows__flow=FLOW)
    assert {file for _, file in codes(project)} == {"facts.yaml"}
    assert project.surroundings is None


@pytest.mark.parametrize(
    ("fee", "nullable"),
    [
        ("outcome: {fee: {type: number}}\nrules: []\n", True),
        ("outcome: {fee: {type: number}}\nrules: []\ndefault: {fee: 1}\n", False),
    ],
)
def test_an_answer_is_null_only_where_there_is_no_default(fee: str, nullable: bool) -> None:
    assert outcome(fee).result.nullable is nullable


def test_a_default_of_some_region_is_none_for_the_others() -> None:
    found = load(region__eu__fee="decision: fee\ndefault: {fee: 3}\n").surroundings
    assert found is not None
    assert found.decisions["fee"].nullable


@pytest.mark.parametrize(
    ("hit", "kind", "nullable"),
    [
        ("collect", Kind.LIST, None),
        ("rule-order", Kind.LIST, None),
        ("collect(sum)", Kind.OBJECT, False),
        ("collect(max)", Kind.OBJECT, True),
        ("collect(count)", Kind.OBJECT, False),
    ],
)
def test_the_hit_policy_tells_what_is_answered(hit: str, kind: Kind, nullable: bool | None) -> None:
    found = outcome(f"hit: {hit}\noutcome: {{fee: {{type: number}}}}\nrules: []\n").result
    assert (found.kind, found.nullable) == (kind, False)
    if nullable is not None:
        (name,) = found.fields or {}
        assert name == ("count" if "count" in hit else "fee")
        assert (found.fields or {})[name].type.nullable is nullable


def test_the_settings_of_plugins_are_handed_on_as_they_stand() -> None:
    text = FILES["rulesflow.yaml"] + "plugins: {stock: {database: x.db, pool: 2, hosts: [a]}, other: {}}\n"
    project = load(rulesflow=text)
    assert project.plugin_settings == {"stock": {"database": "x.db", "pool": 2, "hosts": ["a"]}, "other": {}}


def test_workflows_are_made_anew_only_when_what_they_can_see_has_changed() -> None:
    memory = Memory()
    flow = "workflow: flow\ninput: facts.yaml\nsteps: {b: {decide: fee}}\n"

    def flow_after(old: str, new: str, flow: str = flow) -> Workflow:
        files = {
            **FILES,
            "base/fee.yaml": FILES["base/fee.yaml"].replace(old, new),
            "workflows/flow.yaml": flow,
        }
        given = {path: text.encode() for path, text in files.items()}
        project = load_project(given, steps=STEPS, memory=memory)
        assert project.ruleset is not None
        return project.workflows["flow"]

    first = flow_after("", "")
    assert flow_after("{fee: 1}", "{fee: 2}") is first
    assert flow_after("type: number", "type: integer") is not first
    assert flow_after("", "", flow + "title: Fees\n") is not first


class Shop:
    """A plugin with a step and a policy of its own on rules."""

    @hookimpl
    def register_steps(self, settings: object) -> Iterable[Step]:
        return [STEPS["stock.reserve"], STEPS["stock.release"]]

    @hookimpl
    def register_resources(self) -> Iterable[Resource]:
        return [Resource("stock", concurrency=5, rate=10, breaker=Breaker(slow=1.0))]

    @hookimpl
    def check_ruleset(self, ruleset: Ruleset) -> Iterable[Diagnostic]:
        severity = Severity.ERROR if "fee" not in ruleset.decisions else Severity.WARNING
        return [Diagnostic("FEE1", "a word on fees", Span("base/fee.yaml", 1, 1, 2), severity=severity)]


def plugins(**extra: object) -> Plugins:
    return load_plugins(only=(), extra=extra)


def test_a_folder_loads_with_the_steps_and_checks_of_its_plugins(tmp_path: Path) -> None:
    project = load_folder(read_folder(write(tmp_path, workflows__flow=FLOW)), plugins(shop=Shop()))
    assert list(project.workflows) == ["flow"]
    assert codes(project) == [("FEE1", "base/fee.yaml")]


def test_a_plugin_may_keep_rules_from_being_used(tmp_path: Path) -> None:
    root = write(tmp_path, workflows__flow=FLOW.replace(", b: {decide: fee}", ""))
    (root / "base" / "fee.yaml").unlink()
    (root / "base" / "price.yaml").write_text(
        FILES["base/fee.yaml"].replace("decision: fee", "decision: price")
    )
    project = load_folder(read_folder(root), plugins(shop=Shop()))
    assert (project.ruleset, dict(project.workflows)) == (None, {})
    assert [each.code for each in project.errors] == ["FEE1"]


def test_what_was_active_once_loads_though_a_plugin_is_gone(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path, workflows__flow=FLOW))
    assert [each.code for each in load_folder(folder, plugins()).errors] == ["RF709"]
    archived = load_archived(folder.files, plugins())
    assert archived.errors == ()
    assert list(archived.workflows["flow"].nodes) == ["a", "b"]


def test_settings_in_the_project_file_reach_the_plugins(tmp_path: Path) -> None:
    root = write(tmp_path, rulesflow=FILES["rulesflow.yaml"] + "plugins: {nobody: {key: 1}}\n")
    with pytest.raises(PluginError, match="there is no plugin nobody"):
        plugins_for(read_folder(root))


def limited(resources: str) -> str:
    return FILES["rulesflow.yaml"] + f"resources: {resources}\n"


def test_every_resource_that_a_step_needs_has_numbers() -> None:
    assert load().resources == {step.needs: Resource(step.needs) for step in STEPS.values()}


def test_the_project_file_says_otherwise_than_the_plugin(tmp_path: Path) -> None:
    text = limited("{stock: {rate: null, drain: 2.5, breaker: {errors: timeout, rest: 1m, slow: null}}}")
    project = load_folder(read_folder(write(tmp_path, rulesflow=text)), plugins(shop=Shop()))
    breaker = Breaker(slow=None, errors=(ErrorClass.TIMEOUT,), rest=60.0, longest_rest=60.0)
    assert project.errors == ()
    assert project.resources == {"stock": Resource("stock", None, 5, None, 2.5, breaker)}


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("[stock]", "RF102", (4, 12)),
        ("{stock: 5}", "RF102", (4, 20)),
        ("{stcok: {}}", "RF726", (4, 13)),
        ("{stock: {rat: 5}}", "RF101", (4, 21)),
        ("{stock: {rate: 0}}", "RF725", (4, 27)),
        ("{stock: {rate: true}}", "RF725", (4, 27)),
        ("{stock: {drain: null}}", "RF725", (4, 28)),
        ("{stock: {concurrency: 1.5}}", "RF725", (4, 34)),
        ("{stock: {breaker: 5}}", "RF102", (4, 30)),
        ("{stock: {breaker: {errors: []}}}", "RF725", (4, 39)),
        ("{stock: {breaker: {window: 0s}}}", "RF716", (4, 39)),
        ("{stock: {breaker: {window: null}}}", "RF716", (4, 39)),
    ],
)
def test_what_is_wrong_with_a_resource_is_told_with_its_place(
    written: str, code: str, place: tuple[int, int]
) -> None:
    (found,) = load(rulesflow=limited(written)).errors
    assert (found.code, (found.span.line, found.span.column)) == (code, place)


def test_an_old_project_may_name_a_resource_that_no_step_needs_any_more(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path, rulesflow=limited("{payment: {rate: 5}}")))
    assert load_archived(folder.files, plugins(shop=Shop())).errors == ()
