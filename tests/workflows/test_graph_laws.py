"""What holds for the graph of every workflow, and for the ways that every run takes through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from playing import ORDER, START, Play
from test_interpreter_laws import CHANCES, played, workflows

from rulesflow.runtime.rungraph import Patterns, edge_of
from rulesflow.workflows.definition import Workflow
from rulesflow.workflows.graph import graph_of
from rulesflow.workflows.interpreter import accept, begin, proceed
from rulesflow.workflows.trace import Trace


def traced(flow: Workflow, play: Play, given: Mapping[str, Any] = ORDER) -> Trace:
    """The ways of a run that was played, by going through its events once more."""
    trace = Trace()
    state, _ = proceed(flow, begin(flow, given, START, "run-7", trace), trace)
    for command, event in play.log:
        state, _ = proceed(flow, accept(flow, state, command, event, trace), trace)
    assert state == play.state, "who looks on changes nothing"
    return trace


@given(workflows(), CHANCES)
@settings(max_examples=60)
def test_each_visit_is_come_to_by_one_way_that_the_graph_has_or_a_person_ordered(
    flow: Workflow, numbers: list[int]
) -> None:
    play = played(flow, numbers)
    trace, graph = traced(flow, play), graph_of(flow)
    patterns = Patterns(graph)
    came = Counter(move.target for move in trace.moves if "$" not in move.target)
    assert set(came) == set(trace.visits), "each visit has a way into it"
    assert set(came.values()) <= {1}, "and one alone"
    assert sum(play.state.visits.values()) == len(trace.visits)
    assert {f"{each.path}/{each.visit}" for each in play.state.route} <= set(trace.visits)
    for move in trace.moves:
        edge = edge_of(graph, move, patterns)
        assert edge.id in graph.edges or move.way.kind == "order"
        assert (
            patterns.of(move.target if "$" in move.target else trace.visits[move.target].path) == edge.target
        )
        assert edge.origin in graph.points
        assert edge.span.file
        assert edge.span.line > 0


@given(workflows())
@settings(max_examples=60)
def test_every_edge_leads_from_a_node_to_a_node_of_one_list(flow: Workflow) -> None:
    graph = graph_of(flow)
    for edge in graph.edges.values():
        origin, target = graph.points[edge.origin], graph.points[edge.target]
        assert origin.around == target.around
    for point in graph.points.values():
        assert point.parent is None or point.parent in graph.points
        assert point.path == point.around + point.name
