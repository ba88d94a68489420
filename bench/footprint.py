"""What memory rules take: ``python -m bench.footprint PLAN``, a process of its own.

``PLAN``: ``{"folder", "decision", "facts", "outcome", "reloads"}``. It is a service without its front: it
loads the folder, decides once, collects, and prints ``{"resident", "peak", "series"}`` in MiB. The series is
the memory after each of so many reloads, before which every rule of the decision has got another rate.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from rulesflow.app import House
from rulesflow.documents.jsontext import read_json
from rulesflow.model.times import parse_timestamp
from rulesflow.runtime.catalog import Catalog
from rulesflow.settings import Settings

_MIB = 1 << 20
_AT = parse_timestamp("2026-11-27T12:00:00Z")


def main() -> None:
    """Measure, and print one line."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(plan["folder"])
    house = House(Settings(rules=folder, database_url="none"))
    house.start()
    _decide(house.catalog, plan, plan["outcome"])
    gc.collect()
    found: dict[str, Any] = {"resident": resident(), "peak": peak()}
    found["series"] = list(_series(folder, plan, house))
    house.stop()
    print(json.dumps(found))


def _series(folder: Path, plan: Mapping[str, Any], house: House) -> Iterator[float]:
    """MiB after each reload."""
    file = folder / "base" / f"{plan['decision']}.yaml"
    data, rate = file.read_bytes(), plan["outcome"]["rate"]
    for number in range(1, plan["reloads"] + 1):
        file.write_bytes(
            data.replace(b"then: {rate: ", b"then: {rate: %d" % number)
        )  # 17 becomes 117, 217 and so on
        house.reloader.reload().result()
        _decide(house.catalog, plan, {**plan["outcome"], "rate": int(f"{number}{rate}")})
        yield resident()


def _decide(catalog: Catalog, plan: Mapping[str, Any], outcome: object) -> None:
    snapshot = catalog.state.snapshot
    if snapshot is None:
        sys.exit(f"the rules do not load: {catalog.state.failure}")
    facts = read_json(json.dumps(plan["facts"]).encode())
    result = snapshot.ruleset.decide(plan["decision"], facts, _AT).result
    if result != outcome:
        sys.exit(f"rulesflow answers {result} where {outcome} is right")


def resident() -> float:
    """MiB that this process has in memory now."""
    return float(psutil.Process().memory_info().rss) / _MIB


def peak() -> float:
    """MiB that this process had in memory at most."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells there may be the parent's
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB


if __name__ == "__main__":
    main()
