"""The short way for the commonest formulas: comparisons and sums over paths, compiled to closures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.engine.formula.closure import JOINS, METHODS, among, constant, held, negated, settled, sized, tested
from core.engine.formula.lexer import END, Path, Token, literal_text, read_path
from core.engine.formula.path import Getter, path_getter

#: Longer formulas are rare, and left to CEL.
_LONGEST = 120

_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "in": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
}


def short_way(found: Sequence[Token], names: frozenset[str]) -> Getter | None:
    """Compile a formula to closures where it holds nothing but what they know."""
    if len(found) > _LONGEST:
        return None
    reader = _Reader(found, names)
    try:
        path = reader.lone_path()
        compute = path_getter(path) if path else settled(reader.expression(1))
    except _BeyondError:
        return None
    return compute if reader.token is END else None


class _BeyondError(Exception):
    """Says that a formula holds something the short way does not know."""


class _Reader:
    """Walks over the tokens of a formula that CEL has found right."""

    def __init__(self, found: Sequence[Token], names: frozenset[str]) -> None:
        self._found = found
        self._names = names
        self._index = 0

    @property
    def token(self) -> Token:
        """Give the token at hand."""
        return self._found[self._index]

    def _take(self, text: str = "") -> Token:
        """Step over a token, which must be the one asked for."""
        token = self.token
        if token is END or (text and token.text != text):
            raise _BeyondError
        self._index += 1
        return token

    def lone_path(self) -> Path | None:
        """Read a formula that is only a path."""
        if not self._is_path():
            return None
        path = self._path()
        if self.token is END:
            return path
        self._index = 0
        return None

    def _is_path(self) -> bool:
        """Tell whether a path starts here. ``now`` is none: CEL makes a time of it."""
        return self.token.text in self._names and self.token.text != "now"

    def expression(self, floor: int) -> Getter:
        """Read operators that bind at least this strongly."""
        left = self._operand()
        while _PRECEDENCE.get(self.token.text, 0) >= floor:
            sign = self._take().text
            if sign == "in":
                left = among(left, self._literals())
            else:
                left = JOINS[sign](left, self.expression(_PRECEDENCE[sign] + 1))
        return left

    def _operand(self) -> Getter:
        """Read a bracket, a negation, a literal, a path or one of the known calls."""
        if self.token.text == "(":
            self._take()
            inner = self.expression(1)
            self._take(")")
            return inner
        if self.token.text == "!":
            self._take()
            return negated(self._operand())
        if self.token.text in ("has", "size"):
            return self._call()
        return self._tested_path() if self._is_path() else constant(self._literal())

    def _path(self) -> Path:
        """Read a path without optional steps."""
        path, end = read_path(self._found, self._index)
        if any(token.text == "?" for token in self._found[self._index : end]):
            raise _BeyondError
        self._index = end
        return path

    def _tested_path(self) -> Getter:
        """Read a path and the test that is called on it."""
        get = path_getter(self._path())
        if self.token.text != ".":
            return get
        self._take()
        method = METHODS.get(self._take().text)
        self._take("(")
        argument = self._literal()
        self._take(")")
        if method is None or not isinstance(argument, str):
            raise _BeyondError
        return tested(get, method, argument)

    def _call(self) -> Getter:
        """Read ``size(PATH)`` or ``has(PATH)``."""
        name = self._take().text
        self._take("(")
        if not self._is_path():
            raise _BeyondError
        path = self._path()
        self._take(")")
        return sized(path_getter(path)) if name == "size" else held(path_getter(path[:-1]), path[-1])

    def _literals(self) -> list[Any]:
        """Read a list of literals."""
        self._take("[")
        found = [self._literal()]
        while self.token.text == ",":
            self._take()
            found.append(self._literal())
        self._take("]")
        return found

    def _literal(self) -> Any:
        """Read a text, a number or a truth value."""
        sign = -1 if self.token.text == "-" else 1
        if sign < 0:
            self._take()
        token = self._take()
        if token.kind == "number":
            return sign * _number(token.text)
        if token.text in ("true", "false") and sign > 0:
            return token.text == "true"
        text = literal_text(token)
        if text is None or sign < 0:
            raise _BeyondError
        return text


def _number(text: str) -> float:
    """Read a whole or decimal number; hexadecimal and unsigned ones are left to CEL."""
    if text.isdigit():
        return int(text)
    try:
        return float(text)
    except ValueError:
        raise _BeyondError from None
