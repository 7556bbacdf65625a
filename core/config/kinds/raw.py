"""Shapes of what ``receive`` says: formulas over the request before it is an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.nearest import did_you_mean
from core.config.node import Mapping, Node, Scalar, Sequence
from core.config.schema import BAD, JsonSchema, Parts, Reading, Shape, any_of
from core.engine.formula import RAW_NAMES, Formula

#: What queues say of a message, beside the message itself.
ENVELOPE = ("id", "timestamp", "topic", "subject", "attributes")

#: A formula that reads the raw request.
RAW_FORMULA = FormulaText(names=RAW_NAMES, instead="write a formula, such as =item.name")


@dataclass(frozen=True)
class Raw(Shape):
    """A formula, a plain value, or a list of which the first present counts; with ``objects`` also a mapping."""

    says: str = "a formula such as =item.name, or a fixed value"
    objects: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile what stands there."""
        if isinstance(node, Scalar):
            return self.check_scalar(node, reading)
        if isinstance(node, Sequence):
            found = [self.read(one, reading) for one in node.items]
            return BAD if BAD in found else tuple(found)
        if not self.objects:
            return self.refuse(node, reading)
        return self.check_map(node, reading)

    def check_scalar(self, node: Scalar, reading: Reading) -> Any:
        """Compile a formula, or take a value as it stands; ``==`` begins a text that starts with ``=``."""
        if node.is_null:
            return self.refuse(node, reading)
        if not isinstance(node.value, str):
            return node.value
        if node.text.startswith("==") or not node.text.startswith("="):
            if "{{" in node.text or "{%" in node.text:
                return reading.error(node.mark, "templates are not read here", RAW_FORMULA.instead)
            return node.text.removeprefix("=")
        formula = RAW_FORMULA.read(node, reading)
        for path in formula.reads if isinstance(formula, Formula) else ():
            name = str(path[1]) if path[0] == "envelope" and len(path) > 1 else "id"
            if name not in ENVELOPE:
                mark = reading.inside(node, node.text.find(name, node.text.find("envelope") + 8))
                return reading.error(mark, f"`{name[:60]}` does not exist here", did_you_mean(name, ENVELOPE))
        return formula

    def check_map(self, node: Mapping, reading: Reading) -> Any:
        """Compile each value of a mapping."""
        found = {key.text: self.read(one, reading) for key, one in node.entries}
        return BAD if BAD in found.values() else found

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a value, and lists and mappings of them."""
        if not self.objects:
            return parts.refer("raw_value", lambda: _schema(parts, "raw_value", objects=False))
        return parts.refer("raw_object", lambda: _schema(parts, "raw_object", objects=True))


def _schema(parts: Parts, name: str, *, objects: bool) -> JsonSchema:
    own: JsonSchema = {"$ref": f"#/$defs/{name}"}
    maps: list[JsonSchema] = [{"type": "object", "additionalProperties": own}] if objects else []
    return any_of({"type": ["string", "number", "boolean"]}, {"type": "array", "items": own}, *maps)


@dataclass(frozen=True)
class Place(Shape):
    """Where something stands in a body, as names with dots between them."""

    says: str = "a place such as data.items"

    def check(self, node: Node, reading: Reading) -> Any:
        """Split the place into its steps."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self.refuse(node, reading)
        if node.text.startswith("="):
            plain = node.text[1:].removeprefix("body.")
            return reading.error(node.mark, "a place is not a formula", f"write {plain}")
        steps = tuple(node.text.removeprefix("body.").split("."))
        if not all(step.strip() == step and step for step in steps):
            return self.refuse(node, reading, "write the names from the top, with a dot between them")
        return steps

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a place."""
        return {"type": "string", "pattern": r"^(?!=)[^.\s](.*[^.\s])?$"}


@dataclass(frozen=True)
class Header(Shape):
    """The name of an HTTP header."""

    says: str = "the name of a header, such as X-Signature"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take letters, digits and hyphens."""
        text = node.text if isinstance(node, Scalar) else ""
        if not text or not all(one.isascii() and (one.isalnum() or one in "-_") for one in text):
            return self.refuse(node, reading)
        return text

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a header's name."""
        return {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
