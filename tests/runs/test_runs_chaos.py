"""Scenarios that try to lose orders, played briefly; and one that must, so that it is known to be seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.chaos import report
from bench.chaos.play import play
from bench.chaos.premises import Bank, bank
from bench.chaos.scenario import Fault, Scenario, draw
from bench.services.faults import Faults
from bench.services.ledger import Ledger, Work
from bench.services.payment import PaymentService
from bench.services.serving import Reply, Service
from bench.services.started import Running, score_service

ORDERS = 40
SECONDS = 10
#: They kill servers and PostgreSQL, freeze one, join a second one, and harm clock, disk and payment.
SEEDS = (95, 115)


class CarelessLedger(Ledger):
    """Does the work of a key as often as it is asked to."""

    def once(self, key: str, request: Any, work: Work) -> Reply:
        with self._transaction() as connection:
            return work(connection)


@contextmanager
def careless_bank(ledger: Path, seed: int) -> Iterator[Running]:
    """A payment service to which a key means nothing."""
    books = CarelessLedger(ledger)
    routes = PaymentService(books, None)
    with Service(0, Faults(seed), routes.faulty(), routes.sound()) as service, score_service() as process:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield replace(process, url=service.url)
        service.shutdown()
        thread.join()
    books.close()


def told(scenario: Scenario, folder: Path, open_bank: Bank = bank) -> tuple[set[str], str]:
    """The promises that were broken, and everything that was said."""
    lines = list(report.plan(scenario))
    outcome = play(scenario, folder, lines.append, open_bank=open_bank)
    lines += report.verdict(outcome)
    return {each.promise for each in outcome.broken}, "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whatever_goes_wrong_every_promise_is_kept(
    tmp_path: Path, database: str, seed: int, request: pytest.FixtureRequest
) -> None:
    if database == "postgresql":
        request.getfixturevalue("postgres")  # it tells whether there can be any
    broken, said = told(draw(seed, database, ORDERS, SECONDS), tmp_path)
    assert not broken, said


@pytest.mark.slow
def test_a_payment_service_that_ignores_keys_is_found_out(tmp_path: Path) -> None:
    calm = draw(1, "sqlite", 8, 2)
    twice = Fault("payment does everything twice", 0, 4, {"repeat": {"share": 1.0}})
    broken, said = told(replace(calm, faults=(twice,)), tmp_path, careless_bank)
    assert "nobody pays twice" in broken, said
    assert "ledger: charge 2" in said
    assert '"type": "call"' in said
