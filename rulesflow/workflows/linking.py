"""Which workflow runs which: children are compiled before those that run them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rulesflow.documents.nodes import Scalar
from rulesflow.documents.shape import Findings
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.workflows.written import Kind, WrittenStep, WrittenWorkflow


def runs_of(written: WrittenWorkflow) -> dict[str, WrittenStep]:
    """The workflows that one runs, by name, each with the first step that does."""
    found: dict[str, WrittenStep] = {}
    for step in written.all_steps():
        if step.kind is Kind.RUN and isinstance(step.subject, Scalar) and isinstance(step.subject.value, str):
            found.setdefault(step.subject.text, step)
    return found


def children_first(
    written: Mapping[str, WrittenWorkflow], unread: Collection[str], findings: Findings
) -> list[WrittenWorkflow]:
    """All workflows, each behind those that it runs; notes unknown ones (RF713) and circles (RF721).

    ``unread``: names of those whose files say nothing, which has been reported.
    """
    order: dict[str, WrittenWorkflow] = {}
    for each in written.values():
        _check_known(each, written, unread, findings)
    for name in written:
        _visit(name, [], written, order, findings)
    return list(order.values())


def _check_known(
    each: WrittenWorkflow, written: Mapping[str, WrittenWorkflow], unread: Collection[str], findings: Findings
) -> None:
    for step in each.all_steps():
        if step.kind is not Kind.RUN:
            continue
        name = findings.text(step.subject, "run")
        if name is not None and name not in written and name not in unread:
            hint = did_you_mean(name, written) or f"workflows: {', '.join(written)}"
            findings.error("RF713", f"there is no workflow {name[:80]!r}", step.subject.span, hint)


def _visit(
    name: str,
    above: list[str],
    written: Mapping[str, WrittenWorkflow],
    order: dict[str, WrittenWorkflow],
    findings: Findings,
) -> None:
    if name in order:
        return
    for child, step in runs_of(written[name]).items():
        if child in (*above, name):
            circle = [*above, name]
            way = " → ".join([*circle[circle.index(child) :], child])
            message = f"workflows run one another in a circle: {way}"
            findings.error("RF721", message, step.subject.span, "a run has to end, so none runs its parent")
        elif child in written:
            _visit(child, [*above, name], written, order, findings)
    order[name] = written[name]
