"""Actions: what a pattern's ``then`` comes to for one match, worked out once and kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from rulesflow.conditions import Value
from rulesflow.documents.jsontext import read_json, write_json
from rulesflow.model.errors import FactsRefused
from rulesflow.model.numbers import NumberRefused, plain
from rulesflow.model.times import Duration
from rulesflow.patterns.followup import FollowUp, SendSignal, SetFact, StartRun
from rulesflow.runtime.factlookups import key_of
from rulesflow.runtime.records import as_sent, freeze, thaw
from rulesflow.values.expression import ExpressionFailed


class Start(NamedTuple):
    """A run to be started. ``given``: its input, as a caller would send it."""

    workflow: str
    given: Any


class Signal(NamedTuple):
    """A signal for every live run whose fields have these values, as texts."""

    signal: str
    where: Mapping[str, str]
    payload: Any


class Fact(NamedTuple):
    """A fact to be set. ``identity``: equal for those of which only the last has to be set."""

    fact: tuple[str, ...]
    where: tuple[tuple[tuple[str, ...], Value], ...]
    value: Value
    lasts: Duration
    identity: str


class Nothing(NamedTuple):
    """It cannot be said what is to follow; ``problem`` says why."""

    problem: str


Action: TypeAlias = Start | Signal | Fact | Nothing


def action_of(then: FollowUp, names: Mapping[str, Value]) -> Action:
    """What follows. ``names``: what its expressions read."""
    try:
        match then:
            case StartRun(workflow=workflow, given=given):
                return Start(workflow, freeze(as_sent(given(names))))
            case SendSignal(signal=signal, where=where, payload=payload):
                texts = {".".join(path): _text(value(names)) for path, value in where}
                return Signal(signal, texts, freeze(as_sent(payload(names))))
            case _:
                return _fact(then, names)
    except (ExpressionFailed, FactsRefused, NumberRefused) as error:
        return Nothing(str(error))


def _fact(then: SetFact, names: Mapping[str, Value]) -> Fact | Nothing:
    where = tuple((path, value(names)) for path, value in then.where)
    for path, each in where:
        if key_of(each) is None:
            wanted = "a text, a number, a bool or a time"
            return Nothing(f"{'.'.join(path)} of a fact's where must be {wanted}, and is {_kind(each)}")
    value = then.value(names)
    told = [list(then.fact), [[list(path), freeze(each)] for path, each in where], freeze(as_sent(value))]
    identity = write_json([*told, int(then.lasts)]).decode()
    return Fact(then.fact, where, value, then.lasts, identity)


def _kind(value: Value) -> str:
    if value is None:
        return "null"
    return "an object" if isinstance(value, Mapping) else "a list"


def action_text(action: Start | Signal) -> str:
    """The action as it is stored."""
    return write_json({type(action).__name__.lower(): list(action)}).decode()


def read_action(text: str) -> Start | Signal:
    """The action of a stored text."""
    stored = read_json(text.encode())
    if "start" in stored:
        workflow, given = stored["start"]
        return Start(workflow, thaw(given))
    signal, where, payload = stored["signal"]
    return Signal(signal, where, thaw(payload))


def _text(value: Value) -> str:
    """As the fields of runs are noted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)
