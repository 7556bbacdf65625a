"""The windows of caps, and times of day."""

from __future__ import annotations

import re
from typing import Any

from core.config.nearest import nearest
from core.config.node import Node, Scalar
from core.config.schema import Duration, JsonSchema, Parts, Reading, Shape, any_of

#: Units of the calendar, in the person's zone.
_CALENDAR = ("day", "week")

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


class Window(Shape):
    """The window of a cap: one that rolls, or a calendar day or week."""

    says = "a duration such as 7d, or `day` or `week` of the calendar"

    def check(self, node: Node, reading: Reading) -> Any:
        """Tell a word from a duration."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if node.text in _CALENDAR:
            return node.text
        near = nearest(node.text, _CALENDAR) if node.text.isalpha() else ""
        if near:
            return self.refuse(node, reading, f"did you mean `{near}`?")
        return Duration(self.says).read(node, reading)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a duration, and the words."""
        return any_of(Duration().schema(parts), {"enum": list(_CALENDAR)})


class ClockTime(Shape):
    """A time of day, in minutes since midnight."""

    says = "a time of day such as 21:00"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take hours and minutes of two digits each."""
        text = node.text if isinstance(node, Scalar) else ""
        if not re.fullmatch(_CLOCK, text, re.ASCII):
            return self.refuse(node, reading, _clock_hint(text))
        hours, minutes = text.split(":")
        return int(hours) * 60 + int(minutes)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe hours and minutes."""
        return {"type": "string", "pattern": f"^{_CLOCK}$"}


def _clock_hint(text: str) -> str:
    """Tell how a time that is nearly right is written."""
    if text == "24:00":
        return "write 00:00"
    return f"write 0{text}" if re.fullmatch(_CLOCK, f"0{text}", re.ASCII) else ""
