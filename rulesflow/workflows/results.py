"""What each step gives, as a type, told before the expressions that read it are compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rulesflow.conditions import Guards
from rulesflow.conditions.types import BOOL, DYN, Field, Kind as TypeKind, Type, list_of, values_of
from rulesflow.documents.nodes import Mapping as MappingNode, Node, Scalar
from rulesflow.documents.shape import Findings
from rulesflow.values.expressions import Expressions
from rulesflow.values.parts import read_value
from rulesflow.workflows.flow import follow
from rulesflow.workflows.frame import Frame
from rulesflow.workflows.sight import ERROR, Sight, completed, everything, with_error
from rulesflow.workflows.ways import Ways
from rulesflow.workflows.written import Kind, WrittenList, WrittenStep

_VALUELESS = (Kind.SWITCH, Kind.SLEEP, Kind.FAIL)
DEFAULT_ITEM = "item"


def results_of(frame: Frame, steps: WrittenList, around: Sight) -> tuple[Sight, dict[str, Type]]:
    """What the list's expressions see, and what each step gives, errors apart.

    A step that computes from what a later one gave on the way before finds that of any type.
    """
    sight = around
    results: dict[str, Type] = {}
    giving = [step for step in steps.values() if step.kind not in _VALUELESS]
    for step in giving:
        sight = sight.with_step(step.name, DYN)
    known = everything(sight.steps)
    for step in giving:
        found = results[step.name] = _result(frame, step, sight, known)
        known = completed(step.name, found, known)
        sight = sight.with_step(step.name, with_error(found) if step.catches else found)
    return sight, results


def item_type(step: WrittenStep, sight: Sight, known: Guards) -> Type:
    """The type of an item of ``each``."""
    found = _quiet(step, sight, known, step.subject)
    return values_of(found) if found.kind is TypeKind.LIST else DYN


def item_name(step: WrittenStep) -> str:
    """Its name."""
    node = step.value("as")
    return node.text if isinstance(node, Scalar) else DEFAULT_ITEM


def decision_of(step: WrittenStep) -> Scalar | None:
    """The name behind ``decide``."""
    node: Node | None = step.subject
    if isinstance(node, MappingNode):
        node = node.get("decision")
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _result(frame: Frame, step: WrittenStep, sight: Sight, known: Guards) -> Type:
    subject = step.subject
    match step.kind:
        case Kind.CALL if isinstance(subject, Scalar) and subject.text in frame.schemas:
            return frame.schemas[subject.text].output.type
        case Kind.DECIDE:
            name = decision_of(step)
            outcome = frame.given.decisions.get(name.text) if name else None
            return outcome.result if outcome else DYN
        case Kind.WAIT:
            return step.payload.type if step.payload else DYN
        case Kind.RUN if isinstance(subject, Scalar) and subject.text in frame.children:
            return frame.children[subject.text].output
        case Kind.SET:
            return _quiet(step, sight, known, subject)
        case Kind.EACH:
            return list_of(_item_result(frame, step, sight, known))
        case Kind.PARALLEL:
            return _branches(frame, step, sight)
    return DYN


def _quiet(step: WrittenStep, sight: Sight, known: Guards, node: Node) -> Type:
    """The type of a value; what is wrong with it is told when it is compiled."""
    expressions = Expressions(sight.scope, known, Findings())
    if step.condition is not None:
        expressions = expressions.given(expressions.condition(step.condition, "").when_true)
    return read_value(node, expressions).type


def _item_result(frame: Frame, step: WrittenStep, sight: Sight, known: Guards) -> Type:
    inner = sight.with_name(item_name(step), item_type(step, sight, known))
    steps = _listed(frame, step.lists[""], inner)
    on_failure = step.value("on_failure")
    if isinstance(on_failure, Scalar) and on_failure.text == "collect":
        fields = {name: replace(each, required=False) for name, each in (steps.fields or {}).items()}
        steps = replace(steps, fields=fields)
    fields = {"ok": Field(BOOL), "steps": Field(steps), "error": Field(replace(ERROR, nullable=True))}
    return Type(TypeKind.OBJECT, fields=fields, closed=True)


def _branches(frame: Frame, step: WrittenStep, sight: Sight) -> Type:
    join = step.value("join")
    every = not (isinstance(join, Scalar) and join.text == "any")
    fields = {name: Field(_listed(frame, steps, sight), required=every) for name, steps in step.lists.items()}
    return Type(TypeKind.OBJECT, fields=fields, closed=True)


def _listed(frame: Frame, steps: WrittenList, around: Sight) -> Type:
    """``{step: …}`` of an inner list that has come to its end."""
    sight, results = results_of(frame, steps, around)
    ways = Ways(steps, sight, results)
    end = follow(steps, everything(around.steps), ways.edges).end or Guards()
    fields: Mapping[str, Field] = {
        name: Field(sight.steps[name], required=("steps", name) in end.present) for name in results
    }
    return Type(TypeKind.OBJECT, fields=fields, closed=True)
