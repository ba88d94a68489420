from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from rulesflow.watch.measures import (
    CLASSES,
    RESOURCE_FACTS,
    SERVICE_FACTS,
    STATES,
    STEP_FACTS,
    Facts,
    Latency,
    ResourceMeasures,
    ServiceMeasures,
    StepMeasures,
    Usual,
    Verdict,
)
from rulesflow.workflows.step import ErrorClass

LATENCY = Latency(0.1, 0.2, 0.3)
USUAL = Usual("recent", 5, 0.0, LATENCY, LATENCY)
STEP = StepMeasures(
    step="charge",
    resource="payment",
    window=300.0,
    calls=4,
    per_second=0.1,
    errors=1,
    error_rate=0.25,
    by_class={"timeout": 1},
    run=LATENCY,
    queue=LATENCY,
    oldest_call=1.5,
    usual=USUAL,
    verdict=Verdict("slow", "it is"),
)
RESOURCE = ResourceMeasures(
    resource="payment",
    window=60.0,
    run=LATENCY,
    queue=LATENCY,
    oldest_call=1.5,
    usual=USUAL,
    oldest_parked=3.0,
    expected_end=4.0,
)
SERVICE = ServiceMeasures(seconds=1.0, rules_age=2.0)


@pytest.mark.parametrize(
    ("facts", "schema"),
    [
        (STEP.facts(), STEP_FACTS),
        (StepMeasures(step="charge", resource="payment", window=60.0).facts(), STEP_FACTS),
        (RESOURCE.facts(), RESOURCE_FACTS),
        (ResourceMeasures(resource="payment", window=60.0).facts(), RESOURCE_FACTS),
        (SERVICE.facts(), SERVICE_FACTS),
        (ServiceMeasures().facts(), SERVICE_FACTS),
    ],
)
def test_facts_are_as_their_schema_says(facts: Facts, schema: Facts) -> None:
    Draft202012Validator(schema).validate(facts)


@pytest.mark.parametrize(
    ("facts", "schema"),
    [(STEP.facts(), STEP_FACTS), (RESOURCE.facts(), RESOURCE_FACTS), (SERVICE.facts(), SERVICE_FACTS)],
)
def test_facts_can_be_all_that_the_schema_has(facts: Facts, schema: Facts) -> None:
    assert facts.keys() == schema["properties"].keys()


def test_what_is_not_known_is_absent_from_the_facts() -> None:
    assert "run" not in StepMeasures(step="charge", resource="payment", window=60.0).facts()
    assert "seconds" not in ServiceMeasures().facts()


def test_the_verdict_of_a_step_is_its_state_to_a_condition() -> None:
    assert STEP.facts()["verdict"] == "slow"
    assert {"slow", "saturated", "failing", "held", "well", "unknown"} == {*STATES}


def test_the_classes_of_errors_are_those_of_steps() -> None:
    assert [*CLASSES] == [str(each) for each in ErrorClass]
