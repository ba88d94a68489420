"""Which runs a caller means: a query string, or an object with the same names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from rulesflow.documents.jsontext import Json
from rulesflow.model.diagnostics import did_you_mean
from rulesflow.model.errors import FactsRefused, Fault, pointer
from rulesflow.model.times import SECOND, TimeRefused, parse_duration
from rulesflow.runtime.runquery import RunQuery

_MOST_NAMES = 100
_MOST_RUNS = 1000
_MOST_ENTRIES = 10_000
_LONGEST_WAIT = 300  # seconds
_SHOWN = 80  # characters of a caller's text that a message repeats
_MOMENTS = frozenset({"since", "until"})
_SORTS = {"newest": True, "oldest": False}


def read_pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string. Raises `FactsRefused`."""
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_NAMES
        )
    except ValueError as error:
        raise refused_query([Fault("", "query", str(error))]) from None
    faults = [
        Fault(pointer(name[:_SHOWN]), "control-character", "a value holds a character that is no text")
        for name, value in pairs
        if not (name + value).isprintable()
    ]
    if faults:
        raise refused_query(faults)
    return pairs


def read_query(query: bytes, *, paged: bool = True, sorts: bool = True) -> RunQuery:
    """The runs that a query string means. Raises `FactsRefused`.

    ``paged``: ``limit cursor`` may stand beside what the runs must be; ``sorts``: and ``sort``. A name that
    is none of ours is an indexed field of the input.
    """
    return _query(read_pairs(query), paged, sorts)


def read_count(query: bytes) -> tuple[RunQuery, str | None]:
    """The runs that are counted, and ``by`` what; None for by status alone. Raises `FactsRefused`."""
    pairs = read_pairs(query)
    given, faults = once((pair for pair in pairs if pair[0] == "by"), ("by",))
    if given.get("by") == "":
        faults.append(Fault("/by", "enum", "by names nothing", "write by=workflow, or the name of a field"))
    if faults:
        raise refused_query(faults)
    rest = [pair for pair in pairs if pair[0] != "by"]
    return _query(rest, paged=False, sorts=False), given.get("by")


def read_no_query(query: bytes) -> None:
    """Of a call that takes no parameters. Raises `FactsRefused` for any."""
    _, faults = once(read_pairs(query), ())
    if faults:
        raise refused_query(faults)


def read_digest(query: bytes) -> str | None:
    """The only parameter, ``digest``. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("digest",))
    if faults:
        raise refused_query(faults)
    return given.get("digest")


def read_key(query: bytes) -> str:
    """The only parameter, ``key``, which is needed. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("key",))
    if not faults and not given.get("key"):
        hint = "the path of a step and its visit, as the history tells it: fraud/1"
        faults = [Fault("/key", "required", "the key of the decision is missing", hint)]
    if faults:
        raise refused_query(faults)
    return given["key"]


def query_of_object(found: Json) -> RunQuery:
    """The same of an object, such as ``{"status": ["incident"], "order.region": "eu/de"}``."""
    if not isinstance(found, dict):
        raise refused_query(
            [Fault("", "type", "expected an object or a text", 'such as {"status": "incident"}')]
        )
    pairs, faults = [], []
    for name, value in found.items():
        for each in value if isinstance(value, list) and name == "status" else [value]:
            if isinstance(each, str) and (name + each).isprintable():
                pairs.append((name, each))
            else:
                faults.append(Fault(pointer(name[:_SHOWN]), "type", "the value must be a string"))
    if faults:
        raise refused_query(faults)
    return _query(pairs, paged=False, sorts=False)


def read_page(query: bytes) -> tuple[int, int]:
    """``after`` and ``limit`` of a run's history. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("after", "limit"))
    after = whole(given, "after", 0, 0, 1 << 53, faults)
    limit = whole(given, "limit", 1000, 1, _MOST_ENTRIES, faults)
    if faults:
        raise refused_query(faults)
    return after, limit


def read_place(query: bytes) -> tuple[int, str | None]:
    """``limit`` and ``cursor`` of a list without filters. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("limit", "cursor"))
    limit = whole(given, "limit", 100, 1, _MOST_RUNS, faults)
    if faults:
        raise refused_query(faults)
    return limit, given.get("cursor")


def read_after(query: bytes, last: str | None) -> int:
    """The entry after which events begin: ``Last-Event-ID``, else ``after``. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("after",))
    if last is not None:
        given["Last-Event-ID"] = last
    name = "after" if last is None else "Last-Event-ID"
    after = whole(given, name, 0, 0, 1 << 53, faults)
    if faults:
        raise refused_query(faults)
    return after


def read_wait(query: bytes) -> float | None:
    """The seconds of ``wait=5s``; None where the caller does not wait. Raises `FactsRefused`."""
    given, faults = once(read_pairs(query), ("wait",))
    wait = None
    if "wait" in given:
        try:
            wait = parse_duration(given["wait"]) / SECOND
        except TimeRefused as error:
            faults.append(Fault("/wait", "format", str(error), "write wait=5s"))
        if wait is not None and not 0 <= wait <= _LONGEST_WAIT:
            message = f"wait must be between 0 and {_LONGEST_WAIT} s"
            faults.append(Fault("/wait", "range", message, "GET /v1/runs/{id}/events follows a run"))
    if faults:
        raise refused_query(faults)
    return wait


def gathered(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[Fault]]:
    """Each name with its value, statuses with commas between; and what is wrong with them."""
    pairs = list(pairs)
    status = ",".join(value for name, value in pairs if name == "status")
    given, faults = once((pair for pair in pairs if pair[0] != "status"), None)
    if status.strip(","):
        given["status"] = status
    elif any(name == "status" for name, _ in pairs):
        faults.append(Fault("/status", "enum", "status names no status"))
    for name in _MOMENTS & given.keys():
        given[name] = given[name].replace(" ", "+")  # a plus that was not escaped comes as a blank
    return given, faults


def page_of(given: dict[str, str], faults: list[Fault]) -> dict[str, Any]:
    """``limit`` and ``cursor``, which are taken out."""
    limit = whole(given, "limit", 100, 1, _MOST_RUNS, faults)
    return {"limit": limit, "cursor": given.pop("cursor", None)}


def _query(pairs: Iterable[tuple[str, str]], paged: bool, sorts: bool) -> RunQuery:
    given, faults = gathered(pairs)
    page: dict[str, Any] = {}
    if paged:
        page = page_of(given, faults)
        page["newest_first"] = not sorts or _sort(given.pop("sort", "newest"), faults)
    try:
        query = RunQuery.of(given)
    except FactsRefused as refused:
        faults += refused.faults
    if faults:
        raise refused_query(faults)
    return replace(query, **page)


def once(
    pairs: Iterable[tuple[str, str]], known: tuple[str, ...] | None
) -> tuple[dict[str, str], list[Fault]]:
    """Each name with its only value; faults for those that stand twice, or that are not known."""
    given: dict[str, str] = {}
    faults = []
    for name, value in pairs:
        if name in given:
            faults.append(Fault(pointer(name[:_SHOWN]), "duplicate-key", "it stands twice", "give one value"))
        elif known is not None and name not in known:
            told = f"known are {', '.join(known)}" if known else "this call takes no parameters"
            hint = did_you_mean(name[:_SHOWN], known) or told
            faults.append(Fault(pointer(name[:_SHOWN]), "unknown-key", "there is no such parameter", hint))
        given[name] = value
    return given, faults


def whole(given: dict[str, str], name: str, default: int, least: int, most: int, faults: list[Fault]) -> int:
    """A whole number between two others, which is taken out; the default where it is none."""
    text = given.pop(name, None)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    faults.append(Fault(pointer(name), "range", f"{name} must be a whole number from {least} to {most:,}"))
    return default


def _sort(text: str, faults: list[Fault]) -> bool:
    if text not in _SORTS:
        faults.append(Fault("/sort", "enum", f"sort must be one of {', '.join(_SORTS)}"))
    return _SORTS.get(text, True)


def refused_query(faults: list[Fault]) -> FactsRefused:
    """What to raise for a query in which something is wrong."""
    return FactsRefused("the query cannot be used", tuple(faults))
