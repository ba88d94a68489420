"""Versions of rulesets, put together for tests that need no server."""

from __future__ import annotations

from rulesflow.runtime.activations import Activations
from rulesflow.runtime.archive import Archive
from rulesflow.runtime.catalog import Catalog
from rulesflow.runtime.database import Database
from rulesflow.runtime.pins import Pins
from rulesflow.runtime.project import load_project
from rulesflow.runtime.reloader import Reloader
from rulesflow.runtime.versions import Versions


def versions_of(catalog: Catalog, reloader: Reloader) -> Versions:
    """Of one process, kept in its memory."""
    database = Database(None)
    archive = Archive(database, lambda files: load_project(files, lenient=True))
    parts = catalog, reloader, archive, Activations(database)
    return Versions(*parts, Pins(*parts, load_project))
