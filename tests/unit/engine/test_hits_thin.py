"""Long sessions and stays keep few marks, and match as if they kept all."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hit_marks import HOUR, MINUTE, SECOND, Told, marks_of, moments

from core.engine.formula import compile_formula
from core.engine.hits import hits, kept, limit
from core.engine.hits.thin import thinned
from core.engine.profile import MARKS_LIMIT, Mark
from core.engine.when import CountAnchor, DwellAnchor, MarkAnchor, Pattern, SessionAnchor

GAP = 30 * MINUTE
ENTER, LEAVE, BEAT = "Page Viewed", "Page Left", "Page Heartbeat"
LONG, STAY = SessionAnchor(longer_than=HOUR), DwellAnchor(HOUR)


def in_order(anchor: MarkAnchor, marks: list[Mark]) -> list[int]:
    """Take one mark after the other, within the bound; give the arrival numbers of those that match."""
    held: list[Mark] = []
    found = []
    for mark in marks:
        held = kept(anchor, [*held, mark])
        assert len(held) <= limit(anchor)
        found += [hit.mark.seq for hit in hits(anchor, held, len(held) - 1)]
    return found


@pytest.mark.parametrize("anchor", [LONG, STAY])
def test_a_thousand_heartbeats_before_the_hour_do_not_hide_it(anchor: MarkAnchor) -> None:
    """The session or stay matches at the right event, and once."""
    beats = [Told(BEAT, at * 3 * SECOND, at + 1, {"path": "/a"}) for at in range(1, 2_000)]
    marks = marks_of(anchor, [Told(ENTER, 0, 1, {"path": "/a"}), *beats])
    assert in_order(anchor, marks) == [1_202]


def test_visits_of_long_sessions_are_all_remembered() -> None:
    """What happens inside a session takes no visit's place."""
    anchor = SessionAnchor(visits=4, within=24 * HOUR)
    events = [
        Told("Seen", visit * HOUR + at * SECOND, visit * 1_000 + at + 1)
        for visit in range(5)
        for at in range(600)
    ]
    assert in_order(anchor, marks_of(anchor, events)) == [3_001]


def test_what_cannot_be_thinned_loses_the_oldest() -> None:
    """Other anchors keep the last of their marks, and visits far apart too."""
    count = CountAnchor((Pattern("Seen"),), 3, HOUR)
    many = [Mark(at, at, [""]) for at in range(MARKS_LIMIT + 1)]
    assert kept(count, many) == many[1:]
    assert kept(count, many[1:]) == many[1:]
    visits = SessionAnchor(visits=3, within=HOUR)
    apart = [Mark(at * HOUR, at, ["", "", "web"]) for at in range(301)]
    assert kept(visits, apart) == apart[-270:]
    timed = replace(STAY, seconds=compile_formula("properties.seconds"))
    assert thinned(timed, apart) == apart


@pytest.mark.parametrize("seed", range(300))
def test_thinned_marks_match_as_all_of_them_do(seed: int) -> None:
    """Thin after each event of random stories: what follows is judged alike."""
    random = Random(seed)
    steps = (0, 1, MINUTE, 2 * MINUTE, 10 * MINUTE, GAP - MINUTE, GAP, GAP + 1)
    events = [
        Told(
            random.choice([ENTER, LEAVE, BEAT, BEAT, BEAT, BEAT]),
            at,
            seq,
            {"path": path} if (path := random.choice(["/a", "/a", "/a", "/b", ""])) else {},
            source=random.choice(["segment", "segment", "segment", "app"]),
        )
        for seq, at in enumerate(moments(random, 24, steps), 1)
    ]
    length = random.choice([0, MINUTE, 20 * MINUTE, GAP, HOUR])
    for anchor in (
        SessionAnchor(longer_than=length),
        SessionAnchor(visits=2, within=HOUR),
        DwellAnchor(length),
    ):
        marks = marks_of(anchor, events)
        held: list[Mark] = []
        found = []
        for mark in marks:
            held = thinned(anchor, [*held, mark])
            found += hits(anchor, held, len(held) - 1)
        expected = hits(anchor, marks, 0)
        assert [hit[:2] for hit in found] == [hit[:2] for hit in expected]
        assert [hit.saw for hit in found] == [hit.saw for hit in expected]
        assert [hit[:2] for hit in hits(anchor, held, 0)] == [hit[:2] for hit in expected]
