"""The shortcut: most requests match the first rule that the index finds, and its answer is a constant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rulesflow.conditions import Budget
from rulesflow.rules.constraints import Path
from rulesflow.rules.generated import Reads, function, tuple_of
from rulesflow.rules.nodes import NOTHING, Keyed, Node, Table, Values
from rulesflow.rules.outcomes import Names
from rulesflow.rules.scan import Verdict


def shortcut(
    node: Node,
    paths: Sequence[Path | None],
    reads: Reads,
    first: Callable[[Values, Names, int], Verdict],
    default: Callable[[Names, Budget], Verdict] | None,
) -> Callable[[Names, int], Verdict]:
    """A function of names and of the steps that may be spent, which gives the verdict of policy ``first``.

    ``node`` finds the rules that are asked first; ``first`` does all of it where their answer is no constant.
    ``default``: the verdict where the node finds nothing; None where other rules are to be asked yet.
    """
    variables = ["None" if path is None else reads.read(path) for path in paths]
    values = tuple_of(variables)
    reads.globals |= {"find": node.find, "first": first, "default": default, "Budget": Budget}
    found = f"find({values})"
    if isinstance(node, Table | Keyed):
        key = [variables[slot] for slot in node.slots]
        text = tuple_of(key) if len(key) > 1 else key[0]
        reads.globals |= {"get": node.get, "nothing": NOTHING}
        below = isinstance(node, Keyed)
        found = f"get({text}, nothing).find({values})" if below else f"get({text}, ())"
    lines = [
        *reads.lines,
        f"for entry in {found}:",
        "    if entry.constants is not None:",
        "        return entry.constants.copy(), (entry.rule,)",
        "    break",
    ]
    if default is not None:
        lines += ["else:", "    return default(names, Budget(limit))"]
    lines.append(f"return first({values}, names, limit)")
    made: Callable[[Names, int], Verdict] = function("names, limit", lines, reads.globals)
    return made
