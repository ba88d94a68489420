"""Index ≡ full scan: whatever rules there are, the index finds what asking each of them in turn finds.

The scan asks no constraints: its rules say the same by conditions of which nothing can be indexed, so each is
compiled and asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from projects import AT, FACTS, PROJECT

from rulesflow.documents.jsontext import write_json
from rulesflow.model.errors import DecisionFailed
from rulesflow.rules import Ruleset, index, load, stack
from rulesflow.rules.nodes import Patched

NUMBERS = st.sampled_from(["0", "1", "2", "2.5", "3", "5", "7", "7.25", "10"])
HITS = [
    "first",
    "unique",
    "any",
    "priority",
    "rule-order",
    "output-order",
    "collect",
    "collect(sum)",
    "collect(count)",
]


@dataclass(frozen=True)
class Asked:
    """A test in both notations: as a field test and as a condition; one of them may be missing."""

    condition: str
    field: str | None = None
    test: str | None = None


def guarded(path: str, condition: str, *, sure: bool) -> str:
    return condition if sure else f"has({path}) && {condition}"


def ordered(path: str, *, sure: bool) -> st.SearchStrategy[Asked]:
    def compared(op: str, number: str) -> Asked:
        return Asked(guarded(path, f"{path} {op} {number}", sure=sure), path, f'"{op} {number}"')

    def between(ends: tuple[str, str], opening: str, closing: str) -> Asked:
        low, high = sorted(ends, key=Decimal)
        lower, upper = {"[": ">=", "(": ">"}[opening], {"]": "<=", ")": "<"}[closing]
        condition = f"{path} {lower} {low} && {path} {upper} {high}"
        return Asked(guarded(path, condition, sure=sure), path, f'"{opening}{low}..{high}{closing}"')

    def among(values: list[str], negated: bool) -> Asked:
        condition, listed = f"{path} in [{', '.join(values)}]", f"in [{', '.join(values)}]"
        condition, listed = (f"!({condition})", f"not {listed}") if negated else (condition, listed)
        return Asked(guarded(path, condition, sure=sure), path, f'"{listed}"')

    ends = st.tuples(NUMBERS, NUMBERS).filter(lambda both: both[0] != both[1])
    return st.one_of(
        st.builds(compared, st.sampled_from(["<", "<=", ">", ">=", "!="]), NUMBERS),
        st.builds(between, ends, st.sampled_from("[("), st.sampled_from("])")),
        st.builds(among, st.lists(NUMBERS, min_size=1, max_size=3, unique=True), st.booleans()),
        NUMBERS.map(lambda number: Asked(guarded(path, f"{path} == {number}", sure=sure), path, number)),
        st.just(Asked(guarded(path, f"{path} <= params.limit", sure=sure), path, '"<= params.limit"')),
    )


def worded(path: str, words: list[str], *, sure: bool) -> st.SearchStrategy[Asked]:
    def among(values: list[str], negated: bool) -> Asked:
        condition = f"{path} in [{', '.join(map(repr, values))}]"
        listed = f"{'not ' if negated else ''}in [{', '.join(values)}]"
        return Asked(
            guarded(path, f"!({condition})" if negated else condition, sure=sure), path, f'"{listed}"'
        )

    def equal(value: str) -> Asked:
        return Asked(guarded(path, f"{path} == '{value}'", sure=sure), path, value)

    def unequal(value: str) -> Asked:
        return Asked(guarded(path, f"{path} != '{value}'", sure=sure), path, f'"!= {value}"')

    word = st.sampled_from(words)
    there = [] if sure else [Asked(f"has({path})", path, "present"), Asked(f"!has({path})", path, "absent")]
    options = [
        st.builds(among, st.lists(word, min_size=1, max_size=2, unique=True), st.booleans()),
        st.builds(equal, word),
        st.builds(unequal, word),
        *(st.just(each) for each in there),
    ]
    return st.one_of(options)


def flags(path: str) -> st.SearchStrategy[Asked]:
    return st.sampled_from(
        [
            Asked(f"has({path}) && {path}", path, "true"),
            Asked(f"has({path}) && !{path}", path, "false"),
            Asked(f"!has({path})", path, "absent"),
        ]
    )


TESTS = st.one_of(
    ordered("order.total", sure=True),
    ordered("customer.tenure_days", sure=False),
    worded("order.region", ["eu", "eu/de", "us"], sure=True),
    worded("customer.type", ["new", "regular", "vip"], sure=True),
    worded("order.channel", ["web", "app", "store"], sure=False),
    flags("order.gift"),
    st.sampled_from(
        [
            Asked("10 / (order.total - 5) > 2"),  # fails at 5
            Asked("order.region == 'eu' || order.region == 'us'"),
            Asked("order.region == 'eu' || order.total > 5"),
            Asked("has(order.note) && order.note != null && order.note == 'hello'"),
            Asked("!has(order.note) || order.note == null"),
            Asked("has(order.channel) && order.channel.startsWith('w')"),
            Asked("has(order.placed_at)", "order.placed_at", "present"),
            Asked("has(order.lines)", "order.lines", "present"),
            Asked("order.total in params.listed", "order.total", '"in params.listed"'),
        ]
    ),
)
DATES = st.sampled_from(
    ["", "from: 2026-11-01", "from: 2026-12-01", "until: 2026-11-01", "until: 2026-12-01"]
)


@dataclass(frozen=True)
class Written:
    """A rule: its tests, and whatever else stands in it."""

    tests: list[Asked]
    dates: str
    final: bool
    share: bool
    form: str
    number: int

    def text(self, name: str, *, indexed: bool, override: bool = False) -> str:
        lines = [f"  - rule: {name}"]
        if self.tests:
            lines.append(f"    when: {self._when() if indexed else self._plain()}")
        route = ("auto", "review", "deny")[self.number % 3]
        lines.append(f"    then: {{route: {route}, amount: {self.number}}}")
        lines += [f"    {self.dates}"] if self.dates else []
        lines += ["    final: true"] if self.final else []
        lines += ["    override: true"] if override else []
        lines += ["    rollout: {percent: 50, by: customer.id}"] if self.share else []
        return "\n".join(lines)

    def _plain(self) -> str:
        return '"' + f"({' && '.join(f'({each.condition})' for each in self.tests)}) ? true : false" + '"'

    def _when(self) -> str:
        fields = [each.field for each in self.tests]
        if self.form == "mapping" and None not in fields and len(set(fields)) == len(fields):
            return "{" + ", ".join(f"{each.field}: {each.test}" for each in self.tests) + "}"
        if self.form == "list":
            parts = [
                f'"{each.condition}"' if each.field is None else f"{{{each.field}: {each.test}}}"
                for each in self.tests
            ]
            return f"[{', '.join(parts)}]"
        return '"' + " && ".join(f"({each.condition})" for each in self.tests) + '"'


RULES = st.builds(
    Written,
    tests=st.lists(TESTS, max_size=4),
    dates=DATES,
    final=st.integers(0, 9).map(lambda number: number == 0),
    share=st.integers(0, 9).map(lambda number: number == 0),
    form=st.sampled_from(["mapping", "string", "list"]),
    number=st.integers(0, 5),
)

TOTALS = st.sampled_from([0, 1, 2, Decimal("2.5"), Decimal("2.50001"), 3, 5, 6, 7, Decimal("7.25"), 11])
REQUESTS = st.fixed_dictionaries(
    {
        "order": st.fixed_dictionaries(
            {
                "total": st.sampled_from(
                    [0, 1, 2, Decimal("2.5"), Decimal("2.50001"), 3, 5, 6, 7, Decimal("7.25"), 11]
                ),
                "region": st.sampled_from(["eu", "eu/de", "us"]),
            },
            optional={
                "channel": st.sampled_from(["web", "app", "store"]),
                "gift": st.booleans(),
                "note": st.sampled_from([None, "hello", "x"]),
                "placed_at": st.just("2026-11-19T10:00:00Z"),
                "lines": st.just([]),
            },
        ),
        "customer": st.fixed_dictionaries(
            {"type": st.sampled_from(["new", "regular", "vip"])},
            optional={"tenure_days": st.integers(-1, 11), "id": st.sampled_from(["a", "b", "c", "d"])},
        ),
    }
)


def files(
    hit: str, base: list[Written], above: list[Written], changed: list[int], *, indexed: bool
) -> dict[str, str]:
    outcome = (
        "{amount: {type: number}}"
        if hit == "collect(sum)"
        else "{route: {enum: [auto, review, deny]}, amount: {type: number}}"
    )
    head = f"decision: d\nhit: {hit}\noutcome: {outcome}\nparams: {{limit: 5, listed: [1, 7.25]}}\nrules:\n"
    rules = [each.text(f"r{number}", indexed=indexed) for number, each in enumerate(base)]
    texts = {"base/d.yaml": head + "\n".join(rules)}
    over = [each.text(f"n{number}", indexed=indexed) for number, each in enumerate(above)]
    replaced = {number % len(base) for number in changed} if base else set()
    replaced = {number for number in replaced if not base[number].final}
    over += [
        base[number - 1].text(f"r{number}", indexed=indexed, override=True) for number in sorted(replaced)
    ]
    if over:
        finals = [each for each in base if each.final]
        limit = "" if finals else "params: {limit: 2}\n"
        texts["customer/vip/d.yaml"] = f"decision: d\n{limit}rules:\n" + "\n".join(over)
    if hit == "collect(sum)":
        texts = {path: _without_route(text) for path, text in texts.items()}
    return {"rulesflow.yaml": PROJECT, "facts.yaml": FACTS, **texts}


def _without_route(text: str) -> str:
    for route in ("auto", "review", "deny"):
        text = text.replace(f"{{route: {route}, amount", "{amount")
    return text


def ruleset(written: dict[str, str]) -> Ruleset:
    loaded = load({path: text.encode() for path, text in written.items()})
    assert loaded.ruleset is not None, loaded.diagnostics
    return loaded.ruleset


def told(rules: Ruleset, facts: dict[str, Any]) -> object:
    try:
        answer = rules.decide("d", facts, AT)
    except DecisionFailed as failed:
        return failed.rule, failed.code
    return write_json(answer.result), [match.rule for match in answer.matched]


PROJECTS = st.tuples(
    st.sampled_from(HITS),
    st.lists(RULES, min_size=1, max_size=40),
    st.lists(RULES, max_size=4),
    st.lists(st.integers(0, 50), max_size=3),
)


def same(project: Any, asked: list[dict[str, Any]]) -> None:
    indexed, scanned = (ruleset(files(*project, indexed=each)) for each in (True, False))
    for facts in asked:
        assert told(indexed, facts) == told(scanned, facts), facts


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(PROJECTS, st.lists(REQUESTS, min_size=5, max_size=20))
def test_the_index_finds_what_a_full_scan_finds(project: Any, asked: list[dict[str, Any]]) -> None:
    same(project, asked)


@settings(deadline=None, max_examples=40)
@given(PROJECTS, st.lists(REQUESTS, min_size=5, max_size=20), st.sampled_from([0, 1, 40, 1 << 22]))
def test_so_it_does_whatever_node_tells_the_rules_apart(
    project: Any, asked: list[dict[str, Any]], size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack, "_FEW", 0)
        patch.setattr(index, "_LEAF", 1)
        patch.setattr(index, "_OVERLAP", size % 5)
        patch.setattr(index, "_BYTES", max(size, 1))
        same(project, asked)


def tariff(rules: int) -> str:
    head = "decision: d\noutcome: {answer: {type: string}}\nparams: {limit: 5}\nrules:\n"
    text = "  - {{rule: r{0}, when: {{order.total: {0}}}, then: {{answer: r{0}}}}}\n"
    return head + "".join(text.format(number) for number in range(rules))


def stack_of(rules: Ruleset, region: str | None = None, customer: str | None = None) -> stack.Stack:
    return rules.decision("d").stack((region, customer))


def layered(**overlays: str) -> Ruleset:
    texts = {f"{name}/d.yaml": f"decision: d\n{text}" for name, text in overlays.items()}
    return ruleset({"rulesflow.yaml": PROJECT, "facts.yaml": FACTS, "base/d.yaml": tariff(100), **texts})


def answer(asked: stack.Stack, total: Any) -> Any:
    result, _ = asked.decide({"order": {"total": total}, "params": {}, "at": AT}, 100)
    return result["answer"] if result else None


def test_stacks_share_the_index_of_the_layers_that_they_have_in_common() -> None:
    new = "rules:\n  - {rule: new, when: {order.total: 7}, then: {answer: new}}\n"
    rules = layered(**{"region/us": new, "customer/vip": "default: {answer: none}\n"})
    (part,) = stack_of(rules).parts
    assert [each.segment for each in stack_of(rules, customer="vip").parts] == [part.segment]
    above, below = stack_of(rules, "us").parts
    assert [rule.name for rule in above.segment.rules] == ["new"]
    assert below.segment is part.segment


def test_values_that_choose_the_same_layers_have_one_stack() -> None:
    rules = layered(**{"region/us": "default: {answer: none}\n"})
    assert stack_of(rules, "eu/de") is stack_of(rules, "eu") is stack_of(rules)
    assert stack_of(rules, "us") is not stack_of(rules)


def test_a_stack_that_replaces_a_few_rules_shares_the_index_of_the_others() -> None:
    other = "  - {rule: r7, override: true, when: {order.total: 8}, then: {answer: other}}\n"
    rules = layered(**{"region/us": f"disable: [r9]\nrules:\n{other}"})
    base, region = stack_of(rules), stack_of(rules, "us")
    node = region.parts[0].segment.node
    assert isinstance(node, Patched) and node._node is base.parts[0].segment.node
    assert [answer(region, total) for total in (6, 7, 8, 9)] == ["r6", None, "other", None]
    assert [answer(base, total) for total in (6, 7, 8, 9)] == ["r6", "r7", "r8", "r9"]


def test_stacks_whose_rules_read_other_params_have_indexes_of_their_own() -> None:
    text = tariff(100) + '  - {rule: low, when: {order.total: "<= params.limit"}, then: {answer: low}}\n'
    rules = layered(**{"base": text.removeprefix("decision: d\n"), "region/us": "params: {limit: -1}\n"})
    base, region = stack_of(rules), stack_of(rules, "us")
    assert base.parts[0].segment is not region.parts[0].segment
    assert [answer(base, total) for total in (-1, Decimal("0.5"))] == ["low", "low"]
    assert [answer(region, total) for total in (-1, Decimal("0.5"))] == ["low", None]
