"""The ways through a compiled list of steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rulesflow.workflows.definition import (
    Cases,
    Conditions,
    Each,
    Go,
    Node,
    Nodes,
    Parallel,
    Run,
    Stop,
    Switch,
    Target,
    Wait,
)
from rulesflow.workflows.leaving import following


def onward(nodes: Nodes, node: Node) -> set[str]:
    """The steps to which a step may lead once it has been entered."""
    return {each.step for each in _targets(nodes, node) if isinstance(each, Go) and each.step is not None}


def _targets(nodes: Nodes, node: Node) -> Iterator[Target]:
    yield from (catch.then for catch in node.catch)
    match node.verb:
        case Switch(branches=branches):
            yield from (target for _, target in branches.branches)
            return
        case Stop():
            return
        case Wait(on_timeout=Go() as target):
            yield target
    match node.on:
        case Cases(targets=targets, other=other):
            yield from targets.values()
            if other is not None:
                yield other
        case Conditions(branches=pairs):
            yield from (target for _, target in pairs)
        case None:
            yield node.then or Go(following(nodes, node.name))


def reached(nodes: Nodes, starts: Iterable[str]) -> set[str]:
    """These steps, and all to which they may lead."""
    found: set[str] = set()
    work = list(starts)
    while work:
        name = work.pop()
        if name in found:
            continue
        found.add(name)
        node = nodes[name]
        work.extend(onward(nodes, node))
        after = following(nodes, name) if node.condition is not None else None
        if after is not None:
            work.append(after)
    return found


def waits(nodes: Iterable[Node]) -> Iterator[Wait]:
    """All waits of some steps, those within them too."""
    for node in nodes:
        match node.verb:
            case Wait() as wait:
                yield wait
            case Parallel() | Each() | Run() as verb:
                for inner in lists_within(verb):
                    yield from waits(inner.values())


def lists_within(verb: Parallel | Each | Run) -> Iterable[Nodes]:
    """The lists of steps in a step."""
    match verb:
        case Parallel(branches=branches):
            return branches.values()
        case Each(nodes=nodes):
            return (nodes,)
        case Run(workflow=workflow):
            return (workflow.nodes,)
