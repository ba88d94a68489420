"""Strategies for conditions and for the facts they meet.

A grammar says, for each kind of value, which names and literals have it and which rules make it. A rule is a
text with holes: ``<number> + <number>``. The first hole of a macro's rule is its target; ``$1`` and ``$2``
in it are its variables, which all later holes may use. Mischief spares a hole with a mark: ``<numbers!>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

_HOLE = re.compile(r"<([a-z]+)(!?)>")


@dataclass(frozen=True)
class Rule:
    """A text with holes; ``binds``: the kinds of a macro's variables."""

    text: str
    binds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grammar:
    """What each kind of value can be made of."""

    names: Mapping[str, tuple[str, ...]]
    literals: Mapping[str, st.SearchStrategy[str]]
    rules: Mapping[str, tuple[Rule, ...]]


def expressions(
    grammar: Grammar, kind: str, *, depth: int = 3, mischief: int = 0, bare: bool = False
) -> st.SearchStrategy[str]:
    """Conditions as text.

    ``mischief``: how many holes of a hundred are filled with a value of another kind than was asked for.
    ``bare``: leave out some parentheses, so that operators bind as they will.
    """

    @st.composite
    def written(draw: Callable) -> str:
        return _Writer(draw, grammar, mischief, bare).write(kind, depth, {})

    return written()


class _Writer:
    def __init__(self, draw: Callable, grammar: Grammar, mischief: int, bare: bool) -> None:
        self._draw = draw
        self._grammar = grammar
        self._mischief = mischief
        self._bare = bare

    def write(self, kind: str, depth: int, variables: Mapping[str, str]) -> str:
        if not depth or not self._draw(st.integers(0, 5)):
            return self._leaf(kind, variables)
        return self._filled(self._draw(st.sampled_from(self._grammar.rules[kind])), depth - 1, variables)

    def _leaf(self, kind: str, variables: Mapping[str, str]) -> str:
        names = [name for name in self._grammar.names.get(kind, ()) if name.split(".")[0] not in variables]
        names += [name for name, of in variables.items() if of == kind]
        if names and self._draw(st.integers(0, 2)):
            return self._draw(st.sampled_from(names))
        return self._draw(self._grammar.literals[kind])

    def _filled(self, rule: Rule, depth: int, variables: Mapping[str, str]) -> str:
        text, position, inner = "", 0, variables
        template = rule.text
        for number, of in enumerate(rule.binds, start=1):
            # Now and then a variable hides a fact of the same name.
            name = "k" if "k" not in inner and self._draw(st.booleans()) else f"v{len(inner)}"
            inner = {**inner, name: of}
            template = template.replace(f"${number}", name)
        for count, hole in enumerate(_HOLE.finditer(template)):
            kind = hole[1] if hole[2] else self._confused(hole[1])
            written = self.write(kind, depth, inner if count else variables)
            text += template[position : hole.start()] + self._wrapped(written)
            position = hole.end()
        return text + template[position:]

    def _confused(self, kind: str) -> str:
        if self._mischief and self._draw(st.integers(0, 99)) >= 100 - self._mischief:
            return self._draw(st.sampled_from(sorted(self._grammar.rules)))
        return kind

    def _wrapped(self, text: str) -> str:
        if re.fullmatch(r"[\w.]+", text) or (self._bare and self._draw(st.booleans())):
            return text
        return f"({text})"


def rules(*texts: str) -> tuple[Rule, ...]:
    return tuple(map(Rule, texts))


def quoted(text: str) -> str:
    return '"' + re.sub(r'["\\\n\r]', lambda match: f"\\x{ord(match[0]):02x}", text) + '"'
