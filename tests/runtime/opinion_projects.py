"""Random decisions and requests, hostile ones too, for the second opinion. All of a seed."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random

from rulesflow.model.times import parse_timestamp
from rulesflow.rules import Ruleset, load
from rulesflow.runtime.secondopinion import Request

PROJECT = """
project: opinions
facts: facts.yaml
timezone: UTC
layers: [base, "region/{order.region}"]
"""

FACTS = """
type: object
required: [order]
properties:
  order:
    type: object
    required: [total, name, gift, region]
    properties:
      total: {type: number}
      weight: {type: number}
      count: {type: [integer, "null"]}
      name: {type: string}
      note: {type: [string, "null"]}
      gift: {type: boolean}
      paid: {type: [boolean, "null"]}
      placed_at: {type: string, format: date-time}
      region: {enum: [eu, us]}
"""

LONG = "x" * 70_000
NUMBERS = ["0", "1", "-1", "5", "100", "100.5", "0.1", "0.0000001", "10000000000000000", "9007199254740993"]
NUMBERS += ["9223372036854775807", "-9223372036854775807", "123456789.012345"]
TEXTS = ["", "5", "true", "null", "abc", "abd", "ABC", "é", "z", "😀", 'a "quoted" \\ word', "line\nbreak"]
TIMES = ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00.5Z", "1969-12-31T23:59:59Z"]
HITS = ["first", "unique", "first", "any", "first", "priority", "rule-order", "output-order", "collect"]
HITS += ["collect(sum)", "collect(min)", "collect(max)", "collect(count)"]
AT = parse_timestamp("2026-03-01T00:00:00Z")

_TOTALS = [*NUMBERS, "2", "1e-7", "1.0e-7", "1e16", "1.00e16", "-0", "9007199254740992", "1e300", "-1e300"]
_TOTALS += ["9007199254740994", "9223372036854775806", "1e-300", "0.3", "0.100000000000001", "1e20"]
#: These neither a 64-bit integer nor a double tells apart from their neighbours.
_OUTSIDE = ["9223372036854775808", "18446744073709551616", "1e6000", "123456789012345678901234.5"]
_OUTSIDE += ["0.30000000000000004", "99.99999999999999", "-9223372036854775809"]
_NAMES = [*TEXTS, "ab", "abcd", "a", "\ud800", "\udfff x", "\x00", "\u2028", "x" * 256]
_NAMES += ["e\u0301", "ß", "ẞ", "\uffff"]
_LONG = [LONG, LONG + "a", LONG + "b", "x" * 257, "a" * 65_536 + "abc", "x" * 4_464 + "b"]
#: Names whose 32-bit hashes are those of names that mean something, to the engine or here.
_KEYS = ["lrecxtx", "phjrejs", "id", "sid", "$s", "n0", "s1", "b2", "p0", "t0", "one", "order.total", "m0"]


def ruleset(seed: int) -> Ruleset:
    """Decision ``d`` in two layers."""
    random = Random(seed)
    hit = HITS[seed % len(HITS)]
    measured = hit in ("collect(sum)", "collect(min)", "collect(max)")
    outcome = (
        "{score: {type: number}}" if measured else "{level: {enum: [low, mid, high]}, score: {type: number}}"
    )
    params = f"params: {{limit: {random.choice(NUMBERS[:9])}, long: {LONG}b, words: [abc, '5']}}\n"
    head = f"decision: d\nhit: {hit}\noutcome: {outcome}\n{params}"
    default = f"default: {_then(random, measured)}\n" if random.random() < 0.5 else ""
    files = {
        "rulesflow.yaml": PROJECT,
        "facts.yaml": FACTS,
        "base/d.yaml": f"{head}rules:\n{_rules(random, 'a', measured)}{default}",
        "region/us/d.yaml": f"decision: d\nrules:\n{_rules(random, 'u', measured)}",
    }
    loaded = load({path: text.encode() for path, text in files.items()})
    assert loaded.ruleset is not None, [each.message for each in loaded.diagnostics]
    return loaded.ruleset


def requests(seed: int, count: int) -> list[Request]:
    """So many requests of decision ``d``."""
    random = Random(seed)
    return [Request("d", {"order": _order(random), **_more(random)}, AT) for _ in range(count)]


def _rules(random: Random, name: str, measured: bool) -> str:
    count = random.choice([random.randint(1, 8), random.randint(17, 40)])  # many are found by an index
    return "".join(_rule(random, f"{name}{number}", measured) for number in range(count))


def _rule(random: Random, name: str, measured: bool) -> str:
    when = json.dumps(_condition(random), ensure_ascii=False)
    return f"  - {{rule: {name}, when: {when}, then: {_then(random, measured)}}}\n"


def _then(random: Random, measured: bool) -> str:
    score = f"score: {random.randint(-3, 3)}"
    return f"{{{score}}}" if measured else f"{{level: {random.choice(['low', 'mid', 'high'])}, {score}}}"


def _condition(random: Random) -> str:
    tests = [_either(random) for _ in range(random.randint(1, 3))]
    return " && ".join(tests)


def _either(random: Random) -> str:
    some = [_test(random) for _ in range(random.choice([1, 1, 1, 2, 3]))]
    text = f"({' || '.join(some)})"
    return f"!{text}" if random.random() < 0.15 else text


def _test(random: Random) -> str:
    """Of one fact, mostly; facts that may be absent are asked first whether they are there."""
    op, number = random.choice(["<", "<=", ">", ">=", "==", "!="]), random.choice(NUMBERS)
    word, many = _text(random), random.sample(NUMBERS, 3)
    return random.choice(
        [
            f"order.total {op} {number}",
            f"order.total {op} {random.choice(NUMBERS)}",
            f"order.total in [{', '.join(many)}]",
            "order.total >= params.limit",
            f"(has(order.weight) && order.weight {op} {number})",
            "has(order.weight)",
            f"(has(order.count) && order.count != null && order.count {op} {random.choice([0, 1, 5, 100])})",
            f"order.name {random.choice(['==', '!='])} {word}",
            "order.name == params.long",
            "order.name in params.words",
            f"(has(order.note) && order.note != null && order.note {op} {word})",
            "!(has(order.note) && order.note != null)",
            "order.gift",
            "!order.gift",
            "order.gift == true",
            "(has(order.paid) && order.paid != null && order.paid)",
            f'(has(order.placed_at) && order.placed_at {op} timestamp("{random.choice(TIMES)}"))',
            "order.total + 1 > params.limit",
            'order.name.startsWith("a")',
            "true",
        ]
    )


def _text(random: Random) -> str:
    return json.dumps(random.choice(TEXTS), ensure_ascii=False)


def _order(random: Random) -> dict[str, object]:
    order: dict[str, object] = {
        "total": _number(random),
        "name": random.choice([*_NAMES, *_LONG]),
        "gift": random.random() < 0.5,
        "region": random.choice(["eu", "us"]),
    }
    if random.random() < 0.6:
        order["weight"] = _number(random)
    if random.random() < 0.6:
        order["count"] = random.choice([None, 0, 1, 5, 100, 10**17, 2**63 - 1])
    if random.random() < 0.6:
        order["note"] = random.choice([None, *_NAMES] if random.random() < 0.9 else _LONG)
    if random.random() < 0.6:
        order["paid"] = random.choice([None, True, False])
    if random.random() < 0.6:
        order["placed_at"] = random.choice([*TIMES, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
    if random.random() < 0.05:  # of a type that the schema refuses
        order[random.choice(list(order))] = random.choice([True, 1, "5", 5, None, [], {}])
    return order | _more(random)


def _more(random: Random) -> dict[str, object]:
    """Undeclared members."""
    some = random.sample(_KEYS, random.choice([0, 0, 1, 3]))
    return {key: random.choice([1, "x", True, None, [1], {"a": 1}, 2**70]) for key in some}


def _number(random: Random) -> int | Decimal:
    value = Decimal(random.choice(_TOTALS if random.random() < 0.9 else _OUTSIDE))
    if not value:
        return 0
    whole = value == value.to_integral_value() and abs(value) < 10**34
    return int(value) if whole else value
