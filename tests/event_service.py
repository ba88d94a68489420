"""A small project with types of events and patterns, for tests of events from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_FILES = {
    "rulesflow.yaml": "project: small\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": """\
type: object
properties:
  order:
    type: object
    properties:
      device: {type: string}
  device:
    type: object
    properties:
      tried: {type: boolean}
""",
    "base/trust.yaml": """\
decision: trust
hit: first
outcome: {trusted: {type: boolean}}
default: {trusted: true}
rules:
  - rule: tried
    when: "has(device) && has(device.tried) && device.tried"
    then: {trusted: false}
""",
    "events.yaml": """\
payment.declined:
  type: object
  required: [device, card]
  properties:
    device: {type: string}
    card: {type: string}
    total: {type: number}
payment.captured:
  type: object
  required: [device]
  properties:
    device: {type: string}
ping:
  type: object
  properties: {}
""",
    "patterns/card-testing.yaml": """\
pattern: card-testing
title: Two cards from one device
by: device
within: 10m
events:
  first: {type: payment.declined}
  second: {type: payment.declined, when: "second.card > first.card"}
then:
  fact: device.tried
  where: {order.device: "${ key }"}
  value: true
  for: 24h
because: Two cards from one device within ten minutes
""",
    "patterns/lost.yaml": """\
pattern: lost
title: Nothing is captured
by: device
within: 1h
events:
  declined: {type: payment.declined}
unless: {type: payment.captured}
then:
  fact: device.tried
  where: {order.device: "${ key }"}
  value: true
  for: 1h
""",
}


def write_event_project(root: Path) -> Path:
    """The project, with the patterns `card-testing` and `lost` over events of one ``device``."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def declined(id_: str, device: str = "", card: str = "1", **more: Any) -> dict[str, Any]:
    """An event in JSON, of a device of its own unless one is named."""
    event = {"specversion": "1.0", "id": id_, "source": "/test", "type": "payment.declined"}
    return {**event, "data": {"device": device or id_, "card": card}, **more}
