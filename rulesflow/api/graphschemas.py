"""JSON Schemas of what is drawn: graphs and timelines."""

from __future__ import annotations

from typing import Final

from rulesflow.api.runschemas import DECISION, OF_DECISION, STATUS
from rulesflow.api.schemas import ANY, COUNT, FLAG, LINE, TEXT, TIME, Schema, array, maybe, record, ref, says

_KINDS: Final = (
    *("start", "call", "decide", "switch", "wait", "sleep", "parallel", "each"),
    *("run", "set", "fail", "end"),
)
_WAYS: Final = ("next", "then", "case", "condition", "else", "timeout", "catch", "skip", "fail", "order")
_SPANS: Final = ("call", "undo", "wait", "sleep", "retry", "parked", "decision", "operator")
_STATES: Final = (
    *("untouched", "running", "waiting", "parked", "paused", "incident"),
    *("done", "failed", "left", "skipped", "undone"),
)
_HEAD: Final[dict[str, Schema]] = {
    "workflow": TEXT,
    "title": TEXT,
    "digest": says(TEXT, "SHA-256 of the rules and workflows"),
    "file": TEXT,
    "input": says(ANY, "JSON Schema of its input"),
    "signals": array(TEXT),
}
_PROBLEM: Final = maybe(ref("RunProblem"))

GRAPH_SCHEMAS: Final[dict[str, Schema]] = {
    "WorkflowGraph": record(
        "A workflow as it is drawn.",
        (),
        **_HEAD,
        nodes=array(ref("GraphNode")),
        edges=array(ref("GraphEdge")),
        truncated=says(FLAG, "there are more nodes than can be drawn"),
    ),
    "RunGraph": record(
        "A run as it is drawn: each node with its state, each edge with how often and why it was taken.",
        (),
        **_HEAD,
        run=TEXT,
        status=STATUS,
        nodes=array(ref("GraphNode")),
        edges=array(ref("GraphEdge")),
        truncated=FLAG,
    ),
    "GraphNode": {
        "type": "object",
        "description": "A step, or an end of a list of steps.",
        "properties": {
            "path": says(TEXT, "the step, through branches and items: `split/*/take`; `$start`, `$end`"),
            "name": TEXT,
            "kind": {"enum": list(_KINDS)},
            "label": TEXT,
            "parent": says(maybe(TEXT), "the path of the step around it"),
            "file": TEXT,
            "line": LINE,
            "step": TEXT,
            "resource": maybe(TEXT),
            "decision": TEXT,
            "signal": TEXT,
            "undo": says(TEXT, "the step that takes it back"),
            "commit": FLAG,
            "condition": says(TEXT, "`if` as it is written"),
            "branches": array(TEXT),
            "workflow": says(TEXT, "the one that a `run` runs"),
            "state": ref("GraphState"),
        },
        "required": ["path", "name", "kind", "label", "parent", "file", "line"],
    },
    "GraphState": record(
        "How far a run is with a step. `skipped`: its `if` was false. `left`: cut off before it had ended, "
        "since the run was cancelled, a branch beside it failed or came first, or a person ordered the run "
        "elsewhere.",
        ("items",),
        status={"enum": list(_STATES)},
        visits=says(COUNT, "how often the run came to it, those it skipped too"),
        items=record("The items of an `each`.", (), total=COUNT, done=COUNT, failed=COUNT),
        since=maybe(TIME),
        until=maybe(TIME),
    ),
    "GraphEdge": record(
        "A way from a step to another. Of kind `order`: a person has ordered it.",
        ("taken", "chosen"),
        id=TEXT,
        **{"from": TEXT},
        to=TEXT,
        kind={"enum": list(_WAYS)},
        label=TEXT,
        line=LINE,
        taken=COUNT,
        chosen=maybe(ref("Chosen")),
    ),
    "Chosen": record(
        "What chose an edge when it was last taken; null where there was nothing to choose.",
        ("decision", "result", "rule", "layer", "file", "line", "because", "rules"),
        by={"enum": ["rule", "default", "condition", "signal", "error", "order"]},
        text=TEXT,
        decision=TEXT,
        result=ANY,
        rule=TEXT,
        layer=TEXT,
        file=TEXT,
        line=LINE,
        because=maybe(TEXT),
        rules=array(ref("Match"), "all rules that won, where they are several"),
    ),
    "RunTimeline": record(
        "What a run spent its time with.",
        (),
        run=TEXT,
        **{"from": TIME},
        to=says(maybe(TIME), "null while it goes on"),
        spans=array(ref("RunSpan")),
        truncated=says(FLAG, "there are more than 5,000 spans, of which these are the newest"),
    ),
    "RunSpan": record(
        "A stretch of time. The spans of one key never overlap.",
        ("attempt", "asked", "queued", "problem"),
        id=TEXT,
        path=TEXT,
        key=TEXT,
        kind={"enum": list(_SPANS)},
        label=TEXT,
        attempt=LINE,
        asked=says(
            TIME,
            "when a call was asked for, where it was made noticeably later: limits left no room for it, the "
            "run was paused, or no process looked after it",
        ),
        queued=says(
            {"const": True},
            "the call is not made yet: it waits for its turn; told by the process that carries out the run",
        ),
        **{"from": says(TIME, "of a call: when it was made; until it has ended, when it was asked for")},
        to=maybe(TIME),
        outcome=says(TEXT, "ok, error, timeout, held, retried, left, running"),
        problem=_PROBLEM,
        entries=array(COUNT, "the numbers of the history's entries that tell of it"),
    ),
    "RunDecisions": record(
        "The decisions of one visit of a step.", (), run=TEXT, decisions=array(ref("RunDecisionInFull"))
    ),
    "RunDecisionInFull": record(
        "A decision of a run's history, and what it was taken on.",
        OF_DECISION,
        number=says(COUNT, "that of its entry in the history"),
        type={"const": "decision"},
        **DECISION,
        facts=says({"type": "object"}, "as they were given; `set_facts` stand beside them"),
    ),
    "RunFields": record(
        "By which fields of the input runs are found.",
        (),
        fields=array(
            record("A field.", (), name=TEXT, values=array(TEXT, "some of its values, 100 at most"))
        ),
    ),
}
