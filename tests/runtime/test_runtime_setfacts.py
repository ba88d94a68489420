"""Facts that patterns set: stored, taken over by every process, filled into the requests they are for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings, strategies as st

from rulesflow.documents.jsontext import write_json
from rulesflow.model.rendering import as_text
from rulesflow.model.times import SECOND, Duration, Timestamp, parse_timestamp
from rulesflow.runtime.catalog import now
from rulesflow.runtime.database import FACTS, Database
from rulesflow.runtime.project import LoadedProject, load_project
from rulesflow.runtime.records import freeze
from rulesflow.runtime.setfacts import SetFacts, Setting, WhereRefused
from serving import wait_until
from set_facts import HOUR, sets, with_patterns

GONE = Duration(0)
_FACTS = """\
type: object
properties:
  payment:
    type: object
    properties:
      device_id: {type: string}
      number: {type: number}
      fresh: {type: boolean}
      at: {type: string, format: date-time}
  customer: {type: object, properties: {id: {type: string}}}
  device:
    type: object
    properties:
      card_testing: {type: boolean}
      level: {type: number}
      seen: {type: string, format: date-time}
  strict:
    type: object
    required: [id]
    properties: {id: {type: string}, flag: {type: boolean}}
  risk: {type: number}
"""


_DECISION = "decision: d\nhit: first\noutcome: {r: {type: number}}\ndefault: {r: 1}\n"


def project_of(*shapes: tuple[str, ...], decision: str = _DECISION) -> LoadedProject:
    """A project of those facts; each shape is the fact's path, and those of its ``where``."""
    files = {
        "rulesflow.yaml": b"project: p\nfacts: facts.yaml\nlayers: [base]\n",
        "facts.yaml": _FACTS.encode(),
        "base/d.yaml": decision.encode(),
    }
    project = load_project(files)
    assert project.ruleset is not None, as_text(project.diagnostics, project.files)
    return with_patterns(project, [sets(*shape) for shape in shapes])


@dataclass
class Store:
    """The facts of one process over a database."""

    database: Database
    facts: SetFacts

    def set(self, fact: str, where: Mapping[str, Any], value: Any = True, **more: Any) -> None:
        """Set one, and look."""
        with self.database.writing() as connection:
            self.put(connection, fact, where, value, **more)
        self.facts.refresh()

    def put(
        self,
        connection: sa.Connection,
        fact: str,
        where: Mapping[str, Any],
        value: Any = True,
        lasts: Duration = HOUR,
        match: str = "m1",
        pattern: str = "p",
    ) -> None:
        paths = [(tuple(path.split(".")), each) for path, each in where.items()]
        given = {"fact": tuple(fact.split(".")), "where": paths, "value": value, "lasts": lasts}
        self.facts.set(connection, match=match, pattern=pattern, **given)

    def rows(self) -> int:
        return self.database.rows(sa.select(sa.func.count()).select_from(FACTS))[0][0]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    database = Database(database_url)
    yield Store(database, SetFacts(database))
    database.close()


CARD = project_of(("device.card_testing", "payment.device_id"))


def test_a_fact_is_filled_into_the_requests_that_it_is_for(store: Store) -> None:
    store.set("device.card_testing", {"payment.device_id": "D-1"}, match="m7", pattern="card-testing")
    sent = {"payment": {"device_id": "D-1"}}
    facts, (shown,) = store.facts.fill(CARD, sent)
    assert facts == {"payment": {"device_id": "D-1"}, "device": {"card_testing": True}}
    assert sent == {"payment": {"device_id": "D-1"}}, "what was sent stays as it was"
    assert (shown["fact"], shown["value"]) == ("device.card_testing", True)
    assert (shown["pattern"], shown["match"]) == ("card-testing", "m7")
    assert now() < shown["until"] <= now() + HOUR


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"payment": None},
        {"payment": {"device_id": "D-2"}},
        {"payment": {"device_id": ["D-1"]}},
        {"payment": {"device_id": "D-1"}, "device": {"card_testing": False}},
        {"payment": {"device_id": "D-1"}, "device": {"card_testing": None}},
        {"payment": {"device_id": "D-1"}, "device": None},
        {"payment": {"device_id": "D-1"}, "device": "D-1"},
    ],
    ids=lambda facts: write_json(facts).decode(),
)
def test_requests_of_others_and_those_that_say_it_themselves_stay_as_they_are(
    store: Store, facts: dict[str, Any]
) -> None:
    store.set("device.card_testing", {"payment.device_id": "D-1"})
    filled = store.facts.fill(CARD, facts)
    assert filled.facts is facts
    assert filled.set == ()


def test_a_project_without_such_patterns_is_given_nothing(store: Store) -> None:
    store.set("device.card_testing", {"payment.device_id": "D-1"})
    facts = {"payment": {"device_id": "D-1"}}
    for other in (project_of(), project_of(("device.level", "payment.device_id"))):
        assert store.facts.fill(other, facts) == (facts, ())


def test_a_value_that_no_longer_fits_the_facts_is_passed_over(store: Store) -> None:
    """Or a change of the rules would make requests fail that their callers cannot mend."""
    facts = {"payment": {"device_id": "D-1"}}
    store.set("device.card_testing", {"payment.device_id": "D-1"}, "yes")
    assert store.facts.fill(CARD, facts) == (facts, ())
    store.set("strict.flag", {"payment.device_id": "D-1"})
    strict = project_of(("strict.flag", "payment.device_id"))
    assert store.facts.fill(strict, facts) == (facts, ()), "an id would be missing"
    known = {**facts, "strict": {"id": "x"}}
    assert store.facts.fill(strict, known).facts["strict"] == {"id": "x", "flag": True}
    unknown = project_of(("device.nothing", "payment.device_id"))
    assert unknown.lookups == ()


def test_values_are_compared_as_the_language_compares_them(store: Store) -> None:
    project = project_of(*(("risk", f"payment.{name}") for name in ("number", "fresh", "at")))
    moment = parse_timestamp("2026-11-27T08:00:00Z")
    for name, value in (("number", Decimal("1.50")), ("fresh", True), ("at", moment)):
        store.set("risk", {f"payment.{name}": value}, 7)

    def filled(**payment: Any) -> bool:
        return store.facts.fill(project, {"payment": payment}).facts.get("risk") == 7

    assert filled(number=Decimal("1.5"))
    assert filled(fresh=True)
    assert not filled(fresh=1)
    assert not filled(number=True)
    assert filled(at="2026-11-27T09:00:00+01:00")
    assert not filled(at="2026-11-27T09:00:00Z")
    assert not filled(at="never")
    store.set("risk", {"payment.number": 3}, 7)
    assert filled(number=Decimal("3.0"))


def test_times_and_objects_are_filled_in_as_a_caller_would_send_them(store: Store) -> None:
    project = project_of(("device.seen", "payment.device_id"), ("customer", "payment.device_id"))
    store.set("device.seen", {"payment.device_id": "D"}, Timestamp(SECOND))
    store.set("customer", {"payment.device_id": "D"}, {"id": "C"})
    facts, shown = store.facts.fill(project, {"payment": {"device_id": "D"}})
    assert facts["device"] == {"seen": "1970-01-01T00:00:01Z"}
    assert facts["customer"] == {"id": "C"}
    assert {each["fact"] for each in shown} == {"device.seen", "customer"}
    freeze(list(shown))  # a run's history can keep it


@pytest.mark.parametrize("value", [None, {"a": 1}, ["D"]], ids=["null", "object", "list"])
def test_a_fact_is_not_set_for_what_cannot_be_compared(store: Store, value: Any) -> None:
    with pytest.raises(WhereRefused, match=r"device.level cannot be set where payment.device_id is"):
        store.set("device.level", {"payment.device_id": value}, 1)
    assert store.rows() == 0


LEVEL = project_of(("device.level", "payment.device_id"))
D1 = {"payment": {"device_id": "D-1"}}


def test_an_equal_value_lasts_as_long_as_the_longest_and_another_takes_its_place(store: Store) -> None:
    def level() -> tuple[Any, Any]:
        filled = store.facts.fill(LEVEL, D1)
        return (filled.set[0]["value"], filled.set[0]["match"]) if filled.set else (None, None)

    where = {"payment.device_id": "D-1"}
    store.set("device.level", where, 1, lasts=HOUR, match="a")
    until = store.facts.fill(LEVEL, D1).set[0]["until"]
    store.set("device.level", where, Decimal("1.0"), lasts=Duration(SECOND), match="b")
    assert level() == (1, "a")
    assert store.facts.fill(LEVEL, D1).set[0]["until"] == until
    store.set("device.level", where, 1, lasts=Duration(2 * HOUR), match="c")
    assert level() == (1, "c")
    assert store.facts.fill(LEVEL, D1).set[0]["until"] > until
    store.set("device.level", where, 2, lasts=Duration(SECOND), match="d")
    assert level() == (2, "d")
    assert store.rows() == 1, "what was replaced is not kept"
    store.set("device.level", where, 3, lasts=GONE)
    assert level() == (None, None)


def test_of_two_patterns_the_newer_fact_counts(store: Store) -> None:
    project = project_of(("risk", "payment.device_id"), ("risk", "customer.id"))
    facts = {"payment": {"device_id": "D"}, "customer": {"id": "C"}}
    store.set("risk", {"customer.id": "C"}, 1)
    store.set("risk", {"payment.device_id": "D"}, 2)
    assert [each["value"] for each in store.facts.fill(project, facts).set] == [2]
    store.set("risk", {"customer.id": "C"}, 3)
    assert [each["value"] for each in store.facts.fill(project, facts).set] == [3]


def test_a_where_of_several_paths_holds_in_whatever_order_it_stands(store: Store) -> None:
    project = project_of(("risk", "payment.device_id", "customer.id"))
    facts = {"payment": {"device_id": "D"}, "customer": {"id": "C"}}
    store.set("risk", {"payment.device_id": "D", "customer.id": "C"}, 1)
    store.set("risk", {"customer.id": "C", "payment.device_id": "D"}, 2)
    assert store.facts.fill(project, facts).facts["risk"] == 2
    assert store.facts.fill(project, {"customer": {"id": "C"}}).set == ()
    assert store.facts.count == 1


def test_other_processes_take_facts_over_and_a_new_one_takes_over_what_is_in_force(store: Store) -> None:
    other = SetFacts(store.database)
    other.refresh()
    for batch in range(4):
        with store.database.writing() as connection:
            for number in range(300):
                for each, lasts in enumerate((HOUR, GONE)):
                    where = {"payment.device_id": f"{batch}.{number}.{each}"}
                    store.put(connection, "device.level", where, lasts=lasts)
        other.refresh()
    other.refresh()
    late = SetFacts(store.database)
    late.refresh()
    assert other.count == late.count == 1200


def test_a_fact_whose_transaction_ends_after_that_of_a_later_one_is_seen(store: Store) -> None:
    """PostgreSQL gives numbers before transactions end. SQLite lets nobody else write meanwhile."""
    if store.database.sqlite:
        return
    with store.database.writing() as connection:
        store.put(connection, "device.level", {"payment.device_id": "D-1"}, 1)
        store.set("device.level", {"payment.device_id": "D-2"}, 2)
        assert store.facts.count == 1
        for _ in range(3):
            store.facts.refresh()
    store.facts.refresh()
    assert store.facts.count == 2
    assert store.facts.fill(LEVEL, D1).facts["device"] == {"level": 1}


def test_a_fact_whose_transaction_ends_when_nobody_looks_back_so_far_is_seen(store: Store) -> None:
    if store.database.sqlite:
        return
    facts = SetFacts(store.database, late=0, whole=0)
    facts.refresh()
    with store.database.writing() as connection:
        store.put(connection, "device.level", {"payment.device_id": "D-1"}, 1)
        for value in (2, 3):
            store.set("device.level", {"payment.device_id": "D-2"}, value)
            facts.refresh()
        assert facts.count == 1
    facts.refresh()
    assert facts.count == 2
    assert facts.fill(LEVEL, D1).facts["device"] == {"level": 1}


def test_two_that_set_one_fact_at_once_agree_in_the_end(store: Store) -> None:
    def work(value: int) -> None:
        for _ in range(20):
            with store.database.writing() as connection:
                store.put(connection, "device.level", {"payment.device_id": "D-1"}, value)

    threads = [threading.Thread(target=work, args=(value,)) for value in (1, 2)]
    for thread in threads:
        thread.start()
    seen = SetFacts(store.database)
    while any(thread.is_alive() for thread in threads):
        seen.refresh()
    seen.refresh()
    store.facts.refresh()
    assert seen.fill(LEVEL, D1) == store.facts.fill(LEVEL, D1)
    assert store.rows() <= 2


def test_what_has_expired_is_dropped_and_forgotten(store: Store) -> None:
    where = {"payment.device_id": "D-1"}
    store.set("device.level", where, 1, lasts=Duration(SECOND // 20))
    wait_until(lambda: store.facts.fill(LEVEL, D1).set == ())
    store.facts.refresh()
    assert store.facts.count == 0
    with store.database.writing() as connection:
        for number in range(2100):
            store.put(connection, "device.level", {"payment.device_id": f"{number}"}, 1, lasts=GONE)
    store.set("device.level", {"payment.device_id": "D-2"}, 1)
    assert store.facts.forget(Timestamp(now() + 2 * HOUR)) == 2101, "one in force stays, whatever is asked"
    assert store.facts.forget(now()) == 0
    assert store.facts.count == store.rows() == 1


def test_a_fact_may_last_longer_than_the_database_can_say(store: Store) -> None:
    store.set("device.level", {"payment.device_id": "D-1"}, 1, lasts=Duration(3_000_000 * HOUR))
    (shown,) = store.facts.fill(LEVEL, D1).set
    assert str(shown["until"]).startswith("2262-")


def test_a_fact_that_is_set_again_and_again_takes_no_more_room(store: Store) -> None:
    where = {"payment.device_id": "D-1"}
    for turn in range(20):
        hours = turn + 1 if turn % 2 else 30
        store.set("device.level", where, turn % 2, lasts=Duration(hours * HOUR))
    assert len(store.facts._ends) <= 2
    store.set("device.level", where, 2, lasts=Duration(SECOND // 20))
    store.set("device.level", where, 2)
    wait_until(lambda: store.facts.refresh() or store.facts._ends[0][0] > now() + HOUR // 2)
    assert (store.facts.count, len(store.facts._ends)) == (1, 3)
    assert [each["value"] for each in store.facts.fill(LEVEL, D1).set] == [2]


def test_many_facts_are_set_with_few_statements_as_if_one_by_one(store: Store) -> None:
    def setting(device: str, value: int, lasts: Duration = HOUR) -> Setting:
        where = [(("payment", "device_id"), device)]
        return Setting(("device", "level"), where, value, lasts, f"{device}{value}", "p")

    def level(device: str) -> Any:
        filled = store.facts.fill(LEVEL, {"payment": {"device_id": device}})
        return filled.set[0]["value"] if filled.set else None

    store.set("device.level", {"payment.device_id": "D-1"}, 1)
    statements: list[str] = []
    many = [setting(f"M-{number}", number) for number in range(300)]
    with store.database.writing() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *told: statements.append(told[2]))
        store.facts.set_all(connection, [setting("D-1", 2), *many, setting("D-1", 3), setting("M-7", 7)])
        store.facts.set_all(connection, [])
    store.facts.refresh()
    assert len(statements) <= 5
    assert (level("D-1"), level("M-7"), level("M-299")) == (3, 7, 299)
    assert store.rows() == store.facts.count == 301


def test_an_extension_by_next_to_nothing_is_not_written(store: Store) -> None:
    def written() -> tuple[str, int]:
        row = store.database.rows(sa.select(FACTS))[0]
        return row.match, row.number

    where = {"payment.device_id": "D-1"}
    store.set("device.level", where, 1, match="a")
    first = written()
    store.set("device.level", where, 1, match="b")
    assert written() == first
    store.set("device.level", where, 1, lasts=Duration(HOUR + HOUR // 50), match="c")
    assert written()[0] == "c"
    store.set("device.level", where, 2, match="d")
    assert written()[0] == "d"


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        ("when: has(device) && has(device.level) && device.level > 3, then: {r: 1}", True),
        ("when: has(device) && has(device.level) && device.level * 2 > 1, then: {r: 1}", True),
        ("when: has(device) && size(device) > 1, then: {r: 1}", True),
        ("when: has(device), then: {r: 1}", True),
        ("when: has(customer) && has(customer.id) && customer.id == 'C', then: {r: 1}", False),
        ("when: has(device) && has(device.level), then: {r: 1}", True),
        ('when: has(risk), then: {r: "${ has(device) && has(device.level) ? device.level : 1 }"}', True),
        ('when: has(risk), then: {r: "${ risk }"}', False),
        ("then: {r: 1}, rollout: {percent: 10, by: device.level}", True),
        ("then: {r: 1}, rollout: {percent: 10, by: customer.id}", False),
    ],
    ids=[f"rule {number}" for number in range(10)],
)
def test_only_decisions_that_may_read_what_is_set_are_readers(rule: str, reads: bool) -> None:
    text = f"{_DECISION}rules:\n  - {{rule: x, {rule}}}\n"
    project = project_of(("device.level", "payment.device_id"), decision=text)
    assert project.readers == ({"d"} if reads else frozenset())


# -- the law ----------------------------------------------------------------------------------------------

SHAPES = [
    ("risk", ("payment.device_id",)),
    ("risk", ("payment.number", "customer.id")),
    ("device.level", ("payment.device_id",)),
    ("device.level", ("payment.fresh",)),
    ("device.card_testing", ("customer.id",)),
    ("customer.id", ("payment.number",)),
]
LAW = project_of(*((fact, *where) for fact, where in SHAPES))
TEXTS, NUMBERS, BOOLS = st.sampled_from(["a", "b"]), st.sampled_from([0, 1, Decimal("1.5")]), st.booleans()
VALUES = {"device_id": TEXTS, "id": TEXTS, "number": NUMBERS, "fresh": BOOLS}
RIGHT = {"risk": NUMBERS, "level": NUMBERS, "card_testing": BOOLS, "id": TEXTS}


def last(path: str) -> str:
    return path.rpartition(".")[2]


@st.composite
def a_set(draw: st.DrawFn) -> tuple[str, dict[str, Any], Any, Duration]:
    fact, where = draw(st.sampled_from(SHAPES))
    values = {path: draw(VALUES[last(path)]) for path in where}
    return fact, values, draw(RIGHT[last(fact)]), draw(st.sampled_from([HOUR, Duration(2 * HOUR), GONE]))


REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "payment": st.fixed_dictionaries(
            {}, optional={"device_id": TEXTS, "number": NUMBERS, "fresh": st.one_of(BOOLS, NUMBERS)}
        ),
        "customer": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"id": TEXTS})),
        "device": st.fixed_dictionaries({}, optional={"level": st.one_of(st.none(), NUMBERS)}),
        "risk": NUMBERS,
    },
)


def at(facts: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(facts, dict) or name not in facts:
            return None
        facts = facts[name]
    return facts


def same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def plainly(sets: list[tuple[str, dict[str, Any], Any, Duration]], facts: dict[str, Any]) -> dict[str, Any]:
    """From the newest back: what is set last for the request counts, where it does not speak itself."""
    filled = {name: dict(each) if isinstance(each, dict) else each for name, each in facts.items()}
    told: list[Any] = []
    for fact, where, value, _ in reversed(sets):
        if (fact, where) in told or not all(same(at(facts, path), each) for path, each in where.items()):
            continue
        told.append((fact, where))
        equal = []  # those of that value, since another value was set
        for other in reversed([each for each in sets if each[:2] == (fact, where)]):
            if not same(other[2], value):
                break
            equal.append(other[3])
        if max(equal) == 0:
            continue
        *within, name = fact.split(".")
        inner = filled
        for each in within:
            inner = inner.setdefault(each, {}) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.setdefault(name, value)
    return filled


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(a_set(), max_size=5), max_size=4), st.lists(REQUESTS, max_size=8))
def test_what_is_filled_in_is_what_a_plain_reading_of_all_that_was_set_gives(
    store: Store, batches: list[list[Any]], requests: list[dict[str, Any]]
) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.delete(FACTS))
    living = SetFacts(store.database)
    for batch in batches:
        with store.database.writing() as connection:
            for fact, where, value, lasts in batch:
                store.put(connection, fact, where, value, lasts)
        living.refresh()
    begun = SetFacts(store.database)
    begun.refresh()
    everything = [each for batch in batches for each in batch]
    for facts in requests:
        expected = plainly(everything, facts)
        for each in (living, begun):
            assert each.fill(LAW, facts).facts == expected
