"""Shapes of single values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from core.config.nearest import nearest
from core.config.node import Node, Scalar, plain_data, walk
from core.config.repair import quoted
from core.config.schema.base import Reading, Shape
from core.config.schema.parts import JsonSchema, Parts
from core.engine.duration import parse_duration
from core.errors import FormulaError


@dataclass(frozen=True)
class Text(Shape):
    """Text as it stands."""

    says: str = "text"
    empty: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Take text; a bare number or truth value is refused because quoting may be meant."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if not isinstance(node.value, str):
            return self.refuse(node, reading, f"quote it: {quoted(node.text)}")
        if not node.text.strip() and not self.empty:
            return reading.error(node.mark, f"must be {self.says}, and not empty")
        return node.text

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe text."""
        return {"type": "string"} if self.empty else {"type": "string", "pattern": r"\S"}


@dataclass(frozen=True)
class Name(Shape):
    """A name that may stand in file names and dotted words."""

    says: str = "a name"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take letters, digits, ``_`` and ``-``."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return self.refuse(node, reading)
        if not node.text or not all(c.isascii() and (c.isalnum() or c in "_-") for c in node.text):
            return self.refuse(node, reading, "use letters, digits, `_` and `-`")
        return node.text

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a name."""
        return {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}


@dataclass(frozen=True)
class Integer(Shape):
    """A whole number within bounds."""

    says: str = "a whole number"
    least: int = 0
    most: int = 1_000_000_000

    def check(self, node: Node, reading: Reading) -> Any:
        """Take an integer; text that looks like one is refused."""
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool):
            return self.refuse(node, reading, _whole_hint(node))
        if not self.least <= value <= self.most:
            return reading.error(node.mark, f"must lie between {self.least} and {self.most}, not {value}")
        return value

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe the bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Number(Shape):
    """Any number, whole or not."""

    says: str = "a number"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a finite number; text that looks like one is refused."""
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return self.refuse(node, reading, _bare_hint(node))
        return self.refuse(node, reading) if _is_unreal(value) else float(value)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a number."""
        return {"type": "number"}


def _bare_hint(node: Node, pattern: str = r"-?\d+(\.\d+)?") -> str:
    """Tell that a number in quotes is text."""
    is_number = isinstance(node, Scalar) and re.fullmatch(pattern, node.text, re.ASCII)
    return f"take the quotes off: {node.text}" if is_number and isinstance(node, Scalar) else ""


def _whole_hint(node: Node) -> str:
    """Tell how a number that is no whole one, or stands in quotes, is written."""
    if isinstance(node, Scalar) and isinstance(node.value, float) and math.isfinite(node.value):
        return f"write {math.floor(node.value)} or {math.floor(node.value) + 1}"
    return _bare_hint(node, r"\d+")


@dataclass(frozen=True)
class Constant(Shape):
    """A value that is compared as it stands: text, a number, true or false."""

    says: str = "text, a number, true or false"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take the value, numbers as events carry them; a formula is refused."""
        if not isinstance(node, Scalar) or node.is_null or _is_unreal(node.value):
            return self.refuse(node, reading)
        value = node.value
        if isinstance(value, str) and value.startswith("="):
            return self.refuse(node, reading, "a value, not a formula; put a formula into `where`")
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a plain value that is no formula."""
        return {"type": ["string", "number", "boolean"], "pattern": "^(?!=)"}


@dataclass(frozen=True)
class Truth(Shape):
    """True or false."""

    says: str = "true or false"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take only YAML 1.2's own words."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        return self.refuse(node, reading, "write it without quotes, as `true` or `false`")

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a truth value."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words; ``otherwise`` is the hint for a word that is near to none."""

    words: tuple[str, ...]
    otherwise: str = ""

    def __post_init__(self) -> None:
        several = "one of " + ", ".join(self.words)
        object.__setattr__(self, "says", several if self.words[1:] else f"`{self.words[0]}`")

    def check(self, node: Node, reading: Reading) -> Any:
        """Take one of the words."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if node.text not in self.words:
            near = nearest(node.text, self.words)
            return self.refuse(node, reading, f"did you mean `{near}`?" if near else self.otherwise)
        return node.text

    def schema(self, parts: Parts) -> JsonSchema:
        """Offer the words."""
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Duration(Shape):
    """A length of time in milliseconds, written ``30s 15m 24h 7d``."""

    says: str = "a duration such as 30s, 15m, 24h or 7d"
    zero: bool = False

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a duration, above zero unless zero has a meaning."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        try:
            length = parse_duration(node.text)
        except FormulaError as error:
            return self.refuse(node, reading, error.hint)
        if length == 0 and not self.zero:
            return reading.error(
                node.mark, "must be longer than nothing", "write one such as 30s, 15m, 24h or 7d"
            )
        return length

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a number and its unit."""
        digits = "[0-9]+" if self.zero else "0*[1-9][0-9]*"
        return {"type": "string", "pattern": f"^{digits}[smhd]$"}


@dataclass(frozen=True)
class Anything(Shape):
    """Plain data, as in an event's properties."""

    says: str = "plain data"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take any data that JSON can carry."""
        if has_unreal(node, reading):
            return reading.error(node.mark, "must be finite data")
        return plain_data(node)

    def schema(self, parts: Parts) -> JsonSchema:
        """Allow everything."""
        return {}


def has_unreal(node: Node, reading: Reading) -> bool:
    """Report numbers that JSON cannot carry."""
    unreal = [one for one in walk(node) if isinstance(one, Scalar) and _is_unreal(one.value)]
    for one in unreal:
        reading.error(one.mark, f"{one.text} is not a number that can be sent", "quote it if it is text")
    return bool(unreal)


def _is_unreal(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
