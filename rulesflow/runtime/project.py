"""The project: rules, workflows and patterns of one folder, loaded together: one refers to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from rulesflow.conditions import STANDARD, Function
from rulesflow.conditions.types import NUMBER, Field, Kind, Type
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import Diagnostic, Severity
from rulesflow.patterns.around import Around, Listener
from rulesflow.patterns.cases import PatternCase, load_pattern_cases
from rulesflow.patterns.eventpattern import EventPattern
from rulesflow.patterns.eventtypes import EventType
from rulesflow.patterns.load import LoadedPatterns, is_ours, load_patterns, without_engine
from rulesflow.rules import Case, Decision, Loaded, Ruleset, load
from rulesflow.rules.hits import Hit
from rulesflow.rules.load import in_order
from rulesflow.rules.memory import Memory
from rulesflow.runtime.factlookups import Lookup, lookups_of, readers
from rulesflow.watch.alertfile import ALERTS_FILE, load_alerts
from rulesflow.watch.alertrule import AlertRule
from rulesflow.workflows.cases import WorkflowCase, load_cases
from rulesflow.workflows.definition import Wait, Workflow
from rulesflow.workflows.load import load_workflows, names_of
from rulesflow.workflows.places import places
from rulesflow.workflows.resource import Resource
from rulesflow.workflows.resourcefile import read_resources
from rulesflow.workflows.step import Step
from rulesflow.workflows.surroundings import Outcome, Surroundings


@dataclass(frozen=True, slots=True, eq=False)
class LoadedProject:
    """What loading gave. ``ruleset`` is None if, and only if, there is an error among the diagnostics.

    ``workflows``: by name, empty where there is an error. ``plugin_settings``: what stands under ``plugins``
    in the project file, not checked. ``files`` are the bytes that were loaded. ``surroundings``: what the
    workflows were checked against, None where the rules are too broken to tell. ``workflow_cases`` and
    ``pattern_cases``: looked at once all else is without error, and not in a ``lenient`` project.
    ``resources``: one for every name that any step needs. ``events``: the types of events, by name;
    ``patterns``: by name, empty where there is an error. ``lookups``: of the facts that these set;
    ``readers``: the decisions that may read them. ``alerts``: their rules, by name.
    """

    ruleset: Ruleset | None
    workflows: Mapping[str, Workflow]
    diagnostics: tuple[Diagnostic, ...]
    cases: tuple[Case, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    surroundings: Surroundings | None = None
    workflow_cases: tuple[WorkflowCase, ...] = ()
    pattern_cases: tuple[PatternCase, ...] = ()
    resources: Mapping[str, Resource] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)
    patterns: Mapping[str, EventPattern] = field(default_factory=dict)
    alerts: Mapping[str, AlertRule] = field(default_factory=dict)
    lookups: tuple[Lookup, ...] = field(init=False, default=())
    readers: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        if self.patterns and self.ruleset is not None:
            found = lookups_of([each.then for each in self.patterns.values()], self.ruleset.facts)
            object.__setattr__(self, "lookups", found)
            object.__setattr__(self, "readers", readers(self.ruleset.decisions.values(), found))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that kept it from being used."""
        return tuple(each for each in self.diagnostics if each.severity is Severity.ERROR)


def load_project(
    files: Mapping[str, bytes],
    found: Sequence[Diagnostic] = (),
    *,
    steps: Mapping[str, Step] | None = None,
    functions: Mapping[str, Function] = STANDARD,
    resources: Mapping[str, Resource] | None = None,
    lenient: bool = False,
    memory: Memory | None = None,
) -> LoadedProject:
    """Load a folder's files, by path.

    ``found``: diagnostics of reading the folder, to be reported too. ``steps``, ``functions`` and
    ``resources``: what the plugins offer. ``lenient``: steps that no plugin offers are no error, see
    `Surroundings`, nor are resources that none needs. ``memory``: of earlier loads.
    """
    memory = memory or Memory()
    loaded = load(files, found, functions, memory)
    findings = Findings()
    given = surroundings_of(loaded, steps or {}, functions, lenient=lenient)
    needed = needed_resources(steps or {}, resources or {})
    if loaded.project is not None and loaded.project.resources is not None:
        needed = read_resources(loaded.project.resources, needed, findings, lenient=lenient)
    workflows, cases = _workflows(loaded, given, findings, memory) if given is not None else ({}, ())
    sound = not findings.failed
    alerts = _alerts(loaded, functions, findings, memory, lenient=lenient)
    found_patterns = LoadedPatterns()
    if given is not None:
        found_patterns = _patterns(loaded, given, workflows, findings, memory, sound=sound)
    pattern_cases: tuple[PatternCase, ...] = ()
    if given is not None and loaded.ruleset is not None and not findings.failed and not lenient:
        known = (found_patterns.patterns, found_patterns.events, given.zone)
        pattern_cases = load_pattern_cases(loaded.files, *known, findings)
    memory.settle(good=loaded.ruleset is not None)
    failed = loaded.ruleset is None or findings.failed
    if not lenient:
        findings.items += without_engine(found_patterns.patterns)
    return LoadedProject(
        ruleset=None if failed else loaded.ruleset,
        workflows={} if failed else workflows,
        diagnostics=in_order([*loaded.diagnostics, *findings.items]),
        cases=loaded.cases,
        files=files,
        plugin_settings=loaded.project.plugins if loaded.project else {},
        surroundings=given,
        workflow_cases=cases,
        pattern_cases=pattern_cases,
        resources=needed,
        events=found_patterns.events,
        patterns={} if failed else found_patterns.patterns,
        alerts=alerts,
    )


def _alerts(
    loaded: Loaded, functions: Mapping[str, Function], findings: Findings, memory: Memory, *, lenient: bool
) -> Mapping[str, AlertRule]:
    """The rules of alerts. A lenient project has those that are without error."""
    data, zone = loaded.files.get(ALERTS_FILE), loaded.built.zone if loaded.built is not None else UTC
    told = Findings() if lenient else findings
    offered = frozenset((name, id(each)) for name, each in functions.items())
    key = ("alerts", memory.prints(loaded.files).get(ALERTS_FILE), zone, offered)
    return memory.recall(key, told, lambda own: load_alerts(data, own, functions, zone))


def _workflows(
    loaded: Loaded, given: Surroundings, findings: Findings, memory: Memory
) -> tuple[Mapping[str, Workflow], tuple[WorkflowCase, ...]]:
    """The workflows and, where nothing is wrong with anything, their cases."""
    readable = {path: data for path, data in loaded.files.items() if path.startswith("workflows/")}
    whole = loaded.ruleset is not None and not findings.failed and not given.lenient

    def make(own: Findings) -> tuple[Mapping[str, Workflow], tuple[WorkflowCase, ...]]:
        workflows = load_workflows(readable, given, own).workflows
        return workflows, load_cases(readable, workflows, given, own) if whole and not own.failed else ()

    # Of a decision they see what it answers, not how.
    decisions = loaded.built.decisions if loaded.built else {}
    seen = tuple((name, each.outcome, each.hit, _always_answers(each)) for name, each in decisions.items())
    offered = frozenset((name, id(each)) for name, each in (*given.steps.items(), *given.functions.items()))
    around = (given.facts, given.facts_file, given.zone, seen, loaded.broken, offered, given.lenient, whole)
    known = memory.prints(loaded.files)
    prints = tuple((path, known[path]) for path in readable)
    return memory.recall(("workflows", *prints, *around), findings, make)


def _patterns(
    loaded: Loaded,
    given: Surroundings,
    workflows: Mapping[str, Workflow],
    findings: Findings,
    memory: Memory,
    *,
    sound: bool,
) -> LoadedPatterns:
    """The types of events and the patterns. A lenient project has those that are without error."""
    readable = {path: data for path, data in loaded.files.items() if is_ours(path)}
    broken = names_of(loaded.files).difference(workflows)

    def make(own: Findings) -> LoadedPatterns:
        return load_patterns(readable, around_of(given, workflows, broken, sound=sound), own)

    functions = frozenset((name, id(each)) for name, each in given.functions.items())
    around = (given.facts, given.facts_file, given.zone, functions, *workflows.values(), broken, sound)
    known = memory.prints(loaded.files)
    prints = tuple((path, known[path]) for path in readable)
    told = Findings() if given.lenient else findings
    return memory.recall(("patterns", *prints, *around), told, make)


def around_of(
    given: Surroundings,
    workflows: Mapping[str, Workflow],
    broken: Set[str] = frozenset(),
    *,
    sound: bool = True,
) -> Around:
    """What patterns may refer to."""
    return Around(
        facts=given.facts,
        facts_file=given.facts_file,
        zone=given.zone,
        functions=given.functions,
        workflows={name: each.input for name, each in workflows.items()},
        listeners=_listeners(workflows),
        broken=broken,
        sound=sound,
    )


def _listeners(workflows: Mapping[str, Workflow]) -> tuple[Listener, ...]:
    return tuple(
        Listener(name, place.node.verb.payload, place.node.verb.static, place.node.verb.may_be)
        for name, workflow in workflows.items()
        for place in places(workflow)
        if isinstance(place.node.verb, Wait)
    )


def needed_resources(steps: Mapping[str, Step], resources: Mapping[str, Resource]) -> Mapping[str, Resource]:
    """What the steps need, as plugins describe it; of what none describes, the usual."""
    return {
        name: resources.get(name) or Resource(name)
        for name in sorted({each.needs for each in steps.values()})
    }


def surroundings_of(
    loaded: Loaded, steps: Mapping[str, Step], functions: Mapping[str, Function], *, lenient: bool = False
) -> Surroundings | None:
    """What workflows may refer to; None where the rules are too broken to tell."""
    if loaded.built is None or loaded.project is None:
        return None
    built = loaded.built
    known = {name: outcome_of(decision) for name, decision in built.decisions.items()}
    broken = {name: Outcome() for name in loaded.broken}
    return Surroundings(
        facts=built.facts,
        facts_file=loaded.project.facts_file.text,
        zone=built.zone,
        decisions={**known, **broken},
        steps=steps,
        functions=functions,
        lenient=lenient,
    )


def outcome_of(decision: Decision) -> Outcome:
    """What a decision answers, by its hit policy."""
    hit = decision.hit
    schema = decision.outcome
    if hit is Hit.COUNT:
        return Outcome(schema, Type(Kind.OBJECT, fields={"count": Field(NUMBER)}, closed=True))
    if hit.aggregates:
        always = hit is Hit.SUM or _always_answers(decision)
        return Outcome(schema, _aggregate(schema.type, nullable=not always))
    if not hit.single:
        return Outcome(schema, listed=True)
    return Outcome(schema, nullable=not _always_answers(decision))


def _aggregate(outcome: Type, *, nullable: bool) -> Type:
    """``{property: number}``, null where no rule matched and the policy has no sum to give."""
    fields = {name: Field(Type(Kind.NUMBER, nullable)) for name in outcome.fields or {}}
    return Type(Kind.OBJECT, fields=fields, closed=True)


def _always_answers(decision: Decision) -> bool:
    """Whether there is a default in a layer that every request has."""
    return any(file.default is not None and not file.layer.claims for file in decision.family.files)
