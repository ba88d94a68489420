"""JSON Schemas of the bodies about rulesets, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import COUNT, DIGEST, FLAG, TEXT, TIME, Schema, array, maybe, record, ref, says

RULESET_SCHEMAS: Final[dict[str, Schema]] = {
    "RulesetOrder": record("Why.", ("reason",), reason=says(TEXT, "why; it stands in the list of rulesets")),
    "RulesetList": record(
        "The rulesets that were in charge, newest activation first.",
        (),
        active=says(maybe(DIGEST), "the digest of the one that is; null: none"),
        pinned=says(FLAG, "a person has chosen it, so later edits wait"),
        pending=maybe(ref("PendingRuleset")),
        rulesets=array(ref("ArchivedRuleset")),
        next=says(maybe(TEXT), "the cursor of the next page"),
    ),
    "ArchivedRuleset": record(
        "A ruleset that was in charge, or that waits to be.",
        (),
        digest=DIGEST,
        first_at=says(TIME, "when it was first in charge, as far as that is remembered; or when it was read"),
        activated_at=says(maybe(TIME), "when it last took charge; null: never"),
        active=FLAG,
        pinned=FLAG,
        pending=says(FLAG, "the folder holds it, while another is pinned"),
        source=says(TEXT, "the folder that it was read from"),
        counts=record(
            "How much it holds.", (), decisions=COUNT, rules=COUNT, workflows=COUNT, patterns=COUNT
        ),
        note=says(maybe(TEXT), "who activated it and why; null: the folder did"),
    ),
    "RulesetFiles": record(
        "The files of a ruleset.",
        (),
        digest=DIGEST,
        files=array(record("A file.", (), path=TEXT, bytes=COUNT)),
    ),
    "RulesetFile": record(
        "A file of a ruleset.",
        (),
        digest=DIGEST,
        path=TEXT,
        text=says(maybe(TEXT), "null where it is no text, as of a spreadsheet"),
        binary=FLAG,
    ),
}
