"""What must have come up in a run of random stories; one that never meets a boundary proves nothing about it."""

from __future__ import annotations

BOUNDARIES = (
    "merge",
    "late event",
    "equal timestamps",
    "cancelled exactly at due",
    "timer exactly at the limit",
    "exactly at the window's edge",
    "exactly cooldown later",
    "exactly a cap's window apart",
    "exactly valid_for later",
    "already running",
    "step behind a wait",
    "step refused",
    "journey ended by an exit",
    "late firing",
    "false positive",
    "timer of one below the other's horizon",
    "two journeys of one key",
    "fired",
    "suppressed",
    "not_met",
)

_ANCHORS = (
    "event",
    "changed",
    "count",
    "sequence",
    "absence",
    "inactive",
    "session",
    "dwell",
    "enters",
    "leaves",
    "score",
    "date",
)

_LEAVES = ("Counted", "Member", "Scored", "Agreed", "Idle")

WIDE_BOUNDARIES = (
    *BOUNDARIES,
    *(f"{anchor} {outcome}" for anchor in _ANCHORS for outcome in ("fired", "suppressed", "not_met")),
    *(f"{anchor} matched by a late event" for anchor in ("changed", "count", "sequence", "session", "dwell")),
    *(
        f"{anchor} fired wrongly"
        for anchor in ("changed", "count", "sequence", "absence", "inactive", "session", "dwell")
    ),
    "imported event",
    "rule published",
    "changed to another value",
    "count distinct exactly reached",
    "count of a trigger's matches reached",
    "trigger count lost by a late event",
    "late match of an event that is not kept",
    "sequence first step exactly within",
    "sequence broken by another event",
    "sequence broken by unless",
    "active again exactly at due",
    "visit gap exactly 30 minutes",
    "visits of two sources reached",
    "session exactly as long",
    "stay exactly as long",
    "heartbeat gap exactly 30 minutes",
    "heartbeat begins a stay anew",
    "lost leave",
    "measured anew after an earlier stay",
    *(f"{way} by {cause}" for way in ("enters", "leaves") for cause in ("an event", "time alone")),
    "score by an event",
    "score by time alone",
    "score re-armed",
    "score between its bounds",
    "state changed by a late event",
    "state changed in silence",
    "enters after a merge in silence",
    "date moved",
    "date exactly at its event",
    "date that lies before its event",
    "two people with one date",
    "date moved by a merge",
    "condition's window edge",
    "count asked of an earlier window",
    *(
        f"{leaf} asked: {answer}"
        for leaf in ("Counted", "Member", "Scored", "Agreed", "Idle")
        for answer in (True, False)
    ),
    "Idle asked: None",
    "Scored asked: None",
    "Test asked: None",
    "day's cap reached",
    "week's cap reached",
    "next day less than 24 hours later",
)
