"""The servers and projects of `serving` and the databases, as fixtures."""

from databases import database_url, postgres
from serving import project, serve, shop_server, spawn

__all__ = ["database_url", "postgres", "project", "serve", "shop_server", "spawn"]
