"""The grammar of that part of the language on which CEL and we must agree.

Whole numbers that stay small, no division but ``%``, times to the second, nothing that hangs on the order of
a map's keys (so no list is made from a map), and no ``--x``, which CEL's parsers take for x of any type.
"""

from __future__ import annotations

from expressions import Grammar, Rule, rules
from hypothesis import strategies as st
from our_language import OURS

_zones = ("()", '("UTC")', '("Europe/Berlin")', '("-05:30")', '("02:00")', '("Atlantis")')
_same_bool = (
    *rules(
        "<bool> && <bool>",
        "<bool> || <bool>",
        "<bool> && <bool> || <bool>",
        "!(<bool>)",
        "<bool> ? (<bool>) : <bool>",
        "<number> % <number> > 0 || <bool>",
        "ns[<number>] > 0 && <bool>",
        "<any> == <any>",
        "<any> != <any>",
        "<any> < <any>",
        "<any> in <any>",
        *(
            f"<{kind}> {op} <{kind}>"
            for kind in ("number", "string", "bool", "timestamp", "duration")
            for op in ("==", "!=", "<", "<=", ">", ">=")
        ),
        "<number> in <numbers>",
        "<string> in <strings>",
        "<string> in <map>",
        "<numbers> == <numbers>",
        "<map> == <map>",
        "has(m.b)",
        "has(any.a)",
        "<string>.contains(<string>)",
        "<string>.startsWith(<string>)",
        "<string>.endsWith(<string>)",
        "<string>.matches(<pattern>)",
        "bool(<string>)",
        "type(<any>) == type(<any>)",
    ),
    *(
        Rule(f"<{of}s>.{macro}($1, <bool>)", (of,))
        for of in ("number", "string")
        for macro in ("all", "exists", "exists_one")
    ),
    *(Rule(f"<map>.{macro}($1, <bool>)", ("string",)) for macro in ("all", "exists", "exists_one")),
    Rule("<numbers>.all($1, 7 % $1 > <number>)", ("number",)),
    Rule("<numbers>.exists($1, 7 % $1 > <number>)", ("number",)),
)
#: The part of the language on which CEL's own evaluators must agree with ours.
SHARED = Grammar(
    names={
        "number": ("n", "k", "m.a"),
        "string": ("s",),
        "bool": ("b",),
        "timestamp": ("t",),
        "duration": ("d",),
        "numbers": ("ns",),
        "strings": ("ss",),
        "map": ("m",),
        "any": ("any",),
    },
    literals={
        **{kind: OURS.literals[kind] for kind in ("string", "bool", "strings", "pattern")},
        "number": st.integers(-9, 9).map(str),
        "numbers": st.sampled_from(["[]", "[1, 2, 0]", "[3, -1]"]),
        "map": st.sampled_from(["{}", '{"a": 1}', '{"b": 0, "a": -1}']),
        "any": st.sampled_from(["null", "1", '"a"', "true", "[1, 0]", '{"a": 0}', "{true: 1}"]),
        "index": st.sampled_from(["0", "1", "2", "3", "-1"]),
        "timestamp": st.sampled_from(["2026-11-27T08:00:00Z", "1969-12-31T23:59:59+14:00"]).map(
            lambda text: f'timestamp("{text}")'
        ),
        "duration": st.sampled_from(["0s", "90s", "1.5h", "-36h", "24h"]).map(
            lambda text: f'duration("{text}")'
        ),
    },
    rules={
        "bool": _same_bool,
        "number": rules(
            "<number> + <number>",
            "<number> - <number>",
            "<number> * <number>",
            "<number> % <number>",
            "-(<number>)",
            "<bool> ? (<number>) : <number>",
            "<numbers>[<index>]",
            "<map>[<string>]",
            "size(<string>)",
            "<numbers>.size()",
            "<map>.size()",
            "int(<number>)",
            "<string>.indexOf(<string>)",
            "<string>.indexOf(<string>, <index>)",
            "<string>.lastIndexOf(<string>)",
            "<string>.lastIndexOf(<string>, <index>)",
            *(
                f"<timestamp>.{part}{zone}"
                for zone in _zones
                for part in (
                    "getFullYear",
                    "getMonth",
                    "getDate",
                    "getDayOfMonth",
                    "getDayOfWeek",
                    "getDayOfYear",
                    "getHours",
                    "getMinutes",
                    "getSeconds",
                    "getMilliseconds",
                )
            ),
            *(f"<duration>.{part}()" for part in ("getHours", "getMinutes", "getSeconds", "getMilliseconds")),
        ),
        "string": rules(
            "<string> + <string>",
            "<bool> ? (<string>) : <string>",
            "<strings>[<index>]",
            "string(<number>)",
            "string(<bool>)",
            "string(<timestamp>)",
            "string(<duration>)",
            "<string>.charAt(<index>)",
            "<string>.lowerAscii()",
            "<string>.upperAscii()",
            "<string>.trim()",
            "<string>.reverse()",
            "<string>.replace(<string>, <string>)",
            "<string>.replace(<string>, <string>, <index>)",
            "<string>.substring(<index>)",
            # Not with an end: the evaluator we compare with wrongly refuses an end at the string's length.
            "<strings>.join()",
            "<strings>.join(<string>)",
        ),
        "timestamp": rules(
            "<timestamp> + <duration>",
            "<duration> + <timestamp>",
            "<timestamp> - <duration>",
            "timestamp(<number>)",
        ),
        "duration": rules("<duration> + <duration>", "<duration> - <duration>", "<timestamp> - <timestamp>"),
        "numbers": (
            *rules("[<number>, <number>]", "<numbers> + <numbers>"),
            Rule("<numbers!>.map($1, <number>)", ("number",)),
            Rule("<numbers!>.map($1, <bool>, <number>)", ("number",)),
            Rule("<numbers!>.filter($1, <bool>)", ("number",)),
            Rule("<strings!>.map($1, <number>)", ("string",)),
        ),
        "strings": (
            *rules("[<string>, <string>]", "<strings> + <strings>"),
            *rules("<string>.split(<string>)", "<string>.split(<string>, <index>)"),
            Rule("<strings!>.filter($1, <bool>)", ("string",)),
        ),
        "map": rules(
            '{"a": <number>}', "{<string>: <number>, <string>: <number>}", "<bool> ? (<map>) : <map>"
        ),
        "any": (
            *rules("<number>", "<string>", "<bool>", "<timestamp>", "<duration>", "<numbers>", "<strings>"),
            *rules("<map>", "[<any>, <any>]", "{<number>: <any>, <string>: <any>}", "{<bool>: <any>}"),
            *rules("<any>.a", "<any>[<any>]", "<any> + <any>", "<any> - <any>", "-(<any>)", "size(<any>)"),
            Rule("size(<any>.filter($1, <bool>))", ("any",)),
            Rule("size(<map>.map($1, <any>))", ("string",)),
        ),
        "index": rules("<number>", "<numbers>.size() - 1"),
        "pattern": rules("<string>"),
    },
)
