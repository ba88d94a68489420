"""JSON Schemas of the bodies about runs, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import ANY, COUNT, FLAG, LINE, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.runtime.runquery import STATUSES

STATUS: Final[Schema] = {"enum": list(STATUSES)}
_ID: Final = says(TEXT, "unique; sorts by time (UUID version 7)")
_PATH: Final = says(TEXT, "the step, through branches and items: `split/0/take`")
_OBJECT: Final[Schema] = {"type": "object"}
_FIELDS: Final[Schema] = {
    "type": "object",
    "description": "the indexed fields of the input: those that choose layers, and those marked x-indexed",
    "additionalProperties": ANY,
}
_DIGEST: Final = says(TEXT, "SHA-256 of the rules and workflows that the run is pinned to")
_SUMMARY: Final[dict[str, Schema]] = {
    "id": _ID,
    "workflow": TEXT,
    "status": STATUS,
    "created_at": TIME,
    "updated_at": says(TIME, "when it last moved"),
    "at": array(TEXT, "the steps where it stands"),
    "fields": _FIELDS,
    "problem": maybe(ref("RunProblem")),
}
REASON: Final = says(TEXT, "why; the history keeps it")
_EDITED: Final = says(ANY, "edited input of the step: a new visit, so a new idempotency key")
RULES: Final = {
    "enum": ["pinned", "latest"],
    "default": "pinned",
    "description": "by which rules to decide from here on: those that the run began with, or those of now",
}
_FORCE: Final = says(FLAG, "go on although the effect of the last attempt is unknown")

#: A decision that a run took; and what of it may be missing.
DECISION: Final[dict[str, Schema]] = {
    "path": _PATH,
    "key": says(TEXT, "the path and the visit"),
    "decision": TEXT,
    "result": ANY,
    "matched": array(ref("Match")),
    "layers": array(TEXT),
    "digest": _DIGEST,
    "set_facts": array(ref("FactThatIsSet"), "facts that it read beside those it was given"),
    "problem": ref("RunProblem"),
    "at": TIME,
}
OF_DECISION: Final = ("result", "matched", "layers", "digest", "set_facts", "problem")

RUN_SCHEMAS: Final[dict[str, Schema]] = {
    "RunRequest": record(
        "What to run, on what.",
        ("input",),
        workflow=TEXT,
        input=says(ANY, "as the workflow's input schema describes it"),
    ),
    "RunSummary": record("A run in short.", (), **_SUMMARY),
    "RunProblem": {
        "type": "object",
        "description": "An error of a step, or of the run.",
        "properties": {
            "class": says(TEXT, "unavailable, timeout, rejected, invalid, conflict, internal"),
            "code": says(TEXT, "what the plugin declares"),
            "message": TEXT,
        },
        "required": ["class", "code", "message"],
    },
    "Run": record(
        "A run in full: where it stands, what it waits for, what was decided and called.",
        (),
        **_SUMMARY,
        digest=_DIGEST,
        input=ANY,
        output=ANY,
        path=array(record("A step that was entered.", (), path=_PATH, visit=LINE), "in order"),
        steps=says(_OBJECT, "the value of each step that completed"),
        waiting_for=array(ref("RunWait")),
        decisions=array(ref("RunDecision")),
        attempts=array(ref("RunAttempt")),
        undone=array(TEXT, "the steps that were taken back, in order"),
    ),
    "RunWait": record(
        "What a run waits for.",
        (
            "signal",
            "payload",
            "input",
            "until",
            "problem",
            "step",
            "attempt",
            "decision",
            "held",
            "since",
            "parks",
        ),
        path=_PATH,
        kind={"enum": ["call", "decision", "signal", "sleep", "operator", "park", "retry"]},
        decision=TEXT,
        signal=TEXT,
        payload=says(_OBJECT, "JSON Schema of what the signal must bring"),
        until=maybe(TIME),
        problem=maybe(ref("RunProblem")),
        step=maybe(says(TEXT, "the plugin's step")),
        input=says(ANY, "of an incident: what the call was given, to be edited for a retry"),
        attempt=COUNT,
        held=says(FLAG, "of a park: the resource is not well; otherwise the retries were used up"),
        since=says(TIME, "of a park"),
        parks=says(COUNT, "how often the step has parked before with its retries used up, on this visit"),
    ),
    "RunDecision": record(
        "A decision that a run took, and the rules that gave it; or why it failed.",
        OF_DECISION,
        **DECISION,
    ),
    "RunAttempt": record(
        "One call of a plugin's step.",
        ("output", "problem"),
        kind={"enum": ["call", "undo"]},
        path=_PATH,
        key=says(TEXT, "the idempotency key, without the run's id"),
        step=TEXT,
        attempt=LINE,
        started_at=maybe(TIME),
        ended_at=maybe(TIME),
        output=ANY,
        problem=maybe(ref("RunProblem")),
    ),
    "RunList": record(
        "Runs, and where the list goes on.",
        (),
        runs=array(ref("RunSummary")),
        next=says(maybe(TEXT), "the `cursor` of the next page; null on the last"),
    ),
    "RunCount": record(
        "How many runs there are. `by_status` where no `by` was asked for.",
        ("by_status", "by"),
        count=COUNT,
        by={
            "type": "object",
            "description": "the 1,000 most frequent values",
            "additionalProperties": COUNT,
        },
        by_status={"type": "object", "additionalProperties": COUNT},
    ),
    "RunHistory": record(
        "What happened in a run, in order.",
        (),
        run=_ID,
        entries=array(ref("RunEntry")),
        next=says(maybe(COUNT), "the `after` of the next page; null on the last"),
    ),
    "RunEntry": {
        "type": "object",
        "description": "One thing that happened. What else it holds depends on its type.",
        "properties": {
            "number": COUNT,
            "at": TIME,
            "type": says(
                TEXT,
                "started, call, undo, decision, signal, timeout, sleep, retry, held, parked, released, "
                "order, end; in a stream of events also status",
            ),
            "path": _PATH,
            "input": ANY,
            "output": ANY,
        },
        "required": ["number", "at", "type"],
    },
    "SignalReply": record(
        "A signal that is kept.",
        (),
        run=_ID,
        signal=TEXT,
        number=says(COUNT, "its place among the messages to this run"),
        status=STATUS,
    ),
    "Reason": record("Why.", ("reason",), reason=REASON),
    "RetryRequest": record(
        "Which incident, or which parked step, to try again.",
        ("step", "input", "force", "reason", "rules"),
        step=says(TEXT, "its path; if left out all incidents, or where there is none all parked steps"),
        input=_EDITED,
        force=_FORCE,
        reason=REASON,
        rules=RULES,
    ),
    "RerunRequest": record(
        "From which step on to run again; the steps behind it are taken back first.",
        ("input", "force", "reason", "rules"),
        **{"from": _PATH},
        input=_EDITED,
        force=_FORCE,
        reason=REASON,
        rules=RULES,
    ),
    "WorkflowList": record("What can be run.", (), digest=_DIGEST, workflows=array(ref("Workflow"))),
    "Workflow": {
        "type": "object",
        "description": "A workflow in short.",
        "properties": {
            "name": TEXT,
            "title": TEXT,
            "file": TEXT,
            "input": says(ANY, "JSON Schema of its input"),
            "signals": array(TEXT, "the signals that it may wait for"),
            "steps": array(TEXT),
        },
        "required": ["name", "title", "file", "input", "signals", "steps"],
    },
    "PluginList": record("What is loaded.", (), plugins=array(ref("Plugin"))),
    "Plugin": record(
        "A plugin, and what it gave.",
        (),
        name=TEXT,
        distribution=says(TEXT, "the distribution that brought it; empty for one that was not installed"),
        version=TEXT,
        hooks=array(TEXT, "the hooks that it has"),
        steps=array(TEXT, "the steps that workflows may call"),
        functions=array(TEXT, "the functions that conditions may use"),
    ),
}
