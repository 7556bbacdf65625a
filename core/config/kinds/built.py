"""Shapes of what a described request holds: formulas over the action's fields, lists and mappings of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.node import Mapping, Node, Scalar, Sequence
from core.config.schema import BAD, JsonSchema, Parts, Reading, Shape
from core.config.schema.scalar import has_unreal
from core.engine.formula import REQUEST_NAMES
from core.engine.value import Literal, Structure
from core.ports.request import MERGE, Merged

#: What there is before a request has left, and what its answer brings.
OF_REQUEST = frozenset({"fields", "rest", "rows", "settings", "delivery", "lookup"})
OF_ANSWER = REQUEST_NAMES - OF_REQUEST

_INSTEAD = "write a formula, such as =fields.email"

ASKED = FormulaText(names=REQUEST_NAMES, withheld=tuple(sorted(OF_ANSWER)), instead=_INSTEAD)

#: A yes or no about an answer, and a value in it.
TELLS = FormulaText(
    names=REQUEST_NAMES, asks=True, instead="write a condition, such as =body.success == true"
)
GIVES = FormulaText(names=REQUEST_NAMES, instead="write a formula, such as =body.id")


@dataclass(frozen=True)
class Built(Shape):
    """A formula over the fields, a fixed value, or lists and mappings of both."""

    says: str = "a value or a formula such as =fields.email"

    def check(self, node: Node, reading: Reading) -> Any:
        """Compile what stands there."""
        if has_unreal(node, reading):
            return BAD
        if isinstance(node, Mapping):
            return self.joined({key.text: self.read(one, reading) for key, one in node.entries})
        if isinstance(node, Sequence):
            return self.joined(tuple(self.read(one, reading) for one in node.items))
        return self.leaf(node, reading)

    def joined(self, parts: Any) -> Any:
        """Join compiled parts; one that was refused spoils the whole."""
        found = tuple(parts.values()) if isinstance(parts, dict) else parts
        if not found:
            return Literal({} if isinstance(parts, dict) else [])
        if any(one is BAD for one in found):
            return BAD
        if not isinstance(parts, dict) or MERGE not in parts or len(parts) == 1:
            return parts[MERGE] if isinstance(parts, dict) and MERGE in parts else Structure(parts)
        return Merged({name: one for name, one in parts.items() if name != MERGE}, parts[MERGE])

    def leaf(self, node: Scalar, reading: Reading) -> Any:
        """Compile a formula, or take a value as it stands; ``==`` begins a text that starts with ``=``."""
        text = node.value
        if not isinstance(text, str) or text.startswith("==") or not text.startswith("="):
            if isinstance(text, str) and ("{{" in text or "{%" in text):
                return reading.error(node.mark, "templates are not read in a request", _INSTEAD)
            return Literal(text.removeprefix("=") if isinstance(text, str) else text)
        return ASKED.read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Allow everything."""
        return {}


BUILT = Built()
