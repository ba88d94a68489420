"""Real orders through the workflow `order`: the rules decide, the steps of plugins are mocked."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from orders import ORDERS, REGIONS, Trial, read_orders, trials

from rulesflow.documents.folder import read_folder
from rulesflow.runtime.loading import load_folder, plugins_for
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.workflow_cases import decider, schemas_of
from rulesflow.workflows.mocks import Mock
from rulesflow.workflows.simulate import SignalGiven, Simulated, simulate

pytestmark = pytest.mark.skipif(
    not ORDERS.is_file(),
    reason="the real orders are not here: ../shared/data/orders.ndjson from the project's root",
)

HOW_MANY = 50
RULES = Path(__file__).parents[2] / "rules"
Runs = list[tuple[Trial, Simulated]]


@pytest.fixture(scope="module")
def project() -> LoadedProject:
    folder = read_folder(RULES)
    return load_folder(folder, plugins_for(folder))


@pytest.fixture(scope="module")
def chosen() -> list[dict[str, Any]]:
    """Fifty orders of all kinds: those that were not simply delivered, from several sellers, then any."""
    rare = [
        order
        for order in read_orders()
        if order["status"] != "delivered" or len({line["seller"] for line in order["lines"]}) > 1
    ]
    return [*rare[:30], *read_orders()[: HOW_MANY - len(rare[:30])]]


@pytest.fixture(scope="module")
def runs(project: LoadedProject, chosen: list[dict[str, Any]]) -> dict[str, Runs]:
    return {region: [(trial, run(project, trial)) for trial in trials(chosen, region)] for region in REGIONS}


def run(project: LoadedProject, trial: Trial) -> Simulated:
    workflow = project.workflows["order"]
    currency = trial.facts["order"]["currency"]
    mocks: dict[str, Any] = {
        "reserve": {"reservation_id": "r", "quantity": 1},
        "back_order/goods/*/take": {"reservation_id": "r", "quantity": 1},
        "check": {"value": 0, "reasons": [], "source": "local"},
        "charge": {"charge_id": "c", "amount": trial.facts["order"]["total"], "currency": currency},
        "ship": {"label": "l.pdf", "tracking": "t", "carrier": "post"},
        "split/*/parcel": {"label": "l.pdf", "tracking": "t", "carrier": "post"},
    }
    return simulate(
        workflow,
        workflow.input.validate(trial.facts),
        decide=decider(project),
        mocks={path: (Mock(output),) for path, output in mocks.items()},
        signals=[SignalGiven("approval", {"verdict": "approved"})],
        at=trial.at,
        steps=schemas_of(project),
    )


def test_every_order_ends_as_its_stock_says(project: LoadedProject, runs: dict[str, Runs]) -> None:
    assert project.ruleset is not None
    ended = set()
    for region in REGIONS:
        assert len(runs[region]) == HOW_MANY
        for trial, done in runs[region]:
            action = project.ruleset.decide("stock", trial.facts, trial.at).result["action"]
            ended.add((action, done.status))
            assert ("back_order" in done.path) == (action == "back-order")
            assert ("reserve" in done.path) == (action == "allocate")
            if done.status == "failed":
                assert done.problem is not None
                assert (action, done.problem.code) == ("reject", "no-stock")
    assert ended == {("allocate", "completed"), ("back-order", "completed"), ("reject", "failed")}


def test_an_order_is_looked_at_if_and_only_if_the_rules_want_it(
    project: LoadedProject, runs: dict[str, Runs]
) -> None:
    assert project.ruleset is not None
    looked_at = 0
    for region in REGIONS:
        for trial, done in runs[region]:
            if done.status == "completed":
                facts = {**trial.facts, "payment": {**trial.facts["payment"], "score": 0}}
                verdict = project.ruleset.decide("fraud", facts, trial.at).result["verdict"]
                assert ("review" in done.path) == (verdict == "review")
                looked_at += verdict == "review"
    assert looked_at > 0


def test_every_order_is_charged_once_to_the_cent_of_discount_and_delivery(
    project: LoadedProject, runs: dict[str, Runs]
) -> None:
    assert project.ruleset is not None
    for region in REGIONS:
        for trial, done in runs[region]:
            charges = [each.input for each in done.calls if each.step == "payment.charge"]
            if done.status != "completed":
                assert charges == []
                continue
            percent = project.ruleset.decide("discount", trial.facts, trial.at).result["percent"]
            delivery = project.ruleset.decide("shipping", trial.facts, trial.at).result["price"]
            goods = Decimal(trial.facts["order"]["total"] * (100 - percent)) / 100
            cents = Decimal("0.01")
            assert [each["amount"] for each in charges] == [goods.quantize(cents, ROUND_HALF_UP) + delivery]


def test_each_seller_sends_a_parcel_of_its_own(runs: dict[str, Runs]) -> None:
    split = 0
    for region in REGIONS:
        for trial, done in runs[region]:
            if done.status == "completed":
                parcels = [each for each in done.calls if each.step == "shipping.label"]
                several = trial.facts["order"]["sellers"] > 1
                assert len(parcels) == (len(trial.facts["order"]["lines"]) if several else 1)
                assert done.output["tracking"] == ["t"] * len(parcels)
                split += several
    assert split > 0
