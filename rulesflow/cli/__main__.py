"""``python -m rulesflow.cli``."""

from __future__ import annotations

from rulesflow.cli import main

main()
