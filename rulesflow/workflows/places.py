"""Places: every step of a workflow by its path, inner ones and those of child workflows too.

An item's index is ``*`` there, so ``split/*/take`` is the place of ``split/0/take``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rulesflow.workflows.definition import Each, Node, Nodes, Parallel, Run, Workflow

ITEM = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """A step. ``path``: from the root of the run; ``own``: from the root of the ``workflow`` that has it."""

    path: str
    own: str
    workflow: Workflow
    node: Node


def places(workflow: Workflow) -> Iterator[Place]:
    """The places of all steps, in the order of the files; a child's steps follow the step that runs it."""
    return _within(workflow, workflow.nodes, "", "")


def fits(pattern: str, path: str) -> bool:
    """Whether a path has this pattern: name by name, and ``*`` for any one of them."""
    names, wanted = path.split("/"), pattern.split("/")
    return len(names) == len(wanted) and all(
        one in (ITEM, other) for one, other in zip(wanted, names, strict=True)
    )


def _within(workflow: Workflow, nodes: Nodes, path: str, own: str) -> Iterator[Place]:
    for node in nodes.values():
        here, mine = path + node.name, own + node.name
        yield Place(here, mine, workflow, node)
        match node.verb:
            case Parallel(branches=branches):
                for name, inner in branches.items():
                    yield from _within(workflow, inner, f"{here}/{name}/", f"{mine}/{name}/")
            case Each(nodes=inner):
                yield from _within(workflow, inner, f"{here}/{ITEM}/", f"{mine}/{ITEM}/")
            case Run(workflow=child):
                yield from _within(child, child.nodes, f"{here}/", "")
            case _:
                pass
