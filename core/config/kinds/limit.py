"""``limits:`` of a trigger: how often it may fire for one person."""

from __future__ import annotations

from core.config.kinds.window import Window
from core.config.schema import Choice, Duration, Either, Fields, Integer, Key, ListOf, Record, Truth
from core.engine.profile import FIRINGS_LIMIT
from core.engine.rule import Cap, Debounce, Limits

_CAP = Record(
    "a cap",
    {
        # A profile keeps its last firings; a cap beyond them could never be reached.
        "times": Key(Integer(least=1, most=FIRINGS_LIMIT - 1), "how often at most", required=True),
        "per": Key(Window(), "in any window of this length, or each day or week", required=True),
    },
)

_DEBOUNCE = Record(
    "a debounce",
    {
        "for": Key(
            Duration(), "matches that follow each other by less than this are one burst", required=True
        ),
        "edge": Key(
            Choice(("leading", "trailing")),
            "which match of a burst counts, its first or last",
            default="leading",
        ),
    },
    form="debounce: {for: 10s}",
)

LIMITS = Record(
    "limits",
    {
        "cooldown": Key(Duration(zero=True), "the least time between two firings", default=0),
        "cap": Key(
            Either("{times, per}, or a list of them", mapping=_CAP, sequence=ListOf(_CAP)), "at most so often"
        ),
        "once": Key(Truth(), "whether it fires only once for ever", default=False),
        "per": Key(Choice(("key",)), "counts each key apart", default=""),
        "debounce": Key(_DEBOUNCE, "lets a burst count as one"),
    },
)


def build_limits(fields: Fields | None) -> Limits:
    """Build the limits; a trigger without any has none."""
    if fields is None:
        return Limits()
    cap = fields.get("cap")
    caps = [one.value for one in cap] if isinstance(cap, tuple) else [cap] if cap else []
    return Limits(
        cooldown=fields.get("cooldown"),
        caps=tuple(Cap(one.get("times"), one.get("per")) for one in caps if "times" in one and "per" in one),
        once=fields.get("once"),
        per_key=fields.get("per") == "key",
        debounce=_debounce(fields.get("debounce")),
    )


def _debounce(fields: Fields | None) -> Debounce | None:
    if fields is None or "for" not in fields:
        return None
    return Debounce(fields.get("for"), fields.get("edge"))
