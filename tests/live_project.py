"""A project whose workflow does a little of everything, with steps that do as a test says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from rulesflow.model.rendering import as_text
from rulesflow.model.times import SECOND, Timestamp
from rulesflow.runtime.drive import Drive, Order
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.workflows.step import ErrorClass, Step, StepCall

START = Timestamp(1_800_000_000 * SECOND)
_FACTS = """\
type: object
required: [order]
properties:
  order:
    type: object
    required: [total, lines]
    properties:
      total: {type: number}
      lines: {type: array, items: {type: string}}
      placed_at: {type: string, format: date-time}
"""
_SHARE = """\
decision: share
outcome: {each: {type: number}}
hit: first
rules:
  - {rule: by_total, when: order.total != 5, then: {each: "${ 10 / order.total }"}}
default: {each: FIVE}
"""
EVERYTHING = """\
workflow: everything
input: facts.yaml
steps:
  share: {decide: share}
  lines:
    each: "${ order.lines }"
    as: line
    concurrency: 2
    steps:
      take:
        call: shop.take
        with: {sku: "${ line }"}
        retry: {on: [unavailable], attempts: 2, delay: 5ms, jitter: none, then: park}
        undo: shop.untake
  both:
    parallel:
      pay: {steps: {charge: {call: shop.charge, with: {amount: "${ order.total }"}, undo: shop.refund}}}
      ask:
        steps:
          ask: {wait: approval, payload: {verdict: {enum: [agree, refuse]}}, timeout: 1h}
          again: {decide: share}
  nap: {sleep: 5ms}
  latest: {decide: {decision: share, rules: latest}}
  paid: {wait: paid, payload: {sum: {type: number}}}
output: {each: "${ steps.latest.each }", sum: "${ steps.paid.sum }", share: "${ steps.share.each }"}
"""


class Shop:
    """Steps that count their calls. ``does`` tells what a step is to do instead of returning at once."""

    def __init__(self) -> None:
        self.calls: list[StepCall] = []
        self.does: dict[str, Callable[[StepCall], Awaitable[Any]]] = {}

    @property
    def keys(self) -> Counter[str]:
        """How often each idempotency key has come."""
        return Counter(call.key for call in self.calls)

    def steps(self) -> dict[str, Step]:
        taken = {"type": "object", "properties": {"taken": {"type": "string"}, "cost": {"type": "number"}}}
        names = {"shop.take": "shop.untake", "shop.untake": None, "shop.charge": "shop.refund"}
        made = [
            Step(name, self._handler(name), output=taken, undo=undo, errors={"sold-out": ErrorClass.REJECTED})
            for name, undo in {**names, "shop.refund": None}.items()
        ]
        return {step.name: step for step in made}

    def _handler(self, name: str) -> Callable[[StepCall], Awaitable[Any]]:
        async def handle(call: StepCall) -> Any:
            self.calls.append(call)
            does = self.does.get(name)
            if does is not None:
                return await does(call)
            await asyncio.sleep(0)
            return {"taken": call.key, "cost": 1.25}

        return handle


def live_project(shop: Shop, workflow: str = EVERYTHING, default: int = 2) -> LoadedProject:
    """The project, with a workflow."""
    name = workflow.split("workflow:", 1)[1].split(maxsplit=1)[0]
    files = {
        "rulesflow.yaml": b"project: live\nfacts: facts.yaml\nlayers: [base]\n",
        "facts.yaml": _FACTS.encode(),
        "base/share.yaml": _SHARE.replace("FIVE", str(default)).encode(),
        f"workflows/{name}.yaml": workflow.encode(),
    }
    project = load_project(files, steps=shop.steps())
    assert project.ruleset is not None, as_text(project.diagnostics, project.files)
    return project


def drive_of(project: LoadedProject, given: Any, at: Timestamp = START, **more: Any) -> Drive:
    """A run of the project's only workflow, at its beginning."""
    (flow,) = project.workflows.values()
    assert project.ruleset is not None
    order = Order("run-7", flow.name, project.ruleset.digest, given, at)
    return Drive(flow, project, order, lambda digest: project, 100_000, **more)


def order(total: Any = 4, lines: tuple[str, ...] = ("MUG", "CAP", "PEN")) -> dict[str, Any]:
    """An input."""
    return {"order": {"total": total, "lines": list(lines), "placed_at": "2026-11-27T08:00:00Z"}}
