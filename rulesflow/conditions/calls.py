"""The static side of calls: which function, which overload, and what literals among the arguments tell."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, cast

from rulesflow.conditions.findings import Findings
from rulesflow.conditions.functions import Form, Function, Overload, bind
from rulesflow.conditions.problems import EvaluationError
from rulesflow.conditions.slips import ELSEWHERE, bare_date
from rulesflow.conditions.string_functions import PatternRefused, pattern
from rulesflow.conditions.tree import Call, Literal
from rulesflow.conditions.typed import Candidates, Chosen, Failure, Regex, Typed, spelled
from rulesflow.conditions.types import DYN, Kind, Type, Value, in_words, join, same_kind
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.times import Timestamp

_REFUSED: Final = {
    "uint": "there is one number type and no uint; write number(x)",
    "bytes": "there are no bytes; compare strings instead",
}
_MACROS: Final = {
    "has": "has(x.field)",
    "all": "list.all(x, test)",
    "exists": "list.exists(x, test)",
    "exists_one": "list.exists_one(x, test)",
    "existsOne": "list.existsOne(x, test)",
    "filter": "list.filter(x, test)",
    "map": "list.map(x, result)",
    "transformList": "list.transformList(i, x, result)",
    "transformMap": "map.transformMap(key, value, result)",
}
#: A call of literals that costs more steps than this is left to the run time.
_FOLDED_STEPS: Final = 1000
_MOST_FORMS: Final = 3
_DAYS: Final = re.compile(r"\d+d", re.ASCII)
_SOME_TIME: Final = Timestamp(0)


def check_call(found: Findings, node: Call, name: str, method: bool, args: tuple[Typed, ...]) -> Typed:
    """Type a call whose arguments (the receiver first, if it is a method's) are typed already."""
    function = found.scope.functions.get(name)
    if function is None:
        return _unknown(found, node, name, args)
    strict = found.scope.strict
    candidates = tuple(each for each in function.overloads if each.takes(method, len(args)))
    if not candidates:
        found.mismatch("RF210", node, *_wrong_form(function, method, args))
        return _failing(node, args, f"{name}() does not take these arguments", strict)
    args = _without_nulls(found, candidates, args)
    possible = [each for each in candidates if _possible(each, args, strict)]
    if not possible:
        found.mismatch("RF210", node, *_wrong_kind(function, candidates, args, method))
        return _failing(node, args, f"{name}() does not take these arguments", strict)
    date = bare_date(args[0].node) if args and name == "timestamp" else None
    if date is not None:
        message = f"{date} is a subtraction here, not a date"
        found.mismatch("RF210", node, message, f'write date("{date}")')
    if len(possible) == 1 and _certain(possible[0], args):
        return _chosen(found, node, Chosen(function, possible[0]), args)
    result = join(*(each.result for each in possible))
    typed = Typed(node, result, True, args, meaning=Candidates(function, candidates))
    return typed if function.foreign else _with_pattern(found, typed)


def _unknown(found: Findings, node: Call, name: str, args: tuple[Typed, ...]) -> Typed:
    if name in _REFUSED:
        found.problem("RF212", node, f"{name}() is not supported: {_REFUSED[name]}")
    elif name in _MACROS:
        found.mismatch("RF210", node, f"{name}() is a macro of another shape", f"write {_MACROS[name]}")
    else:
        known = [*found.scope.functions, *_MACROS]
        hint = ELSEWHERE.get(name) or did_you_mean(name, known)
        found.mismatch("RF209", node, f"unknown function {name}", hint)
    return _failing(
        node, args, f"there is no function {name}() that takes these arguments", found.scope.strict
    )


def _failing(node: Call, args: tuple[Typed, ...], message: str, strict: bool) -> Typed:
    failure = Failure("no-such-overload", message)
    return Typed(node, DYN, True, args, meaning=failure, broken=strict)


def _without_nulls(
    found: Findings, candidates: tuple[Overload, ...], args: tuple[Typed, ...]
) -> tuple[Typed, ...]:
    return tuple(
        arg
        if any(each.param(position).kind is Kind.DYN for each in candidates)
        else found.non_null(arg, spelled(arg.node))
        for position, arg in enumerate(args)
    )


def _possible(overload: Overload, args: tuple[Typed, ...], strict: bool) -> bool:
    return all(_may_fit(arg.type, overload.param(position), strict) for position, arg in enumerate(args))


def _may_fit(given: Type, wanted: Type, strict: bool) -> bool:
    """CEL chooses by kinds alone; the items' type is looked at only where types are insisted on."""
    if Kind.DYN in (given.kind, wanted.kind):
        return True
    if not same_kind(given, wanted):
        return False
    if not strict or given.element is None or wanted.element is None:
        return True
    return _may_fit(given.element, wanted.element, strict)


def _certain(overload: Overload, args: tuple[Typed, ...]) -> bool:
    return all(_must_fit(arg.type, overload.param(position)) for position, arg in enumerate(args))


def _must_fit(given: Type, wanted: Type) -> bool:
    # Items need not be certain: the implementations look at the items that they use.
    return wanted.kind is Kind.DYN or (same_kind(given, wanted) and not given.nullable)


def _chosen(found: Findings, node: Call, chosen: Chosen, args: tuple[Typed, ...]) -> Typed:
    overload = chosen.overload
    fallible = overload.fallible or chosen.function.foreign or any(arg.fallible for arg in args)
    typed = Typed(node, overload.result, fallible, args, meaning=chosen)
    if chosen.function.foreign:
        return typed
    typed = _with_pattern(found, typed)
    if typed.meaning is not chosen:
        return typed
    if args and all(isinstance(arg.node, Literal) for arg in args):
        return _folded(
            found, typed, chosen, [arg.node.value for arg in args if isinstance(arg.node, Literal)]
        )
    if overload.params[0].kind is Kind.TIMESTAMP and len(args) == 2 and isinstance(args[1].node, Literal):
        return _with_zone(found, typed, chosen, args[1].node.value)
    return typed


def _with_pattern(found: Findings, typed: Typed) -> Typed:
    """``matches`` with a literal: it is compiled here and now."""
    if cast(Call, typed.node).name != "matches" or not isinstance(typed.parts[1].node, Literal):
        return typed
    text, regex = typed.parts
    try:
        fallible = text.fallible or not text.surely(Kind.STRING)
        return replace(typed, fallible=fallible, meaning=Regex(pattern(cast(Literal, regex.node).value)))
    except PatternRefused as error:
        hint = "patterns are RE2's: no look-around, no back-references"
        found.mismatch("RF206", regex.node, f"the pattern does not compile: {error}", hint)
        return typed


def _folded(found: Findings, typed: Typed, chosen: Chosen, values: list[Value]) -> Typed:
    """A call of literals is a literal, if it gives a scalar; if it fails, it always will."""
    overload = chosen.overload
    if overload.cost is not None and overload.cost(*values) > _FOLDED_STEPS:
        return typed
    try:
        value = bind(chosen.function, overload, found.scope.zone)(*values)
    except EvaluationError as error:
        days = chosen.function.name == "duration" and _DAYS.search(values[0])
        found.mismatch("RF213", typed.node, error.message, "a day is 24h" if days else None)
        return typed
    if overload.result.kind in (Kind.DYN, Kind.LIST, Kind.TYPE):
        return typed
    return Typed(Literal(typed.node.start, typed.node.end, value), overload.result, False)


def _with_zone(found: Findings, typed: Typed, chosen: Chosen, zone: Value) -> Typed:
    """``getHours("Europe/Berlin")``: the name of the zone can be tried out beforehand."""
    try:
        bind(chosen.function, chosen.overload, found.scope.zone)(_SOME_TIME, zone)
    except EvaluationError as error:
        found.mismatch("RF213", typed.parts[1].node, error.message)
    return typed


def _wrong_form(function: Function, method: bool, args: tuple[Typed, ...]) -> tuple[str, str | None]:
    other = [each for each in function.overloads if each.takes(not method, len(args))]
    if other:
        shown = "a method" if other[0].form is Form.METHOD else "a function"
        first = spelled(args[0].node)
        rest = ", ".join(spelled(arg.node) for arg in args[1:])
        call = f"{first}.{function.name}({rest})"
        if method:
            call = f"{function.name}({first}{', ' if rest else ''}{rest})"
        return f"{function.name}() is {shown}", f"write {call}"
    count = len(args) - method
    message = f"{function.name}() does not take {count} argument{'' if count == 1 else 's'}"
    return message, _forms(function, function.overloads, method)


def _wrong_kind(
    function: Function, candidates: tuple[Overload, ...], args: tuple[Typed, ...], method: bool
) -> tuple[str, str | None]:
    forms = _forms(function, candidates, method)
    for position, arg in enumerate(args):
        if not any(_may_fit(arg.type, each.param(position), True) for each in candidates):
            message = f"{spelled(arg.node)} is {in_words(arg.type)}, {function.name}() does not take that"
            date = bare_date(arg.node)
            return message, f'write {function.name}("{date}")' if date else forms
    given = ", ".join(str(arg.type) for arg in args)
    return f"{function.name}() does not take ({given})", forms


def _forms(function: Function, overloads: tuple[Overload, ...], method: bool) -> str:
    """How the function may be called, as far as there is room for it."""
    forms = list(dict.fromkeys(signature(function, each, method) for each in overloads))
    return f"write {' or '.join(forms[:_MOST_FORMS])}"


def signature(function: Function, overload: Overload, method: bool = False) -> str:
    """``string.contains(string)``: how an overload is called, as a method if it may be and ``method`` is."""
    params = [str(replace(each, element=None) if each.element == DYN else each) for each in overload.params]
    if overload.variadic:
        params.append("…")
    if overload.form is Form.METHOD or (method and overload.form is Form.EITHER):
        return f"{params[0]}.{function.name}({', '.join(params[1:])})"
    return f"{function.name}({', '.join(params)})"
