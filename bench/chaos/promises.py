"""What was promised, each as a function from the end of a scenario to what is wrong with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from bench.chaos.checkout import Placed
from bench.chaos.ending import Charge, Ending
from bench.chaos.healing import ENDED
from bench.chaos.turns import overtaken


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept: of which ``run``, where it is one's; ``what`` tells what is wrong."""

    promise: str
    run: str | None
    what: str


Found = Iterator[tuple[str | None, str]]
Promise = Callable[[Ending], Found]


def judge(ending: Ending) -> list[Broken]:
    """Everything that is wrong, promise by promise."""
    return [Broken(name, run, what) for name, promise in PROMISES.items() for run, what in promise(ending)]


# -- the orders ----------------------------------------------------------------------------------------


def _accepted_orders_end(ending: Ending) -> Found:
    listed = set(ending.listed)
    for placed in ending.placed.values():
        for run in dict.fromkeys(placed.runs):
            shown = ending.runs.get(run)
            if shown is None or run not in listed:
                yield run, f"order {placed.order.id} was accepted, and its run is not {_where(shown)}"
            elif shown["status"] not in ENDED:
                yield run, f"order {placed.order.id} was accepted, and its run is still {shown['status']}"


def _where(shown: object) -> str:
    return "there" if shown is None else "in the list"


def _one_order_is_one_run(ending: Ending) -> Found:
    for placed in ending.placed.values():
        if len(set(placed.runs)) > 1:
            yield placed.runs[0], f"order {placed.order.id} became {' and '.join(sorted(set(placed.runs)))}"
    counted = Counter(ending.order(run) for run in ending.runs)
    for order, count in counted.items():
        if count > 1:
            yield None, f"order {order} has {count} runs"


def _nothing_comes_from_nowhere(ending: Ending) -> Found:
    for run in ending.runs:
        if ending.order(run) not in ending.placed:
            yield run, f"nobody has placed its order {ending.order(run)!r}"
    for charge in ending.charges:
        if charge.reference not in ending.placed:
            yield charge.run, f"{_named(charge)} is for order {charge.reference!r}, which nobody has placed"


def _good_orders_are_not_refused(ending: Ending) -> Found:
    for placed in ending.placed.values():
        if placed.refused:
            yield None, f"order {placed.order.id} was refused: {placed.refused}"


def _servers_end_when_told(ending: Ending) -> Found:
    for complaint in ending.complaints:
        yield None, complaint


# -- the money -----------------------------------------------------------------------------------------


def _nobody_pays_twice(ending: Ending) -> Found:
    for what, counted in (
        ("key", Counter(charge.key for charge in ending.charges)),
        ("order", Counter(charge.reference for charge in ending.charges)),
    ):
        for name, count in counted.items():
            if count > 1:
                run = next(each.run for each in ending.charges if name in (each.key, each.reference))
                yield run, f"{what} {name} was charged {count} times"


def _a_refund_balances_one_charge(ending: Ending) -> Found:
    charges = {charge.id: charge for charge in ending.charges}
    counted = Counter(refund.charge for refund in ending.refunds)
    for number, count in counted.items():
        charge = charges.get(number)
        if charge is None:
            yield None, f"a refund is of charge {number}, which there is not"
        elif count > 1 or ending.returned(charge) != charge.amount:
            yield charge.run, f"{_named(charge)} was refunded {count} times, {ending.returned(charge)} in all"


def _charges_are_of_completed_runs(ending: Ending) -> Found:
    for charge in ending.charges:
        shown = ending.runs.get(charge.run)
        if shown is None:
            yield charge.run, f"{_named(charge)} is of a run that there is not"
        elif ending.order(charge.run) != charge.reference:
            yield charge.run, f"{_named(charge)} is for order {charge.reference}, not for the run's own"
        elif shown["status"] != "completed" and ending.returned(charge) != charge.amount:
            yield charge.run, f"{_named(charge)} was not returned, and the run is {shown['status']}"


def _completed_runs_are_paid(ending: Ending) -> Found:
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for charge in ending.charges:
        paid[charge.run] += charge.amount - ending.returned(charge)
    for run, shown in ending.runs.items():
        if shown["status"] == "completed":
            wanted = Decimal(str(shown["output"]["charged"]))
            if paid[run] != wanted:
                yield run, f"it says that {wanted} were charged; the ledger says {paid[run]}"


def _charges_stand_in_histories(ending: Ending) -> Found:
    for charge in ending.charges:
        calls = [each for each in ending.histories.get(charge.run, ()) if each["type"] == "call"]
        if charge.key not in {f"{charge.run}/{call['key']}" for call in calls}:
            yield charge.run, f"{_named(charge)} is no call of the run's history"


def _named(charge: Charge) -> str:
    return f"charge {charge.id} ({charge.amount}, {charge.key})"


# -- the goods -----------------------------------------------------------------------------------------


def _nothing_is_oversold(ending: Ending) -> Found:
    reserved: Counter[str] = Counter()
    for each in ending.reservations:
        reserved += Counter() if each.released else each.pieces
    for sku, left in ending.on_hand.items():
        if left < 0 or left + reserved[sku] != ending.shelf:
            yield None, f"of {ending.shelf} {sku}, {left} are left and {reserved[sku]} reserved"
    sold: Counter[str] = Counter()
    for run, shown in ending.runs.items():
        if shown["status"] == "completed" and ending.order(run) in ending.placed:
            sold += ending.placed[ending.order(run)].order.pieces
    if sold != reserved:
        yield None, f"the completed runs have sold {dict(sold)}, and {dict(reserved)} are reserved"


def _completed_runs_have_their_goods(ending: Ending) -> Found:
    held: dict[str, Counter[str]] = {}
    for each in ending.reservations:
        if not each.released:
            held.setdefault(each.run, Counter()).update(each.pieces)
    for run, shown in ending.runs.items():
        placed: Placed | None = ending.placed.get(ending.order(run))
        wanted = placed.order.pieces if placed and shown["status"] == "completed" else Counter()
        if held.get(run, Counter()) != wanted:
            yield run, f"{dict(held.get(run, {}))} are reserved, not {dict(wanted)}; it is {shown['status']}"


def _parcels_have_labels(ending: Ending) -> Found:
    for run, shown in ending.runs.items():
        if shown["status"] == "completed":
            for tracking in shown["output"]["tracking"]:
                if not ending.labels.get(f"{tracking}.pdf"):
                    yield run, f"the label of parcel {tracking} is not there, or not whole"


def _undone_runs_hold_nothing(ending: Ending) -> Found:
    undone = {run for run, shown in ending.runs.items() if shown["status"] in ("failed", "cancelled")}
    for each in ending.reservations:
        if each.run in undone and not each.released:
            yield each.run, f"{dict(each.pieces)} are reserved under {each.key}"
    for charge in ending.charges:
        if charge.run in undone and ending.returned(charge) != charge.amount:
            yield charge.run, f"{_named(charge)} was not returned"
    for key in ending.holds:
        yield key.split("/")[0], f"an authorization is open under {key}"


# -- the histories -------------------------------------------------------------------------------------


def _histories_are_whole(ending: Ending) -> Found:
    for run, entries in ending.histories.items():
        numbers = [each["number"] for each in entries]
        types = [each["type"] for each in entries]
        status = ending.runs[run]["status"]
        if numbers != list(range(1, len(entries) + 1)):
            yield run, f"its entries are numbered {numbers}"
        if types[:1] != ["started"] or types.count("started") != 1:
            yield run, f"its history begins with {types[:1]}, and has {types.count('started')} beginnings"
        if status in ENDED and (types[-1:] != ["end"] or types.count("end") != 1):
            yield run, f"it is {status}, and its history ends with {types[-1:]}"
        elif status in ENDED and entries[-1]["status"] != status:
            yield run, f"it is {status}, and its history ends {entries[-1]['status']}"


#: Every promise, as it is told.
PROMISES: dict[str, Promise] = {
    "an accepted order comes to its end": _accepted_orders_end,
    "one order is one run": _one_order_is_one_run,
    "nothing comes from nowhere": _nothing_comes_from_nowhere,
    "a good order is not refused": _good_orders_are_not_refused,
    "servers end when told, and only then": _servers_end_when_told,
    "nobody pays twice": _nobody_pays_twice,
    "a refund balances one charge": _a_refund_balances_one_charge,
    "a charge is of a completed run, or went back": _charges_are_of_completed_runs,
    "completed runs are paid": _completed_runs_are_paid,
    "a charge stands in its run's history": _charges_stand_in_histories,
    "nothing is oversold": _nothing_is_oversold,
    "completed runs have their goods": _completed_runs_have_their_goods,
    "parcels have their labels": _parcels_have_labels,
    "what failed holds nothing": _undone_runs_hold_nothing,
    "a customer's orders go on in their order": overtaken,
    "histories are whole": _histories_are_whole,
}
