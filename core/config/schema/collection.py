"""Shapes of lists, of maps with free keys, and of values that may be written in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.nearest import nearest
from core.config.node import Mapping, Node, Scalar, Sequence
from core.config.schema.base import BAD, Located, Reading, Shape
from core.config.schema.parts import JsonSchema, Parts, any_of, nullable


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of one kind of item."""

    item: Shape
    says: str = "a list"
    empty: bool = True

    def check(self, node: Node, reading: Reading) -> Any:
        """Check each item; those refused are left out."""
        if not isinstance(node, Sequence):
            return self.refuse(node, reading, "write a list, one `- ` for each item")
        if not node.items and not self.empty:
            return reading.error(node.mark, "the list is empty", "put at least one item into it")
        return _items(node.items, self.item, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the items."""
        bound = {} if self.empty else {"minItems": 1}
        return {"type": "array", "items": self.item.schema(parts), **bound}


@dataclass(frozen=True)
class OneOrMany(Shape):
    """A list, or one item that stands for a list."""

    item: Shape
    empty: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "says", f"{self.item.says}, or a list of them")

    def check(self, node: Node, reading: Reading) -> Any:
        """Check each item; those refused are left out."""
        nodes = node.items if isinstance(node, Sequence) else (node,)
        if not nodes and not self.empty:
            return reading.error(node.mark, "the list is empty", "put at least one item into it")
        return _items(nodes, self.item, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe one item, and a list of them."""
        return any_of(self.item.schema(parts), ListOf(self.item, empty=self.empty).schema(parts))


def _items(nodes: tuple[Node, ...], item: Shape, reading: Reading) -> tuple[Located, ...]:
    read = [(item.read(node, reading), node.mark) for node in nodes]
    return tuple(Located(value, mark, mark) for value, mark in read if value is not BAD)


@dataclass(frozen=True)
class MapOf(Shape):
    """A map whose keys are the admin's own names.

    ``known`` are names that are usual here: one that is nearly so, but not quite, is warned about.
    ``nulls`` keeps entries that are switched off, with the value None.
    """

    value: Shape
    says: str = "a mapping"
    known: tuple[str, ...] = ()
    nulls: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Check each value; those refused are left out."""
        if not isinstance(node, Mapping):
            return self.refuse(node, reading)
        found: dict[str, Located] = {}
        for key, one in node.entries:
            self.check_key(key, reading)
            is_off = isinstance(one, Scalar) and one.is_null and not one.broken
            value = None if is_off else self.value.read(one, reading)
            if value is not BAD and (self.nulls or not is_off):
                found[key.text] = Located(value, one.mark, key.mark)
        return found

    def check_key(self, key: Scalar, reading: Reading) -> None:
        """Refuse an empty name and warn of one that looks mistyped."""
        if not key.text.strip():
            reading.error(key.mark, "a name is missing before the colon")
        near = nearest(key.text, self.known)
        if near and near != key.text:
            reading.warn(key.mark, f"`{key.text[:60]}` is a new name", f"did you mean `{near}`?")

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the values; usual names are offered, others are allowed."""
        value = nullable(self.value.schema(parts))
        usual = {"properties": dict.fromkeys(self.known, value)} if self.known else {}
        return {"type": "object", **usual, "additionalProperties": value or True}


@dataclass(frozen=True)
class Apart(Shape):
    """Keeps what a part of a file names apart from what the rest of it does."""

    inner: Shape

    def __post_init__(self) -> None:
        object.__setattr__(self, "says", self.inner.says)

    def check(self, node: Node, reading: Reading) -> Any:
        """Read the part; its uses stand in the reading's ``parts``."""
        with reading.part(node.mark):
            return self.inner.read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the part."""
        return self.inner.schema(parts)


@dataclass(frozen=True)
class Either(Shape):
    """A value with a short form and a long one, told apart by how YAML writes them."""

    says: str
    scalar: Shape | None = None
    mapping: Shape | None = None
    sequence: Shape | None = None

    def check(self, node: Node, reading: Reading) -> Any:
        """Check against the form that the node has."""
        form = {Scalar: self.scalar, Mapping: self.mapping, Sequence: self.sequence}[type(node)]
        return self.refuse(node, reading) if form is None else form.read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe each form."""
        forms = [form for form in (self.scalar, self.mapping, self.sequence) if form is not None]
        return any_of(*(form.schema(parts) for form in forms))
