"""Descriptions for people and programs: which rules a layer stack has, and where each was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rulesflow.documents.nodes import plain
from rulesflow.model.diagnostics import Span
from rulesflow.model.numbers import CONTEXT
from rulesflow.rules.compiled import Rule
from rulesflow.rules.ruleset import Decision, Ruleset
from rulesflow.rules.written import WrittenDecision, WrittenRule


def summary(decision: Decision) -> dict[str, Any]:
    """A decision in a list: name, title, hit policy, what it needs, what it answers, its files."""
    return {
        **_declared(decision),
        "layers": [file.layer.folder for file in decision.family.files],
        "rules": len(decision.rules),
        "dimensions": [
            {"fact": each.name, "values": list(each.values)} for each in decision.layers.dimensions
        ],
    }


def effective(ruleset: Ruleset, name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The effective rules of a decision for a layer stack, in the order in which they are asked.

    ``given``: dotted dimension names and their values; a dimension left out brings no layer. Raises
    `UnknownName` and `FactsRefused`.
    """
    decision = ruleset.decision(name)
    values = ruleset.dimensions_from(given)
    stack = decision.stack(values)
    files = [file for file in decision.family.files if file.layer.folder in stack.layers]
    return {
        **_declared(decision),
        "layers": list(stack.layers),
        "reads": sorted(".".join(path) for path in decision.reads()),
        "params": {param: _param(files, param) for param in decision.merged(stack.layers).params},
        "rules": [_rule(rule) for rule in stack.rules],
        "default": _rule(stack.default) if stack.default else None,
        "replaced": [_rule(decision.rules[rule.key]) | {"by": by} for rule, by in _replaced(files)],
        "digest": ruleset.digest,
    }


def _param(files: Sequence[WrittenDecision], name: str) -> dict[str, Any]:
    """The value that counts and its place; ``over``: those of more general layers, the nearest first."""
    first, *over = [
        {"value": plain(node), **_place(file, key.span)}
        for file in reversed(files)
        for key, node in filter(None, [file.params.get(name)])
    ]
    return first | {"over": over}


def _replaced(files: Sequence[WrittenDecision]) -> Iterator[tuple[WrittenRule, dict[str, Any]]]:
    """The rules and defaults that a later of these files (general first) puts out of force, and by what."""
    effective: dict[str, WrittenRule] = {}
    for file in files:
        for name in file.disable:
            if name.text in effective:
                yield effective.pop(name.text), {"how": "disabled", **_place(file, name.span)}
        for rule in [*file.rules, *filter(None, [file.default])]:
            if rule.name in effective:
                yield effective[rule.name], {"how": "overridden", **_place(file, rule.span)}
            effective[rule.name] = rule


def _place(file: WrittenDecision, span: Span) -> dict[str, Any]:
    return {"layer": file.layer.folder, "file": span.file, "line": span.line}


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
