"""JSON Schemas of the bodies about bulk orders and incidents, beside those of `rulesflow.api.runschemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.runschemas import REASON, RULES
from rulesflow.api.schemas import ANY, COUNT, FLAG, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.workflows.commands import Action

_ACTION: Final[Schema] = {"enum": [str(action) for action in Action]}
_RATE: Final[Schema] = {"type": "number", "exclusiveMinimum": 0}

BULK_SCHEMAS: Final[dict[str, Schema]] = {
    "BulkRequest": record(
        "An order for every run that a filter finds.",
        ("dry_run", "rate", "step", "from", "input", "force", "reason", "rules"),
        action=_ACTION,
        filter={
            "anyOf": [
                TEXT,
                {
                    "type": "object",
                    "additionalProperties": {"anyOf": [TEXT, array(TEXT)]},
                },
            ],
            "description": "as the query of GET /v1/runs: an object, or name=value with blanks between",
        },
        dry_run={"type": "boolean", "default": True, "description": "only count"},
        rate=says(_RATE, "runs a second, evenly; left out: as fast as they obey"),
        step=TEXT,
        **{"from": TEXT},
        input=ANY,
        force=FLAG,
        reason=REASON,
        rules=RULES,
    ),
    "BulkReply": record(
        "How many runs it is.",
        ("by_status", "sample"),
        count=COUNT,
        by_status=says(
            {"type": "object", "additionalProperties": COUNT}, "the same by status; for a dry run only"
        ),
        sample=array(TEXT, "some of them, the oldest; for a dry run only"),
        id=says(maybe(TEXT), "under which progress is told; null for a dry run"),
    ),
    "BulkProgress": record(
        "A bulk order, and how far it is.",
        (),
        id=TEXT,
        action=_ACTION,
        filter={"type": "object", "additionalProperties": TEXT, "description": "as it was given"},
        count=says(COUNT, "the runs that the filter found when it began"),
        done=says(COUNT, "runs that were told"),
        failed=says(COUNT, "runs that refused"),
        running=FLAG,
        cancelled=FLAG,
        rate=maybe(says(_RATE, "runs a second")),
        caller=says(TEXT, "who has ordered it; empty where nobody is asked"),
        created_at=TIME,
        ended_at=maybe(TIME),
        expected_end=maybe(says(TIME, "by its rate, or as fast as it went so far")),
        problems=array(ref("BulkProblem"), "the last runs that refused, and why"),
    ),
    "BulkProblem": record("Why a run refused.", (), run=TEXT, code=TEXT, message=TEXT),
    "BulkList": record(
        "Bulk orders, and where the list goes on.",
        (),
        bulks=array(ref("BulkProgress")),
        next=says(maybe(TEXT), "the `cursor` of the next page; null on the last"),
    ),
    "IncidentList": record(
        "Why runs stand still, and where the list goes on.",
        (),
        incidents=array(ref("Incident")),
        next=says(maybe(TEXT), "the `cursor` of the next page; null on the last"),
    ),
    "Incident": record(
        "Runs that stand still for one reason.",
        (),
        fingerprint=says(TEXT, "tells the reason: a filter wherever runs are filtered"),
        count=says(COUNT, "how many runs"),
        workflow=TEXT,
        path=says(TEXT, "the step; `*` stands for whichever item of a list: `split/*/take`"),
        **{"class": TEXT},
        code=TEXT,
        message=says(TEXT, "that of the run that has come to it last"),
        first=says(TIME, "since when the first of them stands there"),
        last=says(TIME, "since when the last of them stands there"),
        example=says(TEXT, "the id of the last one"),
        undo=says(FLAG, "it is an undo that cannot be done"),
    ),
}
