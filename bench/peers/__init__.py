"""The peers: each gets a table's rows in the form in which it is fastest, and says why it cannot take part.

A module has ``NAME``, ``MISSING`` (why it cannot take part on this machine, or None) and makes `Contender` s.
"""

from __future__ import annotations

from importlib.util import find_spec


def missing(module: str) -> str | None:
    """Why a peer's module cannot be used, or None."""
    return None if find_spec(module) else "it is not installed: pip install -e '.[bench]'"
