"""What every shape shares: reading a node, and reporting where it is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingABC
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.config.node import Mapping, Mark, Node, Scalar, Sequence
from core.config.problem import Problem
from core.config.reader import Document
from core.config.schema.parts import JsonSchema, Parts


class Bad:
    """The answer for a node that was refused; its problem is already reported."""


BAD: Final = Bad()


@dataclass(frozen=True, slots=True)
class Located:
    """A checked value, its place, and the place of the key it stands under."""

    value: Any
    mark: Mark
    key_mark: Mark


#: What a name may be of.
UseKind = Literal["segment", "segments", "trigger", "score", "trait", "computed", "purpose", "tag"]


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a file names something of another one; ``segments`` stands for all of them at once."""

    kind: UseKind
    name: str
    mark: Mark


class Reading:
    """One file while it is checked: its text, and the problems found so far.

    ``own_names`` are the folder's names that formulas may read; ``event_names`` the events that the file waits for;
    ``uses`` what it names of other files, ``parts`` which of these stand in a part of it, by that part's place.
    """

    def __init__(self, document: Document, own_names: MappingABC[str, Collection[str]] | None = None) -> None:
        self.document = document
        self.own_names = own_names or {}
        self.event_names: list[tuple[str, Mark]] = []
        self.uses: list[Use] = []
        self.parts: dict[Mark, tuple[Use, ...]] = {}
        self.problems: list[Problem] = document.problems

    @property
    def has_errors(self) -> bool:
        """Tell whether an error was found so far."""
        return any(one.severity == "error" for one in self.problems)

    @contextmanager
    def part(self, mark: Mark) -> Iterator[None]:
        """Keep apart what is named while a part of the file is read."""
        before = len(self.uses)
        yield
        self.parts[mark] = tuple(self.uses[before:])

    def error(self, mark: Mark, message: str, hint: str = "") -> Bad:
        """Report an error; the answer stands for the value that is missing."""
        self.document.report(mark, message, hint)
        return BAD

    def warn(self, mark: Mark, message: str, hint: str = "") -> None:
        """Report what is allowed but likely not meant."""
        self.problems.append(Problem(self.document.file, mark.line, mark.column, message, hint, "warning"))

    def inside(self, scalar: Scalar, offset: int) -> Mark:
        """Find the place in the file of a letter of a scalar's text."""
        spelling = self.document.text[scalar.start : scalar.end]
        body = 0 if scalar.plain else _body_start(spelling)
        wanted = sum(1 for letter in scalar.text[:offset] if not letter.isspace())
        at = _nth_visible(spelling, body, wanted, quote=spelling[:1])
        return self.place(scalar.start + at)

    def place(self, index: int) -> Mark:
        """Turn an index into the file's text into a place."""
        before = self.document.text[:index]
        return Mark(before.count("\n") + 1, index - before.rfind("\n"))


def _body_start(spelling: str) -> int:
    """Skip the opening quote, or the header line of a block."""
    return spelling.find("\n") + 1 if spelling[:1] in "|>" else 1


def _nth_visible(spelling: str, start: int, wanted: int, *, quote: str) -> int:
    """Find the letter with ``wanted`` visible ones before it; folding and indentation only change blanks."""
    at = start
    while at < len(spelling):
        escaped = (quote == "'" and spelling[at : at + 2] == "''") or (quote == '"' and spelling[at] == "\\")
        if not spelling[at].isspace():
            if wanted == 0:
                return at
            wanted -= 1
        at += 2 if escaped else 1
    return max(start, len(spelling) - 1)


class Shape(ABC):
    """Something a node can be checked against; ``says`` names it in messages, as in "must be ..."."""

    says: str

    def read(self, node: Node, reading: Reading) -> Any:
        """Give the checked value, or BAD after reporting what is wrong."""
        if isinstance(node, Scalar) and node.broken:
            return BAD
        return self.check(node, reading)

    @abstractmethod
    def check(self, node: Node, reading: Reading) -> Any:
        """Check a node that YAML could read."""

    @abstractmethod
    def schema(self, parts: Parts) -> JsonSchema:
        """Describe what is taken, for editors."""

    def refuse(self, node: Node, reading: Reading, hint: str = "") -> Bad:
        """Say what stands there and what should."""
        return reading.error(node.mark, f"must be {self.says}, not {shown(node)}", hint)


def shown(node: Node) -> str:
    """Describe a node in a message."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if node.is_null:
        return "nothing"
    text = node.text if len(node.text) <= 40 else node.text[:39] + "…"
    return f"`{' '.join(text.split())}`"
