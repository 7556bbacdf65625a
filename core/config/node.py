"""YAML as a tree in which every key and value remembers where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Integers beyond this are no longer exact as doubles, so they stay text.
EXACT = 2**53

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_BASES = {"0o": 8, "0x": 16}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One piece of text; ``start`` and ``end`` cut its spelling out of the file.

    ``broken`` stands for what YAML tore apart; it was reported when it was read.
    """

    mark: Mark
    text: str
    plain: bool = True
    flow: bool = False
    start: int = 0
    end: int = 0
    broken: bool = False
    height: int = 0

    @property
    def value(self) -> Any:
        """Give the text, number, truth value or null it stands for."""
        return resolve(self.text) if self.plain else self.text

    @property
    def is_null(self) -> bool:
        """Tell an absent or null value."""
        return self.plain and self.value is None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    mark: Mark
    items: tuple[Node, ...]
    height: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file."""

    mark: Mark
    entries: tuple[tuple[Scalar, Node], ...]
    height: int = 1

    def names(self) -> list[str]:
        """Give the keys as written."""
        return [key.text for key, _ in self.entries]


Node = Scalar | Sequence | Mapping


def resolve(text: str) -> Any:
    """Read unquoted text by the core schema of YAML 1.2: ``NO``, ``on`` and ``21:00`` are text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if text.lstrip("+-").lower() == ".inf":
        return float("-inf") if text[0] == "-" else float("inf")
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text


def _integer(text: str) -> int | str:
    # Longer than any exact integer; int() itself refuses thousands of digits.
    if len(text) > 32:
        return text
    base = _BASES.get(text[:2], 10)
    number = int(text, base)
    return number if abs(number) <= EXACT else text


def plain_data(node: Node) -> Any:
    """Give the plain lists, dictionaries and values that a node stands for."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain_data(item) for item in node.items]
    return {key.text: plain_data(value) for key, value in node.entries}


def walk(node: Node) -> Iterator[Node]:
    """Visit a node and everything in it, in the order of the file."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from walk(value)
