"""Alerts: looked after by one thread of one process, whichever database they share; shown by all."""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from rulesflow.model.rendering import visible
from rulesflow.model.times import Timestamp
from rulesflow.runtime.alerthook import AlertHook
from rulesflow.runtime.alertstore import AlertStore, worst
from rulesflow.runtime.alertwatch import AlertWatch, Change, Problems
from rulesflow.runtime.clock import MICROS
from rulesflow.runtime.database import Database
from rulesflow.runtime.outage import Outage
from rulesflow.runtime.stats import Stats
from rulesflow.watch.alertrule import SEVERITIES, AlertRule

logger = logging.getLogger(__name__)

STATUSES: Final = ("open", "closed", "all")
LIMIT: Final = 100
_EVERY: Final = 5.0  # seconds between two looks
_FORGOTTEN: Final = 600 * MICROS  # between two looks for what is old
_DAY: Final = 86_400 * MICROS
Rules: TypeAlias = Callable[[], Mapping[str, AlertRule]]
#: Hears of ``alert.opened`` and ``alert.closed``: the kind, the subject, when, and the alert.
Hear: TypeAlias = Callable[[str, str, Timestamp, Mapping[str, Any]], None]


class Alerts:
    """``start`` it, ``stop`` it. ``rules``: those in force; ``address``: of the webhook, None for none.

    ``days``: after which alerts that are closed are forgotten, 0 for never. ``secret``: what is posted is
    signed with it, as `AlertHook` does.
    """

    def __init__(
        self,
        database: Database,
        stats: Stats,
        rules: Rules,
        hear: Hear,
        address: str | None,
        days: int = 0,
        secret: str | None = None,
    ) -> None:
        self._store = AlertStore(database)
        self._stats = stats
        self._rules = rules
        self._hear = hear
        self._days = days
        self._name = uuid.uuid4().hex
        self._watch = AlertWatch()
        self._leads = False
        self._forgotten = 0
        self._outage = Outage(logger, "alerts are not looked after", "alerts are looked after again")
        #: How many are open, by alert and severity, as it was seen last.
        self.open: Mapping[tuple[str, str], int] = {}
        #: What could not be told, by whichever process looked last.
        self.problems = Problems()
        self._hook = AlertHook(self._store, address, lambda: self._leads, secret) if address else None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rulesflow-alerts", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()
        if self._hook is not None:
            self._hook.start()

    def stop(self) -> None:
        """End, and let another process look at once. Blocks."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._hook is not None:
            self._hook.stop()
        if self._leads:
            self._quietly(lambda: self._store.leave(self._name))
            self._leads = False

    # -- looking ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        with asyncio.Runner() as runner:
            while not self._stopping.wait(_EVERY):
                self._quietly(lambda: runner.run(self.look()))

    async def look(self) -> None:
        """Open and close what is to be, if this process looks after alerts. Blocks the event loop."""
        led, self._leads = self._leads, self._store.lead(self._name)
        if self._leads and not await self._look_after() and led:
            return  # it stands as it was seen last
        self.open = self._store.counts()
        self.problems = self._store.problems()

    async def _look_after(self) -> bool:
        """Open and close what is to be; whether anything is otherwise than before."""
        rules = [*self._rules().values()]
        measured = await self._stats.of_windows({rule.window for rule in rules if rule.enabled})
        at = self._stats.clock()
        self._watch.problems = known = self._store.problems()
        self._watch.adopt(self._store.open_pairs())
        changes = self._watch.look(rules, measured, at)
        self._tell(changes, at)
        if self._watch.problems != known:
            self._store.keep_problems(self._name, self._watch.problems)
        self._forget(at)
        return bool(changes) or self._watch.problems != known

    def _tell(self, changes: Iterable[Change], at: int) -> None:
        posted = self._hook is not None
        for change in changes:
            keep = self._store.opened if change.told == "opened" else self._store.closed
            alert = keep(change, at, posted=posted)
            if alert is None:  # another process has told it
                continue
            level = logging.WARNING if change.told == "opened" else logging.INFO
            parts = {name: alert[name] for name in ("id", "alert", "severity", "subject")}
            words = change.told, alert["alert"], visible(alert["subject"]), visible(alert["text"])
            logger.log(level, "alert %s: %s of %s: %s", *words, extra={"alert": parts})
            self._hear(f"alert.{change.told}", alert["subject"], Timestamp(at * 1000), alert)

    def _forget(self, at: int) -> None:
        if abs(at - self._forgotten) >= _FORGOTTEN:
            self._store.forget(at - self._days * _DAY if self._days else None)
            self._forgotten = at

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._outage.over()
        except Exception as error:
            self._leads = self._leads and not isinstance(error, SQLAlchemyError)
            self._outage.failed(error)

    # -- showing ---------------------------------------------------------------------------------------

    async def list(
        self, status: str = "open", limit: int = LIMIT, cursor: str | None = None
    ) -> dict[str, Any]:
        """A page, newest first: ``{alerts, next}``. Raises `FactsRefused` for a cursor that is none."""
        return await asyncio.to_thread(self._store.page, status, limit, cursor)

    async def acknowledge(self, id_: str, by: str, note: str) -> dict[str, Any]:
        """Note who has seen an alert; the alert. Raises `UnknownName`."""
        return await asyncio.to_thread(self._store.acknowledge, id_, by, note, self._stats.clock())

    async def summary(self) -> dict[str, Any]:
        """``{open, worst}``: how many are open, and the severity of the one that hurts most."""
        open_ = await asyncio.to_thread(self._store.counts)
        severities = [severity for _, severity in open_]
        return {"open": sum(open_.values()), "worst": worst(severities, SEVERITIES)}

    def rules(self) -> dict[str, Any]:
        """What raises alerts: ``{rules}``, with what could not be told of them a few seconds ago."""
        return {"rules": [_rule(each, self.problems.of(each.name)) for each in self._rules().values()]}


def _rule(rule: AlertRule, problem: str | None) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "title": rule.title,
        "of": rule.of,
        "severity": rule.severity,
        "when": rule.when_text,
        "clear": rule.clear_text,
        "for": rule.hold,
        "clear_for": rule.clear_hold,
        "file": rule.span.file,
        "line": rule.span.line,
        "source": rule.source,
        "enabled": rule.enabled,
        "problem": problem,
    }
