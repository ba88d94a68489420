"""A small project with workflows that need no plugin, for tests of runs from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_FILES = {
    "rulesflow.yaml": "project: small\nfacts: facts.yaml\nlayers: [base, 'region/{order.region}']\n",
    "facts.yaml": """\
type: object
required: [order]
properties:
  order:
    type: object
    required: [total, region]
    properties:
      id: {type: string, x-indexed: true}
      total: {type: number}
      region: {enum: [eu, eu/de, us]}
      wait_until: {type: string, format: date-time}
""",
    "base/share.yaml": """\
decision: share
outcome: {each: {type: number}}
default: {each: 0}
hit: first
rules:
  - rule: by_total
    because: Ten, shared out
    then: {each: "${ 10 / order.total }"}
""",
    "region/eu/share.yaml": """\
decision: share
rules:
  - rule: in_the_eu
    because: Twenty in the EU
    then: {each: "${ 20 / order.total }"}
""",
    # decides, asks a person, and ends by what was said
    "workflows/review.yaml": """\
workflow: review
title: A person decides
input: facts.yaml
steps:
  share: {decide: share}
  ask:
    wait: approval
    payload: {verdict: {enum: [approved, rejected]}, note: {type: string, optional: true}}
    timeout: 24h
    on:
      approved: done
      rejected: {fail: {code: rejected, message: "Somebody said no"}}
      timeout: {fail: late}
  done: {set: {each: "${ steps.share.each }", note: "${ has(steps.ask.note) ? steps.ask.note : '-' }"}}
output: {each: "${ steps.done.each }", note: "${ steps.done.note }"}
""",
    # decides and ends; a total of zero makes it an incident
    "workflows/quick.yaml": """\
workflow: quick
title: It ends at once
input: facts.yaml
steps:
  share: {decide: share}
output: {each: "${ steps.share.each }"}
""",
    # sleeps a while, and ends
    "workflows/nap.yaml": """\
workflow: nap
title: It sleeps a while
input: facts.yaml
steps:
  sleep: {sleep: 1s}
""",
}


def write_run_project(root: Path) -> Path:
    """The project, with the workflows `review` (waits for the signal `approval`), `quick` and `nap`."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def order(total: Any = 4, region: str = "eu/de", **more: Any) -> dict[str, Any]:
    """An input."""
    return {"order": {"total": total, "region": region, **more}}
