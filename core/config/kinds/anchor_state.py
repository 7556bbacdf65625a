"""Anchors that follow a person's state: activity, segments, scores and dates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.config.kinds.anchor_event import KEY
from core.config.kinds.anchor_marks import inside
from core.config.kinds.expression import OF_THE_EVENT, FormulaText
from core.config.kinds.fact import SCORE, SEGMENT
from core.config.schema import BAD, Duration, Fields, Key, Number, Reading, Record
from core.engine.formula.lexer import tokens
from core.engine.rule import DateAnchor, InactiveAnchor, ScoreAnchor, SegmentAnchor

INACTIVE = Record(
    "an inactivity anchor",
    {"inactive_for": Key(Duration(), "fires this long after the last activity", required=True), "key": KEY},
)

_SEGMENT = replace(SEGMENT, several="name one segment, and write a trigger for each")

ENTERS = Record(
    "a segment anchor",
    {"enters": Key(_SEGMENT, "fires when the person comes into this segment", required=True), "key": KEY},
)

LEAVES = Record(
    "a segment anchor",
    {"leaves": Key(_SEGMENT, "fires when the person leaves this segment", required=True), "key": KEY},
)

_SCORE = Record(
    "a score",
    {
        "name": Key(SCORE, "the score: one of profile.yaml, or a trait of that name", required=True),
        "above": Key(Number(), "fires when it comes to be more than this", required=True),
        "reset_below": Key(Number(), "it must fall below this before it fires again; without it `above`"),
        "key": KEY,
    },
    form="score: {name: NAME, above: 0.7}",
)

SCORED = Record("a score anchor", {"score": Key(_SCORE, "a score that rises", required=True), "key": KEY})

_OF_PROFILE = "a date is a formula over the profile, such as =profile.traits.trial_ends_at"

_DATE = FormulaText(
    "a formula for a date of the profile, which starts with =",
    withheld=(*OF_THE_EVENT, "now"),
    timely="read a date of the profile, such as =profile.traits.trial_ends_at",
    instead=_OF_PROFILE,
)

DATE = Record(
    "a date anchor",
    {
        "date": Key(_DATE, "a date of the profile; the timer follows it", required=True),
        "plus": Key(Duration(zero=True), "fires this long after it", default=0),
        "minus": Key(Duration(zero=True), "fires this long before it", default=0),
        "key": KEY,
    },
    rules={"not": {"required": ["plus", "minus"]}},
)


def build_inactive(fields: Fields, reading: Reading) -> Any:
    """Build inactivity."""
    length = fields.get("inactive_for")
    return BAD if length is None else InactiveAnchor(length, key=fields.get("key"))


def build_enters(fields: Fields, reading: Reading) -> Any:
    """Build the entering of a segment."""
    name = fields.get("enters")
    return BAD if name is None else SegmentAnchor(name, enters=True, key=fields.get("key"))


def build_leaves(fields: Fields, reading: Reading) -> Any:
    """Build the leaving of a segment."""
    name = fields.get("leaves")
    return BAD if name is None else SegmentAnchor(name, enters=False, key=fields.get("key"))


def build_score(fields: Fields, reading: Reading) -> Any:
    """Build a score that rises; it resets where it fired, unless another bound is given."""
    score = inside(fields, "score", reading)
    if score is None or "name" not in score or "above" not in score:
        return BAD
    above, reset = score.get("above"), score.get("reset_below")
    reset = above if reset is None else reset
    if reset > above:
        hint = f"write {above:g} or less"
        return reading.error(
            score.value_place("reset_below"), f"`reset_below` lies above `above`, {above:g}", hint
        )
    return ScoreAnchor(score.get("name"), above, reset, key=score.get("key") or fields.get("key"))


def build_date(fields: Fields, reading: Reading) -> Any:
    """Build a date, moved to one side or to none."""
    if "plus" in fields and "minus" in fields:
        return reading.error(fields.place("minus"), "`plus` and `minus` stand here both", "keep one of them")
    if "date" not in fields:
        return BAD
    if not any(token.text == "profile" for token in tokens(fields.get("date").text)):
        reading.warn(fields.value_place("date"), "this date reads nothing of the profile", _OF_PROFILE)
    return DateAnchor(fields.get("date"), fields.get("plus") - fields.get("minus"), key=fields.get("key"))
