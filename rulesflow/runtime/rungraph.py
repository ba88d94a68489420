"""The graph of a run: which ways it took through its workflow, and what chose each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rulesflow.model.times import Timestamp
from rulesflow.runtime.drive import Drive
from rulesflow.workflows.commands import AwaitOperator, AwaitSignal, Done, Park, Pause, Problem
from rulesflow.workflows.definition import Decide, Each, Wait
from rulesflow.workflows.graph import Edge, Graph, Point
from rulesflow.workflows.places import ITEM
from rulesflow.workflows.standing import live_frames
from rulesflow.workflows.state import State
from rulesflow.workflows.trace import FAIL, Coming, Items, Move, Trace

#: What weighs more of what goes on within a step stands for it.
_WEIGHT: Final = ("incident", "parked", "running", "waiting")
#: What became of a step, the worst first.
_WORST: Final = ("failed", "left", "done", "undone", "skipped")
_LENGTH: Final = 300  # characters of a text that tells what chose


class Patterns:
    """The paths of a run as the graph has them: items become ``*``."""

    def __init__(self, graph: Graph) -> None:
        self._points = graph.points
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """The path in the graph of a path in the run."""
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._found(path)
        return found

    def _found(self, path: str) -> str:
        so_far: list[str] = []
        for name in path.split("/"):
            point = self._points.get("/".join(so_far))
            each = point is not None and point.node is not None and isinstance(point.node.verb, Each)
            so_far.append(ITEM if each else name)
        return "/".join(so_far)


def run_graph(graph: Graph, drive: Drive, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """``{nodes, edges, truncated}`` of a run that was driven with a trace; ``entries``: its history."""
    trace = trace_of(drive)
    patterns, choice = Patterns(graph), Choices(graph, drive, [*entries])
    standing = Standing(drive, patterns)
    came: dict[str, list[Coming]] = defaultdict(list)
    for coming in trace.visits.values():
        came[patterns.of(coming.path)].append(coming)
    items = _items(trace, patterns)
    taken, edges = _taken(graph, trace.moves, patterns)
    passed = _passed(trace.moves, patterns)
    nodes = [
        {**point.as_dict(), "state": _state(point, came, passed, items, standing)}
        for point in graph.points.values()
    ]
    shown = [
        {
            **edge.as_dict(),
            "taken": len(taken[id_]),
            **({"chosen": choice.of(edge, taken[id_][-1])} if taken[id_] else {}),
        }
        for id_, edge in edges.items()
    ]
    return {"nodes": nodes, "edges": shown, "truncated": graph.truncated}


def trace_of(drive: Drive) -> Trace:
    """The trace of a drive that was asked for one."""
    assert drive.trace is not None, "the drive was not asked for a trace"
    return drive.trace


def edge_of(graph: Graph, move: Move, patterns: Patterns) -> Edge:
    """The edge that a move took: one of the graph, or, where a person ordered it, one of its own."""
    origin, target = patterns.of(_path(move.origin)), patterns.of(_path(move.target))
    found = graph.edges.get(f"{origin}:{move.way.kind}:{move.way.number}")
    if found is not None:
        return found
    span = graph.points[target].span
    return Edge(origin, target, move.way, "by order", span)


def _taken(
    graph: Graph, moves: Iterable[Move], patterns: Patterns
) -> tuple[dict[str, list[Move]], dict[str, Edge]]:
    """The moves by edge, and the edges: those of orders behind those of the files."""
    taken: dict[str, list[Move]] = defaultdict(list)
    edges = dict(graph.edges)
    for move in moves:
        edge = edge_of(graph, move, patterns)
        id_ = edge.id if edge.id in graph.edges else f"{edge.id}:{edge.target}"
        edges.setdefault(id_, edge)
        taken[id_].append(move)
    return taken, edges


def _passed(moves: Iterable[Move], patterns: Patterns) -> dict[str, list[Move]]:
    """The moves out of each ``$start``, and into each ``$end`` and ``$fail/CODE``, in order."""
    passed: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        for end in (move.origin, move.target):
            if _path(end) == end:
                passed[patterns.of(end)].append(move)
    return passed


def _path(key: str) -> str:
    """The path of a visit's key; an end of a list is its own."""
    start = key.rfind("$")
    if start == 0 or (start > 0 and key[start - 1] == "/"):
        return key
    return key.rpartition("/")[0]


class Standing:
    """What goes on in a run now, by the paths of the graph."""

    def __init__(self, drive: Drive, patterns: Patterns) -> None:
        self.patterns = patterns
        self.paused = drive.state.paused
        self.ended = drive.state.at if drive.done is not None else None
        self.now: dict[str, str] = {}
        for command in drive.commands:
            if isinstance(command, Done):
                continue
            parts = patterns.of(command.path).split("/")
            for length in range(len(parts), 0, -1):
                self._weigh("/".join(parts[:length]), _doing(command))
        for path in _at_hand(drive.state):
            self.now.setdefault(patterns.of(path), "running")

    def _weigh(self, path: str, doing: str) -> None:
        before = self.now.get(path, doing)
        self.now[path] = min(before, doing, key=_WEIGHT.index)

    def of(self, path: str) -> str | None:
        """What goes on there; None for nothing."""
        doing = self.now.get(path)
        return "paused" if doing is not None and self.paused else doing


def _at_hand(state: State) -> Iterable[str]:
    frames = live_frames(state.top)
    return [each.task.path for each in frames if each.task is not None and each.outcome is None]


def _doing(command: object) -> str:
    match command:
        case AwaitOperator():
            return "incident"
        case Park():
            return "parked"
        case AwaitSignal() | Pause():
            return "waiting"
        case _:
            return "running"


def _state(
    point: Point,
    came: Mapping[str, list[Coming]],
    passed: Mapping[str, list[Move]],
    items: Mapping[str, Items],
    standing: Standing,
) -> dict[str, Any]:
    if point.node is None:
        return _of_end(point, passed.get(point.path, []))
    comings = came.get(point.path, [])
    if not comings:
        return {"status": "untouched", "visits": 0, "since": None, "until": None}
    doing = standing.of(point.path)
    last = comings[-1]
    state = {
        "status": doing or _was(comings),
        "visits": len(comings),
        "since": last.at,
        "until": None if doing else last.left or _cut(last, came, standing),
    }
    if point.path in items:
        each = items[point.path]
        state["items"] = {"total": each.total, "done": each.done, "failed": each.failed}
    return state


def _cut(coming: Coming, came: Mapping[str, list[Coming]], standing: Standing) -> Timestamp | None:
    """By when a visit was cut off: what is around it had ended, or the run; None while that is under way."""
    names = coming.path.split("/")
    for length in range(len(names) - 1, 0, -1):
        for around in came.get(standing.patterns.of("/".join(names[:length])), ()):
            within = coming.path.startswith(f"{around.path}/")
            if within and around.left is not None and around.left >= coming.at:
                return around.left
    return standing.ended


def _was(comings: list[Coming]) -> str:
    """What became of a step that nothing goes on in: of the latest visits of all its items the worst."""
    latest = {coming.path: coming for coming in comings}
    statuses = {_became(each) for each in latest.values()}
    return next(each for each in _WORST if each in statuses)


def _became(coming: Coming) -> str:
    if coming.failed:
        return "failed"
    if coming.undone:
        return "undone"
    if coming.skipped:
        return "skipped"
    return "left" if coming.cut or coming.left is None else "done"


def _of_end(point: Point, moves: list[Move]) -> dict[str, Any]:
    """How often a list began, or ended so; ``moves``: those out of its beginning, or into its end."""
    at: Timestamp | None = moves[-1].at if moves else None
    done = "failed" if point.kind == "fail" else "done"
    return {"status": done if moves else "untouched", "visits": len(moves), "since": at, "until": at}


def _items(trace: Trace, patterns: Patterns) -> dict[str, Items]:
    """The items of each step that has some, over all the items that it lies in itself."""
    found: dict[str, Items] = {}
    for path, items in trace.items.items():
        sum_ = found.setdefault(patterns.of(path), Items())
        sum_.total += items.total
        sum_.done += items.done
        sum_.failed += items.failed
    return found


class Choices:
    """What chose a way: by the history of the run, and by what stands in the files."""

    def __init__(self, graph: Graph, drive: Drive, entries: list[Mapping[str, Any]]) -> None:
        self._graph = graph
        self._decisions = {each["key"]: each for each in entries if each["type"] == "decision"}
        self._trace = trace_of(drive)
        self._orders = [each for each in entries if each["type"] == "order"]

    def of(self, edge: Edge, move: Move) -> dict[str, Any] | None:
        """What chose it; None where there was nothing to choose."""
        place = {"file": edge.span.file, "line": edge.span.line}
        match move.way.kind:
            case "next" | "then" | "fail":
                return None
            case "order":
                return {"by": "order", "text": self._order(edge, move), **place}
            case "timeout":
                return {"by": "error", "text": "timeout: the signal did not come in time", **place}
            case "catch":
                return {"by": "error", "text": self._error(edge, move), **place}
            case "skip":
                text = f"not ({edge.text})" if edge.text else "its condition is false"
                return {"by": "condition", "text": text[:_LENGTH], **place}
        return self._branch(edge, move, place)

    def _branch(self, edge: Edge, move: Move, place: dict[str, Any]) -> dict[str, Any]:
        node = self._graph.points[edge.origin].node
        text = (edge.text or edge.label or "by a condition")[:_LENGTH]
        taken = self._decisions.get(move.origin)
        if node is not None and isinstance(node.verb, Decide) and taken is not None and "result" in taken:
            return _decided(taken, text, place)
        by = "signal" if node is not None and isinstance(node.verb, Wait) else "condition"
        return {"by": by, "text": text, **place}

    def _order(self, edge: Edge, move: Move) -> str:
        path = _path(move.target)
        for each in reversed(self._orders):
            order = each["order"]
            if (
                each["at"] <= move.at
                and order["action"] in ("retry", "rerun")
                and order["step"] in (None, path)
            ):
                reason = f": {order['reason']}" if order["reason"] else ""
                return f"{order['action']} {path}{reason}"[:_LENGTH]
        return f"ordered to {path}"

    def _error(self, edge: Edge, move: Move) -> str:
        """The error that was caught, and the step within that it came from, if it did."""
        coming = self._trace.visits.get(move.origin)
        problem = coming.problem if coming is not None else None
        if coming is None or problem is None:
            return edge.label
        inner = self._source(coming, problem)
        at = f" at {inner}" if inner else ""
        return f"{problem.code} ({problem.error_class}){at}: {problem.message}"[:_LENGTH]

    def _source(self, coming: Coming, problem: Problem) -> str | None:
        """The path of the innermost step that raised it within a visit; None where none did."""
        within = f"{coming.path}/"
        raised = [
            each.path
            for each in self._trace.visits.values()
            if each.path.startswith(within) and each.at >= coming.at and each.problem == problem
        ]
        written = [
            _path(each.origin)
            for each in self._trace.moves
            if each.origin.startswith(within)
            and each.at >= coming.at
            and each.target.endswith(f"/{FAIL}{problem.code}")
        ]
        return max([*raised, *written], key=lambda path: path.count("/"), default=None)


def _decided(taken: Mapping[str, Any], text: str, place: dict[str, Any]) -> dict[str, Any]:
    """The rules that won, the first of them in full; the place of the way where it was the default."""
    shown = {"text": text, "decision": taken["decision"], "result": taken["result"]}
    matched = list(taken["matched"])
    if not matched or matched[0].get("rule") is None or matched[0]["rule"] == "default":
        return {"by": "default", **shown, **(dict(matched[0]) if matched else {}), **_placed(matched, place)}
    more = {"rules": matched} if len(matched) > 1 else {}
    return {"by": "rule", **shown, **matched[0], **more}


def _placed(matched: list[Mapping[str, Any]], place: dict[str, Any]) -> dict[str, Any]:
    return {} if matched else place
