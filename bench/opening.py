"""The sample shop, opened for a play: the payment service, and services over a copy of its rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench import servers
from bench.gateway import Gateway
from bench.play import RESOURCE
from bench.services.started import payment_service

_SHOP = Path(__file__).parents[1] / "rules"


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is open: its services, all on one database, and its payment service."""

    servers: Sequence[servers.Server]
    gateway: Gateway

    @property
    def urls(self) -> list[str]:
        """Where its services are."""
        return [server.url for server in self.servers]


@contextmanager
def shop(
    resource: dict[str, Any], seed: int, *, database: str | None = None, processes: int = 1
) -> Iterator[Shop]:
    """Open the shop, and close it with the block. Raises `ServerFailed` and `ServiceFailed`.

    ``resource``: the limits of payment, as in ``rulesflow.yaml``; ``database``: by default a new SQLite.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="shop-")))
        payment = stack.enter_context(payment_service(folder / "ledger.db", seed=seed))
        settings = {
            "RULESFLOW_DATABASE_URL": database or f"sqlite:///{folder / 'state.db'}",
            "RULESFLOW_PLUGINS__PAYMENT__BASE_URL": payment.url,
            "RULESFLOW_PLUGINS__STOCK__DATABASE": str(folder / "stock.db"),
            "RULESFLOW_PLUGINS__REFUND__DATABASE": str(folder / "refund.db"),
            "RULESFLOW_PLUGINS__SHIPPING__FOLDER": str(folder / "labels"),
        }
        rules = _rules(folder / "rules", resource)
        started = [stack.enter_context(servers.rulesflow(rules, settings)) for _ in range(processes)]
        yield Shop(started, Gateway(payment.url))


def _rules(folder: Path, resource: dict[str, Any]) -> Path:
    """The shop's rules, with other limits for payment."""
    shutil.copytree(_SHOP, folder)
    file = folder / "rulesflow.yaml"
    project = yaml.safe_load(file.read_text(encoding="utf-8"))
    resources = project.setdefault("resources", {})
    resources[RESOURCE] = {**resources.get(RESOURCE, {}), **resource}
    file.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
    return folder
