"""What OpenAPI says of the calls that draw."""

from __future__ import annotations

from typing import Any

from rulesflow.api import runexamples
from rulesflow.api.operations import READ, described, ok
from rulesflow.api.problems import (
    CONFLICT,
    DATABASE_AWAY,
    FACTS_REFUSED,
    NOT_READY,
    UNKNOWN_RULESET,
    UNKNOWN_RUN,
    UNKNOWN_WORKFLOW,
)
from rulesflow.api.runoperations import RUN_READ, path_parameter, query_parameter

_BEGAN = "2026-11-27T08:00:00.120418Z"
_CALLED = "2026-11-27T08:00:00.306471Z"
_MOVED = "2026-11-27T08:00:00.381205Z"
_HEAD: dict[str, Any] = {
    "workflow": "order",
    "title": "From checkout to the shipping label",
    "digest": runexamples.DIGEST,
    "file": "workflows/order.yaml",
    "input": {"type": "object"},
    "signals": ["approval"],
}
_FILE = {"parent": None, "file": "workflows/order.yaml"}
_FRAUD = {
    **{"path": "fraud", "name": "fraud", "kind": "decide", "label": "fraud", "line": 12, "decision": "fraud"},
    **_FILE,
}
_REVIEW = {
    **{"path": "review", "name": "review", "kind": "wait", "label": "approval", "line": 15},
    **{"signal": "approval"},
    **_FILE,
}
_PICKUP = {
    **{"path": "pickup", "name": "pickup", "kind": "wait", "label": "pickup", "line": 31},
    **{"signal": "pickup"},
    **_FILE,
}
_EDGE = {
    **{"id": "fraud:case:1", "from": "fraud", "to": "review", "kind": "case", "label": "review", "line": 14},
}
_WORKFLOW = {**_HEAD, "nodes": [_FRAUD, _REVIEW, _PICKUP], "edges": [_EDGE], "truncated": False}
_DONE = {"status": "done", "visits": 1, "since": _BEGAN, "until": _MOVED}
_WAITS = {"status": "waiting", "visits": 1, "since": _MOVED, "until": None}
_LEFT = {"status": "left", "visits": 1, "since": _BEGAN, "until": _BEGAN}
_CHOSEN = {
    "by": "rule",
    "text": "route = review",
    "decision": "fraud",
    "result": {"route": "review"},
    "rule": "large_order",
    "layer": "region/eu",
    "file": "region/eu/fraud.yaml",
    "line": 3,
    "because": "Large orders are looked at",
}
_GRAPH = {
    **_HEAD,
    "run": runexamples.RUN,
    "status": "waiting",
    "nodes": [{**_FRAUD, "state": _DONE}, {**_REVIEW, "state": _WAITS}, {**_PICKUP, "state": _LEFT}],
    "edges": [{**_EDGE, "taken": 1, "chosen": _CHOSEN}],
    "truncated": False,
}
_TIMELINE = {
    "run": runexamples.RUN,
    "from": _BEGAN,
    "to": None,
    "spans": [
        {
            "id": "stock/1#1",
            "path": "stock",
            "key": "stock/1",
            "kind": "call",
            "label": "stock.reserve",
            "attempt": 1,
            "asked": _BEGAN,
            "from": _CALLED,
            "to": _MOVED,
            "outcome": "ok",
            "entries": [2],
        }
    ],
    "truncated": False,
}
_DECISIONS = {
    "run": runexamples.RUN,
    "decisions": [
        {"number": 4, "type": "decision", **runexamples.DECISION, "facts": runexamples.REQUEST["input"]}
    ],
}
_FIELDS = {"fields": [{"name": "order.region", "values": ["eu/de", "us"]}]}
_DIGEST = query_parameter(
    "digest", "of another ruleset than the active one, or its first digits", {"type": "string"}, "9f86d081"
)
_RUN = path_parameter("run", "the run's id", runexamples.RUN)

WORKFLOW = described(
    "show_workflow",
    "A workflow as a graph",
    "Its steps and those of the workflows that it runs as nodes, every way between them as an edge, each "
    "with its line. Items of an `each` share a node: `split/*/take`.",
    ok("The graph", "WorkflowGraph", _WORKFLOW),
    (*READ, NOT_READY, DATABASE_AWAY, FACTS_REFUSED, UNKNOWN_WORKFLOW, UNKNOWN_RULESET),
    "runs",
    parameters=[path_parameter("workflow", "the workflow's name", "order"), _DIGEST],
)
GRAPH = described(
    "run_graph",
    "A run as a graph",
    "The graph of its workflow as it was when the run began; each node with its state, each edge with how "
    "often it was taken and what chose it: a rule with its file and line, a condition, a signal, an error, "
    "or a person's order.",
    ok("The graph", "RunGraph", _GRAPH),
    (*RUN_READ, UNKNOWN_RUN, CONFLICT),
    "runs",
    parameters=[_RUN],
)
TIMELINE = described(
    "run_timeline",
    "What a run spent its time with",
    "Calls, waits, sleeps, retries, parks, decisions and incidents as spans, each with the entries of the "
    "history that tell of it; of more than 5,000 the newest. What a call waited for its turn is told apart "
    "from what it took: `asked` to `from`, and `from` to `to`.",
    ok("The timeline", "RunTimeline", _TIMELINE),
    (*RUN_READ, UNKNOWN_RUN, CONFLICT),
    "runs",
    parameters=[_RUN],
)
DECISIONS = described(
    "run_decisions",
    "On what a run decided",
    "The decisions of one step's visit, with the facts that each was taken on: the run's input and what the "
    "step's `with` gave. Several where the decision failed and was taken again. The facts are stored "
    "nowhere: the run is replayed.",
    ok("The decisions", "RunDecisions", _DECISIONS),
    (*RUN_READ, UNKNOWN_RUN, CONFLICT),
    "runs",
    parameters=[
        _RUN,
        {
            **query_parameter("key", "the path of the step and its visit", {"type": "string"}, "fraud/1"),
            "required": True,
        },
    ],
)
FIELDS = described(
    "run_fields",
    "By what runs are found",
    "The indexed fields of the input, each with some of the values that runs have.",
    ok("The fields", "RunFields", _FIELDS),
    RUN_READ,
    "runs",
)
