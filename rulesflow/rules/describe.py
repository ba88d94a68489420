"""Descriptions for people and programs: which rules a layer stack has, and where each was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rulesflow.documents.nodes import plain
from rulesflow.model.numbers import CONTEXT
from rulesflow.rules.compiled import Rule
from rulesflow.rules.ruleset import Decision, Ruleset


def summary(decision: Decision) -> dict[str, Any]:
    """A decision in a list: name, title, hit policy, what it needs, what it answers, its files."""
    return {
        **_declared(decision),
        "layers": [file.layer.folder for file in decision.family.files],
        "rules": len(decision.rules),
    }


def effective(ruleset: Ruleset, name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The effective rules of a decision for a layer stack, in the order in which they are asked.

    ``given``: dotted dimension names and their values; a dimension left out brings no layer. Raises
    `UnknownName` and `FactsRefused`.
    """
    decision = ruleset.decision(name)
    values = ruleset.dimensions_from(given)
    stack = decision.stack(values)
    return {
        **_declared(decision),
        "layers": list(stack.layers),
        "params": {
            param: {
                "value": plain(node),
                "layer": file.layer.folder,
                "file": key.span.file,
                "line": key.span.line,
            }
            for param, (file, key, node) in decision.merged(stack.layers).params.items()
        },
        "rules": [_rule(rule) for rule in stack.rules],
        "default": _rule(stack.default) if stack.default else None,
        "digest": ruleset.digest,
    }


def _declared(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.name,
        "title": decision.title,
        "hit": decision.hit.value,
        "requires": [".".join(path) for path in decision.requires],
        "outcome": decision.outcome.source,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "rule": rule.name,
        "layer": rule.layer,
        "file": rule.file,
        "line": rule.line,
        "when": [test.label for test in rule.tests],
        "then": dict(rule.outcome.written),
        "because": rule.because,
        "final": rule.final,
        "from": rule.start,
        "until": rule.until,
    }
    if rule.share is not None:
        shown["rollout"] = {
            "percent": CONTEXT.divide(rule.share.buckets, 100),
            "by": ".".join(rule.share.path),
        }
    return shown
