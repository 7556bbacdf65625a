"""Caps per calendar day and week in the person's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.instant import parse_time
from core.engine.limits import judge_limits
from core.engine.places import zone_named
from core.engine.profile import Firing
from core.engine.rule import Cap, Limits

Unit = Literal["day", "week"]
HOUR = 3_600_000


def at(text: str) -> int:
    """Read a time."""
    found = parse_time(text)
    assert found is not None
    return found


def zone(name: str) -> ZoneInfo:
    """Find a zone that there is."""
    found = zone_named(name)
    assert found is not None
    return found


def fired(*moments: int, key: str | None = None) -> list[Firing]:
    """Make firings at these moments."""
    return [Firing(moment, f"d{moment}", key, f"e{moment}") for moment in moments]


def seen(per: Unit, name: str, moment: int, *before: int) -> int:
    """Tell how many firings a cap counts, this one included."""
    limits = Limits(caps=(Cap(1, per),))
    (reason,) = judge_limits(limits, fired(*before), "", moment, lambda: zone(name))
    assert reason.passed is (reason.saw <= 1)
    return int(reason.saw)


def test_the_reason_names_the_cap_the_zone_and_both_numbers() -> None:
    """Show what a marketer needs to see why it did not fire."""
    limits = Limits(caps=(Cap(3, "day"), Cap(9, "week")))
    firings = fired(*(at("2026-05-04T10:00:00Z") + hour * HOUR for hour in range(3)))
    day, week = judge_limits(limits, firings, "", at("2026-05-04T20:00:00Z"), lambda: zone("Europe/Berlin"))
    assert (day.expression, day.saw, day.needed) == ("cap 3 per day in Europe/Berlin", 4, 3)
    assert not day.passed
    assert (week.expression, week.saw, week.passed) == ("cap 9 per week in Europe/Berlin", 4, True)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("UTC", "2026-05-04T00:00:00Z", "2026-05-04T23:59:59.999Z"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z"),
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999Z"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z"),
        ("Europe/Berlin", "2024-02-28T23:00:00Z", "2024-02-29T22:59:59.999Z"),
        ("Asia/Kolkata", "2026-05-03T18:30:00Z", "2026-05-04T18:29:59.999Z"),
        ("Asia/Kathmandu", "2026-05-03T18:15:00Z", "2026-05-04T18:14:59.999Z"),
    ],
)
def test_a_day_counts_from_its_first_to_its_last_millisecond(name: str, first: str, last: str) -> None:
    """Count both ends from each other, and neither neighbour; firings after ``at`` count too."""
    start, end = at(first), at(last)
    assert seen("day", name, end, start) == seen("day", name, start, end) == 2
    assert seen("day", name, end, start - 1, end + 1) == 1
    assert seen("day", name, start, start - 1, end + 1) == 1


def test_a_week_counts_from_monday_to_sunday_over_a_change_of_clocks() -> None:
    """Take the week of 167 hours that ends with the last Sunday of March in Berlin."""
    start, end = at("2026-03-22T23:00:00Z"), at("2026-03-29T22:00:00Z")
    assert end - start == 167 * HOUR
    assert seen("week", "Europe/Berlin", end - 1, start) == 2
    assert seen("week", "Europe/Berlin", end - 1, start - 1, end) == 1


def test_the_zone_decides_which_day_it_is() -> None:
    """Count an evening in New York to a day that in Berlin is over."""
    evening, night = at("2026-05-04T21:00:00Z"), at("2026-05-04T23:00:00Z")
    assert seen("day", "America/New_York", night, evening) == 2
    assert seen("day", "Europe/Berlin", night, evening) == 1


def test_a_cap_per_key_counts_its_own_key_only() -> None:
    """Look past the firings of another cart."""
    limits = Limits(caps=(Cap(1, "day"),), per_key=True)
    moment = at("2026-05-04T10:00:00Z")
    (other,) = judge_limits(limits, fired(moment, key="c1"), "c2", moment)
    (same,) = judge_limits(limits, fired(moment, key="c1"), "c1", moment)
    assert (other.passed, same.passed) == (True, False)
    assert same.expression == "cap 1 per day in UTC"


def test_the_zone_is_asked_for_calendar_caps_alone() -> None:
    """Leave a person's zone alone where the window rolls."""

    def unasked() -> ZoneInfo:
        raise AssertionError("nobody needs the zone")

    (reason,) = judge_limits(Limits(caps=(Cap(1, HOUR),)), [], "", 0, unasked)
    assert (reason.passed, reason.expression) == (True, "cap 1 per 1h")


def day_of(moment: int, name: str) -> date:
    """Give the local date, by the standard library alone."""
    return (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(ZoneInfo(name)).date()
    )


@given(
    per=st.sampled_from(["day", "week"]),
    name=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    middle=st.sampled_from(
        ["2024-02-29", "2026-03-08", "2026-03-29", "2026-04-05", "2026-10-25", "2026-11-01"]
    ),
    hours=st.integers(-72, 72),
    steps=st.lists(st.integers(-240 * 4, 240 * 4), max_size=12),
    jitter=st.sampled_from([-1, 0, 1]),
)
def test_a_calendar_cap_counts_what_shares_its_date(
    per: Unit, name: str, middle: str, hours: int, steps: list[int], jitter: int
) -> None:
    """Compare with counting the dates that clocks show, around changes of clocks and a leap day."""
    moment = at(middle) + hours * HOUR
    others = [moment + step * HOUR // 4 + jitter for step in steps]
    day = day_of(moment, name)
    if per == "day":
        alike = [one for one in others if day_of(one, name) == day]
    else:
        week = day.isocalendar()[:2]
        alike = [one for one in others if day_of(one, name).isocalendar()[:2] == week]
    assert seen(per, name, moment, *others) == 1 + len(alike)
