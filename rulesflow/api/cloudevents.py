"""One event of CloudEvents 1.0 in its JSON form: attributes that are what the specification says, and data.

Of the specification's freedoms these are not taken: the data is JSON, and names and texts have bounds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from rulesflow.documents.jsontext import Json, read_json
from rulesflow.model.errors import FactsRefused, Fault, JsonRefused, pointer
from rulesflow.model.times import TimeRefused, Timestamp, parse_timestamp
from rulesflow.runtime.cloudevents import CloudEvent

VERSION: Final = "1.0"
#: Attributes of the specification, and how many characters each may have.
_LENGTHS: Final = {"id": 255, "source": 400, "type": 255, "subject": 1000, "dataschema": 1000}
_REQUIRED: Final = ("id", "source", "type")
_OWN: Final = frozenset({*_LENGTHS, "specversion", "time", "datacontenttype", "data", "data_base64"})
_NAME: Final = re.compile(r"[a-z0-9]{1,64}", re.ASCII)
_LONGEST: Final = 2000  # characters of an extension's value
_MOST: Final = 50  # extensions of an event
_INTEGER: Final = 1 << 31
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON: Final = re.compile(r"[\w!#$&^.+-]+/(?:json|[\w!#$&^.+-]+\+json)", re.ASCII | re.IGNORECASE)
_CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([^;"\s]*)', re.ASCII | re.IGNORECASE)
_SHOWN: Final = 40  # characters of a caller's text that a message repeats


def read_event(members: Json) -> CloudEvent:
    """The event that an object of JSON is. Raises `FactsRefused` with every fault.

    Data that is left out is an empty object: whether that will do is for the schema of the type to say.
    """
    if not isinstance(members, dict):
        message = "an event must be an object"
        raise FactsRefused(message, (Fault("", "type", message, "see CloudEvents 1.0"),))
    reading = _Reading({name: value for name, value in members.items() if value is not None})
    reading.version()
    texts = {name: reading.text(name) for name in _LENGTHS}
    time, extensions = reading.time(), reading.extensions()
    reading.content_type()
    data = reading.data(None if "data" in members else {})
    if reading.faults:
        raise FactsRefused("this is no event of CloudEvents 1.0", tuple(reading.faults))
    if "dataschema" in reading.given:
        extensions["dataschema"] = texts["dataschema"]
    subject = texts["subject"] or None
    return CloudEvent(texts["id"], texts["source"], texts["type"], data, time, subject, extensions)


class _Reading:
    """The members of an event that are there, read one by one; an attribute that is null is not there."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.faults: list[Fault] = []

    def version(self) -> None:
        version = self.given.get("specversion")
        if version is None:
            self._fault("specversion", "required", "specversion is required", f'it is "{VERSION}"')
        elif version != VERSION:
            self._fault("specversion", "enum", f'specversion must be the string "{VERSION}"')

    def text(self, name: str) -> str:
        """An attribute that is a text; ``""`` for none."""
        value, required = self.given.get(name), name in _REQUIRED
        if value is None:
            if required:
                self._fault(name, "required", f"{name} is required")
        elif not isinstance(value, str) or not value:
            self._fault(name, "type", f"{name} must be a string that is not empty")
        elif len(value) > _LENGTHS[name]:
            self._fault(name, "too-long", f"{name} may have {_LENGTHS[name]:,} characters at most")
        elif not (value.isprintable() if required else not _CONTROLS.search(value)):
            self._fault(name, "control-character", f"{name} holds a character that cannot be printed")
        else:
            return value
        return ""

    def time(self) -> Timestamp | None:
        value = self.given.get("time")
        if value is None:
            return None
        if not isinstance(value, str):
            self._fault("time", "type", "time must be a string", "such as 2026-11-27T08:00:00Z")
            return None
        try:
            return parse_timestamp(value)
        except TimeRefused as refused:
            self._fault("time", "format", str(refused), "RFC 3339 with an offset")
            return None

    def content_type(self) -> None:
        value = self.given.get("datacontenttype")
        if value is None:
            return
        told, _, _ = value.partition(";") if isinstance(value, str) else ("", "", "")
        charset = _CHARSET.search(value) if isinstance(value, str) else None
        if not _JSON.fullmatch(told.strip()):
            message = "the data must be JSON"
            self._fault(
                "datacontenttype",
                "media-type",
                message,
                "say application/json; in binary mode by the Content-Type",
            )
        elif charset and charset[1].lower() not in ("utf-8", "us-ascii"):
            self._fault("datacontenttype", "media-type", "JSON is UTF-8", "leave the charset out")

    def extensions(self) -> dict[str, Any]:
        """Every member that is none of ours, as it came."""
        names = [name for name in self.given if name not in _OWN]
        if len(names) > _MOST:
            message = f"an event may have {_MOST} extensions at most"
            self.faults.append(Fault("", "too-many", message, "what it tells of stands in data"))
            return {}
        return {name: self.given[name] for name in names if self._extension(name, self.given[name])}

    def _extension(self, name: str, value: Any) -> bool:
        if not _NAME.fullmatch(name):
            message = (
                f"{name[:_SHOWN]!r} is no name of an attribute: lower-case letters and digits, 64 at most"
            )
            self._fault(name[:_SHOWN], "name", message, "what an event tells of stands in data")
        elif isinstance(value, str):
            if len(value) > _LONGEST:
                self._fault(name, "too-long", f"{name} may have {_LONGEST:,} characters at most")
            elif _CONTROLS.search(value):
                self._fault(name, "control-character", f"{name} holds a character that cannot be printed")
            else:
                return True
        elif isinstance(value, bool) or (isinstance(value, int) and -_INTEGER <= value < _INTEGER):
            return True
        else:
            message = f"{name} must be a string, a boolean, or a whole number of 32 bits"
            self._fault(name, "type", message, "what an event tells of stands in data")
        return False

    def data(self, default: Json) -> Json:
        """The data, which may come in base64 where it is JSON."""
        if "data_base64" not in self.given:
            return self.given.get("data", default)
        if "data" in self.given:
            self._fault("data_base64", "duplicate-key", "data and data_base64 cannot stand together")
            return None
        try:
            return read_json(base64.b64decode(self.given["data_base64"], validate=True))
        except (binascii.Error, TypeError, ValueError):
            message = "data_base64 must be a string in base64"
        except JsonRefused as refused:
            message = f"what is in data_base64 is not JSON: {refused.detail}"
        self._fault("data_base64", "format", message, "send JSON as it is, in data")
        return None

    def _fault(self, name: str, code: str, message: str, hint: str | None = None) -> None:
        self.faults.append(Fault(pointer(name), code, message, hint))
