"""From tokens to the syntax tree: CEL's grammar, by operator precedence.

A parser for each token that can begin an operand and for each that can follow one; `_Parser.expression`
picks among them. Between two nested expressions stand two Python frames, and nesting is limited, so no
input can exhaust the stack. Macros are recognised here, by name and number of arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

from rulesflow.conditions.lexer import Token, TokenKind, refuse, tokenize
from rulesflow.conditions.macros import MethodCall, function_call, method_call
from rulesflow.conditions.problems import ConditionError
from rulesflow.conditions.tree import (
    Binary,
    Conditional,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
    children,
)

#: How deep an expression may nest: brackets while it is read, nodes in the tree.
MAX_DEPTH = 100

_CONDITIONAL, _OR, _AND, _RELATION, _SUM, _PRODUCT, _PREFIX, _POSTFIX = range(1, 9)
_POWERS = {
    "?": _CONDITIONAL, "||": _OR, "&&": _AND,
    "==": _RELATION, "!=": _RELATION, "<": _RELATION, "<=": _RELATION, ">": _RELATION, ">=": _RELATION,
    "in": _RELATION, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT,
    ".": _POSTFIX, "[": _POSTFIX, "{": _POSTFIX,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}
_KEYWORDS = frozenset({*_CONSTANTS, "in"})
_RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
})  # fmt: skip
#: Words of other languages that stand where an operator should.
_WORD_OPERATORS = {"and": "&&", "or": "||", "is": "==", "AND": "&&", "OR": "||", "IN": "in"}


def parse(text: str) -> Node:
    """Parse a condition. Raises `ConditionError`.

    RF201: syntax; RF211: too long or too deep; RF212: a feature of CEL that we refuse; RF213: a literal
    that is out of range.
    """
    return parse_tokens(tokenize(text))


def parse_tokens(tokens: list[Token]) -> Node:
    """Parse the tokens of one expression, closed by an ``END``. Raises `ConditionError`."""
    node = _Parser(tokens).whole()
    if len(tokens) > MAX_DEPTH:  # no tree is deeper than it has tokens
        _check_depth(node)
    return node


def _check_depth(root: Node) -> None:
    """Chains such as ``a + a + …`` are read without nesting, but make a tree that leans to the left."""
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise _too_deep(node.start, node.end)
        stack.extend((child, depth + 1) for child in children(node))


def _too_deep(start: int, end: int) -> ConditionError:
    hint = "split it into several rules, or list the alternatives with `in`"
    return refuse("RF211", f"the expression is nested more than {MAX_DEPTH} levels deep", start, end, hint)


def _shown(token: Token) -> str:
    return f"`{token.text[:40]}`" if token.text else "the end"


def _negative(token: Token) -> int | Decimal:
    value: int | Decimal = token.value
    # A Decimal's own minus sign would round it to the digits of the thread's context.
    return value.copy_negate() if isinstance(value, Decimal) else -value


class _Parser:
    """Reads one expression. ``_rooted`` are the names that were written with a leading dot."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._rooted: list[Name] = []

    def whole(self) -> Node:
        """The expression that takes up all tokens."""
        if self._ended():
            raise refuse("RF201", "an expression is missing here", self._now.start, self._now.end)
        node = self.expression()
        if not self._ended():
            raise self._unexpected("an operator or the end")
        return node

    def expression(self, power: int = 0) -> Node:
        """An expression whose operators bind at least as tightly as ``power``."""
        self._depth += 1
        start = self._now.start
        if self._depth > MAX_DEPTH:
            raise _too_deep(start, self._now.end)
        token = self._take()
        left = self._OPERANDS.get(
            token.text if token.kind is TokenKind.PUNCT else token.kind, _Parser._missing
        )(self, token)
        while power <= _POWERS.get(self._now.text, -1) and self._is_operator():
            token = self._take()
            left = self._FOLLOWERS.get(token.text, _Parser._binary)(self, left, token, start)
        self._depth -= 1
        return left

    # Moving through the tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._position]

    def _ended(self) -> bool:
        return self._now.kind is TokenKind.END

    @property
    def _end(self) -> int:
        """Where the last token taken ends."""
        return self._tokens[self._position - 1].end

    def _take(self) -> Token:
        token = self._tokens[self._position]
        if token.kind is not TokenKind.END:
            self._position += 1
        return token

    def _is_operator(self) -> bool:
        return self._now.kind is TokenKind.PUNCT or self._now.kind is TokenKind.NAME

    def _sees(self, text: str) -> bool:
        return self._now.kind is TokenKind.PUNCT and self._now.text == text

    def _accept(self, text: str) -> bool:
        if self._sees(text):
            self._position += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f"`{text}`")

    def _another(self, closing: str, before: int, trailing: bool = False) -> bool:
        """Is there another item in the brackets, after ``before`` of them? Takes the comma or the bracket."""
        if self._accept(closing):
            return False
        if not before:
            return True
        if not self._accept(","):
            raise self._unexpected(f"`,` or `{closing}`")
        return not (trailing and self._accept(closing))

    # What can begin an operand

    def _missing(self, token: Token) -> Node:
        hint = "a name in backquotes stands only after a dot" if token.kind is TokenKind.FIELD else None
        raise refuse("RF201", f"expected a value, found {_shown(token)}", token.start, token.end, hint)

    def _literal(self, token: Token) -> Node:
        return Literal(token.start, token.end, token.value)

    def _name(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(token.start, token.end, _CONSTANTS[token.text])
        self._check_word(token)
        if not self._accept("("):
            return Name(token.start, token.end, token.text)
        args: list[Node] = []
        while self._another(")", len(args)):
            args.append(self.expression())
        return function_call(token, self._end, tuple(args))

    def _check_word(self, token: Token) -> None:
        if token.text in _RESERVED:
            hint = (
                "write test ? yes : no" if token.text in ("if", "else") else "it may be a field's name: x.for"
            )
            raise refuse("RF201", f"`{token.text}` is a reserved word", token.start, token.end, hint)
        if token.text in _KEYWORDS:
            raise refuse("RF201", f"expected a value, found `{token.text}`", token.start, token.end)

    def _root_name(self, token: Token) -> Node:
        name = self._take()
        if name.kind is not TokenKind.NAME or name.text in _KEYWORDS:
            raise refuse("RF201", "expected a name after `.`", token.start, name.end)
        node = self._name(name)
        if isinstance(node, Name):
            self._rooted.append(node)
        return node

    def _group(self, token: Token) -> Node:
        node = self.expression()
        self._expect(")")
        return node

    def _list(self, token: Token) -> Node:
        items: list[Node] = []
        while self._another("]", len(items), trailing=True):
            self._refuse_optional()
            items.append(self.expression())
        return ListOf(token.start, self._end, tuple(items))

    def _map(self, token: Token) -> Node:
        entries: list[tuple[Node, Node]] = []
        while self._another("}", len(entries), trailing=True):
            self._refuse_optional()
            key = self.expression()
            self._expect(":")
            entries.append((key, self.expression()))
        return MapOf(token.start, self._end, tuple(entries))

    def _prefix(self, token: Token) -> Node:
        if token.text == "-" and self._now.kind is TokenKind.NUMBER:
            return Literal(token.start, self._now.end, _negative(self._take()))
        operand = self.expression(_PREFIX)
        return Unary(token.start, self._end, token.text, operand)

    # What can follow an operand

    def _binary(self, left: Node, token: Token, start: int) -> Node:
        right = self.expression(_POWERS[token.text] + 1)
        return Binary(start, self._end, token.text, left, right)

    def _logic(self, left: Node, token: Token, start: int) -> Node:
        operands = [left, self.expression(_POWERS[token.text] + 1)]
        while self._accept(token.text):
            operands.append(self.expression(_POWERS[token.text] + 1))
        return Logic(start, self._end, token.text, tuple(operands))

    def _conditional(self, left: Node, token: Token, start: int) -> Node:
        yes = self.expression(_CONDITIONAL + 1)
        self._expect(":")
        no = self.expression(_CONDITIONAL)
        return Conditional(start, self._end, left, yes, no)

    def _index(self, left: Node, token: Token, start: int) -> Node:
        self._refuse_optional()
        key = self.expression()
        self._expect("]")
        return Index(start, self._end, left, key)

    def _message(self, left: Node, token: Token, start: int) -> Node:
        if not isinstance(left, Name | Select):
            raise self._unexpected("an operator or the end", token)
        hint = 'an object is written as a map, {"key": value}'
        raise refuse("RF212", "there are no message types to construct", start, token.end, hint)

    def _select(self, left: Node, token: Token, start: int) -> Node:
        self._refuse_optional()
        field = self._take()
        if field.kind not in (TokenKind.NAME, TokenKind.FIELD):
            raise refuse("RF201", "expected a field's name after `.`", token.start, field.end)
        if field.kind is TokenKind.NAME and field.text in _KEYWORDS:
            hint = f"write it in backquotes: .`{field.text}`"
            raise refuse("RF201", f"`{field.text}` is a word of the language", field.start, field.end, hint)
        if field.kind is TokenKind.FIELD or not self._accept("("):
            return Select(start, field.end, left, field.text)
        args: list[Node] = []
        while self._another(")", len(args)):
            args.append(self.expression())
        return method_call(MethodCall(start, self._end, left, field, tuple(args)), self._rooted)

    # Refusals

    def _refuse_optional(self) -> None:
        if self._sees("?"):
            hint = "guard with has(): has(x.a) ? x.a : 0"
            raise refuse("RF212", "there are no optional values", self._now.start, self._now.end, hint)

    def _unexpected(self, expected: str, token: Token | None = None) -> ConditionError:
        token = token or self._now
        before = self._tokens[max(self._position - 1, 0)]
        hint = None
        if token.text in _WORD_OPERATORS:
            hint = f"use {_WORD_OPERATORS[token.text]}"
        elif before.kind is TokenKind.NAME and before.text in ("not", "NOT"):
            hint = "use !"
        return refuse("RF201", f"expected {expected}, found {_shown(token)}", token.start, token.end, hint)

    _OPERANDS: ClassVar[dict[str, Callable[[_Parser, Token], Node]]] = {
        TokenKind.NAME: _name, TokenKind.NUMBER: _literal, TokenKind.STRING: _literal,
        "(": _group, "[": _list, "{": _map, ".": _root_name, "-": _prefix, "!": _prefix,
    }  # fmt: skip
    _FOLLOWERS: ClassVar[dict[str, Callable[[_Parser, Node, Token, int], Node]]] = {
        "&&": _logic, "||": _logic, "?": _conditional, ".": _select, "[": _index, "{": _message,
    }  # fmt: skip
