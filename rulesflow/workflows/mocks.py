"""Mocks: what steps answer where they are not called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rulesflow.conditions import Value
from rulesflow.workflows.commands import Problem
from rulesflow.workflows.places import ITEM, fits

#: Behind a step's path: the call that takes it back.
UNDO = "/undo"


@dataclass(frozen=True, slots=True)
class Mock:
    """One answer: an output, or an error. ``held``: the call is not made, since its resource is not well."""

    output: Value = None
    problem: Problem | None = None
    held: bool = False


@dataclass(slots=True)
class Mocks:
    """Answers by step path. They are given in their order, and the last one again and again.

    In a path ``*`` stands for any one name, as in ``split/*/take``; the path with the fewest of them counts.
    """

    answers: Mapping[str, Sequence[Mock]]
    _given: dict[str, int] = field(default_factory=dict)

    def take(self, path: str) -> Mock | None:
        """The next answer of a path; None where it has none."""
        found = self._find(path)
        if found is None:
            return None
        answers, given = self.answers[found], self._given.get(found, 0)
        self._given[found] = given + 1
        return answers[min(given, len(answers) - 1)]

    def heals(self, path: str) -> bool:
        """Whether a path will once more answer with an output."""
        found = self._find(path)
        if found is None:
            return True
        answers = self.answers[found]
        rest = answers[min(self._given.get(found, 0), len(answers) - 1) :]
        return any(each.problem is None for each in rest)

    @property
    def left(self) -> Mapping[str, int]:
        """How many answers were left over, by path, where some were given and some were not."""
        return {
            path: len(self.answers[path]) - given
            for path, given in self._given.items()
            if given < len(self.answers[path])
        }

    def _find(self, path: str) -> str | None:
        fitting = [each for each in self.answers if self.answers[each] and fits(each, path)]
        return min(fitting, key=lambda each: each.split("/").count(ITEM), default=None)
