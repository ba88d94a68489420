"""Incidents by their fingerprints: a thousand runs that stand still for one reason are one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from rulesflow.model.errors import FactsRefused, Fault
from rulesflow.model.times import Timestamp
from rulesflow.runtime.database import RUNS
from rulesflow.runtime.fingerprints import any_item
from rulesflow.runtime.listing import Entry, Listing, entry_of
from rulesflow.runtime.runquery import FINGERPRINT, RunQuery, conditions

_MOST: Final = 1000  # incidents on a page
_DIGITS: Final = 18  # of a count


@dataclass(frozen=True, slots=True)
class Incident:
    """Runs that stand still for one reason: how many, since when the first and the last, and the last one."""

    fingerprint: str
    count: int
    first: Timestamp
    last: Timestamp
    newest: Entry

    def as_dict(self) -> dict[str, Any]:
        """As callers see it."""
        problem = self.newest.problem or {}
        return {
            "fingerprint": self.fingerprint,
            "count": self.count,
            "workflow": self.newest.workflow,
            "path": any_item(self.newest.where),
            **{name: problem.get(name, "") for name in ("class", "code", "message")},
            "first": self.first,
            "last": self.last,
            "example": self.newest.id,
            "undo": self.newest.undo,
        }


class Incidents:
    """Finds incidents in the list of runs. Its methods block."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def find(self, query: RunQuery) -> tuple[list[Incident], str | None]:
        """A page of those of a query's runs, most runs first, and the cursor of the next page.

        Raises `FactsRefused` for a cursor that is none.
        """
        self._listing.show_all()
        limit = max(1, min(query.limit, _MOST))
        rows = self._listing.database.rows(_counted(query).limit(limit + 1))
        found = {row.fingerprint: row for row in rows[:limit]}
        newest = self._newest(query, list(found))
        more = f"{rows[limit - 1].runs}.{rows[limit - 1].fingerprint}" if len(rows) > limit else None
        groups = [
            Incident(print_, row.runs, Timestamp(row.first), Timestamp(row.last), newest[print_])
            for print_, row in found.items()
            if print_ in newest  # unless all of its runs have gone on just now
        ]
        return groups, more

    def _newest(self, query: RunQuery, prints: list[str]) -> dict[str, Entry]:
        """The run of each fingerprint that has come to stand still last."""
        place = sa.func.row_number().over(
            partition_by=RUNS.c.fingerprint, order_by=(RUNS.c.updated_at.desc(), RUNS.c.id.desc())
        )
        ranked = sa.select(RUNS.c.id, place.label("place")).where(
            RUNS.c.fingerprint.in_(prints), *conditions(query)
        )
        first = ranked.subquery()
        newest = sa.select(first.c.id).where(first.c.place == 1)
        rows = self._listing.database.rows(sa.select(RUNS).where(RUNS.c.id.in_(newest)))
        return {row.fingerprint: entry_of(row) for row in rows if row.fingerprint is not None}


def _counted(query: RunQuery) -> sa.Select[Any]:
    """The fingerprints, each with how many runs have it, in order."""
    runs, moved, print_ = sa.func.count(), RUNS.c.updated_at, RUNS.c.fingerprint
    selected = sa.select(
        print_, runs.label("runs"), sa.func.min(moved).label("first"), sa.func.max(moved).label("last")
    )
    selected = selected.where(print_.is_not(None), *conditions(query)).group_by(print_)
    if query.cursor is not None:
        before, last = _cursor(query.cursor)
        selected = selected.having((runs < before) | ((runs == before) & (print_ > last)))
    return selected.order_by(runs.desc(), print_)


def _cursor(text: str) -> tuple[int, str]:
    count, _, print_ = text.partition(".")
    if count.isascii() and count.isdecimal() and len(count) <= _DIGITS and FINGERPRINT.fullmatch(print_):
        return int(count), print_
    fault = Fault("/cursor", "format", "this is no cursor", "take it from next of the page before")
    raise FactsRefused("the filter cannot be read", (fault,))
