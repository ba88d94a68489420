"""The marks of hooks: of their specifications here, of their implementations in plugins."""

from __future__ import annotations

from typing import Final

from pluggy import HookimplMarker, HookspecMarker

#: The entry point group, and what pluggy calls the project.
PROJECT: Final = "rulesflow"
hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)
