"""Folded nodes: a long list is the same to whoever reads it."""

from __future__ import annotations

import yaml
from hypothesis import given, settings, strategies as st

from rulesflow.documents.folded import Folded
from rulesflow.documents.nodes import Mapping, Node, Scalar, Sequence, Source, plain
from rulesflow.documents.yaml import MANY, read_yaml

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False).map(str)
    | st.text("ab01.:'\"\n #", max_size=80),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


def told(node: Node) -> object:
    """All that a node says."""
    if isinstance(node, Scalar):
        return node.value, type(node.value), node.text, node.style, node.span, node.at(0, 1)
    if isinstance(node, Sequence):
        return node.span, [told(item) for item in node.items]
    return node.span, [(told(entry.key), told(entry.value)) for entry in node.entries]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5))
def test_a_folded_node_unfolds_to_what_it_was(values: list[object]) -> None:
    root = read_yaml(yaml.safe_dump(values, allow_unicode=True).encode(), "f.yaml").root
    assert isinstance(root, Sequence) and isinstance(root.source, Source)
    folded = Folded(root.source, root.items)
    assert [told(each) for each in folded] == [told(each) for each in root.items]
    assert told(folded[-1]) == told(root.items[-1])
    assert [told(each) for each in folded[:2]] == [told(each) for each in root.items[:2]]


def test_a_list_of_many_nodes_is_folded_and_one_of_few_is_not() -> None:
    few = read_yaml(("- {a: 1}\n" * MANY).encode(), "f.yaml").root
    many = read_yaml(("- {a: 1.5}\n" * (MANY + 1)).encode(), "f.yaml").root
    assert isinstance(few, Sequence) and isinstance(few.items, tuple)
    assert isinstance(many, Sequence) and isinstance(many.items, Folded)
    assert len(many.items) == MANY + 1
    last = many.items[MANY]
    assert isinstance(last, Mapping) and last.span.line == MANY + 1
    assert plain(many) == [plain(last)] * (MANY + 1)
