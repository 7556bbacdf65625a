"""Small stories of time spent and time away: sessions, visits, stays on a page and lapses."""

from __future__ import annotations

from typing import Any

import pytest
from reference.small import MINUTE, Told, actions_of, came, fires, looked, rule, wrong_of
from reference.timelines import Arrival, more


def add(at: int, event_id: str, **more: Any) -> Arrival:
    """Let an ``Add`` arrive."""
    return came(at, "Add", id=event_id, **more)


LONG: dict[str, Any] = {"longer_than": 20 * MINUTE}
VISITS: dict[str, Any] = {"visits": 2, "within": 60 * MINUTE}


def at(minutes: int, name: str, event_id: str, **more: Any) -> Arrival:
    """Let something happen so many minutes in."""
    return came(minutes * MINUTE, name, id=event_id, **more)


SESSIONS = [
    fires(
        "session: the first event more than longer_than behind the first one matches, once",
        rule("session", **LONG),
        [at(0, "Add", "a"), at(20, "View", "b"), at(21, "View", "c"), at(22, "View", "d")],
        "c",
        21 * MINUTE,
    ),
    fires(
        "session: 30 minutes go on with it, a millisecond more begins another",
        rule("session", **LONG),
        [at(0, "Add", "a"), at(30, "View", "b"), came(60 * MINUTE + 1, "View", id="c"), at(80, "View", "d")],
        "b",
        30 * MINUTE,
    ),
    fires(
        "session: each source has its own, an identify call belongs to none, imported history does",
        rule("session", **LONG),
        [
            at(0, "Add", "a", quiet=True),
            at(5, "View", "b", source="shop"),
            at(21, "Identified", "c"),
            at(22, "View", "d", source="shop"),
            at(23, "View", "e"),
        ],
        "e",
        23 * MINUTE,
    ),
    fires(
        "session: the visit that makes enough of them in the window matches, whatever their source",
        rule("session", **VISITS),
        [at(0, "Add", "a"), at(10, "View", "b", source="shop"), at(20, "View", "c")],
        "b",
        10 * MINUTE,
    ),
    fires(
        "session: a late event that joins two sessions takes a visit away",
        rule("session", **VISITS),
        [at(0, "Add", "a"), at(50, "View", "b"), at(25, "View", "c", now=60 * MINUTE)],
        "b",
        50 * MINUTE,
        wrong=[("b", 50 * MINUTE)],
    ),
]

STAY: dict[str, Any] = {"longer_than": 3 * MINUTE}
SELF: dict[str, Any] = {"longer_than": 3 * MINUTE, "seconds": "seconds"}


def page(minutes: int, event_id: str, path: str = "/a", **more: Any) -> Arrival:
    """Let a page be entered."""
    return at(minutes, "Page Viewed", event_id, page=path, **more)


DWELLS = [
    fires(
        "dwell: the event that leaves proves the whole time, however long",
        rule("dwell", **STAY),
        [page(0, "a"), at(90, "Page Left", "b", page="/a")],
        "b",
        90 * MINUTE,
    ),
    fires(
        "dwell: exactly longer_than is not more, and the first event that proves more matches, once a stay",
        rule("dwell", **STAY),
        [page(0, "a"), at(3, "Page Heartbeat", "b"), at(4, "Page Heartbeat", "c"), at(5, "Page Left", "d")],
        "c",
        4 * MINUTE,
    ),
    fires(
        "dwell: the next page proves nothing more than 30 minutes behind, so a lost leave is no hour",
        rule("dwell", **STAY),
        [page(0, "a"), came(30 * MINUTE + 1, "Page Viewed", id="b", page="/b"), page(40, "c", "/c")],
        "c",
        40 * MINUTE,
    ),
    fires(
        "dwell: the next page proves the stay up to 30 minutes behind its last event",
        rule("dwell", **STAY),
        [page(0, "a"), page(30, "b", "/b")],
        "b",
        30 * MINUTE,
    ),
    fires(
        "dwell: a heartbeat more than 30 minutes behind begins the stay anew at itself",
        rule("dwell", **STAY),
        [
            page(0, "a"),
            came(30 * MINUTE + 1, "Page Heartbeat", id="b"),
            came(33 * MINUTE + 1, "Page Heartbeat", id="c"),
            came(33 * MINUTE + 2, "Page Heartbeat", id="d"),
        ],
        "d",
        33 * MINUTE + 2,
    ),
    fires(
        "dwell: a leave or heartbeat of another page is passed over, one that names none is of the page entered last",
        rule("dwell", **STAY),
        [
            page(0, "a"),
            at(4, "Page Heartbeat", "b", page="/z"),
            at(5, "Page Left", "c", page="/z"),
            at(6, "Page Heartbeat", "d"),
        ],
        "d",
        6 * MINUTE,
    ),
    fires(
        "dwell: a page whose where does not hold ends the stay and begins none; the key is the entering event's",
        rule("dwell", where=more("x", 1), keyed=True, **STAY),
        [page(0, "a", x=2.0, k="k1"), page(4, "b", "/b", x=1.0, k="k2"), page(9, "c", "/c", x=2.0)],
        "b/k1",
        4 * MINUTE,
    ),
    fires(
        "dwell: each source has its own page",
        rule("dwell", **STAY),
        [page(0, "a"), page(1, "b", "/b", source="shop"), at(4, "Page Heartbeat", "c")],
        "c",
        4 * MINUTE,
    ),
    fires(
        "dwell: a page that measures itself matches when it says more, and again only after it said less",
        rule("dwell", **SELF),
        [
            page(0, "a", seconds=180.0),
            at(1, "Page Heartbeat", "b", seconds=181.0),
            at(2, "Page Heartbeat", "c", seconds=240.0),
            at(3, "Page Heartbeat", "d", seconds=200.0),
            at(4, "Page Left", "e"),
        ],
        "b",
        MINUTE,
        "d",
        3 * MINUTE,
    ),
    fires(
        "dwell: a heartbeat that comes late between two far apart proves the stay after all",
        rule("dwell", **STAY),
        [page(0, "a"), page(40, "b", "/b"), at(20, "Page Heartbeat", "c", now=41 * MINUTE)],
        "c",
        20 * MINUTE,
    ),
]

ACTIVE: dict[str, Any] = {"names": (), "within": 20, "restart": True}
INACTIVE = [
    fires(
        "inactive: an activity up to and including within later starts the clock again; each lapse matches once",
        rule("inactive", **ACTIVE),
        [add(10, "a"), came(30, "View", id="b"), came(51, "View", id="c"), looked(500)],
        "b",
        50,
        "c",
        71,
    ),
    fires(
        "inactive: neither an identify call nor imported history is activity",
        rule("inactive", **ACTIVE),
        [add(10, "a"), came(20, "Identified"), add(25, "q", quiet=True), looked(31)],
        "a",
        30,
    ),
    fires(
        "inactive: a late activity shows a lapse to have been wrong, once, and may make another",
        rule("inactive", **ACTIVE),
        [add(10, "a"), add(50, "b"), add(25, "c", now=51), looked(52), add(28, "d", now=53), looked(500)],
        "a",
        30,
        "c",
        45,
        "d",
        48,
        "b",
        70,
        wrong=[("a", 30), ("c", 45)],
    ),
]

STORIES = [*SESSIONS, *DWELLS, *INACTIVE]


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.name.replace(" ", "-"))
@pytest.mark.parametrize("side", ["model", "engine"])
def test_time_is_measured_as_the_page_says(told: Told, side: str) -> None:
    """Fire exactly at the promised events, and find exactly these firings wrong later."""
    assert (actions_of(told, side), wrong_of(told, side)) == (told.actions, list(told.wrong))
