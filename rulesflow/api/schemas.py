"""JSON Schemas of all bodies, as OpenAPI's ``components`` hold them.

They describe; they do not validate. Tests hold every reply against them.
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
LINE: Final[Schema] = {"type": "integer", "minimum": 1}
FLAG: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
ANY: Final[Schema] = {"description": "any JSON value"}


def ref(name: str) -> Schema:
    """A reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, description: str = "") -> Schema:
    """An array of such items."""
    return {"type": "array", "items": items} | ({"description": description} if description else {})


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(description: str, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object with just these properties, all there but the ``optional`` ones."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def says(schema: Schema, description: str) -> Schema:
    """The schema with a description."""
    return schema | {"description": description}


_RULE: Final[dict[str, Schema]] = {
    "rule": says(TEXT, "the rule's name; `default` for the decision's default"),
    "layer": says(TEXT, "the folder of the layer that it stands in"),
    "file": says(TEXT, "the file, from the root of the rules"),
    "line": LINE,
}
_WRITTEN: Final[dict[str, Schema]] = {
    **_RULE,
    "when": array(TEXT, "all of these must hold"),
    "then": {"type": "object"},
    "because": maybe(TEXT),
    "final": FLAG,
    "from": maybe(TIME),
    "until": maybe(TIME),
    "rollout": record("The share of keys that it applies to.", percent={"type": "number"}, by=TEXT),
}
DIGEST: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the ruleset"}

SCHEMAS: Final[dict[str, Schema]] = {
    "DecisionRequest": record(
        "What to decide on.",
        ("at", "explain"),
        facts={"type": "object", "description": "as facts.yaml describes them"},
        at=says(maybe(TIME), "the time for which to decide, RFC 3339 with an offset; now if left out"),
        explain={
            "enum": ["none", "matched", "full", None],
            "default": "matched",
            "description": "how much to tell: nothing, the rules that matched, or every rule of the "
            "stack and what would change the answer",
        },
    ),
    "DecisionReply": record(
        "What was decided, why, and by which state of the rules.",
        ("set_facts", "explanation"),
        id={"type": "string", "format": "uuid", "description": "unique; sorts by time (UUID version 7)"},
        decision=TEXT,
        result=says(ANY, "the outcome's properties; a list of them under several-hit policies; or null"),
        matched=array(ref("Match"), "the rules whose outcome is in the result"),
        layers=array(TEXT, "the layers that the facts brought, general first"),
        digest=DIGEST,
        at=says(TIME, "the time for which it was decided"),
        set_facts=array(ref("FactThatIsSet"), "facts that it read beside those of the request"),
        explanation=ref("Explanation"),
    ),
    "FactThatIsSet": record(
        "A fact that an event pattern has set for a time, for requests such as this.",
        (),
        fact=says(TEXT, "its path, such as `device.card_testing`"),
        value=ANY,
        pattern=TEXT,
        match=says(TEXT, "the id of the match"),
        until=says(TIME, "when it lapses"),
    ),
    "Match": record("A rule that decided.", (), because=maybe(TEXT), **_RULE),
    "Explanation": {
        "type": "object",
        "description": "What became of each rule of the stack, and what would change the answer.",
        "properties": {
            "rules": array(ref("Account")),
            "flips": array(
                ref("Flip"),
                "the smallest changes of one fact that change the result, the least in relation to the size "
                "of the fact first; each was decided again",
            ),
        },
        "required": ["rules", "flips"],
    },
    "Account": record(
        "What became of one rule.",
        ("failed", "overruled"),
        **_RULE,
        fired=says(FLAG, "all of its tests hold"),
        failed=record(
            "The first test that failed, and the value it saw.", ("error",), test=TEXT, value=ANY, error=TEXT
        ),
        overruled=says(FLAG, "its tests hold, but the hit policy chose another"),
    ),
    "Flip": record(
        "A change of one fact that changes the result. Another rule with the same result is none, nor is a "
        "number that only follows the fact.",
        ("test",),
        fact=says(TEXT, "the fact's path, such as `order.total`"),
        **{"from": says(ANY, "what it is; null where it is absent")},
        to=says(ANY, "what it would have to be; null for absent"),
        test=says(TEXT, "a condition that `to` meets, as do all values around it with the same result"),
        result=says(ANY, "what the result would be"),
        matched=array(ref("Match"), "the rules that it would come from"),
    ),
    "BatchReply": {
        "anyOf": [ref("DecisionReply"), record("An item that failed.", error=ref("Problem"))],
        "description": "A reply, or the problem that this item alone has.",
    },
    "Facts": record("What decisions read.", digest=DIGEST, schema=says({"type": "object"}, "a JSON Schema")),
    "CaseList": record("The cases of a decision.", decision=TEXT, cases=array(ref("DecisionCase"))),
    "DecisionCase": record(
        "Facts, and what is expected of the decision for them.",
        case=says(TEXT, "its name"),
        facts={"type": "object"},
        at=says(maybe(TIME), "the time for which is decided; null where none is named"),
        expect=says(ANY, "what the result holds at least; null where only a rule is expected"),
        file=TEXT,
        line=LINE,
    ),
    "DecisionList": record("What can be decided.", digest=DIGEST, decisions=array(ref("DecisionSummary"))),
    "DecisionSummary": record(
        "A decision in short.",
        decision=TEXT,
        title=TEXT,
        hit=says(TEXT, "the hit policy"),
        requires=array(TEXT, "facts that it needs beyond those that are always required"),
        outcome={"type": "object", "description": "JSON Schema of each property of the result"},
        layers=array(TEXT, "the layers that have a file for it"),
        rules=says(COUNT, "how many rules it has in all layers"),
        dimensions=array(
            record("A fact that chooses layers.", fact=TEXT, values=array(TEXT, "all that it may be")),
            "what a layer stack is asked for by",
        ),
    ),
    "EffectiveRules": record(
        "The rules of a decision for one layer stack, in the order in which they are asked.",
        decision=TEXT,
        title=TEXT,
        hit=TEXT,
        requires=array(TEXT),
        outcome={"type": "object"},
        layers=array(TEXT),
        reads=array(
            TEXT, "the facts that it requires, that choose its layers, and that any of its rules read"
        ),
        params={
            "type": "object",
            "additionalProperties": record(
                "A param.",
                value=ANY,
                over=array(
                    record("A value that does not count.", value=ANY, layer=TEXT, file=TEXT, line=LINE),
                    "what more general layers say, the nearest first",
                ),
                layer=TEXT,
                file=TEXT,
                line=LINE,
            ),
        },
        rules=array(ref("Rule")),
        default=maybe(ref("Rule")),
        replaced=array(
            ref("ReplacedRule"),
            "rules and defaults of the stack's layers that a later layer has put out of force",
        ),
        digest=DIGEST,
    ),
    "Rule": record("A rule as it was written, and where.", ("rollout",), **_WRITTEN),
    "ReplacedRule": record(
        "A rule or default that a later layer has put out of force.",
        ("rollout",),
        **_WRITTEN,
        by=record(
            "What put it out of force.",
            how={"enum": ["overridden", "disabled"]},
            layer=TEXT,
            file=TEXT,
            line=LINE,
        ),
    ),
    "RulesetStatus": record(
        "The active ruleset, and beside it the last error.",
        digest=maybe(DIGEST),
        activated_at=says(maybe(TIME), "when this digest took charge"),
        source=says(maybe(TEXT), "the folder that it was read from, symlinks resolved"),
        pinned=says(FLAG, "a person has chosen it: what the folder holds waits, until a reload"),
        decisions=array(TEXT),
        pending=says(maybe(ref("PendingRuleset")), "what the folder holds, while another is pinned"),
        error=maybe(record("Why the last attempt failed.", at=TIME, diagnostics=array(ref("Diagnostic")))),
    ),
    "PendingRuleset": record(
        "A ruleset that waits to be in charge.", digest=DIGEST, at=says(TIME, "when it was compiled")
    ),
    "Diagnostic": record(
        "A finding in a file.",
        ("text",),
        code=says(TEXT, "such as RF203"),
        severity={"enum": ["error", "warning"]},
        file=TEXT,
        line=LINE,
        column=says(LINE, "counted in code points"),
        message=TEXT,
        hint=maybe(TEXT),
        text=says(maybe(TEXT), "the line, as it was read, where the service holds it no more"),
    ),
    "Health": record("A word.", status={"enum": ["live", "ready"]}),
    "Problem": {
        "type": "object",
        "description": "Problem details (RFC 9457). A failed decision also names rule, file and line, "
        "a ruleset that is refused has diagnostics.",
        "properties": {
            "type": says(TEXT, "stable; programs may rely on it"),
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "errors": array(ref("Fault")),
            "decision": TEXT,
            "rule": TEXT,
            "file": TEXT,
            "line": LINE,
            "code": TEXT,
            "diagnostics": array(ref("Diagnostic")),
        },
        "required": ["type", "title", "status", "detail", "errors"],
        "additionalProperties": False,
    },
    "Fault": record(
        "One thing that is wrong with the request.",
        ("hint",),
        pointer=says(TEXT, "JSON pointer (RFC 6901) of the value; empty for the whole body"),
        code=says(TEXT, "stable; programs may rely on it"),
        message=TEXT,
        hint=says(TEXT, "how to mend it"),
    ),
}
