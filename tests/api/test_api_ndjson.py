from __future__ import annotations

from hypothesis import given, strategies as st

from rulesflow.api.ndjson import Lines


@given(st.binary(max_size=200).map(lambda data: data.replace(b"x", b"\n")), st.lists(st.integers(0, 200)))
def test_lines_do_not_depend_on_where_the_chunks_end(data: bytes, cuts: list[int]) -> None:
    lines, found, start = Lines(1000), [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += lines.feed(data[start:cut])
        start = max(start, cut)
    found += lines.feed(b"\n")
    assert found == [line.strip() for line in data.split(b"\n") if line.strip()]


def test_a_line_over_the_limit_is_none_and_takes_no_room() -> None:
    lines = Lines(10)
    assert lines.feed(b"short\n" + b"x" * 11) == [b"short"]
    for _ in range(100):
        assert lines.feed(b"x" * 1000) == []
    assert not lines._pieces
    assert lines.feed(b"\nnext\n") == [None, b"next"]
