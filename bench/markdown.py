"""The tables of a result for README.md: ``python -m bench.markdown FILE``, on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.measuring import OURS, Comparison
from bench.report import lines


def tables(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines: where the figures come from, then a table for each run."""
    machine = document["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    yield (
        f"{document['started_at']}, {machine['python']}, {machine['system']}, {machine['cores']} cores, load "
        f"average {machine['load_average']} at the start. {packages}."
    )
    for run in dict.fromkeys(row["run"] for row in document["rows"]):
        yield ""
        yield f"| {run} | {OURS} | beside | | that is | bar |"
        yield "| --- | ---: | --- | ---: | ---: | --- |"
        for row in document["rows"]:
            if row["run"] == run:
                yield from _rows(Comparison.from_dict(row))


def _rows(comparison: Comparison) -> Iterator[str]:
    for measure, ours, *theirs, bar, verdict in lines(comparison):
        what = f"{comparison.case}: {measure}" if measure else ""
        told = f"{bar}, {f'**{verdict}**' if verdict == 'missed' else verdict}" if verdict else bar
        yield "| " + " | ".join((what, ours, *theirs, told)) + " |"


if __name__ == "__main__":
    for line in tables(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))):
        print(line)
