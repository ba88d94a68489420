"""The composition root: it alone knows everything, and puts it together from the settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from rulesflow.api.application import build_application
from rulesflow.documents.folder import read_folder
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.loading import load_folder, plugins_for
from rulesflow.runtime.logs import log_config
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.service import Service
from rulesflow.runtime.vetting import no_decisions, no_decisions_or_failing_cases
from rulesflow.settings import Settings, read_settings

_GRACE = 10  # seconds for requests in flight when the process is told to end


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application as any ASGI server can run it. Without settings they are read from where they stand.

    It starts even if the rules do not load: then it is live but not ready, until they do. Raises
    `PluginError` where a plugin is wrong.
    """
    settings = settings or read_settings()
    catalog = Catalog()
    veto = no_decisions_or_failing_cases if settings.require_cases else no_decisions
    plugins = plugins_for(read_folder(settings.rules))
    reloader = Reloader(settings.rules, catalog, partial(load_folder, plugins=plugins), veto)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with plugins.lifespan():
            await asyncio.wrap_future(reloader.start())
            yield
            await asyncio.to_thread(reloader.stop)

    return build_application(settings, Service(catalog, settings.cost_limit), reloader, lifespan)


def serve(settings: Settings) -> None:
    """Serve until told to end (SIGINT, SIGTERM). Exits with 1 when it cannot start: the address is taken."""
    app: FastAPI | str
    if settings.workers > 1:  # each worker makes its own application, from the same settings
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
