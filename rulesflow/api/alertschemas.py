"""JSON Schemas of the bodies about alerts, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import COUNT, FLAG, TEXT, TIME, Schema, array, maybe, record, ref, says
from rulesflow.watch.alertrule import SEVERITIES, SUBJECTS

_SECONDS: Final[Schema] = {"type": "number", "minimum": 0, "description": "seconds"}
_OF: Final[Schema] = {"enum": list(SUBJECTS), "description": "what it is about"}
_SEVERITY: Final[Schema] = {"enum": list(SEVERITIES)}

ALERT_SCHEMAS: Final[dict[str, Schema]] = {
    "AlertList": record(
        "A page of alerts.",
        (),
        alerts=array(ref("Alert")),
        next=says(maybe(TEXT), "the cursor of the next page; null: this is the last"),
    ),
    "Alert": record(
        "Something that an operator should know of.",
        (),
        id=TEXT,
        alert=says(TEXT, "the name of what raised it"),
        title=TEXT,
        severity=_SEVERITY,
        of=_OF,
        subject=says(TEXT, "the name of the step or resource; service for the whole"),
        status={"enum": ["open", "closed"]},
        text=says(TEXT, "what was found when it opened"),
        because=says(TEXT, "the condition that held, and for how long"),
        opened_at=TIME,
        closed_at=maybe(TIME),
        webhook={
            "enum": ["off", "waiting", "sent", "failed"],
            "description": "whether all that there was to post has arrived; failed: it was given up",
        },
        values={"type": "object", "description": "the facts by which it opened"},
        acknowledged=says(maybe(ref("AlertSeen")), "who has seen it last; null: nobody has said so"),
    ),
    "AlertSeen": record("Who has seen an alert.", (), by=TEXT, at=TIME, note=TEXT),
    "AlertNote": record("What there is to say.", ("note",), note=says(TEXT, "at most 1,000 characters")),
    "AlertRuleList": record("What raises alerts.", (), rules=array(ref("AlertRule"))),
    "AlertRule": record(
        "When an alert opens and closes.",
        (),
        alert=TEXT,
        title=TEXT,
        of=_OF,
        severity=_SEVERITY,
        when=says(TEXT, "the condition that opens it"),
        clear=says(maybe(TEXT), "the condition that closes it; null: when does not hold"),
        clear_for=says(_SECONDS, "seconds for which clear has to hold"),
        file=says(TEXT, "where it stands"),
        line=COUNT,
        source={"enum": ["shipped", "project"]},
        enabled=FLAG,
        problem=says(
            maybe(TEXT), "why it could not be told just now; such an alert neither opens nor closes"
        ),
        **{"for": says(_SECONDS, "seconds for which when has to hold")},
    ),
}
