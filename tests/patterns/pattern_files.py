"""A small project with events and a pattern, to be changed in one place and loaded."""

from __future__ import annotations

from rulesflow.runtime.project import load_project

FILES = {
    "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": """\
type: object
additionalProperties: false
required: [order, customer]
properties:
  order:
    type: object
    required: [total]
    properties:
      id: {type: string}
      total: {type: number}
      placed_at: {type: string, format: date-time}
      tags: {type: array, items: {type: string}}
      extra: {type: object, additionalProperties: {type: string}}
      region: {enum: [eu, us]}
  customer:
    type: object
    required: [kind]
    properties: {id: {type: string}, kind: {enum: [new, vip]}, risky: {type: boolean}}
  device:
    type: object
    required: [id]
    properties: {id: {type: string}, card_testing: {type: boolean}}
  seen: {type: [object, 'null'], properties: {often: {type: boolean}}}
""",
    "base/fee.yaml": "decision: fee\noutcome: {fee: {type: number}}\nrules: []\ndefault: {fee: 1}\n",
    "events.yaml": """\
payment.declined:
  type: object
  required: [device_id, card]
  properties:
    device_id: {type: string}
    card: {type: string, x-from: with.card}
    amount: {type: number}
    at: {type: string, format: date-time}
    note: {type: [string, 'null']}
    who: {type: object, properties: {name: {type: string, x-from: input.customer.id}}}
payment.captured:
  type: object
  properties: {device_id: {type: string}, amount: {type: number}}
scan: {type: object, required: [device_id], properties: {device_id: {type: integer}}}
bare: {type: object}
""",
    "workflows/order.yaml": """\
workflow: order
input: facts.yaml
steps:
  review:
    wait: approval
    payload: {verdict: {enum: [good, bad]}, note: {type: string, optional: true}}
""",
    "workflows/check.yaml": """\
workflow: check
input:
  type: object
  required: [device]
  properties: {device: {type: string}, amount: {type: number}, since: {type: string, format: date-time}}
steps:
  look: {wait: looked, payload: {}}
""",
    "patterns/card-testing.yaml": """\
pattern: card-testing
title: One device, several cards
by: device_id
within: 10m
events:
  first: {type: payment.declined}
  second: {type: payment.declined, when: second.card != first.card}
unless: {type: payment.captured}
then:
  start: check
  with: {device: "${ key }"}
because: Two cards from one device
""",
}
PATTERN = FILES["patterns/card-testing.yaml"]
_THEN = PATTERN[PATTERN.index("then:") : PATTERN.index("because:")]
_EVENTS = PATTERN[PATTERN.index("events:") : PATTERN.index("unless:")]


def load(changes=None, **options):
    """``changes``: other contents by path, None for a file that is not there."""
    files = {**FILES, **(changes or {})}
    return load_project({path: text.encode() for path, text in files.items() if text is not None}, **options)


def load_pattern(text, changes=None, **options):
    return load({"patterns/card-testing.yaml": text, **(changes or {})}, **options)


def changed(part, new):
    """The pattern with one part replaced."""
    assert part in PATTERN, part
    return PATTERN.replace(part, new)


def following(text):
    """The pattern with other lines under ``then``."""
    return PATTERN.replace(_THEN, "then:\n" + "".join(f"  {line}\n" for line in text.strip().split("\n")))


def with_events(lines):
    return PATTERN.replace(_EVENTS, "events:" + (" {}\n" if not lines else "\n" + lines))


def told(project):
    """``code what stands there``: of each diagnostic."""
    found = []
    for each in project.diagnostics:
        text = project.files.get(each.span.file, b"").decode().split("\n")
        line = text[each.span.line - 1] if each.span.line <= len(text) else ""
        found.append(f"{each.code} {line[each.span.column - 1 : each.span.end - 1]}".rstrip())
    return found
