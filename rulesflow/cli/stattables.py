"""How steps do, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from rulesflow.cli.resourcetables import figure
from rulesflow.cli.runtables import table
from rulesflow.model.rendering import visible
from rulesflow.watch.verdict import length

Stat = Mapping[str, Any]
_STYLES: Final = {
    "well": "green",
    "slow": "yellow",
    "saturated": "yellow",
    "failing": "bold red",
    "held": "bold red",
}


def stat_table(steps: Iterable[Stat]) -> Table:
    """Steps in short, a line each."""
    made = table("step", "is", "calls", "a second", "errors", "p50", "p95", "usual p95", "queued", "waiting")
    for each in steps:
        state = str(each["verdict"]["state"])
        usual = each["usual"]["run"] if each["usual"] else None
        made.add_row(
            visible(each["step"]),
            Text(visible(state), style=_STYLES.get(state, "")),
            f"{each['calls']:,}" if each["calls"] else "",
            figure(round(each["per_second"], 1)) if each["calls"] else "",
            f"{each['error_rate']:.1%}" if each["errors"] else "",
            _at(each["run"], "p50"),
            _at(each["run"], "p95"),
            _at(usual, "p95"),
            _at(each["queue"], "p95"),
            f"{each['waiting']:,}" if each["waiting"] else "",
        )
    return made


def bottleneck_text(bottleneck: Stat | None) -> Text:
    """What costs the most time, in words."""
    if bottleneck is None:
        return Text("no bottleneck", style="green")
    style = _STYLES.get(str(bottleneck["state"]), "")
    return Text.assemble("bottleneck: ", (visible(bottleneck["text"]), style))


def _at(latency: Mapping[str, float] | None, share: str) -> str:
    return length(latency[share]) if latency else ""
