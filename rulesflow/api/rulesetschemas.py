"""JSON Schemas of the bodies about rulesets, beside those of `rulesflow.api.schemas`."""

from __future__ import annotations

from typing import Final

from rulesflow.api.schemas import (
    COUNT,
    DIGEST,
    FLAG,
    LINE,
    TEXT,
    TIME,
    Schema,
    array,
    maybe,
    record,
    ref,
    says,
)

_STATUS: Final[Schema] = {"enum": ["added", "removed", "changed"]}

RULESET_SCHEMAS: Final[dict[str, Schema]] = {
    "RulesetOrder": record(
        "Why.",
        ("reason",),
        reason=says(TEXT, "why, in at most 1,000 characters; it stands in the list of rulesets"),
    ),
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
    "RulesetDiff": record(
        "What differs between two rulesets.",
        (),
        **{"from": DIGEST},
        to=DIGEST,
        same=says(FLAG, "nothing is decided or done differently, though files may differ, as by a comment"),
        decisions=array(
            record(
                "A decision that differs.",
                (),
                decision=TEXT,
                status={"enum": ["added", "removed", "changed"]},
                changes=array(ref("RuleChange")),
            )
        ),
        workflows=array(
            record(
                "A workflow that differs.",
                (),
                workflow=TEXT,
                status={"enum": ["added", "removed", "changed"]},
                changes=array(ref("StepChange")),
            )
        ),
        others=array(
            record("A file of neither that differs.", (), file=TEXT, status=_STATUS),
            "patterns, events, facts, …",
        ),
        files=array(record("A file that differs, if only in a comment.", (), path=TEXT, status=_STATUS)),
    ),
    "RuleChange": record(
        "A rule, or something else of a decision, that differs. It is the one of the same name and layer; of "
        "a table's rows without a name, those that mean the same are the same.",
        (),
        what={"enum": ["title", "hit", "requires", "outcome", "param", "rule", "default"]},
        name=says(TEXT, "the rule's or the param's"),
        status={"enum": ["added", "removed", "changed", "moved"]},
        layer=TEXT,
        before=maybe(ref("Excerpt")),
        after=maybe(ref("Excerpt")),
        fields=array(
            record(
                "What of it differs, as it was written.",
                (),
                field=says(
                    TEXT, "such as `when`, `then.route`, `because`, `from`, or `place` where it moved"
                ),
                before=maybe(TEXT),
                after=maybe(TEXT),
            ),
            "where both are there",
        ),
    ),
    "StepChange": record(
        "A step of a workflow that differs.",
        (),
        step=says(TEXT, "its path, as in `goods/take`; what is no step has a name such as `$input`"),
        status={"enum": ["added", "removed", "changed", "moved"]},
        before=maybe(ref("Excerpt")),
        after=maybe(ref("Excerpt")),
    ),
    "Excerpt": record(
        "What stands at a place.", (), file=TEXT, line=LINE, text=says(maybe(TEXT), "as written")
    ),
    "Candidate": record(
        "Files that stand in the places of those of another ruleset.",
        ("base",),
        base=says(TEXT, "a digest, eight or more of its first digits, `active` (the default) or `pending`"),
        files={
            "type": "object",
            "additionalProperties": maybe(TEXT),
            "description": "texts by path; null takes a file away",
        },
    ),
    "TriedCandidate": record(
        "What became of a candidate.",
        (),
        digest=says(maybe(DIGEST), "by which it can be asked and activated; null: it does not load"),
        base=DIGEST,
        diagnostics=array(ref("Diagnostic"), "as rulesflow check gives them; warnings too"),
        diff=says(maybe(ref("RulesetDiff")), "from the base to it"),
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
