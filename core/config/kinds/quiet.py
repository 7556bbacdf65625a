"""``quiet_hours:`` of ``policy.yaml``: when nobody is written to, and whose clock tells."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from core.config.kinds.expression import OF_THE_EVENT, FormulaText
from core.config.kinds.window import ClockTime
from core.config.nearest import nearest
from core.config.node import Node, Scalar
from core.config.schema import (
    Choice,
    Fields,
    JsonSchema,
    Key,
    OneOrMany,
    Parts,
    Reading,
    Record,
    Shape,
    any_of,
)
from core.engine.formula import compile_formula
from core.engine.places import zone_named, zone_names, zones_of_country
from core.engine.policy import QuietHours
from core.engine.zone import utc

STRICTEST = "strictest"

#: What tells where a person is, besides formulas.
_WORDS = ("phone", "country")

_FORMULA = FormulaText(
    withheld=(*OF_THE_EVENT, "now"), timely="read what tells a zone, such as =profile.traits.timezone"
)


class _Place(Shape):
    """What may tell a person's zone."""

    says = "a formula such as =profile.traits.timezone, `phone` or `country`"

    def check(self, node: Node, reading: Reading) -> Any:
        """Take a formula, or one of the words."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if node.text.startswith("="):
            return _FORMULA.read(node, reading)
        return node.text if node.text in _WORDS else self.refuse(node, reading, _place_hint(node.text))

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a formula, and the words."""
        return any_of(_FORMULA.schema(parts), {"enum": list(_WORDS)})


def _place_hint(text: str) -> str:
    near = nearest(text, _WORDS)
    if near:
        return f"did you mean `{near}`?"
    return f"write `otherwise: {text}`" if zone_named(text) else ""


class _Zone(Shape):
    """A zone of the IANA database, or the word for all that are possible."""

    says = f"`{STRICTEST}`, or a time zone such as Europe/Berlin"

    def check(self, node: Node, reading: Reading) -> Any:
        """Give the zone, or the word."""
        if not isinstance(node, Scalar) or node.is_null:
            return self.refuse(node, reading)
        if node.text == STRICTEST:
            return STRICTEST
        return zone_named(node.text) or self.refuse(node, reading, zone_hint(node.text))

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe text: the names are too many to list."""
        return {"type": "string", "pattern": r"\S"}


def zone_hint(text: str) -> str:
    """Find the zone that was meant, also by its city alone."""
    names = sorted(zone_names())
    cities = [name for name in names if name.rpartition("/")[2].casefold() == text.casefold()]
    near = cities[0] if cities else nearest(text, [STRICTEST, *names])
    return f"did you mean `{near}`?" if near else ""


QUIET_HOURS = Record(
    "quiet hours",
    {
        "from": Key(ClockTime(), "the time of day from which nobody is written to", required=True),
        "to": Key(ClockTime(), "the time of day from which people are written to again", required=True),
        "zone": Key(
            OneOrMany(_Place(), empty=False),
            "what tells a person's zone, asked in order; without it their trait timezone, phone, country",
        ),
        "otherwise": Key(
            _Zone(),
            "whose clock holds where nothing tells: strictest takes every zone of the region of phone numbers in "
            "identity.yaml (UTC without one)",
            default=STRICTEST,
        ),
        "held": Key(
            Choice(("release", "drop")), "what becomes of messages that fall into them", default="release"
        ),
    },
    form='quiet_hours: {from: "21:00", to: "08:00"}',
)


def build_quiet(fields: Fields, reading: Reading, *, region: str) -> QuietHours | None:
    """Build the quiet hours; None after reporting."""
    if not all(name in fields for name in ("from", "to", *_written(fields))):
        return None
    begin, end = fields.get("from"), fields.get("to")
    if begin == end:
        reading.error(
            fields.value_place("to"),
            "the quiet hours end when they begin",
            "leave `quiet_hours` out, or mend it",
        )
        return None
    otherwise = fields.get("otherwise")
    return QuietHours(
        begin,
        end,
        zones=_places(fields),
        otherwise=_strictest(region) if otherwise == STRICTEST else (otherwise,),
        held=fields.get("held"),
    )


def _written(fields: Fields) -> list[str]:
    """Name the keys that were given a value: one of them that is missing now has been refused."""
    return [name for name in fields.keys if fields.gives(name)]


def _places(fields: Fields) -> tuple[Any, ...]:
    given = fields.get("zone")
    if given is None:
        return (compile_formula("profile.traits.timezone"), *_WORDS)
    return tuple(one.value for one in given)


def _strictest(region: str) -> tuple[ZoneInfo, ...]:
    return zones_of_country(region) or (utc(),)
