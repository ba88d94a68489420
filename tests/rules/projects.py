"""Small projects for the tests of rules: a base that works, and files laid over it."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.rules import Answer, Explain, Loaded, load

PROJECT = """
project: shop
facts: facts.yaml
timezone: Europe/Berlin
layers:
  - base
  - region/{order.region}
  - customer/{customer.type}
  - region/{order.region}/customer/{customer.type}
"""

FACTS = """
type: object
additionalProperties: false
required: [order, customer]
properties:
  order:
    type: object
    additionalProperties: false
    required: [total, region]
    properties:
      id: {type: string}
      total: {type: number, minimum: 0}
      region: {enum: [eu, eu/de, eu/fr, us]}
      channel: {enum: [web, app, store]}
      placed_at: {type: string, format: date-time}
      day: {type: string, format: date}
      note: {type: [string, "null"]}
      gift: {type: boolean}
      lines:
        type: array
        items:
          type: object
          required: [sku]
          properties: {sku: {type: string}, quantity: {type: integer}}
  customer:
    type: object
    required: [type]
    properties:
      id: {type: string}
      type: {enum: [new, regular, vip]}
      tenure_days: {type: integer}
      home: {type: string}
      tags: {type: object}
"""

AT = parse_timestamp("2026-11-20T10:00:00Z")


def files(**overrides: str | bytes) -> dict[str, bytes]:
    """The base project with files added or replaced."""
    texts: dict[str, str | bytes] = {"rulesflow.yaml": PROJECT, "facts.yaml": FACTS, **overrides}
    return {
        path: text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode()
        for path, text in texts.items()
    }


def loaded(overrides: dict[str, str | bytes]) -> Loaded:
    """Load the base project with these files laid over it."""
    return load(files(**overrides))


def codes(overrides: dict[str, str | bytes]) -> list[str]:
    """The codes of all diagnostics."""
    return [each.code for each in loaded(overrides).diagnostics]


def shown(result: Loaded) -> str:
    """All diagnostics, a line each, without excerpts."""
    return "\n".join(
        f"{d.span.file}:{d.span.line}:{d.span.column} {d.code} {d.message}"
        + (f"; {d.hint}" if d.hint else "")
        for d in result.diagnostics
    )


def facts(text: str = "{}", **order: Any) -> dict[str, Any]:
    """Facts that fit the schema: an order of 50 in the US by a regular customer, changed as told."""
    customer = order.pop("customer", {})
    return {
        "order": {"total": 50, "region": "us", **order},
        "customer": {"type": "regular", **customer},
        **read_json(text.encode()),
    }


def decide(overrides: dict[str, str | bytes], given: dict[str, Any] | None = None, **options: Any) -> Answer:
    """Load and decide ``d`` (or ``name``); the files must be without error."""
    result = loaded(overrides)
    assert result.ruleset is not None, shown(result)
    return result.ruleset.decide(
        options.pop("name", "d"),
        facts() if given is None else given,
        options.pop("at", AT),
        options.pop("explain", Explain.MATCHED),
        **options,
    )


def rule_names(answer: Answer) -> list[str]:
    """The names of the rules that matched."""
    return [match.rule for match in answer.matched]
