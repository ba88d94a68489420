from __future__ import annotations

import time
from uuid import UUID

from rulesflow.runtime.identifiers import new_id


def test_identifiers_are_uuids_of_version_7_and_tell_their_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    found = UUID(new_id())
    after = time.time_ns() // 1_000_000
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert before <= found.int >> 80 <= after


def test_identifiers_are_unique_and_sort_by_time() -> None:
    made = []
    for _ in range(2000):
        made.append(new_id())
        tick = time.time_ns() // 1000
        while time.time_ns() // 1000 == tick:  # the next one in another microsecond
            pass
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert str(UUID(made[0])) == made[0]
