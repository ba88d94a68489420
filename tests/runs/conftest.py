"""The databases and the shop, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shopfront import Shop, open_shop

from databases import database_url, postgres
from serving import ROOT

__all__ = ["database_url", "postgres"]


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    """The sample shop on a new database."""
    with open_shop(tmp_path, ROOT / "rules", database_url) as opened:
        yield opened
