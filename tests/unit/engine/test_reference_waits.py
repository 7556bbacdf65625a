"""Small stories of waits for dates and for best hours: the model, the engine and the page say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from reference.history import Happening
from reference.posted import Posted, sending
from reference.rules import Idle, Step
from reference.small import DATA, came, looked, segment, wait
from reference.timelines import START, Arrival, Wake

SIDES = pytest.mark.parametrize("side", ["model", "engine"])
UNTIL = sending(DATA, Step("wait", until="ends"), DATA)
BEST = sending(DATA, Step("wait", best=True, clock=9 * 60), DATA)
HOUR = 3_600_000


def date(at: int) -> str:
    """Write a time so many milliseconds behind the start."""
    return datetime.fromtimestamp((START + at) / 1_000, UTC).isoformat(timespec="milliseconds")


@SIDES
@pytest.mark.parametrize(
    ("ends", "due"),
    [
        (date(60), 60),
        (date(11), 11),
        (date(10), 10),
        (date(5), 10),
        ("soon", 10),
        (None, 10),
        # Midnight in the person's zone: it is 22:13 of the 14th at the start, and 7:13 of the 15th in Tokyo.
        ("2023-11-15", 10),
        ("2023-11-16", int(datetime(2023, 11, 15, 15, tzinfo=UTC).timestamp() * 1_000) - START),
    ],
)
def test_a_wait_ends_at_a_date_that_is_later(side: str, ends: str | None, due: int) -> None:
    """One that is over, is just now, or cannot be told does not wait."""
    turns = [came(10, "Add", traits={"ends": ends, "timezone": "Asia/Tokyo"}), looked(3 * 24 * HOUR)]
    assert Posted([UNTIL], turns).actions(side) == [("Add/0", 10, "scheduled"), ("Add/2", due, "scheduled")]


@SIDES
def test_a_date_is_read_when_the_step_before_is_let_go(side: str) -> None:
    """What is said of it later moves nothing."""
    later = came(20, "Said", traits={"ends": date(90)})
    turns = [came(10, "Add", traits={"ends": date(60)}), later, looked(500)]
    assert Posted([UNTIL], turns).actions(side)[1] == ("Add/2", 60, "scheduled")


def at(text: str) -> int:
    """Read a time."""
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


def day(*dear: int) -> list[float]:
    """Give the weights of a day with dear hours."""
    return [float(hour in dear) for hour in range(24)]


MONDAYS = [float(place == 20) for place in range(168)]


@SIDES
@pytest.mark.parametrize(
    ("begin", "weights", "due"),
    [
        ("2023-11-14T22:13+01:00", day(20), "2023-11-15T20:00+01:00"),
        # The hour that begins just now has begun: its next one is tomorrow's.
        ("2023-11-14T20:00+01:00", day(20), "2023-11-15T20:00+01:00"),
        # The first of equals.
        ("2023-11-14T22:13+01:00", day(7, 23), "2023-11-14T23:00+01:00"),
        ("2023-11-14T22:13+01:00", [1] * 24, "2023-11-14T23:00+01:00"),
        # A week's, within a day: from Sunday evening on its Monday's hours are near.
        ("2023-11-19T22:13+01:00", MONDAYS, "2023-11-20T20:00+01:00"),
        ("2023-11-14T22:13+01:00", MONDAYS, "2023-11-14T23:00+01:00"),
        # The twenty-fifth hour is too far, dear as it is.
        ("2023-11-19T19:13+01:00", MONDAYS, "2023-11-19T20:00+01:00"),
        # What is no weights, or all nothing: nine o'clock, as it is written.
        ("2023-11-14T22:13+01:00", [0] * 24, "2023-11-15T09:00+01:00"),
        ("2023-11-14T22:13+01:00", [1] * 23, "2023-11-15T09:00+01:00"),
        ("2023-11-14T22:13+01:00", [1] * 23 + [-1], "2023-11-15T09:00+01:00"),
        ("2023-11-14T22:13+01:00", [True] * 24, "2023-11-15T09:00+01:00"),
        ("2023-11-14T22:13+01:00", None, "2023-11-15T09:00+01:00"),
        # Clocks skip two o'clock, and show it twice.
        ("2024-03-30T22:13+01:00", day(2), "2024-03-31T03:00+02:00"),
        ("2023-10-28T22:13+02:00", day(2), "2023-10-29T02:00+02:00"),
        ("2023-10-29T02:30+02:00", day(2), "2023-10-30T02:00+01:00"),
    ],
)
def test_a_wait_ends_at_the_dearest_of_the_hours_that_begin_next(
    side: str, begin: str, weights: Any, due: str
) -> None:
    """On the clock in the person's zone."""
    start = at(begin)
    known = {"timezone": "Europe/Berlin", "best_hours": weights}
    event = Happening(start, 1, "Add", "Add", {}, known, {})
    told = Posted([BEST], [Arrival("p", event, start), Wake("p", start + 48 * HOUR)])
    assert told.actions(side)[1] == ("Add/2", at(due) - START, "scheduled")


@SIDES
@pytest.mark.parametrize(
    ("mine", "theirs", "due"),
    [
        # Both wait for their date: the nearer one.
        (60, 40, 40),
        (40, 60, 40),
        # Whose date was at 30 waits for the second time.
        (30, 90, 130),
        (90, 30, 130),
    ],
)
def test_of_two_journeys_that_time_began_at_once_the_one_further_on_goes_on(
    side: str, mine: int, theirs: int, due: int
) -> None:
    """Then the one that is due first; whoever of the two came to be the other."""
    lapsed = sending(DATA, Step("wait", until="ends"), DATA, wait(100), DATA, name="t")
    lapsed = replace(lapsed, anchor="enters", names=(), segment="s")
    turns = [
        came(0, "View", traits={"ends": date(mine)}),
        came(0, "View", id="other", person="q", traits={"ends": date(theirs)}),
        looked(35),
        looked(35, "q"),
        came(36, "Identified", joins="q"),
        looked(due + 1),
    ]
    told = Posted([lapsed], turns, measures=segment(Idle(20)))
    assert told.actions(side)[-1][1] == due
    assert len(told.actions(side)) == 2 + (30 in (mine, theirs)) + 1
