from __future__ import annotations

from typing import Any

import pytest

from rulesflow.model.errors import FactsRefused
from rulesflow.model.times import parse_timestamp, zone_named
from rulesflow.rules import Explain
from rulesflow.runtime.request import DecisionRequest, decode_request


def test_what_is_left_out_has_its_default() -> None:
    assert decode_request({"facts": {"a": 1}}) == DecisionRequest({"a": 1}, None, Explain.MATCHED)
    assert decode_request({"facts": {}, "at": None, "explain": None}) == DecisionRequest({})


def test_all_can_be_given() -> None:
    at = "2026-11-27T08:00:00+01:00"
    request = decode_request({"facts": {}, "at": at, "explain": "full"})
    assert request == DecisionRequest({}, parse_timestamp(at), Explain.FULL)


def test_a_time_without_offset_is_local_in_the_projects_zone() -> None:
    request = decode_request({"facts": {}, "at": "2026-11-27"}, zone_named("Europe/Berlin"))
    assert request.at == parse_timestamp("2026-11-26T23:00:00Z")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (None, [("", "type")]),
        ([], [("", "type")]),
        ({}, [("/facts", "required")]),
        ({"facts": None}, [("/facts", "type")]),
        ({"facts": {}, "a/b": 1}, [("/a~1b", "unknown-key")]),
        ({"facts": {}, "at": 1}, [("/at", "type")]),
        ({"facts": {}, "at": "2026-11-27 08:00"}, [("/at", "format")]),
        ({"facts": {}, "explain": "FULL"}, [("/explain", "enum")]),
        ({"facts": {}, "explain": {}}, [("/explain", "enum")]),
        ({"x": 1, "at": "", "explain": ""}, [("/x", ""), ("/facts", ""), ("/at", ""), ("/explain", "")]),
    ],
)
def test_every_fault_of_the_shape_is_told(body: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(FactsRefused) as caught:
        decode_request(body)
    found = caught.value.faults
    assert [fault.pointer for fault in found] == [pointer for pointer, _ in faults]
    assert all(wanted in fault.code for fault, (_, wanted) in zip(found, faults, strict=True))


def test_unknown_keys_are_named_in_bounds() -> None:
    with pytest.raises(FactsRefused) as caught:
        decode_request({"facts": {}} | {"key" * 100 + str(number): 1 for number in range(1000)})
    assert len(caught.value.faults) == 20
    assert all(len(fault.message) < 150 for fault in caught.value.faults)
