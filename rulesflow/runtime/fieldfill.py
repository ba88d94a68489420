"""Fields of runs that began before anybody was to find them by these: filled in from their stored input."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.model.errors import RulesflowError
from rulesflow.runtime.database import RUN_FIELDS, RUNS, Database
from rulesflow.runtime.drive import Order
from rulesflow.runtime.entries import fields_of, indexed_paths
from rulesflow.runtime.listing import ENDED
from rulesflow.runtime.project import LoadedProject
from rulesflow.runtime.records import RecordRefused
from rulesflow.runtime.runquery import short

logger = logging.getLogger(__name__)

_PAGE: Final = 500  # runs
_AGAIN: Final = (
    60.0  # seconds; meanwhile other processes may start runs by rules that know nothing of a field
)


class FieldFill:
    """Sees to it that live runs are found by fields. It blocks; any thread may call it.

    ``project``: gives archived rules by their digest; ``orders``: what runs were started with, frozen.
    """

    def __init__(
        self,
        database: Database,
        project: Callable[[str], LoadedProject],
        orders: Callable[[Sequence[str]], Mapping[str, Any]],
    ) -> None:
        self._database = database
        self._project = project
        self._orders = orders
        self._filled: dict[str, float] = {}

    def see_to(self, names: Collection[str]) -> None:
        """Fill in the fields of these names, where that was not done shortly before.

        Raises `SQLAlchemyError`; then they are filled in the next time.
        """
        moment = time.monotonic()
        due = sorted(name for name in names if self._filled.get(name, -_AGAIN) <= moment - _AGAIN)
        for name in due:
            self._fill(name, tuple(name.split(".")))
            self._filled[name] = moment

    def _fill(self, name: str, path: tuple[str, ...]) -> None:
        digests = [digest for digest in self._digests() if not self._knows(digest, path)]
        last, count = "", 0
        while digests and (runs := self._page(digests, name, last)):
            count += self._add(runs, path)
            last = runs[-1]
        if count:
            logger.info("%d runs are now found by %s", count, name)

    def _digests(self) -> list[str]:
        live = sa.select(RUNS.c.digest).where(RUNS.c.status.not_in(ENDED)).distinct()
        return [row.digest for row in self._database.rows(live)]

    def _knows(self, digest: str, path: tuple[str, ...]) -> bool:
        """Whether runs that are pinned to these rules have had the field from their beginning."""
        try:
            return path in indexed_paths(self._project(digest))
        except RulesflowError:  # they can no longer be loaded
            return False

    def _page(self, digests: Sequence[str], name: str, last: str) -> list[str]:
        """The next runs that lack the field."""
        has = sa.exists().where(RUN_FIELDS.c.run == RUNS.c.id, RUN_FIELDS.c.name == short(name))
        live = RUNS.c.status.not_in(ENDED) & RUNS.c.digest.in_(digests)
        query = sa.select(RUNS.c.id).where(live, ~has, RUNS.c.id > last).order_by(RUNS.c.id).limit(_PAGE)
        return [row.id for row in self._database.rows(query)]

    def _add(self, runs: Sequence[str], path: tuple[str, ...]) -> int:
        rows = []
        for run, frozen in self._orders(runs).items():
            try:
                given = Order.thaw(frozen).given
            except RecordRefused:  # it stands still, and cannot receive anything
                continue
            for name, value in fields_of([path], given).items():
                rows.append({"run": run, "name": short(name), "value": short(value)})
        if rows:
            with self._database.writing() as connection:
                self._database.insert_missing(RUN_FIELDS, rows, connection)
        return len(rows)
