"""Small stories of what a person is: segments, scores and dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from reference.rules import Counted, Idle, Measures, Member, Named, Question, Tree
from reference.small import Told, actions_of, came, fires, looked, rule
from reference.timelines import START, Arrival, more, tier

ADDS = (Named("Add"),)
LATER = looked(500)
TWO_ADDS = Counted(ADDS, within=30, at_least=2)
ENTERS, LEAVES = (rule(way, names=(), segment="s") for way in ("enters", "leaves"))


def add(at: int, event_id: str, **given: Any) -> Arrival:
    """Let an ``Add`` arrive."""
    return came(at, "Add", id=event_id, **given)


def said(at: int, event_id: str, **given: Any) -> Arrival:
    """Let an identify call say something of the person."""
    traits = {
        name: given.pop(name) for name in ("tier", "points", "ends", "timezone", "country") if name in given
    }
    return came(at, "Identified", id=event_id, traits=traits, **given)


def day(at: int) -> str:
    """Write a time from the start as a date of the profile."""
    return datetime.fromtimestamp((START + at) / 1_000, UTC).isoformat(timespec="milliseconds")


def being(question: Question, **others: Question) -> Measures:
    """Make a segment ``s`` behind others."""
    return Measures(segments={**others, "s": question})


SEGMENTS = [
    fires(
        "segment: who enters does so at the event that changes it",
        ENTERS,
        [add(10, "a"), add(40, "b"), add(41, "c")],
        "b",
        40,
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: the first event leaves the window a millisecond behind it, and no event is needed to leave",
        LEAVES,
        [add(10, "a"), add(40, "b"), looked(41), looked(42)],
        "",
        41,
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: what time changed is judged before an event that comes later, in order",
        LEAVES,
        [add(10, "a"), add(40, "b"), add(60, "c"), add(300, "d")],
        "",
        41,
        "",
        71,
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: an earlier window is entered when an event grows old enough",
        ENTERS,
        [add(10, "a"), looked(500)],
        "",
        30,
        measures=being(Counted(ADDS, within=30, ago=20, at_least=1)),
    ),
    fires(
        "segment: an event leaves an earlier window that much later",
        LEAVES,
        [add(10, "a"), looked(500)],
        "",
        61,
        measures=being(Counted(ADDS, within=30, ago=20, at_least=1)),
    ),
    fires(
        "segment: inactivity holds from exactly that long after the last activity on",
        ENTERS,
        [add(10, "a"), came(20, "Identified"), looked(41)],
        "",
        40,
        measures=being(Idle(30)),
    ),
    fires(
        "segment: without any activity inactivity is unknown, and unknown does not hold, nor its contrary",
        ENTERS,
        [came(10, "Identified"), looked(500)],
        measures=being(Tree("not", (Idle(30),))),
    ),
    fires(
        "segment: lateness delays none of this",
        LEAVES,
        [add(10, "a", lateness=1_000), looked(42)],
        "",
        41,
        measures=being(Counted(ADDS, within=30, at_least=1)),
    ),
    fires(
        "segment: a late event counts, as of the latest moment",
        ENTERS,
        [add(10, "a"), came(30, "View"), add(5, "b", now=31)],
        "b",
        30,
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: what a late event would have made to come and go long ago is not made up for",
        ENTERS,
        [add(10, "a"), came(90, "View"), add(5, "b", now=91), looked(500)],
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: one may ask for another, and both change at one event",
        ENTERS,
        [said(10, "a", tier="gold"), said(20, "b", tier="silver"), said(30, "c", tier="gold")],
        "a",
        10,
        "c",
        30,
        measures=being(Member("gold"), gold=tier("gold")),
    ),
    fires(
        "segment: the joined history makes a member of two people in silence",
        ENTERS,
        [add(10, "a"), add(20, "b", person="q"), came(25, "View", joins="q"), add(26, "c"), looked(500)],
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: who was made a member in silence leaves aloud",
        LEAVES,
        [add(10, "a"), add(20, "b", person="q"), came(25, "View", joins="q"), looked(500)],
        "",
        41,
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: imported history changes it in silence",
        ENTERS,
        [add(10, "a", quiet=True), add(20, "b", quiet=True), add(30, "c")],
        measures=being(TWO_ADDS),
    ),
    fires(
        "segment: a trigger's matches are counted at their own time, whatever became of them",
        ENTERS,
        [add(10, "a"), looked(500)],
        "",
        30,
        measures=being(Counted((Named("carts", is_trigger=True),), within=100, at_least=1)),
        below=(rule("absence", name="carts", within=20, cancels=(Named("Buy"),), only_if=more("x", 1)),),
    ),
]

SCORE: dict[str, Any] = {"names": (), "score": "churn", "above": 2.0, "reset_below": 1.0}
POINTS = Measures(scores={"churn": "points"})
SCORES = [
    fires(
        "score: it must be more than above, and less than reset_below before it can come up again",
        rule("score", **SCORE),
        [
            said(10, "a", points=2.0),
            said(20, "b", points=2.5),
            said(30, "c", points=1.0),
            said(40, "d", points=3.0),
            said(50, "e", points=0.5),
            said(60, "f", points=3.0),
        ],
        "b",
        20,
        "f",
        60,
        measures=POINTS,
    ),
    fires(
        "score: an unknown one changes nothing",
        rule("score", **SCORE),
        [said(10, "a", points=3.0), said(20, "b", points="none"), said(30, "c", points=3.0)],
        "a",
        10,
        measures=POINTS,
    ),
    fires(
        "score: imported history takes it up in silence",
        rule("score", **SCORE),
        [said(10, "a", points=3.0, quiet=True), said(20, "b", points=3.0), said(30, "c", points=0.0)],
        measures=POINTS,
    ),
]

ENDS: dict[str, Any] = {"names": (), "trait": "ends"}
HOUR = 3_600_000
BERLIN = {"timezone": "Europe/Berlin"}
#: The start is the 14th of November 2023, 22:13:20 UTC; midnight in Berlin is 46 minutes and 40 seconds away.
MIDNIGHT = 46 * 60_000 + 40_000
DATES = [
    fires(
        "date: it fires at its time, by the event that brought it, once",
        rule("date", **ENDS),
        [
            said(10, "a", ends=day(50)),
            said(20, "b", ends=day(50)),
            looked(51),
            said(60, "c", ends=day(50)),
            looked(500),
        ],
        "a",
        50,
    ),
    fires(
        "date: it may be moved ahead or back, and follows its value",
        rule("date", offset=-20, **ENDS),
        [said(10, "a", ends=day(50)), said(20, "b", ends=day(90)), looked(500)],
        "b",
        70,
    ),
    fires(
        "date: one that lies before the event that brought it arms nothing, one exactly at it does",
        rule("date", **ENDS),
        [said(10, "a", ends=day(9)), looked(15), said(20, "b", ends=day(20)), looked(500)],
        "b",
        20,
    ),
    fires(
        "date: without a time of day it is midnight in the person's zone",
        rule("date", **ENDS),
        [said(10, "a", ends="2023-11-15", **BERLIN), looked(24 * HOUR)],
        "a",
        MIDNIGHT,
    ),
    fires(
        "date: it moves with the zone; what is not understood, and a country of many zones, are passed over",
        rule("date", **ENDS),
        [
            said(10, "a", ends="2023-11-15", **BERLIN),
            said(20, "b", timezone="Mars/Base"),
            said(30, "c", country="US"),
            looked(48 * HOUR),
        ],
        "b",
        MIDNIGHT + HOUR,
    ),
    fires(
        "date: a country of one zone stands in",
        rule("date", **ENDS),
        [said(10, "a", ends="2023-11-16", country="JP"), looked(48 * HOUR)],
        "a",
        MIDNIGHT + 16 * HOUR,
    ),
    fires(
        "date: imported history arms none, and the same one said again later changes nothing",
        rule("date", **ENDS),
        [said(10, "a", ends=day(50), quiet=True), said(20, "b", ends=day(50)), looked(500)],
    ),
    fires(
        "date: of two people joined the one stays that the later event brought",
        rule("date", **ENDS),
        [
            said(10, "a", ends=day(50)),
            said(20, "b", ends=day(50), person="q"),
            came(30, "View", joins="q"),
            looked(500),
        ],
        "b",
        50,
    ),
]

STORIES = [*SEGMENTS, *SCORES, *DATES]


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_what_a_person_becomes_matches_as_the_page_says(told: Told, side: str) -> None:
    """Fire exactly at the promised moments."""
    assert actions_of(told, side) == told.actions
