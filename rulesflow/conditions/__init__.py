"""The condition language: CEL with exact decimals, checked, then compiled to Python."""

from __future__ import annotations

from rulesflow.conditions.budget import Budget
from rulesflow.conditions.checker import check
from rulesflow.conditions.compiler import Program, compile_condition
from rulesflow.conditions.functions import Form, Function, Overload
from rulesflow.conditions.guards import Guards
from rulesflow.conditions.parser import parse
from rulesflow.conditions.problems import BudgetExceeded, ConditionError, EvaluationError, Problem
from rulesflow.conditions.scope import Scope
from rulesflow.conditions.standard import STANDARD
from rulesflow.conditions.templates import parse_template
from rulesflow.conditions.typed import Checked
from rulesflow.conditions.types import Field, Kind, Type, Value, assignable

__all__ = [
    "STANDARD",
    "Budget",
    "BudgetExceeded",
    "Checked",
    "ConditionError",
    "EvaluationError",
    "Field",
    "Form",
    "Function",
    "Guards",
    "Kind",
    "Overload",
    "Problem",
    "Program",
    "Scope",
    "Type",
    "Value",
    "assignable",
    "check",
    "compile_condition",
    "parse",
    "parse_template",
]
