"""Read one YAML file into nodes: bounded, located, and without YAML's surprises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml

from core.config.node import Mapping, Mark, Node, Scalar, Sequence
from core.config.problem import TOP, Problem
from core.config.repair import holds_code, paste_hint

T = TypeVar("T")

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_ALIASES = 50
MAX_EVENTS = 20_000


@dataclass
class Document:
    """One file as read; ``root`` is None when it is empty or cannot be read at all.

    ``events`` counts what was taken from the parser, so that a test can see how early a bomb is refused.
    """

    file: str
    text: str = ""
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    events: int = 0

    def line(self, number: int) -> str:
        """Give a line of the file, counting from 1."""
        lines = self.text.split("\n", number)
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""

    def report(self, mark: Mark, message: str, hint: str = "") -> None:
        """Add an error at a place."""
        self.problems.append(Problem(self.file, mark.line, mark.column, message, hint))


#: What begins a node.
_Opening = yaml.ScalarEvent | yaml.CollectionStartEvent


class _Stop(Exception):
    """End the reading of a file whose rest cannot be trusted."""


def read(data: bytes, file: str) -> Document:
    """Read a file's bytes; what is wrong with them is in the document's ``problems``."""
    document = Document(file)
    if len(data) > MAX_BYTES:
        document.report(TOP, f"the file is larger than {MAX_BYTES:,} bytes", "split it into several files")
        return document
    try:
        document.text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        document.report(Mark(line, 1), "the file is not UTF-8 text", "save it as UTF-8")
        return document
    composer = _Composer(document)
    try:
        document.root = composer.compose()
    except _Stop:
        document.root = None
    except yaml.YAMLError as error:
        _report_syntax(document, error)
    document.events = composer.taken
    return document


class _Composer:
    """Builds nodes from the parser's events and stops at the first bound that is passed."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.events: Iterator[yaml.Event] = yaml.parse(document.text, Loader=yaml.CSafeLoader)
        self.taken = 0
        self.size = 0
        self.aliases = 0
        self.anchors: dict[str, tuple[Node, int] | None] = {}

    def compose(self) -> Node | None:
        """Read the only document of the file."""
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            return None
        root = self.node(self.next(), 1, flow=False)
        self.next()
        if not isinstance(event := self.next(), yaml.StreamEndEvent):
            self.stop(_mark(event), "the file holds a second document", "make it two files, without `---`")
        return root

    def next(self) -> yaml.Event:
        """Take one event and count it."""
        event = next(self.events)
        self.taken += 1
        self.grow(1, _mark(event))
        return event

    def grow(self, by: int, mark: Mark) -> None:
        """Bound what the file stands for, aliases written out."""
        self.size += by
        if self.size > MAX_EVENTS:
            self.stop(mark, f"the file holds more than {MAX_EVENTS:,} items", "split it into several files")

    def stop(self, mark: Mark, message: str, hint: str = "") -> None:
        """Refuse the whole file."""
        self.document.report(mark, message, hint)
        raise _Stop

    def node(self, event: yaml.Event, depth: int, *, flow: bool) -> Node:
        """Read the node that an event begins."""
        mark = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(str(event.anchor), mark, depth)
        if depth > MAX_DEPTH:
            self.stop(mark, f"the file is nested deeper than {MAX_DEPTH} levels")
        assert isinstance(event, _Opening)
        if event.tag is not None:
            self.document.report(mark, f"tags such as `{event.tag[:40]}` are not used here", "leave it out")
        if event.anchor:
            self.anchors[event.anchor] = None
        before = self.size
        built = self.build(event, mark, depth, flow=flow)
        if event.anchor:
            self.anchors[event.anchor] = (built, self.size - before + 1)
        return built

    def build(self, event: _Opening, mark: Mark, depth: int, *, flow: bool) -> Node:
        """Build a scalar, or a collection with all it holds."""
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style in (None, "")
            return Scalar(mark, event.value, plain, flow, _index(event.start_mark), _index(event.end_mark))
        inner = flow or bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self.items(yaml.SequenceEndEvent, lambda e: self.node(e, depth + 1, flow=inner)))
            return Sequence(mark, items, 1 + max((item.height for item in items), default=0))
        entries = list(self.items(yaml.MappingEndEvent, lambda e: self.entry(e, depth, flow=inner)))
        pairs = tuple(pair for pair in entries if pair is not None)
        if len(pairs) < len(entries) and (inner or not pairs):
            return Scalar(mark, "", broken=True)
        self.refuse_duplicates(pairs)
        return Mapping(mark, pairs, 1 + max((value.height for _, value in pairs), default=0))

    def items(self, end: type[yaml.Event], one: Callable[[yaml.Event], T]) -> Iterator[T]:
        """Read what stands before the end of a collection."""
        while not isinstance(event := self.next(), end):
            yield one(event)

    def entry(self, event: yaml.Event, depth: int, *, flow: bool) -> tuple[Scalar, Node] | None:
        """Read a key and its value; a key that is no name is reported and left out."""
        key = self.node(event, depth + 1, flow=flow)
        value = self.node(self.next(), depth + 1, flow=flow)
        if isinstance(key, Scalar) and key.plain and key.text == "<<":
            self.document.report(key.mark, "unknown key `<<`", "merge keys are not used; write the keys out")
        elif isinstance(key, Scalar) and not (key.plain and holds_code(key.text)):
            return key, value
        else:
            line = self.document.line(key.mark.line)
            hint = paste_hint(line, key.mark.column) or "put the whole text in quotes"
            self.document.report(key.mark, "YAML reads this text as a key and a value", hint)
        return None

    def refuse_duplicates(self, pairs: tuple[tuple[Scalar, Node], ...]) -> None:
        """Report each key that its mapping already has."""
        seen: dict[str, Mark] = {}
        for key, _ in pairs:
            first = seen.setdefault(key.text, key.mark)
            if first is not key.mark:
                message = f"the key `{key.text[:60]}` stands here twice"
                self.document.report(key.mark, message, f"first on line {first.line}")

    def alias(self, name: str, mark: Mark, depth: int) -> Node:
        """Give the node that an alias repeats, counting it as if written out."""
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self.stop(mark, f"the file has more than {MAX_ALIASES} aliases", "write the values out")
        if name not in self.anchors:
            self.stop(mark, f"the alias `*{name}` names no anchor", f"write `&{name}` before it")
        found = self.anchors[name]
        if found is None:
            self.stop(mark, f"the alias `*{name}` stands inside its own anchor", "write the value out")
            raise _Stop
        self.grow(found[1], mark)
        if depth + found[0].height > MAX_DEPTH:
            self.stop(mark, f"the file is nested deeper than {MAX_DEPTH} levels")
        return found[0]


def _mark(event: yaml.Event) -> Mark:
    place = event.start_mark
    return Mark(place.line + 1, place.column + 1) if place else TOP


def _index(place: Any) -> int:
    return int(place.index)


_SPOKEN = {
    "mapping values are not allowed in this context": "a second `: ` stands in one value",
    "found character that cannot start any token": "this character cannot start a value",
}


def _report_syntax(document: Document, error: yaml.YAMLError) -> None:
    """Say where YAML stops making sense, with the line to paste when a formula or template broke it."""
    mark, problem = _place(document, error)
    if any(one.line == mark.line for one in document.problems):
        return
    line = document.line(mark.line)
    hint = paste_hint(line, mark.column, broken=True)
    opened = getattr(error, "context_mark", None)
    if not hint and opened is not None and opened.line + 1 < mark.line:
        # A bracket whose closing one a comment has swallowed is noticed on a later line.
        begun = Mark(opened.line + 1, opened.column + 1)
        hint = paste_hint(document.line(begun.line), begun.column)
        mark = begun if hint else mark
    if not hint and "\t" in line[: mark.column]:
        hint = "indent with spaces, not tabs"
    if not hint:
        hint = "check the indentation and quotes here and on the line above"
    document.report(mark, f"not valid YAML: {_SPOKEN.get(problem, problem)}", hint)


def _place(document: Document, error: yaml.YAMLError) -> tuple[Mark, str]:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        where, problem = error.problem_mark, str(error.problem)
        # An unclosed quote or bracket is noticed far below; point at where it opens.
        if "end of stream" in problem and error.context_mark is not None:
            where, problem = error.context_mark, f"{problem} {error.context}"
        return Mark(where.line + 1, where.column + 1), problem
    position = int(getattr(error, "position", 0))
    before = document.text.encode()[:position].decode(errors="ignore")
    line = before.count("\n") + 1
    return Mark(line, len(before) - before.rfind("\n")), "a control character stands here"
