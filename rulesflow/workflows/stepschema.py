"""The schemas of a plugin's step, compiled: what a call of it must be given, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from rulesflow.documents.jsontext import write_json
from rulesflow.documents.yaml import read_yaml
from rulesflow.model.errors import RulesflowError
from rulesflow.schemas import Schema, decode_schema
from rulesflow.workflows.step import JsonSchema, Step


class BrokenStep(RulesflowError):
    """A step's schema is none that rulesflow understands. The message names plugin, step and fault."""


@dataclass(frozen=True, slots=True)
class StepSchemas:
    """What a step takes and gives."""

    input: Schema
    output: Schema


def step_schemas(step: Step, zone: tzinfo = UTC) -> StepSchemas:
    """Compile both schemas of a step. Raises `BrokenStep`."""
    return StepSchemas(
        _compiled(step, "input", step.input, zone), _compiled(step, "output", step.output, zone)
    )


def _compiled(step: Step, which: str, written: JsonSchema, zone: tzinfo) -> Schema:
    plugin = step.name.partition(".")[0]
    where = f"plugin {plugin}, step {step.name}: the {which} schema"
    try:
        document = read_yaml(write_json(written), step.name)
    except (TypeError, ValueError, RulesflowError) as error:
        raise BrokenStep(f"{where} is no JSON: {error}") from None
    if document.root is None or document.diagnostics:
        fault = document.diagnostics[0].message if document.diagnostics else "it is empty"
        raise BrokenStep(f"{where} cannot be read: {fault}")
    decoded = decode_schema(document.root, zone)
    if decoded.schema is None:
        faults = "; ".join(
            found.message + (f" ({found.hint})" if found.hint else "") for found in decoded.diagnostics
        )
        raise BrokenStep(f"{where} is not right: {faults}")
    return decoded.schema
