"""The binary mode of CloudEvents over HTTP: attributes as ``ce-`` headers, the body is the data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from rulesflow.documents.jsontext import Json
from rulesflow.model.errors import FactsRefused, Fault, pointer

_PREFIX: Final = "ce-"
#: Headers by which an event is known: other things may have names that begin alike.
_MARKS: Final = frozenset({"ce-specversion", "ce-id", "ce-source", "ce-type"})
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HINT: Final = "UTF-8, percent-encoded: %C3%BC for ü, %25 for %"
_SHOWN: Final = 40  # characters of a caller's text that a message repeats


def is_binary(request: Request) -> bool:
    """Whether headers tell of an event."""
    return not _MARKS.isdisjoint(request.headers.keys())


def read_attributes(request: Request) -> dict[str, Json]:
    """The attributes of the headers, with the content type. Raises `FactsRefused` with every fault."""
    attributes: dict[str, Json] = {}
    faults: list[Fault] = []
    for header, value in request.headers.items():
        name = header.removeprefix(_PREFIX)
        if header == "content-type":
            attributes["datacontenttype"] = value
        elif header != name:
            faults += _faults(name, value, attributes)
            attributes[name] = _decoded(value)
    if faults:
        raise FactsRefused("the ce- headers cannot be read", tuple(faults))
    return attributes


def _faults(name: str, value: str, before: Iterable[str]) -> Iterable[Fault]:
    """What is wrong with a header by itself."""
    place, header = pointer(name[:_SHOWN]), f"the header {_PREFIX}{name[:_SHOWN]}"
    if name in ("data", "data_base64", "datacontenttype"):
        hint = "data is the body, and its type is that of Content-Type"
        yield Fault(place, "unknown-key", f"{header} is no attribute", hint)
    elif name in before:
        yield Fault(place, "duplicate-key", f"{header} stands twice")
    if not value.isascii() or _BROKEN.search(_unquoted(value)) or _decoded(value) is None:
        yield Fault(place, "encoding", f"{header} is not encoded as it must be", _HINT)


def _unquoted(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return _ESCAPED.sub(r"\1", quoted[1]) if quoted else value


def _decoded(value: str) -> str | None:
    """The text of a header's value; None where it is not UTF-8."""
    try:
        return unquote_to_bytes(_unquoted(value)).decode()
    except UnicodeDecodeError:
        return None
