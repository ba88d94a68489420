"""From checked conditions to Python code objects."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any, Final

from rulesflow.conditions.access import plain_keys
from rulesflow.conditions.budget import Budget
from rulesflow.conditions.emitter import Emitter
from rulesflow.conditions.pieces import BUDGET, NAMES, place
from rulesflow.conditions.problems import ConditionError, EvaluationError
from rulesflow.conditions.scope import Scope
from rulesflow.conditions.typed import Checked
from rulesflow.conditions.types import Kind, Value

_FILE: Final = "<condition>"
#: ``Program.function``: (names, budget) -> value.
Function = Callable[[Mapping[str, Value], Budget], Value]


class Program:
    """A compiled condition. Calling it evaluates it on the facts.

    ``function`` does the same, but leaves `locate` to the caller: for loops over many conditions.
    """

    __slots__ = ("_places", "function")

    def __init__(self, function: Function, places: tuple[tuple[int, int], ...]) -> None:
        self.function = function
        self._places = places

    def __call__(self, names: Mapping[str, Value], budget: Budget) -> Value:
        """Evaluate. Raises `EvaluationError`, which tells the place, also when the budget is spent."""
        try:
            return self.function(names, budget)
        except EvaluationError as error:
            self.locate(error)
            raise

    def locate(self, error: EvaluationError) -> EvaluationError:
        """Fill in the error's place: what the innermost piece of compiled code was made for."""
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == _FILE and 0 < traceback.tb_lineno <= len(
                self._places
            ):
                error.start, error.end = self._places[traceback.tb_lineno - 1]
            traceback = traceback.tb_next
        return error


def compile_condition(checked: Checked, scope: Scope) -> Program:
    """Compile a checked expression. Raises `ConditionError` if it has problems."""
    if checked.problems:
        raise ConditionError(checked.problems)
    emitter = Emitter(scope.zone)
    body = emitter.emit(checked.tree)
    function = make_function(body, emitter.constants)
    if not emitter.has_plain_keys and checked.type.kind is not Kind.BOOL:
        function = _with_plain_keys(function)
    return Program(function, tuple(emitter.places))


def _with_plain_keys(function: Function) -> Function:
    def plain(names: Mapping[str, Value], budget: Budget) -> Value:
        return plain_keys(function(names, budget))

    return plain


def make_function(body: ast.expr, constants: dict[str, Any]) -> Function:
    """A function of ``names`` and ``budget`` that gives the value of ``body``."""
    at = place(1)
    parameters = [ast.arg(NAMES, **at), ast.arg(BUDGET, **at)]
    arguments = ast.arguments(posonlyargs=[], args=parameters, kwonlyargs=[], kw_defaults=[], defaults=[])
    expression = ast.Expression(ast.Lambda(arguments, body, **at))
    module = compile(expression, _FILE, "eval", dont_inherit=True)
    code = next(each for each in module.co_consts if isinstance(each, CodeType))
    return FunctionType(code, constants, "condition")
