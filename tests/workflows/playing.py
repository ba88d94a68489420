"""A small builder for workflows, and a run whose world is the test: it answers one command at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from rulesflow.documents.yaml import read_yaml
from rulesflow.model.diagnostics import Span
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.schemas import decode_schema
from rulesflow.workflows.commands import (
    Action,
    Command,
    Done,
    Event,
    Held,
    Ordered,
    Park,
    Problem,
    Raised,
    Returned,
)
from rulesflow.workflows.definition import (
    Call,
    Each,
    Go,
    Node,
    Parallel,
    Run,
    UndoCall,
    Wait,
    Workflow,
)
from rulesflow.workflows.interpreter import accept, begin, proceed, refusal, status
from rulesflow.workflows.step import ErrorClass

SPAN = Span("workflows/order.yaml", 1, 1, 2)
ANY = decode_schema(read_yaml(b"{type: object}", "any.yaml").root, UTC).schema
START = Timestamp(1_000 * SECOND)
ORDER: Mapping[str, Any] = {"order": {"id": "A-1", "total": 80, "lines": ["x", "y", "z"]}}
CODES = {each.value: each for each in ErrorClass}


def workflow(*nodes: Node, output: Any = None, name: str = "order", schema: Any = ANY) -> Workflow:
    return Workflow(name, "", f"workflows/{name}.yaml", schema, named(*nodes), output)


def named(*nodes: Node) -> Mapping[str, Node]:
    return {each.name: each for each in nodes}


def node(name: str, verb: Any, **more: Any) -> Node:
    return Node(name, verb, SPAN, **more)


def calls(name: str, step: str = "", *, undo: str | None = None, on: Any = None, **more: Any) -> Node:
    """A node that calls; what `Call` does not know is the node's."""
    of_node = {key: more.pop(key) for key in ("then", "catch", "condition") if key in more}
    arguments = more.pop("arguments", lambda names: {"of": names["order"]["id"]})
    undoing = UndoCall(undo) if undo else more.pop("undoing", None)
    return Node(name, Call(step or f"shop.{name}", arguments, undo=undoing, **more), SPAN, on=on, **of_node)


def effect(name: str, **more: Any) -> Node:
    """A call that has an undo."""
    return calls(name, undo=f"shop.un{name}", **more)


def waits(name: str, signal: str, timeout: float | None = None, **more: Any) -> Node:
    of_verb = {key: more.pop(key) for key in ("on_timeout", "fresh") if key in more}
    return node(name, Wait(lambda names: signal, ANY, timeout, static=signal, **of_verb), **more)


def side_by_side(
    name: str, *, race: bool = False, then: Any = None, catch: Any = (), **branches: Any
) -> Node:
    """Branches by name, each a node or a list of them."""
    lists = {key: named(*(each if isinstance(each, list) else [each])) for key, each in branches.items()}
    return node(name, Parallel(lists, race), then=then, catch=catch)


def for_each(name: str, *nodes: Node, **more: Any) -> Node:
    of_node = {key: more.pop(key) for key in ("then", "catch") if key in more}
    items = more.pop("items", lambda names: names["order"]["lines"])
    return node(name, Each(items, "line", named(*nodes), **more), **of_node)


def child(name: str, flow: Workflow, **more: Any) -> Node:
    return node(name, Run(flow, lambda names: {"order": names["order"]}), **more)


def to(step: str | None) -> Go:
    return Go(step)


class Play:
    """A run of a workflow. Every event comes a second after the one before, unless it is told when."""

    def __init__(self, flow: Workflow, given: Mapping[str, Any] = ORDER) -> None:
        self.flow = flow
        self.log: list[tuple[Command | None, Event]] = []
        self.seen: list[tuple[Command, ...]] = []
        self.state, self.commands = proceed(flow, begin(flow, given, START, "run-7"))
        self.seen.append(self.commands)

    @property
    def paths(self) -> list[str]:
        """Where something is in flight."""
        return [each.path for each in self.commands if not isinstance(each, Done)]

    @property
    def status(self) -> str:
        return status(self.state, self.commands)

    @property
    def done(self) -> Done:
        [only] = self.commands
        assert isinstance(only, Done), only
        return only

    def at(self, path: str, kind: type | None = None) -> Any:
        """The command in flight at a path."""
        found = [
            each
            for each in self.commands
            if not isinstance(each, Done) and each.path == path and (kind is None or isinstance(each, kind))
        ]
        assert len(found) == 1, f"{path}: {self.commands}"
        return found[0]

    def answer(self, command: Command | None, event: Event) -> Play:
        self.log.append((command, event))
        self.state = accept(self.flow, self.state, command, event)
        self.state, self.commands = proceed(self.flow, self.state)
        self.seen.append(self.commands)
        return self

    def returns(self, path: str, value: Any = None, *, signal: int | None = None) -> Play:
        value = {} if value is None else value
        return self.answer(self.at(path), Returned(value, self._next(), signal))

    def fails(self, path: str, error_class: str, code: str = "", retry_after: float | None = None) -> Play:
        problem = Problem(CODES[error_class], code or error_class, f"{path} failed", retry_after)
        return self.answer(self.at(path), Raised(problem, self._next()))

    def held(
        self, path: str, error_class: str = "unavailable", code: str = "", *, called: bool = False
    ) -> Play:
        """The resource of what is called there is not well."""
        problem = Problem(CODES[error_class], code or error_class, f"{path} is held")
        return self.answer(self.at(path), Held(problem, self._next(), called))

    def passes(self, path: str) -> Play:
        """Time passes until what is in flight there is over; a park ends."""
        command = self.at(path)
        until = None if isinstance(command, Park) else getattr(command, "until", None)
        return self.answer(command, Returned(None, until or self._next()))

    def orders(self, action: str, step: str | None = None, **more: Any) -> Play:
        return self.answer(None, Ordered(Action(action), self._next(), step, **more))

    def refused(self, action: str, step: str | None = None, **more: Any) -> str | None:
        """The code by which an order is refused now."""
        found = refusal(self.flow, self.state, Ordered(Action(action), self._next(), step, **more))
        return found and found[0]

    def _next(self) -> Timestamp:
        return Timestamp(self.state.at + SECOND)


def read(path: str) -> Callable[[Mapping[str, Any]], Any]:
    """An expression that reads a path of names."""

    def value(names: Mapping[str, Any]) -> Any:
        found: Any = names
        for each in path.split("."):
            found = found[each]
        return found

    return value
