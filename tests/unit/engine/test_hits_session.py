"""The session anchor: activity of one source without a pause of more than 30 minutes, and visits."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hit_marks import HOUR, MINUTE, Told, all_hits, check_against, marks_of, matched_at, moments

from core.engine.formula import compile_formula
from core.engine.hits import event_id_of, expression, hits, horizon, is_asked, limit, needed, short_of
from core.engine.when import SessionAnchor

GAP = 30 * MINUTE
LONG = SessionAnchor(longer_than=3 * MINUTE)
VISITS = SessionAnchor(visits=3, within=24 * HOUR)


def active(at: int, **more: object) -> Told:
    """Tell an activity."""
    return replace(Told("Seen", at, kind="page"), **more)


def test_exactly_longer_than_does_not_match_and_a_millisecond_more_does() -> None:
    """The first event that lies more than ``longer_than`` behind the first of the session matches, once."""
    times = [0, 3 * MINUTE, 3 * MINUTE + 1, 4 * MINUTE, 20 * MINUTE]
    found = all_hits(LONG, *(active(at) for at in times))
    assert [(hit.mark.seq, hit.seqs) for hit in found] == [(3, (1, 2, 3))]


def test_a_pause_of_exactly_30_minutes_is_the_same_session() -> None:
    """A longer one begins a new session, whose clock begins anew."""
    assert matched_at(LONG, active(0), active(GAP)) == [GAP]
    assert matched_at(LONG, active(0), active(GAP + 1)) == []
    assert matched_at(LONG, active(0), active(GAP), active(2 * GAP + 1), active(3 * GAP)) == [GAP, 3 * GAP]


def test_each_source_has_its_own_sessions() -> None:
    """What another source tells neither lengthens a session nor keeps it alive."""
    other = active(2 * MINUTE, source="app")
    assert matched_at(LONG, active(0), other, active(3 * MINUTE), replace(other, at=5 * MINUTE)) == []
    assert matched_at(LONG, active(0), replace(other, at=20 * MINUTE), active(GAP + 1)) == []


def test_only_activity_makes_a_session() -> None:
    """Identify, group and calls of the API are none; track, page and screen are."""
    for kind, expected in (("track", 1), ("screen", 1), ("identify", 0), ("group", 0), ("trigger", 0)):
        assert len(matched_at(LONG, active(0), active(10 * MINUTE, kind=kind))) == expected


def test_imported_history_belongs_to_the_session_and_gives_no_id() -> None:
    """A session that began in it goes on; its marks carry no event id."""
    events = [active(0, quiet=True), active(4 * MINUTE)]
    assert matched_at(LONG, *events) == [4 * MINUTE]
    assert [event_id_of(LONG, mark) for mark in marks_of(LONG, events)] == ["", "e2"]


def test_the_first_event_of_each_session_is_a_visit_whatever_its_source() -> None:
    """The visit that fills the window matches; further events of its session do not."""
    events = [
        active(0),
        active(GAP),
        active(40 * MINUTE, source="app"),
        active(2 * GAP + 1),
        active(2 * GAP + 2),
    ]
    found = all_hits(VISITS, *events)
    assert [(hit.mark.seq, hit.seqs, hit.saw) for hit in found] == [(4, (1, 3, 4), 3)]


def test_the_window_of_visits_includes_its_far_edge() -> None:
    """A visit exactly ``within`` back counts, one a millisecond earlier does not."""
    for late, expected in ((0, 1), (1, 0)):
        times = [0, 10 * HOUR, 24 * HOUR + late]
        assert len(matched_at(VISITS, *(active(at) for at in times))) == expected


def test_a_session_that_reaches_into_the_window_is_a_visit_only_where_it_began() -> None:
    """Its later events are none, even as the first in the window."""
    begins_outside = [active(0), active(GAP), active(10 * HOUR), active(24 * HOUR + MINUTE)]
    assert matched_at(VISITS, *begins_outside) == []


def test_visits_match_again_only_after_the_window_fell_below() -> None:
    """A fourth visit in a full window matches nothing."""
    hours = [0, 1, 2, 3, 4, 25, 40, 41, 42]
    assert matched_at(VISITS, *(active(at * HOUR) for at in hours)) == [2 * HOUR, 41 * HOUR]


def test_equal_timestamps_keep_the_order_of_arrival() -> None:
    """Of the first events of two sources at one time the later arrival is the later visit."""
    events = [active(5, seq=2, source="b"), active(5, seq=1, source="a"), active(5, seq=3, source="b")]
    assert [hit.seqs for hit in all_hits(replace(VISITS, visits=2), *events)] == [(1, 2)]


def test_the_key_is_read_from_the_event_that_matches() -> None:
    """As with any anchor that matches at an event."""
    anchor = replace(LONG, key=compile_formula("properties.shop"))
    events = [active(0, properties={"shop": "a"}), active(4 * MINUTE, properties={"shop": "b"})]
    assert [hit.key for hit in all_hits(anchor, *events)] == ["b"]


def test_what_the_anchor_says_of_itself() -> None:
    """No event that does not match deserves a reason."""
    assert (expression(LONG), needed(LONG)) == ("session longer than 3m", "more than 3m")
    assert (expression(VISITS), needed(VISITS)) == ("visits within 1d", 3)
    assert (horizon(LONG), horizon(VISITS)) == (24 * HOUR + 3 * MINUTE, 24 * HOUR + GAP)
    assert (limit(LONG), is_asked(LONG, "Seen"), short_of(LONG, marks_of(LONG, [active(0)]), 0)) == (
        300,
        False,
        None,
    )
    assert all_hits(LONG, active(0), active(4 * MINUTE))[0].saw == "for 4m"
    assert hits(VISITS, [], 0) == []


def naive(anchor: SessionAnchor, events: list[Told]) -> list[tuple[int, str, tuple[int, ...]]]:
    """Cut each source's events into sessions, and look at these."""
    sessions: list[list[Told]] = []
    for source in ("segment", "app"):
        last = None
        for event in [one for one in events if one.source == source]:
            if last is None or event.at - last.at > GAP:
                sessions.append([])
            sessions[-1].append(event)
            last = event
    if not anchor.visits:
        found = []
        for session in sessions:
            long = [one for one in session if one.at - session[0].at > anchor.longer_than][:1]
            found += [(one.seq, "", tuple(s.seq for s in session[: session.index(one) + 1])) for one in long]
        return sorted(found)
    visits = sorted((session[0].at, session[0].seq) for session in sessions)
    found = []
    for place, (at, seq) in enumerate(visits):
        window = [visit for visit in visits[: place + 1] if visit[0] >= at - anchor.within]
        if len(window) >= anchor.visits > len(window) - 1:
            found.append((seq, "", tuple(visit[1] for visit in window)))
    return found


@pytest.mark.parametrize("seed", range(300))
def test_sessions_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    steps = (0, 1, MINUTE, 15 * MINUTE, GAP, GAP + 1)
    events = [
        active(at, seq=seq, source=random.choice(["segment", "segment", "app"]), quiet=random.random() < 0.1)
        for seq, at in enumerate(moments(random, 16, steps), 1)
    ]
    anchor = SessionAnchor(longer_than=random.choice([MINUTE, GAP, GAP + 1, 75 * MINUTE]))
    if random.random() < 0.5:
        anchor = SessionAnchor(visits=random.randint(1, 3), within=random.choice([GAP + 1, 2 * GAP, 4 * GAP]))
    check_against(anchor, events, naive(anchor, events))
