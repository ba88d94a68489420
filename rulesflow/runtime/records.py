"""Records: what the engine keeps of a run, one for each event, as JSON that gives the same values back.

JSON has no times: a timestamp stands as ``{"$time": nanoseconds}``, a duration as ``{"$span": nanoseconds}``,
and an object that has a key with ``$`` itself as ``{"$object": {…}}``. A number whose plain notation would be
too long to be read again stands as ``{"$number": "1E+5000"}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rulesflow.conditions import Value
from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import FactsRefused, Fault, RulesflowError
from rulesflow.model.numbers import Number, NumberRefused, canonical, exact, parse_number
from rulesflow.model.times import Duration, Timestamp
from rulesflow.workflows.commands import Action, Event, Held, Ordered, Problem, Raised, Returned
from rulesflow.workflows.emitted import Emitted
from rulesflow.workflows.step import ErrorClass

_PLAIN = frozenset({str, bool, type(None)})
_LONG: Final = 100  # digits before or behind the point, from which on a number is written with an exponent
#: How deep the frozen form of a value may be nested: JSON may be 100 deep, and what is around it takes some.
DEEPEST: Final = 90


class RecordRefused(RulesflowError):
    """What is stored of a run is not of the form that we write: somebody else has changed it."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Read something stored. Raises `RecordRefused` where it turns out to be of another form."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, NumberRefused) as error:
        raise RecordRefused(f"{what} cannot be read: it is not of the form that we write") from error


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a run.

    ``id``: of the command that it answers; empty for an order. ``started``: when the engine began with it.
    ``decisions``: those taken since the record before. ``rules``: the digest of the rules by which the run
    decides from here on, None for those of before. ``emitted``: what the call has emitted.
    """

    id: str
    event: Event
    started: Timestamp
    decisions: tuple[Mapping[str, Any], ...] = ()
    rules: str | None = None
    emitted: tuple[Emitted, ...] = ()

    def freeze(self) -> dict[str, Any]:
        """The form that JSON can hold."""
        frozen: dict[str, Any] = {"id": self.id, "started": int(self.started), "at": int(self.event.at)}
        match self.event:
            case Returned(value=value, signal=signal):
                frozen["value"] = freeze(value)
                if signal is not None:
                    frozen["signal"] = signal
            case Raised(problem=problem):
                frozen["problem"] = freeze_problem(problem)
            case Held(problem=problem, called=called):
                frozen["held"] = {"problem": freeze_problem(problem), "called": called}
            case Ordered() as order:
                frozen["order"] = {
                    "action": str(order.action),
                    "step": order.step,
                    "input": freeze(order.input),
                    "force": order.force,
                    "reason": order.reason,
                    "number": order.number,
                }
        if self.rules is not None:
            frozen["rules"] = self.rules
        if self.decisions:
            frozen["decisions"] = freeze(list(self.decisions))
        if self.emitted:
            frozen["emitted"] = [
                {"type": each.type, "data": freeze(each.data), "id": each.id} for each in self.emitted
            ]
        return frozen

    @classmethod
    def thaw(cls, frozen: Mapping[str, Any]) -> Record:
        """The record of a frozen form. Raises `RecordRefused`."""
        with reading("a record of the run"):
            return cls._thawed(frozen)

    @classmethod
    def _thawed(cls, frozen: Mapping[str, Any]) -> Record:
        at = Timestamp(frozen["at"])
        event: Event
        if "problem" in frozen:
            event = Raised(thaw_problem(frozen["problem"]), at)
        elif "held" in frozen:
            held = frozen["held"]
            event = Held(thaw_problem(held["problem"]), at, held["called"])
        elif "order" in frozen:
            given = frozen["order"]
            event = Ordered(
                Action(given["action"]),
                at,
                given["step"],
                thaw(given["input"]),
                given["force"],
                given["reason"],
                given["number"],
            )
        else:
            event = Returned(thaw(frozen["value"]), at, frozen.get("signal"))
        decisions = tuple(thaw(each) for each in frozen.get("decisions", ()))
        emitted = tuple(
            Emitted(each["type"], thaw(each["data"]), each["id"]) for each in frozen.get("emitted", ())
        )
        started = Timestamp(frozen["started"])
        return cls(frozen["id"], event, started, decisions, frozen.get("rules"), emitted)


def freeze(value: Value, deepest: int = DEEPEST) -> Any:
    """A value in the form that JSON can hold.

    Raises `NumberRefused`, and `FactsRefused` for what is nested too deep to be read again.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int or kind is Decimal:
        return _freeze_number(canonical(exact(value)))
    if kind is Timestamp:
        return {"$time": int(value)}
    if kind is Duration:
        return {"$span": int(value)}
    if deepest <= 0:
        raise _too_deep()
    if isinstance(value, Mapping):
        marked = any(str(key).startswith("$") for key in value)
        within = deepest - (2 if marked else 1)
        frozen = {key_text(key): freeze(item, within) for key, item in value.items()}
        return {"$object": frozen} if marked else frozen
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [freeze(item, deepest - 1) for item in value]
    raise TypeError(f"a {kind.__name__} is no value")


def _freeze_number(number: Number) -> Any:
    if isinstance(number, Decimal) and abs(number.adjusted()) > _LONG:
        return {"$number": str(number)}
    return number


def in_order(frozen: Any) -> Any:
    """A frozen form with the keys of its objects sorted: equal values give equal texts."""
    if isinstance(frozen, dict):
        return {key: in_order(frozen[key]) for key in sorted(frozen)}
    return [in_order(item) for item in frozen] if isinstance(frozen, list) else frozen


def key_text(key: object) -> str:
    """A map's key as JSON has it, which knows only texts."""
    return key if isinstance(key, str) else write_json(key).decode().strip('"')


def as_sent(value: Value) -> Any:
    """A value as a caller would send it: times as texts, and texts alone as keys."""
    if isinstance(value, Timestamp | Duration):
        return str(value)
    if isinstance(value, Mapping):
        return {key_text(key): as_sent(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_sent(item) for item in value]
    return value


def _too_deep() -> FactsRefused:
    message = f"what is kept may be nested {DEEPEST} deep at most"
    return FactsRefused(message, (Fault("", "too-deep", message, "nest it less deep"),))


def thaw(frozen: Any) -> Value:
    """The value of a frozen form."""
    if isinstance(frozen, dict):
        if len(frozen) == 1:
            match frozen:
                case {"$time": at}:
                    return Timestamp(at)
                case {"$span": length}:
                    return Duration(length)
                case {"$number": text}:
                    return parse_number(text)
                case {"$object": inner}:
                    return {key: thaw(item) for key, item in inner.items()}
        return {key: thaw(item) for key, item in frozen.items()}
    if isinstance(frozen, list | tuple):
        return [thaw(item) for item in frozen]
    return frozen


def freeze_problem(problem: Problem) -> dict[str, Any]:
    """An error's frozen form."""
    frozen: dict[str, Any] = dict(problem.as_dict())
    if problem.retry_after is not None:
        frozen["retry_after"] = freeze(Decimal(str(problem.retry_after)))
    return frozen


def thaw_problem(frozen: Mapping[str, Any]) -> Problem:
    """The error of a frozen form."""
    after = frozen.get("retry_after")
    return Problem(
        ErrorClass(frozen["class"]),
        frozen["code"],
        frozen["message"],
        None if after is None else float(thaw(after)),
    )
