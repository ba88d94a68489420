"""Hit policies: which of the rules that match give the answer.

The names and meanings are those of DMN 1.5 (chapter "Decision Table", hit policies), spread over layers: a
single-hit policy asks layer by layer from the top, one with several hits takes the matches of all layers.
"""

from __future__ import annotations

from enum import StrEnum


class Hit(StrEnum):
    """The policies, as a decision's ``hit`` names them."""

    UNIQUE = "unique"
    ANY = "any"
    FIRST = "first"
    PRIORITY = "priority"
    RULE_ORDER = "rule-order"
    OUTPUT_ORDER = "output-order"
    COLLECT = "collect"
    SUM = "collect(sum)"
    MIN = "collect(min)"
    MAX = "collect(max)"
    COUNT = "collect(count)"

    @property
    def single(self) -> bool:
        """Whether the answer is one outcome."""
        return self in (Hit.UNIQUE, Hit.ANY, Hit.FIRST, Hit.PRIORITY)

    @property
    def aggregates(self) -> bool:
        """Whether the answer is computed from one property of all outcomes."""
        return self in (Hit.SUM, Hit.MIN, Hit.MAX)

    @property
    def ranked(self) -> bool:
        """Whether outcomes are ordered by the order of their enums' values."""
        return self in (Hit.PRIORITY, Hit.OUTPUT_ORDER)
