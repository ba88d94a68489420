"""All that a scenario strikes: the services, the database, the servers, a disk and a clock, in one folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.clock import Clock, NoClock
from bench.chaos.disk import Disk, NoDisk, mounted
from bench.chaos.postgres import Postgres
from bench.chaos.server import Server
from bench.services.started import Running, payment_service, postgresql, score_service

RULES = Path(__file__).parents[2] / "rules"

#: Opens a payment service over a ledger in a folder, with the seed of its faults.
Bank = Callable[[Path, int], AbstractContextManager[Running]]


@dataclass(slots=True)
class Premises:
    """Everything that runs. ``missing``: lane of faults -> why this machine cannot have them."""

    folder: Path
    first: Server
    second: Server
    payment: Running
    score: Running
    postgres: Postgres | None
    disk: Disk | None
    clock: Clock | None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def ledger(self) -> Path:
        """The books of the payment service."""
        return self.folder / "ledger.db"

    @property
    def stock(self) -> Path:
        """The stock plugin's database."""
        return self.folder / "stock.db"

    @property
    def labels(self) -> Path:
        """The folder of the labels."""
        return labels_of(self.folder, self.disk)

    @property
    def servers(self) -> tuple[Server, Server]:
        """Both, whether they run or not."""
        return self.first, self.second

    def urls(self) -> list[str]:
        """The servers that take requests now."""
        return [server.url for server in self.servers if server.url]


def bank(ledger: Path, seed: int) -> AbstractContextManager[Running]:
    """The payment service as it comes."""
    return payment_service(ledger, seed=seed)


def labels_of(folder: Path, disk: Disk | None) -> Path:
    """Where labels go: on the disk that can be filled, where there is one."""
    return disk.labels if disk else folder / "labels"


@contextmanager
def opened(
    folder: Path, database: str, seed: int, shelf: int, *, open_bank: Bank = bank, rules: Path = RULES
) -> Iterator[Premises]:
    """Premises whose first server takes requests; all of it ends with the block.

    ``shelf``: pieces of each article. Raises `ServiceFailed` and `ServerFailed`.
    """
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        postgres = Postgres(stack.enter_context(postgresql())) if database == "postgresql" else None
        payment = stack.enter_context(open_bank(folder / "ledger.db", seed))
        score = stack.enter_context(score_service(seed=seed))
        disk = _disk(stack, folder / "disk", missing)
        clock = _clock(folder, missing)
        settings = {
            **clean(),
            "RULESFLOW_DATABASE_URL": postgres.url if postgres else f"sqlite:///{folder / 'state.db'}",
            "RULESFLOW_PLUGINS__STOCK__DATABASE": str(folder / "stock.db"),
            "RULESFLOW_PLUGINS__STOCK__INITIAL": str(shelf),
            "RULESFLOW_PLUGINS__REFUND__DATABASE": str(folder / "refund.db"),
            "RULESFLOW_PLUGINS__SHIPPING__FOLDER": str(labels_of(folder, disk)),
            "RULESFLOW_PLUGINS__PAYMENT__BASE_URL": payment.url,
            "RULESFLOW_PLUGINS__FRAUD__BASE_URL": score.url,
        }
        stepped = {**settings, **clock.environment} if clock else settings
        first = Server("server", folder, rules, stepped)
        second = Server("second server", folder, rules, settings)
        for server in (first, second):
            stack.callback(server.end)
            stack.callback(server.thaw)
        first.start()
        yield Premises(folder, first, second, payment, score, postgres, disk, clock, missing)


def clean() -> Mapping[str, str]:
    """Our environment, without settings that are nobody's here."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RULESFLOW_")}


def _disk(stack: ExitStack, folder: Path, missing: dict[str, str]) -> Disk | None:
    try:
        return stack.enter_context(mounted(folder))
    except NoDisk as reason:
        missing["disk"] = str(reason)
        return None


def _clock(folder: Path, missing: dict[str, str]) -> Clock | None:
    try:
        return Clock(folder)
    except NoClock as reason:
        missing["clock"] = str(reason)
        return None
