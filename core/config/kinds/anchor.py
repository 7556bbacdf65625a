"""``when:`` of a trigger: what happens."""

from __future__ import annotations

from typing import Any

from core.config.kinds.expression import WHERE, EventPatterns, FormulaText
from core.config.nearest import did_you_mean
from core.config.node import Mapping, Node, Scalar
from core.config.schema import (
    BAD,
    Duration,
    Fields,
    Integer,
    JsonSchema,
    Key,
    Parts,
    Reading,
    Record,
    Shape,
    Truth,
    any_of,
    later,
)
from core.engine.formula import Formula, compile_formula
from core.engine.profile import MARKS_LIMIT
from core.engine.rule import AbsenceAnchor, ApiAnchor, CountAnchor, EventAnchor, Pattern

_KEY = Key(FormulaText(), "what tells one case of a person from another, such as =properties.cart_id")

_EVENT = Record(
    "an event anchor",
    {
        "event": Key(EventPatterns(), "the event's name, or a list", required=True),
        "where": WHERE,
        "key": _KEY,
        "not_followed_by": Key(EventPatterns(), "events whose absence fires"),
        "within": Key(Duration(), "how long they are awaited"),
        "restart": Key(Truth(), "whether each further event starts the time again", default=False),
        "sum": Key(FormulaText(), "what is added up over the case"),
        "less": Key(EventPatterns(), "events that take a product out of the case", default=()),
        "changed": later("fires when a value changes"),
        "to": later("fires when a value becomes this one"),
    },
)

_COUNT = Record(
    "a count",
    {
        "event": Key(EventPatterns(), "the event's name, or a list", required=True),
        "where": WHERE,
        "at_least": Key(Integer(least=1, most=MARKS_LIMIT), "how many events", required=True),
        "within": Key(Duration(), "the length of the rolling window", required=True),
        "key": _KEY,
        "distinct": later("counts different values"),
        "same": later("counts equal values"),
        "trigger": later("counts what another trigger's anchor matched"),
    },
)

_COUNTED = Record("a count anchor", {"count": Key(_COUNT, "events in a window", required=True), "key": _KEY})

_LATER = ["sequence", "inactive_for", "dwell", "session", "visits", "enters", "leaves", "score", "date"]

#: Keys that only make sense while something is awaited.
_ABSENCE_ONLY = ("within", "restart", "sum", "less")


class AnchorShape(Shape):
    """One of the anchors."""

    says = "an anchor: event, count, or the word api"

    def check(self, node: Node, reading: Reading) -> Any:
        """Build the anchor that the first telling key names."""
        if isinstance(node, Scalar) and node.text == "api":
            return ApiAnchor()
        if not isinstance(node, Mapping):
            near = did_you_mean(node.text, ["api"]) if isinstance(node, Scalar) else ""
            hint = near if near.startswith("did") else "write `event: NAME` under it"
            return self.refuse(node, reading, hint)
        keys = {key.text: key for key, _ in node.entries}
        for name in _LATER:
            if name in keys:
                return reading.unavailable(keys[name].mark, name)
        if "count" in keys:
            return _count(_COUNTED.read(node, reading), reading)
        if "event" in keys:
            return _event(_EVENT.read(node, reading), reading)
        return self.refuse_keys(node, reading)

    def refuse_keys(self, node: Mapping, reading: Reading) -> Any:
        """Say what an anchor without a telling key lacks."""
        known = [*_EVENT.usable(), "count"]
        unknown = [key for key, _ in node.entries if key.text not in known]
        for key in unknown:
            reading.error(key.mark, f"unknown key `{key.text[:60]}`", did_you_mean(key.text, known))
        if not unknown:
            return reading.error(node.mark, "an anchor needs `event` or `count`", "add `event: NAME`")
        return BAD

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe each anchor; what only makes sense while something is awaited needs it."""
        waiting = {name: ["not_followed_by"] for name in _ABSENCE_ONLY} | {"not_followed_by": ["within"]}
        event = {**_EVENT.schema(parts), "dependentRequired": waiting}
        return any_of({"const": "api"}, event, _COUNTED.schema(parts))


def _event(fields: Any, reading: Reading) -> Any:
    if not isinstance(fields, Fields) or "event" not in fields:
        return BAD
    patterns = _narrowed(fields.get("event"), fields.get("where"))
    if fields.is_written("not_followed_by"):
        return _absence(patterns, fields, reading)
    for name in _ABSENCE_ONLY:
        if name in fields:
            reading.error(fields.place(name), f"`{name}` needs `not_followed_by`", "add it, or use `count`")
    return EventAnchor(patterns, key=fields.get("key"))


def _absence(patterns: tuple[Pattern, ...], fields: Fields, reading: Reading) -> Any:
    if not fields.is_written("within"):
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


def _count(fields: Any, reading: Reading) -> Any:
    if not isinstance(fields, Fields) or "count" not in fields:
        return BAD
    count: Fields = fields.get("count")
    if "key" in fields and "key" in count:
        reading.error(count.place("key"), "`key` stands here twice", "keep one of them")
    if not all(name in count for name in ("event", "at_least", "within")):
        return BAD
    return CountAnchor(
        _narrowed(count.get("event"), count.get("where")),
        at_least=count.get("at_least"),
        within=count.get("within"),
        key=count.get("key") or fields.get("key"),
    )


def _narrowed(patterns: tuple[Pattern, ...], where: Formula | None) -> tuple[Pattern, ...]:
    """Let the anchor's own ``where`` hold for each event, beside the event's."""
    if where is None:
        return patterns
    return tuple(
        Pattern(one.name, where if one.where is None else _both(one.where, where)) for one in patterns
    )


def _both(left: Formula | None, right: Formula) -> Formula:
    if left is None:
        return right
    return compile_formula(f"({left.text}) && ({right.text})")
