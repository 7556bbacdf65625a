"""Anchors that look back from an event: counts, sequences, stays on a page, and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.config.kinds.anchor_event import KEY
from core.config.kinds.expression import FormulaText
from core.config.kinds.pattern import WHERE, EventNames, EventPatterns, counted, counted_patterns
from core.config.node import Node, Sequence
from core.config.schema import (
    BAD,
    Duration,
    Fields,
    Integer,
    JsonSchema,
    Key,
    ListOf,
    Parts,
    Reading,
    Record,
    Shape,
    Truth,
    one_of_keys,
)
from core.engine.profile import MARKS_LIMIT
from core.engine.rule import CountAnchor, DwellAnchor, SequenceAnchor, SessionAnchor

#: Sessions are told from the last few hundred events of a person.
_MOST_VISITS = 100

_SAME = "a value that all of them share; it is the key where none is given"

_COUNT = Record(
    "a count",
    {
        **counted(WHERE),
        "at_least": Key(Integer(least=1, most=MARKS_LIMIT - 1), "how many events", required=True),
        "within": Key(Duration(), "the length of the rolling window", required=True),
        "key": KEY,
        "distinct": Key(FormulaText(), "counts different values of this, not events"),
        "same": Key(FormulaText(), _SAME),
    },
    form="count: {event: NAME, at_least: 3, within: 10m}",
    rules={"allOf": [one_of_keys("event", "trigger")]},
)

COUNTED = Record("a count anchor", {"count": Key(_COUNT, "events in a window", required=True), "key": KEY})


@dataclass(frozen=True)
class _Steps(Shape):
    """The steps of a sequence, each an event or several of which one is enough."""

    says: str = "a list of steps"

    def check(self, node: Node, reading: Reading) -> Any:
        """Check each step; one alone is no sequence."""
        if isinstance(node, Sequence) and len(node.items) == 1:
            return reading.error(
                node.mark, "a sequence has two steps or more", "for one event write `event: NAME`"
            )
        found = ListOf(EventPatterns(), self.says, empty=False).read(node, reading)
        return BAD if found is BAD else tuple(one.value for one in found)

    def schema(self, parts: Parts) -> JsonSchema:
        """Describe a list of at least two."""
        return {"type": "array", "items": EventPatterns().schema(parts), "minItems": 2}


SEQUENCE = Record(
    "a sequence",
    {
        "sequence": Key(_Steps(), "events that come one after the other", required=True),
        "within": Key(Duration(), "how long it may take from the first to the last", required=True),
        "strict": Key(Truth(), "whether no other track event may lie between two steps", default=False),
        "same": Key(FormulaText(), _SAME),
        "unless": Key(EventPatterns(), "events that break it", default=()),
        "key": KEY,
    },
)

_DWELL = Record(
    "a stay",
    {
        "longer_than": Key(Duration(), "how long the stay must be", required=True),
        "where": Key(FormulaText(asks=True), "a formula over the event that enters the page"),
        "seconds": Key(FormulaText(), "the time in seconds, for pages that measure themselves"),
        "enter": Key(EventNames(), "the events that enter a page"),
        "leave": Key(EventNames(), "the events that leave it"),
        "heartbeat": Key(EventNames(), "the events that tell that one is still there"),
        "key": KEY,
    },
    form="dwell: {longer_than: 3m}",
)

DWELT = Record("a dwell anchor", {"dwell": Key(_DWELL, "a stay on a page", required=True), "key": KEY})

_SESSION = Record(
    "a session",
    {
        "longer_than": Key(Duration(), "fires once a session is longer than this"),
        "visits": Key(Integer(least=1, most=_MOST_VISITS), "fires at this many sessions"),
        "within": Key(Duration(), "the rolling window of the visits"),
        "key": KEY,
    },
    form="session: {longer_than: 3m}",
    rules={
        "allOf": [one_of_keys("longer_than", "visits")],
        "dependentRequired": {"visits": ["within"], "within": ["visits"]},
    },
)

VISITED = Record(
    "a session anchor",
    {"session": Key(_SESSION, "the length of a session, or the number of visits", required=True), "key": KEY},
)


def inside(fields: Fields, name: str, reading: Reading) -> Fields | None:
    """Give the mapping under an anchor's own key; a `key` that stands in both is refused."""
    inner: Fields | None = fields.get(name)
    if inner is not None and "key" in fields and "key" in inner:
        reading.error(inner.place("key"), "`key` stands here twice", "keep one of them")
    return inner


def build_count(fields: Fields, reading: Reading) -> Any:
    """Build a count over events, or over what other triggers matched."""
    count = inside(fields, "count", reading)
    patterns = counted_patterns(count, reading) if count else None
    if count is None or patterns is None or not all(name in count for name in ("at_least", "within")):
        return BAD
    return CountAnchor(
        patterns,
        at_least=count.get("at_least"),
        within=count.get("within"),
        key=count.get("key") or fields.get("key"),
        distinct=count.get("distinct"),
        same=count.get("same"),
    )


def build_sequence(fields: Fields, reading: Reading) -> Any:
    """Build a sequence."""
    if not all(name in fields for name in ("sequence", "within")):
        return BAD
    return SequenceAnchor(
        fields.get("sequence"),
        within=fields.get("within"),
        strict=fields.get("strict"),
        same=fields.get("same"),
        unless=fields.get("unless"),
        key=fields.get("key"),
    )


def build_dwell(fields: Fields, reading: Reading) -> Any:
    """Build a stay; the usual names of a page's events hold where none are given, null takes them away."""
    stay = inside(fields, "dwell", reading)
    if stay is None or "longer_than" not in stay:
        return BAD
    parts = {"enter": "enter", "leave": "leave", "heartbeat": "beat"}
    names = {part: stay.get(key) for key, part in parts.items() if key in stay}
    names |= {part: () for key, part in parts.items() if stay.is_off(key) and key != "enter"}
    anchor = DwellAnchor(
        stay.get("longer_than"),
        where=stay.get("where"),
        seconds=stay.get("seconds"),
        key=stay.get("key") or fields.get("key"),
        **names,
    )
    twice = {*anchor.enter} & {*anchor.leave, *anchor.beat} | {*anchor.leave} & {*anchor.beat}
    if twice:
        message = f"`{min(twice)}` cannot enter a page and leave it, or be its heartbeat too"
        return reading.error(stay.mark, message, "give each event one of the three parts")
    return anchor


def build_session(fields: Fields, reading: Reading) -> Any:
    """Build a session: either its length, or the number of visits in a window."""
    session = inside(fields, "session", reading)
    if session is None:
        return BAD
    is_long, is_often = session.gives("longer_than"), session.gives("visits")
    if is_long == is_often:
        what = "has `longer_than` or `visits`, not both" if is_long else "needs `longer_than` or `visits`"
        hint = "keep one of them" if is_long else "add `longer_than: 3m`"
        return reading.error(session.mark, f"a session {what}", hint)
    if session.gives("within") != is_often:
        place, (one, other) = (
            (session.place("visits"), ("visits", "within"))
            if is_often
            else (session.place("within"), ("within", "visits"))
        )
        hint = "add `within: 24h`" if is_often else "leave it out, or write `visits`"
        return reading.error(place, f"`{one}` needs `{other}`", hint)
    key = session.get("key") or fields.get("key")
    if is_long:
        return SessionAnchor(longer_than=session.get("longer_than") or 0, key=key)
    return SessionAnchor(visits=session.get("visits") or 0, within=session.get("within") or 0, key=key)
