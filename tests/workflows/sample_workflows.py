# ruff: noqa: E501 - the files stand here as authors write them
"""A project with decisions and workflows that use every key, and loading of changed ones."""

from __future__ import annotations

from collections.abc import Mapping

from example_steps import STEPS
from rulesflow.model.rendering import as_text
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.workflows.definition import Workflow

FACTS = """
type: object
required: [order, customer]
additionalProperties: false
properties:
  order:
    type: object
    required: [id, total, currency, lines, placed_at]
    additionalProperties: false
    properties:
      id: {type: string}
      total: {type: number}
      tax: {type: number}
      currency: {enum: [EUR, USD]}
      placed_at: {type: string, format: date-time}
      note: {type: [string, "null"]}
      lines:
        type: array
        items:
          type: object
          required: [sku, quantity]
          properties: {sku: {type: string}, quantity: {type: integer}}
  customer:
    type: object
    required: [type]
    additionalProperties: false
    properties: {type: {enum: [new, vip]}}
  payment:
    type: object
    additionalProperties: false
    properties: {score: {type: number}}
"""

FRAUD = """
decision: fraud
outcome: {route: {enum: [approve, review, reject]}, score: {type: number}}
rules:
  - {rule: large, when: order.total > 500, then: {route: review, score: 0.5}}
default: {route: approve, score: 0}
"""
HOLDS = """
decision: holds
hit: collect
outcome: {hold: {enum: [address, amount]}}
rules:
  - {rule: large, when: order.total > 500, then: {hold: amount}}
"""
GIFT = """
decision: gift
outcome: {wrap: {type: boolean}}
rules:
  - {rule: large, when: order.total > 500, then: {wrap: true}}
"""

#: As the design's own example, with the names of its steps.
ORDER = """
workflow: order
title: From checkout to the shipping label
input: facts.yaml
retries:
  gateway: {on: [unavailable, timeout], attempts: 5, delay: 1s, factor: 2, max_delay: 30s, jitter: full, then: park}
steps:
  stock:
    call: stock.reserve
    with: {lines: "${ order.lines }"}
    undo: stock.release
  fraud:
    decide: fraud
    on: {approve: charge, review: review, reject: {fail: rejected}}
  review:
    wait: approval
    payload: {verdict: {enum: [approved, rejected]}, note: {type: string, optional: true}}
    timeout: 24h
    on: {approved: charge, rejected: {fail: rejected}, timeout: {fail: review-expired}}
  charge:
    call: payment.charge
    with: {amount: "${ order.total }", currency: "${ order.currency }"}
    retry: gateway
    timeout: 10s
    undo: payment.refund
  ship:
    call: shipping.label
    with: {order: "${ order }", reservation: "${ steps.stock.reservation_id }"}
    commit: true
output: {label: "${ steps.ship.label }", charged: "${ steps.charge.amount }"}
"""

#: Every verb and key that the first does not show.
TOUR = """
workflow: tour
input: facts.yaml
retries: {twice: {on: declined, attempts: 2, jitter: none}}
steps:
  check: {call: fraud.score, on: {low: split, high: split}}
  split:
    each: "${ order.lines }"
    as: line
    concurrency: 4
    on_failure: collect
    steps: {take: {call: stock.reserve, with: {sku: "${ line.sku }"}}}
  both: {parallel: {label: {steps: {a: {call: shipping.label, with: {order: "${ order }"}}}}, mail: {steps: {b: {set: {sent: true}}}}}, join: any}
  route: {switch: [{when: order.total > 500, then: score}, {else: pause}]}
  score: {decide: {decision: fraud, with: {payment: {score: "${ steps.check.value }"}}, at: "${ order.placed_at }", rules: latest}, on: [{when: steps.score.score > 0.9, then: {fail: {code: rejected, message: "Score ${ steps.score.score }"}}}, {else: pause}]}
  pause: {sleep: 2h}
  later: {sleep: {until: "${ order.placed_at + duration('1h') }"}}
  soon: {sleep: "${ duration('5s') }", if: customer.type == "vip"}
  wrapped: {decide: gift, on: {"true": hold, false: hold, else: hold}}
  hold: {decide: holds, on: {address: back, amount: back, else: back}}
  back: {run: refund, with: {order: {id: "${ order.id }"}}, catch: {on: [any], then: totals}}
  totals: {set: {net: "${ order.total - (has(order.tax) ? order.tax : 0) }", tags: [a, "${ order.id }"]}}
  restock: {each: [a, b], steps: {come: {wait: "restocked-${ item }", fresh: true, timeout: 1d, catch: {on: timeout, then: end}}}}
  charge:
    call: payment.charge
    with: {amount: "${ steps.totals.net }", currency: "${ order.currency }"}
    retry: twice
    catch: [{on: [declined], then: other}, {on: [timeout, internal], then: {fail: no-answer}}]
    park: 2h
    undo: none
    then: end
  other:
    call: payment.charge
    with: {amount: "${ steps.totals.net }", currency: EUR}
    retry: {on: [unavailable], attempts: 2}
    park: false
    undo: {call: payment.refund, with: {key: "${ run.id }"}}
    then: end
output: {net: "${ steps.totals.net }", charged: "${ has(steps.other) || has(steps.charge.amount) }"}
priority: "${ customer.type == 'vip' ? 1 : 5 }"
"""
REFUND = """
workflow: refund
input: {type: object, required: [order], properties: {order: {type: object, required: [id], properties: {id: {type: string}}}}}
steps:
  ask: {wait: "paid-back", payload: {paid: {type: boolean}}, on: {"true": end, "false": stop}}
  stop: {fail: not-paid}
output: {paid: "${ steps.ask.paid }"}
"""

PROJECT: Mapping[str, str] = {
    "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": FACTS,
    "base/fraud.yaml": FRAUD,
    "base/holds.yaml": HOLDS,
    "base/gift.yaml": GIFT,
}
WORKFLOWS: Mapping[str, str] = {
    "workflows/order.yaml": ORDER,
    "workflows/tour.yaml": TOUR,
    "workflows/refund.yaml": REFUND,
}


def loaded(files: Mapping[str, str], *, lenient: bool = False) -> LoadedProject:
    """The project with these files, as one loads it."""
    every = {path: text.encode() for path, text in {**PROJECT, **files}.items()}
    return load_project(every, steps=STEPS, lenient=lenient)


def workflow(text: str, **others: str) -> Workflow:
    """The workflow that a text holds, which must be without a finding."""
    name = text.split("workflow:", 1)[1].split(maxsplit=1)[0]
    files = {f"workflows/{each}.yaml": other for each, other in others.items()}
    project = loaded({f"workflows/{name}.yaml": text, **files})
    assert not project.diagnostics, as_text(project.diagnostics, project.files)
    return project.workflows[name]


def steps(body: str, *, head: str = "", tail: str = "") -> str:
    """A workflow of these steps on the facts."""
    indented = "".join(f"  {line}\n" for line in body.strip("\n").splitlines())
    return f"workflow: flow\ninput: facts.yaml\n{head}steps:\n{indented}{tail}"


def findings(text: str, *, lenient: bool = False) -> list[str]:
    """What is found in a workflow, as ``CODE message; hint``."""
    project = loaded({"workflows/flow.yaml": text}, lenient=lenient)
    return [
        f"{each.code} {each.message}" + (f"; {each.hint}" if each.hint else "")
        for each in project.diagnostics
    ]
