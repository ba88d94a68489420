"""A project whose patterns ask whatever the engine answers wrongly, or dies of, when it is asked as it is."""

from __future__ import annotations

import json
from pathlib import Path

_FILES = {
    "rulesflow.yaml": "project: hostile\nfacts: facts.yaml\nlayers: [base]\n",
    "facts.yaml": """\
type: object
properties:
  order: {type: object, properties: {id: {type: string}}}
  risk: {type: object, properties: {known: {type: boolean}}}
""",
    "base/d.yaml": "decision: d\noutcome: {ok: {type: boolean}}\nrules: []\ndefault: {ok: true}\n",
    "events.yaml": """\
thing:
  type: object
  required: [key]
  properties:
    key: {type: string}
    n: {type: number}
    i: {type: integer}
    s: {type: string}
    b: {type: boolean}
    z: {type: [number, 'null']}
    l: {type: array, items: {type: number}}
    o: {type: array, items: {type: object, properties: {p: {type: number}, q: {type: number}}}}
    a: {type: object, properties: {b: {type: number}}}
    total: {type: number}
    sid: {type: string}
wide: {type: object, required: [key, n], properties: {key: {type: string}, n: {type: number}}}
crowd: {type: object, required: [key, n], properties: {key: {type: string}, n: {type: number}}}
tick: {type: object, required: [key, n], properties: {key: {type: string}, n: {type: number}}}
keyed: {type: object, required: [key], properties: {key: {type: string}}}
declined: {type: object, required: [device, card], properties: {device: {type: string}, card: {type: string}}}
healthy: {type: object, required: [key], properties: {key: {type: string}}}
""",
}
_THEN = "then: {fact: risk.known, where: {order.id: k}, value: true, for: 1h}\n"
#: Patterns that ask the same, and the conditions and alternatives of one.
CROWD = 260
_MANY = 513

#: Of one event.
_ALONE = {
    "nothing-asked": "",
    "only-missing": "!has(x.n)",
    "two-fields": "has(x.n) && has(x.s) && x.n == 1 && x.s == 'a'",
    "either-field": "has(x.n) && x.n == 1 || has(x.s) && x.s == 'a'",
    "not-it": "has(x.n) && !(x.n == 1)",
    "one-of": "has(x.n) && x.n in [1, 2]",
    "odd": "has(x.n) && x.n % 2 == 1",
    "every-element": "has(x.l) && x.l.all(each, each > 0)",
    "some-element": "has(x.o) && x.o.exists(e, has(e.p) && e.p == 1 || has(e.q) && e.q == 2)",
    "first-element": "has(x.l) && x.l[0] == 1",
    "length": "has(x.l) && size(x.l) == 2",
    "digits": r"has(x.s) && x.s.matches('^\\d+$')",
    "backtracking": "has(x.s) && x.s.matches('(a+)+$')",
    "nested": "has(x.a) && has(x.a.b) && x.a.b == 2",
    "total": "has(x.total) && x.total > 100",
    "sid": "has(x.sid) && x.sid == 's1'",
    "is-null": "has(x.z) && x.z == null",
    "zero": "has(x.z) && x.z != null && x.z == 0",
    "five": "has(x.s) && x.s == '5'",
    "yes": "has(x.b) && x.b",
    "least-divided": "has(x.i) && has(x.n) && x.n / x.i == 9223372036854775808",
}
#: Of two or three. The last test of a join is false in `last-false` whatever comes.
_JOINED = {
    "greater": ["", "has(y.n) && has(x.n) && y.n > x.n"],
    "equal": ["", "has(y.n) && has(x.n) && y.n == x.n"],
    "alike": ["", "has(y.s) && has(x.s) && y.s == x.s"],
    "same-total": ["", "has(y.total) && has(x.total) && y.total == x.total"],
    "same-null": ["", "has(y.z) && has(x.z) && (y.z == null) == (x.z == null)"],
    "last-false": [
        "",
        "has(y.n) && has(x.n) && has(y.s) && has(x.s) && y.s == x.s && y.n == x.n && y.n > x.n",
    ],
    "quotient": ["", "has(y.n) && has(x.n) && y.n / x.n > 1"],
    "sum": ["", "has(y.n) && has(x.n) && y.n + 1 >= x.n * 2"],
    "later": ["", "y.ts > x.ts"],
    "rising": ["has(x.n)", "has(y.n) && y.n > x.n", "has(z.n) && z.n > y.n && z.n - x.n < 10"],
}
#: How events are correlated.
_KEYS = {"by-s": "s", "by-n": "n", "by-b": "b", "by-z": "z", "by-path": "a.b"}
_UNLESS = {
    "unless-less": "has(unless.n) && has(x.n) && unless.n < x.n",
    "unless-divided": "has(unless.n) && 10 / unless.n > 5",
}


def pattern(name: str, type_: str, whens: list[str], by: str = "key", unless: str | None = None) -> str:
    """The file of a pattern over events of one type; ``whens``: of x, y, z, or of more that are numbered."""
    aliases = ["x", "y", "z"] if len(whens) <= 3 else [f"e{number}" for number in range(len(whens))]
    lines = [f"pattern: {name}", f"by: {by}", "within: 1h", "events:"]
    lines += [f"  {alias}: {_term(type_, when)}" for alias, when in zip(aliases, whens, strict=False)]
    lines += [f"unless: {_term(type_, unless)}"] if unless else []
    return "\n".join([*lines, _THEN])


def _term(type_: str, when: str) -> str:
    return json.dumps({"type": type_, "when": when} if when else {"type": type_})


def _patterns() -> dict[str, str]:
    many = range(_MANY)
    found = {name: pattern(name, "thing", [when]) for name, when in _ALONE.items()}
    found |= {name: pattern(name, "thing", whens) for name, whens in _JOINED.items()}
    found |= {name: pattern(name, "thing", ["", "y.ts > x.ts"], by) for name, by in _KEYS.items()}
    found |= {name: pattern(name, "thing", ["has(x.n)"], unless=when) for name, when in _UNLESS.items()}
    wide = {
        "siblings": [" && ".join(f"x.n != {each}" for each in many)],
        "alternatives": [" || ".join(f"x.n == {each}" for each in many)],
        "joined-siblings": ["", " && ".join(f"y.n != x.n + {each}" for each in many)],
        "joined-alternatives": ["", " || ".join(f"y.n == x.n + {each}" for each in many)],
        "choices": ["", " && ".join(f"(x.n > {each} || y.n > x.n + {each})" for each in range(8))],
    }
    found |= {name: pattern(name, "wide", whens) for name, whens in wide.items()}
    found |= {f"c{each}": pattern(f"c{each}", "crowd", ["", "y.n > x.n"]) for each in range(CROWD)}
    found["twelve"] = pattern("twelve", "tick", [""] * 12)
    rising = ["", *(f"e{each}.n > e{each - 1}.n && e{each}.ts > e{each - 1}.ts" for each in range(1, 12))]
    found["twelve-rising"] = pattern("twelve-rising", "tick", rising)
    found["two-of-a-key"] = pattern("two-of-a-key", "keyed", ["", ""])
    cards = ["", "y.card != x.card", "z.card != y.card && z.card != x.card"]
    found["cards"] = pattern("cards", "declined", cards, "device")
    found["healthy"] = pattern("healthy", "healthy", ["", ""])
    return found


def write_hostile_project(root: Path) -> Path:
    """The project as files."""
    patterns = {f"patterns/{name}.yaml": text for name, text in _patterns().items()}
    for name, text in {**_FILES, **patterns}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
