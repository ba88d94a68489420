"""The reckoning after a play: nothing may be lost, nobody charged twice, and what the outage cost in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bench.ends import ENDED, End
from bench.gateway import Charge
from bench.play import Played

#: Code by which an order may fail -> the decision that says so, its outcome, and the word for it.
_DECIDED: Mapping[str, tuple[str, str, str]] = {
    "rejected": ("fraud", "verdict", "reject"),
    "no-stock": ("stock", "action", "reject"),
}
_REFUSALS = ("rejected", "conflict")  # classes of errors by which a service says no for good


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Each complaint is a sentence. ``doubled`` and ``wrong`` are by the payment service's ledger.

    ``charges``: the rows of the ledger that are of these orders; None where nobody can see it.
    """

    orders: int
    charges: int | None
    lost: Sequence[str]
    doubled: Sequence[str]
    wrong: Sequence[str]

    @property
    def well(self) -> bool:
        """Whether all is as it was promised."""
        return not (self.lost or self.doubled or self.wrong)

    def as_dict(self) -> dict[str, Any]:
        """The form of ``--json``."""
        return {
            "orders": self.orders,
            "charges": self.charges,
            "lost": [*self.lost],
            "charged_twice": [*self.doubled],
            "charged_wrongly": [*self.wrong],
        }


@dataclass(frozen=True, slots=True)
class Outage:
    """What an outage did. All times are in seconds; ``first`` and ``drained`` count from payment's return.

    ``parked``: orders that were held for it; ``at_most``: how many at once. ``first``, ``drained``: until the
    first and the last of them had gone through; None: they have not. ``later``: orders that parked when the
    first had gone through already, so for another reason.
    """

    began: float
    ended: float
    parked: int
    at_most: int
    first: float | None
    drained: float | None
    later: int

    def as_dict(self) -> dict[str, Any]:
        """The form of ``--json``."""
        return {
            "seconds": round(self.ended - self.began, 3),
            "parked": self.parked,
            "parked_at_most": self.at_most,
            "first_through": None if self.first is None else round(self.first, 3),
            "drained": None if self.drained is None else round(self.drained, 3),
            "parked_later": self.later,
        }


def reckon(ends: Sequence[End], charges: Iterable[Charge] | None) -> Reckoning:
    """Hold every end against its order and the ledger (None: nobody can see that)."""
    lost = [complaint for end in ends if (complaint := _lost(end))]
    if charges is None:
        return Reckoning(len(ends), None, lost, (), ())
    by_run: defaultdict[str, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_run[charge.run].append(charge)
    ours = [(end, by_run[end.placed.run]) for end in ends]
    doubled = [complaint for end, rows in ours if (complaint := _doubled(end, rows))]
    wrong = [complaint for end, rows in ours if (complaint := _wrong(end, rows))]
    return Reckoning(len(ends), sum(len(rows) for _, rows in ours), lost, doubled, wrong)


def outage_of(played: Played, ends: Iterable[End]) -> Outage | None:
    """What the outage did; None where there was none."""
    if played.outage is None:
        return None
    began, ended = played.outage
    all_ = [end for end in ends if end.parked is not None]
    # A call that was in flight when payment went down, or a probe, may go through before its return.
    first = min((end.through for end in all_ if end.through and end.through >= ended), default=None)
    parked = [end for end in all_ if first is None or (end.parked or 0.0) < first]
    left = first is None or any(end.second is None for end in parked)
    return Outage(
        began,
        ended,
        len(parked),
        max((each.parked for each in played.samples), default=0),
        None if first is None else first - ended,
        None if left else max(end.through or 0.0 for end in parked) - ended,
        len(all_) - len(parked),
    )


# -- what is wrong with one order ----------------------------------------------------------------------


def _named(end: End) -> str:
    return f"order {end.placed.order.facts['order']['id']} (run {end.placed.run})"


def _lost(end: End) -> str | None:
    if end.status == "completed" or (end.status == "failed" and _explained(end.run)):
        return None
    problem = end.run.get("problem") or {}
    why = f" by {problem.get('code')}: {problem.get('message')}" if problem else ""
    if end.status in ENDED:
        return f"{_named(end)} is {end.status}{why}, and nothing in it explains that"
    return f"{_named(end)} was accepted and is {end.status} at {', '.join(end.run.get('at', ()))}{why}"


def _explained(run: Mapping[str, Any]) -> bool:
    """Whether a decision, a person or a service said no to this very order."""
    code = run["problem"]["code"]
    if code in _DECIDED:
        decision, outcome, word = _DECIDED[code]
        if any(each["decision"] == decision and each["result"][outcome] == word for each in run["decisions"]):
            return True
    if code == "rejected" and run["steps"].get("review", {}).get("verdict") == "rejected":
        return True
    return any(each["code"] == code and each["class"] in _REFUSALS for each in _problems(run))


def _problems(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (each["problem"] for each in run["attempts"] if each.get("problem"))


def _doubled(end: End, charges: Sequence[Charge]) -> str | None:
    if len(charges) < 2:
        return None
    keys = Counter(charge.key for charge in charges)
    return f"{_named(end)} was charged {len(charges)} times, under {', '.join(keys)}"


def _wrong(end: End, charges: Sequence[Charge]) -> str | None:
    taken = sum((charge.amount for charge in charges), Decimal(0))
    kept = sum((charge.kept for charge in charges), Decimal(0))
    if end.status == "completed" and taken != Decimal(str(end.run["output"]["charged"])):
        return f"{_named(end)} says that {end.run['output']['charged']} were charged; the ledger says {taken}"
    if end.status in ("failed", "cancelled") and kept:
        return f"{_named(end)} is {end.status}, and {kept} of it are still charged"
    return None
