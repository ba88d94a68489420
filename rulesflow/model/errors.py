"""The tree of errors.

::

    RulesflowError
    ├── LoadError            files that cannot become a ruleset (carries every diagnostic)
    ├── NumberRefused        a number that has no exact decimal of 34 digits
    ├── TimeRefused          a text that is no timestamp or duration
    ├── ConditionError       an expression that does not parse or check (carries every problem)
    ├── PatternRefused       a pattern that events cannot be matched by
    ├── EngineMissing        what matches patterns is not installed
    ├── MatchingFailed       a pattern could not be matched
    ├── EvaluationError      an expression that fails on the values it meets
    │   └── BudgetExceeded   ... because it would cost too much
    └── RequestRefused       a caller's mistake (carries every fault)
        ├── JsonRefused      the body is not the JSON we read
        ├── FactsRefused     the facts do not fit the schema
        ├── TooLarge         the body is larger than the limit
        ├── UnknownName      no such decision, workflow or run
        ├── DecisionFailed   a rule failed on these facts
        ├── Conflict         what stands forbids it
        └── Overloaded       too much is waiting already

Each class stands in the module that raises it first; the request errors stand here, since every storey
above the rules raises them.
"""

from __future__ import annotations

from dataclasses import dataclass


class RulesflowError(Exception):
    """The root: catch it to catch whatever rulesflow itself refuses."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request.

    ``pointer`` is the JSON pointer (RFC 6901) of the value, ``""`` for the whole body.
    """

    pointer: str
    code: str
    message: str
    hint: str | None = None


class RequestRefused(RulesflowError):
    """A caller's mistake: what is wrong, where, and how to mend it."""

    def __init__(self, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class JsonRefused(RequestRefused):
    """The body is not JSON, or is JSON of a kind that we refuse (NaN, duplicate keys, too deep)."""


class TooLarge(RequestRefused):
    """The body, or a batch, is larger than the limit."""


class FactsRefused(RequestRefused):
    """The request, or the facts in it, do not have the shape that was asked for."""


class UnknownName(RequestRefused):
    """There is no decision, workflow or run of that name."""


class DecisionFailed(RequestRefused):
    """A rule failed on these facts; ``rule``, ``file`` and ``line`` say which one."""

    def __init__(self, detail: str, *, decision: str, rule: str, file: str, line: int, code: str) -> None:
        super().__init__(detail, (Fault("/facts", code, detail),))
        self.decision = decision
        self.rule = rule
        self.file = file
        self.line = line
        self.code = code


class Conflict(RequestRefused):
    """What stands forbids it: the run has ended, say, or the key was used for something else."""


class Overloaded(RequestRefused):
    """Too much is waiting already; ``retry_after``: seconds after which another try makes sense."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, (Fault("", "overloaded", detail, f"try again in {retry_after} s"),))
        self.retry_after = retry_after


def pointer(*parts: str | int) -> str:
    """Join parts into a JSON pointer (RFC 6901): ``pointer("a/b", 0) == "/a~1b/0"``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
