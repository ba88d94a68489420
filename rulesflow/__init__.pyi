from rulesflow.conditions import (
    EvaluationError as EvaluationError,
    Function as Function,
    Overload as Overload,
    Type as Type,
)
from rulesflow.hooks.access import Principal as Principal, Request as Request, Verdict as Verdict
from rulesflow.hooks.event import Event as Event
from rulesflow.hooks.functions import function as function, type_named as type_named
from rulesflow.hooks.mark import hookimpl as hookimpl
from rulesflow.hooks.settings import PluginSettings as PluginSettings
from rulesflow.hooks.source import RuleSource as RuleSource
from rulesflow.hooks.stepdatabase import StepDatabase as StepDatabase
from rulesflow.model.diagnostics import Diagnostic as Diagnostic, Severity as Severity, Span as Span
from rulesflow.rules import Ruleset as Ruleset
from rulesflow.workflows.emitted import EmitRefused as EmitRefused, Emitted as Emitted
from rulesflow.workflows.resource import Breaker as Breaker, Resource as Resource
from rulesflow.workflows.step import (
    ErrorClass as ErrorClass,
    Step as Step,
    StepCall as StepCall,
    StepError as StepError,
)

__version__: str
