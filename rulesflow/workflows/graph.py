"""The graph of a workflow: its steps as nodes, every way from one to the next as an edge with its place.

Steps stand by their places (`split/*/take`), those of child workflows too. Each list of steps begins at its
``$start`` and ends at its ``$end`` or at a ``$fail/CODE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rulesflow.model.diagnostics import Span
from rulesflow.workflows.definition import (
    Call,
    Cases,
    Conditions,
    Decide,
    Each,
    Fail,
    Go,
    Node,
    Nodes,
    Parallel,
    Run,
    Set,
    Sleep,
    Stop,
    Switch,
    Target,
    Wait,
    Workflow,
    Written,
)
from rulesflow.workflows.leaving import following
from rulesflow.workflows.places import ITEM
from rulesflow.workflows.trace import END, FAIL, NEXT, START, Way

#: The name of a step's resource; None where that is not known.
ResourceOf = Callable[[str], str | None]
_MOST: Final = 5_000  # nodes: workflows that run workflows grow fast


@dataclass(frozen=True, slots=True)
class Point:
    """A node of the graph. ``around``: the path of its list; ``node``: None for the ends of a list."""

    path: str
    name: str
    kind: str
    label: str
    parent: str | None
    around: str
    span: Span
    node: Node | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply."""
        shown = {"path": self.path, "name": self.name, "kind": self.kind, "label": self.label}
        place = {"parent": self.parent, "line": self.span.line, "file": self.span.file}
        return {**shown, **place, **self.more}


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from a node to another, by their paths. ``text``: the condition or the case as it is written."""

    origin: str
    target: str
    way: Way
    label: str
    span: Span
    text: str | None = None

    @property
    def id(self) -> str:
        """Unique in the graph, and the same for the same files."""
        return f"{self.origin}:{self.way.kind}:{self.way.number}"

    def as_dict(self) -> dict[str, Any]:
        """The form of the REST reply."""
        shown = {"id": self.id, "from": self.origin, "to": self.target, "kind": self.way.kind}
        return {**shown, "label": self.label, "line": self.span.line}


@dataclass(slots=True)
class Graph:
    """Points and edges, by path and by id, in the order of the files. ``truncated``: there are too many."""

    points: dict[str, Point] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    truncated: bool = False


def graph_of(workflow: Workflow, resource_of: ResourceOf = lambda _: None) -> Graph:
    """The graph of a workflow and of all that it runs."""
    graph = Graph()
    _Drawing(graph, resource_of).list(workflow.nodes, "", None)
    return graph


class _Drawing:
    def __init__(self, graph: Graph, resource_of: ResourceOf) -> None:
        self.graph = graph
        self.resource_of = resource_of

    def list(self, nodes: Nodes, around: str, parent: str | None) -> None:
        """A list of steps; ``around`` is its path, "" or ending in ``/``."""
        first = next(iter(nodes.values()), None)
        if first is None or len(self.graph.points) > _MOST:
            self.graph.truncated = self.graph.truncated or first is not None
            return
        begin = around + START
        self._add(Point(begin, START, "start", "start", parent, around, first.span))
        self._edge(Edge(begin, around + first.name, NEXT, "", first.span))
        for node in nodes.values():
            path = around + node.name
            kind, label, more = _look(node, self.resource_of)
            if node.test is not None:
                more["condition"] = node.test.text
            self._add(Point(path, node.name, kind, label, parent, around, node.span, node, more))
            self._within(node, path)
        for node in nodes.values():
            for edge in ways_of(nodes, node, around):
                self._end(edge, around, parent)
                self._edge(edge)

    def _within(self, node: Node, path: str) -> None:
        match node.verb:
            case Parallel(branches=branches):
                for name, inner in branches.items():
                    self.list(inner, f"{path}/{name}/", path)
            case Each(nodes=inner):
                self.list(inner, f"{path}/{ITEM}/", path)
            case Run(workflow=child):
                self.list(child.nodes, f"{path}/", path)
            case _:
                pass

    def _end(self, edge: Edge, around: str, parent: str | None) -> None:
        name = edge.target.removeprefix(around)
        if edge.target in self.graph.points or not name.startswith((END, FAIL)):
            return
        kind, label = ("end", "end") if name == END else ("fail", name.removeprefix(FAIL))
        self._add(Point(edge.target, name, kind, label, parent, around, edge.span))

    def _add(self, point: Point) -> None:
        self.graph.points[point.path] = point

    def _edge(self, edge: Edge) -> None:
        self.graph.edges[edge.id] = edge


def ways_of(nodes: Nodes, node: Node, around: str) -> Iterator[Edge]:
    """All ways out of a step, by its verb, ``on``, ``then``, ``catch`` and ``if``."""
    path = around + node.name

    def edge(target: Target, way: Way, label: str, span: Span | None = None, text: str | None = None) -> Edge:
        name = FAIL + target.code if isinstance(target, Fail) else target.step or END
        return Edge(path, around + name, way, label, span or target.span or node.span, text)

    onward = Go(following(nodes, node.name), node.span)
    match node.verb:
        case Switch(branches=branches):
            yield from _branches(branches, edge)
        case Stop(fail=fail):
            yield edge(fail, Way("fail"), fail.code)
        case verb:
            yield from _onward(node, onward, edge)
            if isinstance(verb, Wait) and verb.on_timeout is not None:
                yield edge(verb.on_timeout, Way("timeout"), "timeout")
    for number, catch in enumerate(node.catch):
        yield edge(catch.then, Way("catch", number), ", ".join(catch.on))
    if node.condition is not None:
        test = node.test or Written("", node.span)
        yield edge(onward, Way("skip"), "skipped", test.span, test.text or None)


_Make = Callable[..., Edge]


def _onward(node: Node, onward: Go, edge: _Make) -> Iterator[Edge]:
    match node.on:
        case Cases(by=by, targets=targets, other=other):
            for number, (key, target) in enumerate(targets.items()):
                word = _word(key)
                yield edge(target, Way("case", number), word, text=f"{by} = {word}")
            if other is not None:
                yield edge(other, Way("else"), "else", text="else")
        case Conditions() as branches:
            yield from _branches(branches, edge)
        case None if node.then is not None:
            yield edge(node.then, Way("then"), "")
        case None:
            yield edge(onward, NEXT, "")


def _branches(branches: Conditions, edge: _Make) -> Iterator[Edge]:
    for number, (condition, target) in enumerate(branches.branches):
        if condition is None:
            yield edge(target, Way("else"), "else", text="else")
            continue
        written = branches.written[number] if number < len(branches.written) else None
        text = written.text if written is not None else None
        kind = Way("case" if branches.keyed else "condition", number)
        yield edge(target, kind, text or "", written and written.span, text)


def _look(node: Node, resource_of: ResourceOf) -> tuple[str, str, dict[str, Any]]:
    """A node's kind, its label, and what else is shown of it."""
    match node.verb:
        case Call(step=step, undo=undo, commit=commit):
            more: dict[str, Any] = {"step": step, "resource": resource_of(step)}
            more |= {"undo": undo.step} if undo is not None else {}
            return "call", step, more | ({"commit": True} if commit else {})
        case Decide(decision=decision):
            return "decide", decision, {"decision": decision}
        case Switch():
            return "switch", "switch", {}
        case Wait(static=static, ends=(first, last)):
            signal = static if static is not None else f"{first}…{last}"
            return "wait", signal, {"signal": signal}
        case Sleep():
            return "sleep", "sleep", {}
        case Parallel(branches=branches):
            return "parallel", "any of" if node.verb.any else "all of", {"branches": [*branches]}
        case Each(variable=variable):
            return "each", f"each {variable}", {}
        case Run(workflow=child):
            return "run", child.name, {"workflow": child.name}
        case Set():
            return "set", "set", {}
        case Stop(fail=fail):
            return "fail", fail.code, {}


def _word(key: str | bool) -> str:
    return {True: "true", False: "false"}[key] if isinstance(key, bool) else key
