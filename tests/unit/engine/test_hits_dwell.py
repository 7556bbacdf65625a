"""The dwell anchor: stays on a page, by the events that enter, leave and beat."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hit_marks import HOUR, MINUTE, SECOND, Told, all_hits, check_against, marks_of, matched_at, moments

from core.engine.formula import compile_formula
from core.engine.hits import event_id_of, expression, horizon, is_asked, limit, needed, short_of
from core.engine.when import DwellAnchor

GAP = 30 * MINUTE
ENTER, LEAVE, BEAT = "Page Viewed", "Page Left", "Page Heartbeat"
STAY = DwellAnchor(3 * MINUTE)
GOOD = replace(STAY, where=compile_formula("properties.good == true"))


def on(name: str, at: int, page: str = "/a", **more: Any) -> Told:
    """Tell an event of a page."""
    properties = more.pop("properties", {})
    fields = {"path": page, **properties} if page else properties
    return replace(Told(name, at, properties=fields), **more)


def test_exactly_longer_than_does_not_match_and_a_millisecond_more_does() -> None:
    """A leave, a heartbeat and the next page are judged alike."""
    for name, page in ((LEAVE, "/a"), (BEAT, "/a"), (ENTER, "/b")):
        assert matched_at(STAY, on(ENTER, 0), on(name, 3 * MINUTE, page)) == []
        found = all_hits(STAY, on(ENTER, 0), on(name, 3 * MINUTE + 1, page))
        assert [(hit.seqs, hit.saw) for hit in found] == [((1, 2), {"page": "/a", "seconds": 180.001})]


def test_a_stay_matches_once() -> None:
    """What comes behind the event that proved it adds nothing."""
    events = [on(ENTER, 0), on(BEAT, 2 * MINUTE), on(BEAT, 4 * MINUTE), on(BEAT, 6 * MINUTE)]
    assert matched_at(STAY, *events, on(LEAVE, 8 * MINUTE)) == [4 * MINUTE]


def test_the_event_that_leaves_proves_the_whole_time() -> None:
    """However long nothing came in between."""
    assert [hit.saw["seconds"] for hit in all_hits(STAY, on(ENTER, 0), on(LEAVE, 2 * HOUR))] == [7200.0]


def test_a_lost_leave_never_counts_as_an_hour() -> None:
    """The next page proves nothing more than 30 minutes behind the last event of the stay."""
    assert matched_at(STAY, on(ENTER, 0), on(ENTER, GAP, "/b")) == [GAP]
    assert matched_at(STAY, on(ENTER, 0), on(ENTER, GAP + 1, "/b")) == []
    assert matched_at(STAY, on(ENTER, 0), on(BEAT, MINUTE), on(ENTER, GAP + MINUTE, "/b")) == [GAP + MINUTE]
    assert matched_at(STAY, on(ENTER, 0), on(ENTER, HOUR, "/b"), on(LEAVE, HOUR + SECOND, "/b")) == []


def test_a_heartbeat_after_a_long_pause_begins_the_stay_anew() -> None:
    """The time before it no longer counts; the new stay can match, with the key of the page entered."""
    back = GAP + MINUTE + 1
    events = [on(ENTER, 0, properties={"id": "k"}), on(BEAT, MINUTE), on(BEAT, back)]
    assert matched_at(STAY, *events, on(BEAT, back + 3 * MINUTE)) == []
    keyed = replace(STAY, key=compile_formula("properties.id"))
    found = all_hits(keyed, *events, on(BEAT, back + 3 * MINUTE + 1))
    assert [(hit.key, hit.seqs) for hit in found] == [("k", (1, 3, 4))]
    assert matched_at(STAY, on(ENTER, 0), on(BEAT, GAP), on(BEAT, 2 * GAP + 1), on(LEAVE, 3 * GAP)) == [
        GAP,
        3 * GAP,
    ]


def test_events_of_another_page_are_passed_over() -> None:
    """They neither prove the stay, nor end it, nor bridge a pause."""
    assert matched_at(STAY, on(ENTER, 0), on(BEAT, 4 * MINUTE, "/b"), on(LEAVE, 4 * MINUTE, "/b")) == []
    passed = [on(ENTER, 0), on(LEAVE, MINUTE, "/b"), on(LEAVE, 4 * MINUTE)]
    assert matched_at(STAY, *passed) == [4 * MINUTE]
    assert matched_at(STAY, on(ENTER, 0), on(BEAT, GAP, "/b"), on(BEAT, GAP + 1)) == []


def test_an_event_that_names_no_page_is_of_the_page_entered_last() -> None:
    """A heartbeat or a leave without a page belongs to the stay."""
    for name in (BEAT, LEAVE):
        assert matched_at(STAY, on(ENTER, 0), on(name, 4 * MINUTE, "")) == [4 * MINUTE]


def test_after_the_leave_there_is_no_stay() -> None:
    """Until a page is entered nothing is proved."""
    assert (
        matched_at(STAY, on(ENTER, 0), on(LEAVE, MINUTE), on(BEAT, 5 * MINUTE), on(ENTER, 9 * MINUTE)) == []
    )
    assert matched_at(STAY, on(BEAT, 0), on(LEAVE, 5 * MINUTE)) == []


def test_where_is_asked_of_the_event_that_enters() -> None:
    """A page that is not meant ends the stay before, proves it, and begins none; unknown does not hold."""
    good = on(ENTER, 0, properties={"good": True})
    for answer in ({"good": False}, {}):
        other = on(ENTER, 4 * MINUTE, "/b", properties=answer)
        assert matched_at(GOOD, good, other, on(LEAVE, 9 * MINUTE, "/b"), on(LEAVE, 9 * MINUTE)) == [
            4 * MINUTE
        ]
        assert matched_at(GOOD, replace(other, at=0), on(LEAVE, 9 * MINUTE, "/b")) == []


def test_the_same_page_entered_again_is_a_new_stay() -> None:
    """A reload begins the time anew."""
    assert matched_at(STAY, on(ENTER, 0), on(ENTER, 2 * MINUTE), on(LEAVE, 5 * MINUTE)) == []


def test_each_source_has_its_own_stays() -> None:
    """Two tabs of two sources do not end each other's stay."""
    events = [on(ENTER, 0), on(ENTER, MINUTE, "/b", source="app"), on(LEAVE, 4 * MINUTE, source="app")]
    assert matched_at(STAY, *events, on(LEAVE, 5 * MINUTE)) == [5 * MINUTE]


def test_the_page_is_named_by_the_first_field_that_is_there() -> None:
    """``context.page.path``, ``properties.path``, ``context.page.url``, ``properties.url``, the call's name."""
    full = Told(
        ENTER,
        0,
        properties={"path": "2", "url": "4"},
        context={"page": {"path": "1", "url": "3"}},
        call_name="5",
    )
    less: list[Told] = [full, replace(full, context={"page": {"url": "3"}})]
    less += [replace(full, properties={"url": "4"}, context={"page": {"url": "3"}})]
    less += [
        replace(full, properties={"url": "4"}, context={"page": "odd"}),
        replace(full, properties={}, context={}),
    ]
    for number, entered in enumerate(less, 1):
        left = Told(LEAVE, 4 * MINUTE, call_name=str(number))
        assert matched_at(STAY, entered, left) == [4 * MINUTE]
        assert matched_at(STAY, entered, replace(left, call_name="9")) == []


def test_screens_are_pages() -> None:
    """An app's events count as a site's, and other names where they are given."""
    events = [Told("Screen Viewed", 0, kind="screen"), Told("Screen Heartbeat", 4 * MINUTE)]
    assert matched_at(STAY, *events) == [4 * MINUTE]
    own = replace(STAY, enter=("In",), leave=("Out",), beat=())
    assert matched_at(own, Told("In", 0), *events, Told("Out", 5 * MINUTE)) == [5 * MINUTE]


def test_imported_history_counts_and_gives_no_id() -> None:
    """A stay that began in it goes on."""
    events = [on(ENTER, 0, quiet=True), on(LEAVE, 4 * MINUTE)]
    assert matched_at(STAY, *events) == [4 * MINUTE]
    assert [event_id_of(STAY, mark) for mark in marks_of(STAY, events)] == ["", "e2"]


def test_what_the_anchor_says_of_itself() -> None:
    """No event that does not match deserves a reason."""
    assert expression(GOOD) == "a page looked at for longer than 3m where =properties.good == true"
    assert (needed(STAY), horizon(STAY), limit(STAY)) == ("more than 3m", 24 * HOUR + 3 * MINUTE, 300)
    assert (is_asked(STAY, ENTER), short_of(STAY, marks_of(STAY, [on(ENTER, 0)]), 0)) == (False, None)


def naive(events: list[Told], longer_than: int) -> list[tuple[int, str, tuple[int, ...]]]:
    """Go through each source's events forwards with one open stay, by the words of the page."""
    found = []
    for source in ("segment", "app"):
        stay: dict[str, Any] | None = None
        for event in (one for one in events if one.source == source):
            page = event.properties.get("path", "")
            proof = None
            if stay and (event.name == ENTER or page in ("", stay["page"])):
                near = event.at - stay["last"] <= GAP
                if event.name == LEAVE or near:
                    proof = event.at - stay["from"]
                elif event.name == BEAT:
                    stay |= {"from": event.at, "done": False, "events": []}
                stay["last"] = event.at
                stay["events"] = [*stay["events"], event.seq]
                if proof is not None and proof > longer_than and not stay["done"]:
                    stay["done"] = True
                    found.append((event.seq, stay["key"], (stay["seq"], *stay["events"])))
                stay = None if event.name == LEAVE else stay
            if event.name == ENTER:
                begun = {"page": page, "from": event.at, "last": event.at, "done": False, "events": []}
                key = event.properties.get("id", "")
                stay = {**begun, "seq": event.seq, "key": key} if event.properties["good"] else None
    return sorted(found)


@pytest.mark.parametrize("seed", range(500))
def test_stays_agree_with_the_words_of_the_page(seed: int) -> None:
    """Compare random stories, for every start and event by event."""
    random = Random(seed)
    steps = (0, 1, MINUTE, 2 * MINUTE, 3 * MINUTE, GAP - MINUTE, GAP, GAP + 1)
    events = [
        on(
            random.choice([ENTER, LEAVE, BEAT, BEAT]),
            at,
            random.choice(["/a", "/a", "/b", ""]),
            seq=seq,
            properties={"good": random.random() < 0.8, "id": random.choice("xy")},
            source=random.choice(["segment", "segment", "segment", "app"]),
        )
        for seq, at in enumerate(moments(random, 16, steps), 1)
    ]
    anchor = replace(GOOD, longer_than=random.choice([0, MINUTE, 3 * MINUTE, GAP, 40 * MINUTE]))
    anchor = replace(anchor, key=compile_formula("properties.id"))
    check_against(anchor, events, naive(events, anchor.longer_than))
