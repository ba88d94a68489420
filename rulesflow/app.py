"""The composition root: it alone knows everything, and puts it together from the settings."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI

from rulesflow.api.application import build_application
from rulesflow.api.bounded import Bounded
from rulesflow.api.tracing import Traced
from rulesflow.documents.folder import read_folder
from rulesflow.hooks.event import Event
from rulesflow.hooks.invoker import Invoker
from rulesflow.hooks.manager import Plugins
from rulesflow.model.times import Timestamp
from rulesflow.rules.memory import Memory
from rulesflow.runtime.activations import Activations
from rulesflow.runtime.alerts import Alerts
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import Catalog, now
from rulesflow.runtime.changes import Changes
from rulesflow.runtime.database import Database, database_url, shown
from rulesflow.runtime.eventretention import EventRetention
from rulesflow.runtime.events import Around as Surroundings, Events
from rulesflow.runtime.eventstore import EventStore
from rulesflow.runtime.executor import Around, Executor
from rulesflow.runtime.fieldfill import FieldFill
from rulesflow.runtime.inbox import Inbox
from rulesflow.runtime.intake import Intake
from rulesflow.runtime.listing import Listing
from rulesflow.runtime.loading import load_archived, load_files, load_folder, plugins_for
from rulesflow.runtime.logs import log_config
from rulesflow.runtime.pins import Pins
from rulesflow.runtime.project import LoadedProject, needed_resources
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.retention import Retention
from rulesflow.runtime.runs import Runs
from rulesflow.runtime.service import Service
from rulesflow.runtime.setfacts import SetFacts
from rulesflow.runtime.stats import Stats
from rulesflow.runtime.statsight import StatSight
from rulesflow.runtime.telemetry import find_tracer
from rulesflow.runtime.tracing import Tracer
from rulesflow.runtime.traffic import Traffic
from rulesflow.runtime.versions import Versions
from rulesflow.runtime.vetting import no_decisions, no_decisions_or_failing_cases
from rulesflow.settings import Settings, SettingsError, read_settings
from rulesflow.watch.alertfile import shipped_alerts
from rulesflow.watch.alertrule import AlertRule
from rulesflow.workflows.resource import Resource

logger = logging.getLogger(__name__)

_GRACE = 10  # seconds for requests in flight when the process is told to end


class House:
    """Everything of one process but its front: rules that are kept up to date, and runs that go on.

    ``runs``, ``traffic``, ``events``, ``facts``, ``stats`` and ``alerts`` are None where the settings name no
    database: then only decisions are served. Raises `PluginError` where a plugin is wrong, `DatabaseError`
    where the database cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.catalog = Catalog()
        self.tracer = find_tracer()
        self.plugins = plugins_for(read_folder(settings.rules))
        if settings.authenticate == "plugin" and not self.plugins.authenticates:
            raise SettingsError("authenticate: no plugin has the hook authenticate; install one, or set keys")
        veto = no_decisions_or_failing_cases if settings.require_cases else no_decisions
        memory = Memory()
        load = partial(load_folder, plugins=self.plugins, memory=memory)
        self.reloader = Reloader(settings.rules, self.catalog, load, veto)
        self.database = Database(settings.database_url if settings.keeps_runs else None)
        archive = Archive(self.database, partial(load_archived, plugins=self.plugins))
        load_sent = partial(load_files, plugins=self.plugins, memory=memory)
        parts = self.catalog, self.reloader, archive, Activations(self.database)
        self._pins = Pins(*parts, load_sent)
        self.versions = Versions(*parts, self._pins)
        ground = self.catalog, self.plugins, self.database, archive
        self._engine = Engine(settings, *ground, self.tracer) if settings.keeps_runs else None
        self.runs = self._engine.runs if self._engine else None
        self.traffic = self._engine.traffic if self._engine else None
        self.events = self._engine.events if self._engine else None
        self.facts = self._engine.facts if self._engine else None
        self.stats = self._engine.stats if self._engine else None
        self.alerts = self._engine.alerts if self._engine else None
        self.listing = self._engine.listing if self._engine else None

    def close(self) -> None:
        """Let go of everything without having started."""
        if self._engine is not None:
            self._engine.close()
        self.database.close()
        if self.tracer is not None:
            self.tracer.close()

    def start(self) -> None:
        """Load the rules, well or badly, and carry on with the runs. Blocks."""
        self.reloader.start().result()
        if self._engine is not None:
            self._engine.start()
        self._pins.start()

    def stop(self) -> None:
        """End; runs that go on are carried on by whoever comes next. Blocks."""
        self._pins.stop()
        self.reloader.stop()
        if self._engine is not None:
            self._engine.stop()
        self.database.close()
        if self.tracer is not None:
            self.tracer.close()


class Engine:
    """What carries out runs, put together."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        plugins: Plugins,
        database: Database,
        archive: Archive,
        tracer: Tracer | None = None,
    ) -> None:
        self._catalog = catalog
        self._needed = needed_resources(plugins.steps, plugins.resources)
        self._invoker = Invoker(plugins.steps, threads=settings.concurrency)
        self._database = database
        self._archive = archive
        self.listing = Listing(self._database)
        self.facts = SetFacts(self._database)
        intake = Intake(EventStore(self._database), catalog)
        inbox = Inbox(self._database)
        self.stats = Stats(self._database)
        around = Around(
            self._database,
            self._archive,
            inbox,
            self.listing,
            self._invoker,
            self._current,
            self._resources,
            plugins.lifespan,
            partial(_observe, plugins, self.stats),
            settings.concurrency,
            settings.cost_limit,
            self.facts.fill,
            intake.tell,
            intake.settle,
            self.stats.of,
            tracer=tracer,
        )
        self._executor = Executor(around)
        fields = FieldFill(self._database, self._archive.project, self._executor.durable.orders)
        self.listing.complete = fields.see_to
        old = EventRetention(self._database, self._project)
        self._retention = Retention(
            self._executor.durable, self._archive, inbox, self.listing, settings.retention_days, old.forget
        )
        parts = self._executor.resources, self._executor.parking, self._executor.busy
        changes = self._executor.changes.copy
        self.traffic = Traffic(*parts, settings.concurrency, settings.backlog, changes)
        self.runs = Runs(
            catalog, self._archive, inbox, self.listing, self._executor, self.traffic.admit, tracer
        )
        holder = self._executor.name
        self.events = Events(
            Surroundings(self._database, catalog, intake, self.runs, self.listing, self.facts, holder)
        )
        self._executor.heirs.append(self.events.inherit)
        sight = StatSight(
            self._database,
            self.traffic,
            self._executor.parking,
            catalog,
            self.events.counters,
            {name: step.needs for name, step in plugins.steps.items()},
            settings.concurrency,
        )
        self.stats.see = sight.see
        webhook, secret = (
            each.get_secret_value() if each else None
            for each in (settings.alert_webhook, settings.alert_webhook_secret)
        )
        told = partial(_alerted, plugins), webhook, settings.retention_days, secret
        self.alerts = Alerts(self._database, self.stats, self._alert_rules, *told)

    def start(self) -> None:
        """Carry on with the runs. Blocks."""
        self.events.open()
        self._executor.start()
        self.events.start()
        self._retention.start()
        self.stats.start()
        self.alerts.start()

    def stop(self) -> None:
        """Let the runs go. Blocks."""
        self._retention.stop()
        self.alerts.stop()
        self.events.stop()
        self._executor.stop()
        self.stats.stop()
        self.events.close()
        self.close()

    def close(self) -> None:
        """Let go of what is held from the beginning."""
        self._executor.durable.discard()
        self._invoker.close()

    def _current(self) -> tuple[str, LoadedProject]:
        project = self._catalog.current().project
        assert project.ruleset is not None
        self._archive.keep(project.ruleset.digest, project)
        return project.ruleset.digest, project

    def _project(self) -> LoadedProject | None:
        snapshot = self._catalog.state.snapshot
        return None if snapshot is None else snapshot.project

    def _alert_rules(self) -> Mapping[str, AlertRule]:
        project = self._project()
        return shipped_alerts() if project is None else project.alerts

    def _resources(self) -> Mapping[str, Resource]:
        snapshot = self._catalog.state.snapshot
        return self._needed if snapshot is None else snapshot.project.resources


def _observe(plugins: Plugins, stats: Stats, kind: str, run: str, told: Mapping[str, Any]) -> None:
    if kind in ("run.started", "run.failed"):
        stats.mark(kind.removeprefix("run."))
    plugins.observe(Event(kind, now(), run, told))


def _alerted(plugins: Plugins, kind: str, subject: str, at: Timestamp, told: Mapping[str, Any]) -> None:
    plugins.observe(Event(kind, at, subject, told))


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application as any ASGI server can run it. Without settings they are read from where they stand.

    It starts even if the rules do not load: then it is live but not ready, until they do. Raises what `House`
    raises.
    """
    settings = settings or read_settings()
    house = House(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(house.start)
        sources = asyncio.create_task(house.plugins.watch_sources(house.reloader.reload))
        yield
        sources.cancel()
        await asyncio.to_thread(house.stop)

    fill = house.facts.fill if house.facts else None
    service = Service(house.catalog, settings.cost_limit, fill, house.tracer)
    summary = house.alerts.summary if house.alerts else None
    changes = Changes(service.status, house.listing, house.traffic, summary)
    parts = house.runs, house.plugins, house.traffic, house.events, changes, house.alerts, house.stats
    app = build_application(settings, service, house.versions, lifespan, *parts)
    app.front = Bounded(app.front, house.database.pulse)
    if house.tracer is not None:
        app.front = Traced(app.front, house.tracer)
    return app


def serve(settings: Settings) -> None:
    """Serve until told to end (SIGINT, SIGTERM). Exits with 1 when it cannot start: the address is taken."""
    app: FastAPI | str
    if settings.workers > 1:  # each worker makes its own application, from the same settings
        House(settings).close()  # what is wrong is told once, not by each of them over and over
        os.environ.update(settings.environment())
        app = f"{__name__}:{create_app.__name__}"
    else:
        app = create_app(settings)
    try:
        uvicorn.run(
            app,
            factory=settings.workers > 1,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_config=log_config(settings),
            access_log=settings.access_log,
            ws="none",
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
    except SystemExit as ended:  # uvicorn has exit codes of its own
        raise SystemExit(1 if ended.code else 0) from None


def work(settings: Settings) -> None:
    """Carry out runs without serving, until told to end (SIGINT, SIGTERM).

    Raises what `House` raises, and `SettingsError` where there is no database.
    """
    if not settings.keeps_runs:
        raise SettingsError("a worker carries out runs, so it needs a database_url")
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    house = House(settings)
    house.start()
    logger.info("carrying out runs in %s", shown(database_url(settings.database_url)))
    told.wait()
    house.stop()
