"""The servers and projects of `serving`, as fixtures."""

from serving import project, serve, shop_server, small_server, spawn

__all__ = ["project", "serve", "shop_server", "small_server", "spawn"]
