"""What OpenAPI says of each call about rulesets that are not, or not yet, in charge."""

from __future__ import annotations

from typing import Any

from rulesflow.api import examples, rulesetexamples
from rulesflow.api.operations import READ, WRITE, described, ok
from rulesflow.api.problems import (
    AMBIGUOUS_RULESET,
    DATABASE_AWAY,
    FACTS_REFUSED,
    JSON_REFUSED,
    NOT_READY,
    OVERLOADED,
    RULESET_REFUSED,
    TOO_LARGE,
    UNKNOWN_FILE,
    UNKNOWN_RULESET,
)
from rulesflow.api.routing import JSON
from rulesflow.api.runoperations import path_parameter
from rulesflow.api.schemas import ref

_FOUND = (UNKNOWN_RULESET, AMBIGUOUS_RULESET, NOT_READY, DATABASE_AWAY)
_DIGEST = path_parameter(
    "digest", "the digest, eight or more of its first digits, `active` or `pending`", "71d2b6c05e9f"
)
_PATH = path_parameter("path", "the file's path in the folder of rules", "base/refund.yaml")


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


LIST = described(
    "list_rulesets",
    "The rulesets that were in charge",
    "Newest activation first. What was in charge is kept for 90 days, the last hundred activations for ever, "
    "and so is what runs go by. What waits while another is pinned stands first if it was never in charge. "
    "Without a database they are those of this process.",
    ok("The rulesets", "RulesetList", rulesetexamples.LIST),
    (*READ, FACTS_REFUSED, DATABASE_AWAY),
    "rules",
    parameters=[
        _query(
            "limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
        ),
        _query("cursor", "`next` of the page before", {"type": "string"}),
    ],
)
ACTIVATE = described(
    "activate_ruleset",
    "Put a ruleset in charge, and pin it",
    "To roll back, or to take a candidate. It serves from the answer on, in the other processes within a "
    "second or two, and after a restart too. While it is pinned, edits in the folder are compiled and wait "
    "as `pending`; `POST /v1/ruleset/reload` lets the folder choose again. What can no longer be loaded, for "
    "a step whose plugin is gone, is refused with its diagnostics, and nothing changes.",
    ok(
        "The status after it",
        "RulesetStatus",
        examples.STATUS
        | {
            "digest": rulesetexamples.OLDER,
            "pinned": True,
            "pending": rulesetexamples.LIST["pending"],
            "error": None,
        },
    ),
    (*WRITE, JSON_REFUSED, TOO_LARGE, FACTS_REFUSED, RULESET_REFUSED, *_FOUND),
    "rules",
    parameters=[_DIGEST],
    requestBody={
        "required": False,
        "content": {
            JSON: {
                "schema": ref("RulesetOrder"),
                "example": {"reason": "the new refund limits were wrong"},
            }
        },
    },
)
FILES = described(
    "list_ruleset_files",
    "What files a ruleset has",
    "",
    ok("The files", "RulesetFiles", rulesetexamples.FILES),
    (*READ, *_FOUND),
    "rules",
    parameters=[_DIGEST],
)
FILE = described(
    "show_ruleset_file",
    "One of them",
    "",
    ok("The file", "RulesetFile", rulesetexamples.FILE),
    (*READ, *_FOUND, UNKNOWN_FILE),
    "rules",
    parameters=[_DIGEST, _PATH],
)
DIFF = described(
    "diff_rulesets",
    "What differs between two rulesets",
    "By rule, not by line: a rule is compared by what it means with the one of the same name in the same "
    "layer of the same decision. Comments and layout make no difference. That a rule stands elsewhere is "
    "told where its order among the others has changed. Workflows are compared by step, all else by file.",
    ok("What differs", "RulesetDiff", rulesetexamples.DIFF),
    (*READ, RULESET_REFUSED, *_FOUND),
    "rules",
    parameters=[_DIGEST | {"name": "a"}, _DIGEST | {"name": "b", "example": "pending"}],
)
CANDIDATE = described(
    "try_ruleset",
    "Try other rules",
    "Compiles the files of a ruleset with some of them exchanged, as if they stood in the folder, and puts "
    "nothing in charge. Where it loads, `POST /v1/decisions/{decision}?ruleset=` decides by it, and it can "
    "be activated, for a day at least. The body may have as many bytes as a batch.",
    {
        "description": "The candidate, or why it does not load",
        "content": {
            JSON: {
                "schema": ref("TriedCandidate"),
                "examples": {
                    "loads": {"summary": "it loads", "value": rulesetexamples.TRIED},
                    "refused": {"summary": "it does not", "value": rulesetexamples.REFUSED},
                },
            }
        },
    },
    (*WRITE, JSON_REFUSED, TOO_LARGE, FACTS_REFUSED, OVERLOADED, RULESET_REFUSED, *_FOUND),
    "rules",
    requestBody={
        "required": True,
        "content": {JSON: {"schema": ref("Candidate"), "example": rulesetexamples.CANDIDATE}},
    },
)
