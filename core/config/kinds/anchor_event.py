"""Anchors that begin with an event: the event itself, a value that changed in it, or what did not follow it."""

from __future__ import annotations

from typing import Any

from core.config.kinds.expression import FormulaText
from core.config.kinds.pattern import WHERE, EventPatterns, narrowed
from core.config.schema import BAD, Constant, Duration, Fields, Key, OneOrMany, Reading, Record, Truth
from core.engine.rule import AbsenceAnchor, ChangedAnchor, EventAnchor, Pattern

#: Beside each anchor: what is a case of its own.
KEY = Key(FormulaText(), "what tells one case of a person from another, such as =properties.cart_id")

EVENT = Record(
    "an event anchor",
    {
        "event": Key(EventPatterns(), "the event's name, or a list", required=True),
        "where": WHERE,
        "key": KEY,
        "not_followed_by": Key(EventPatterns(), "events whose absence fires"),
        "within": Key(Duration(), "how long they are awaited"),
        "restart": Key(Truth(), "whether each further event starts the time again", default=False),
        "sum": Key(FormulaText(), "what is added up over the case"),
        "less": Key(EventPatterns(), "events that take a product out of the case", default=()),
        "changed": Key(FormulaText(), "a value; fires where it differs from that of the event before"),
        "to": Key(OneOrMany(Constant(), empty=False), "only a change to this value, or to one of these"),
    },
)

#: Keys that only make sense while something is awaited.
_ABSENCE_ONLY = ("within", "restart", "sum", "less")

#: Which keys need which others, for the JSON Schema.
WAITING = {
    **{name: ["not_followed_by"] for name in _ABSENCE_ONLY},
    "not_followed_by": ["within"],
    "to": ["changed"],
}


def build_event(fields: Fields, reading: Reading) -> Any:
    """Build the event anchor that its other keys make of it."""
    if fields.gives("changed") and fields.gives("not_followed_by"):
        hint = "make it two triggers"
        return reading.error(
            fields.place("changed"), "`changed` and `not_followed_by` do not go together", hint
        )
    if "to" in fields and not fields.gives("changed"):
        reading.error(fields.place("to"), "`to` needs `changed`", "add `changed: =properties.NAME`")
    if "event" not in fields:
        return BAD
    patterns = narrowed(fields.get("event"), fields.get("where"))
    if fields.gives("not_followed_by"):
        return _absence(patterns, fields, reading)
    for name in _ABSENCE_ONLY:
        if name in fields:
            reading.error(fields.place(name), f"`{name}` needs `not_followed_by`", "add it, or use `count`")
    if "changed" in fields:
        to = tuple(one.value for one in fields.get("to") or ())
        return ChangedAnchor(patterns, fields.get("changed"), to, key=fields.get("key"))
    return EventAnchor(patterns, key=fields.get("key"))


def _absence(patterns: tuple[Pattern, ...], fields: Fields, reading: Reading) -> Any:
    if not fields.gives("within"):
        reading.error(
            fields.place("not_followed_by"), "`not_followed_by` needs `within`", "add `within: 15m`"
        )
    if "within" not in fields or "not_followed_by" not in fields:
        return BAD
    return AbsenceAnchor(
        patterns,
        not_followed_by=fields.get("not_followed_by"),
        within=fields.get("within"),
        key=fields.get("key"),
        restart=fields.get("restart"),
        sum=fields.get("sum"),
        less=fields.get("less"),
    )
