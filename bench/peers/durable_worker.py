"""durable-rules, in a process of its own: ``python -m bench.peers.durable_worker FILE``.

``FILE``: ``{"rules": …, "facts": [{…}, …]}``, the rules as the engine takes them. It prints a line when it is
ready. Then for each line of its input, ``{"ask": 3}`` or ``{"turn": [first, count]}``, it posts those facts
and prints the name of the rule that fired, or the mean processor time of a post in seconds.
"""

from __future__ import annotations

import gc
import json
import sys
from itertools import count
from pathlib import Path
from time import process_time
from typing import Any

import durable_rules_engine as engine


class Rules:
    """A compiled set. Its calls are the engine's own: the package around them takes twice as long."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self._handle = engine.create_ruleset("rules", json.dumps(rules))
        self._ids = count(1)  # an event whose id or content is known already is refused

    def post(self, facts: dict[str, Any]) -> str | None:
        """The name of the rule that fires."""
        event = json.dumps({**facts, "id": next(self._ids)})
        code, offset = engine.assert_event(self._handle, event)
        if code:
            return None
        _, message = engine.start_action_for_state(self._handle, offset)
        engine.complete_and_start_action(self._handle, offset)
        return next(iter(json.loads(message)))


def main() -> None:
    """Answer until the input ends."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rules, facts = Rules(given["rules"]), given["facts"]
    gc.collect()
    gc.freeze()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        answer = rules.post(facts[wanted["ask"]]) if "ask" in wanted else _turn(rules, facts, *wanted["turn"])
        print(json.dumps(answer), flush=True)


def _turn(rules: Rules, facts: list[dict[str, Any]], first: int, posts: int) -> float:
    asked = [facts[(first + number) % len(facts)] for number in range(posts)]
    gc.collect()
    started = process_time()
    for each in asked:
        rules.post(each)
    return (process_time() - started) / posts


if __name__ == "__main__":
    main()
