"""A small project with event types, two patterns and their cases, as files by path."""

from __future__ import annotations

from rulesflow.runtime.project import load_project

FILES = {
    "rulesflow.yaml": "project: shop\nfacts: facts.yaml\ntimezone: Europe/Berlin\nlayers: [base]\n",
    "facts.yaml": """
type: object
properties:
  device: {type: object, properties: {id: {type: string}, suspicious: {type: boolean}}}
  order: {type: object, properties: {id: {type: string}, unpaid: {type: boolean}}}
""",
    "base/fraud.yaml": """
decision: fraud
outcome: {ok: {type: boolean}}
rules:
  - {rule: suspicious, when: {device.suspicious: true}, then: {ok: false}}
default: {ok: true}
""",
    "events.yaml": """
payment.declined:
  type: object
  required: [device_id, card, amount]
  properties: {device_id: {type: string}, card: {type: string}, amount: {type: number}}
payment.captured:
  type: object
  required: [order_id]
  properties: {order_id: {type: string}}
order.placed:
  type: object
  required: [order_id]
  properties: {order_id: {type: string}, promised_at: {type: string, format: date-time}}
""",
    "patterns/two-cards.yaml": """
pattern: two-cards
by: device_id
within: 10m
events:
  first: {type: payment.declined}
  second: {type: payment.declined, when: "second.card != first.card && second.amount / first.amount < 100"}
then: {fact: device.suspicious, where: {device.id: "${ key }"}, value: true, for: 24h}
""",
    "patterns/unpaid.yaml": """
pattern: unpaid
by: order_id
within: 30m
events:
  placed: {type: order.placed}
unless: {type: payment.captured}
then: {fact: order.unpaid, where: {order.id: "${ key }"}, value: true, for: 24h}
""",
}


def declined(minute, card, device="d", amount=1, more=""):
    """An event as YAML."""
    data = f"{{device_id: {device}, card: {card}, amount: {amount}}}"
    return f'{{type: payment.declined, time: "2026-11-20T10:{minute:02}:00Z", data: {data}{more}}}'


def case(name, events, expect):
    """A case as YAML."""
    listed = "".join(f"      - {each}\n" for each in events)
    return f"  - case: {name}\n    events:{'' if events else ' []'}\n{listed}    expect: {expect}\n"


def cases(*texts, pattern="two-cards"):
    return {f"patterns/{pattern}.cases.yaml": f"pattern: {pattern}\ncases:\n{''.join(texts)}"}


def load(files=None):
    """The project with some files more, loaded."""
    return load_project({path: text.encode() for path, text in {**FILES, **(files or {})}.items()})
