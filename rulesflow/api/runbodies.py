"""The bodies of the calls about runs, told apart from what only looks like one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from starlette.requests import Request

from rulesflow.api.members import Members
from rulesflow.api.runqueries import query_of_object
from rulesflow.documents.jsontext import Json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.runtime.orders import Order
from rulesflow.runtime.runquery import RunQuery
from rulesflow.workflows.commands import Action

_KEY = "idempotency-key"
_LONGEST_KEY = 255
_RULES = ("pinned", "latest")
_SHAPES = {
    Action.PAUSE: "{reason?}",
    Action.RESUME: "{reason?}",
    Action.CANCEL: "{reason?}",
    Action.RETRY: "{step?, input?, force?, reason?, rules?}",
    Action.RERUN: "{from, input?, force?, reason?, rules?}",
}
_ACTIONS = ", ".join(Action)


@dataclass(frozen=True, slots=True)
class Bulk:
    """One order for every run that a filter finds; ``rate``: runs a second."""

    order: Order
    query: RunQuery
    dry_run: bool
    rate: float | None


def read_start(body: Json) -> tuple[str, Json]:
    """The workflow and its input. Raises `FactsRefused`."""
    members = Members(body, '{"workflow": NAME, "input": {…}}')
    workflow, given = members.text("workflow", required=True), members.value("input", {})
    members.close()
    return workflow, given


def read_order(action: Action, body: Json) -> Order:
    """What a person orders of one run. Raises `FactsRefused`."""
    members = Members(body, _SHAPES[action])
    order = _order(action, members)
    members.close()
    return order


def read_nothing(body: Json) -> None:
    """A body of a call that takes none. Raises `FactsRefused`."""
    Members(body, "{}").close()


def read_bulk(body: Json) -> Bulk:
    """An order for many runs. ``filter`` is an object, or a text as the command line has it."""
    members = Members(body, "{action, filter, dry_run?, rate?}, and what the action takes")
    action = _action(members)
    found, dry_run = members.value("filter", required=True), members.flag("dry_run", True)
    rate = members.positive("rate")
    order = _order(action or Action.PAUSE, members)
    query = _query(found, members) if found is not None else RunQuery()
    if action is not None:
        members.close()
    if members.faults:
        raise FactsRefused("this is no bulk order", tuple(members.faults))
    return Bulk(order, query, dry_run, rate)


def read_key(request: Request) -> str | None:
    """The ``Idempotency-Key``; None where there is none. Raises `FactsRefused` for one that is none."""
    keys = request.headers.getlist(_KEY)
    if not keys:
        return None
    key = keys[0]
    if len(keys) > 1 or not 1 <= len(key) <= _LONGEST_KEY or not all("!" <= char <= "~" for char in key):
        message = f"Idempotency-Key must be 1 to {_LONGEST_KEY} visible ASCII characters, and given once"
        raise FactsRefused(message, (Fault("", _KEY, message, "a UUID will do"),))
    return key


def within(place: str, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults of a part, as those of the whole."""
    return tuple(replace(fault, pointer=place + fault.pointer) for fault in faults)


def _action(members: Members) -> Action | None:
    text = members.text("action", required=True)
    if text in Action.__members__.values():
        return Action(text)
    if text:
        members.fault("action", "enum", f"action must be one of {_ACTIONS}", did_you_mean(text[:80], Action))
    return None


def _order(action: Action, members: Members) -> Order:
    reason = members.text("reason")
    if action not in (Action.RETRY, Action.RERUN):
        return Order(action, reason=reason)
    step = members.text("step") if action is Action.RETRY else members.text("from", required=True)
    given, force = members.value("input"), members.flag("force", False)
    return Order(action, step or None, given, force, reason, _rules(members))


def _rules(members: Members) -> str:
    """By which rules to decide from here on."""
    rules = members.text("rules") or _RULES[0]
    if rules not in _RULES:
        members.fault("rules", "enum", f"rules must be one of {', '.join(_RULES)}")
    return rules


def _query(found: Json, members: Members) -> RunQuery:
    try:
        if isinstance(found, str):
            return RunQuery.parse(found)
        return query_of_object(found)
    except FactsRefused as refused:
        members.faults.extend(within("/filter", refused.faults))
        return RunQuery()
