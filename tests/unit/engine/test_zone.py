"""A person's zone, and days and weeks in it, over every kind of change of clocks."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.instant import EARLIEST, LATEST, parse_time
from core.engine.places import zone_named, zone_names, zone_of_country, zone_of_phone
from core.engine.zone import date_due, day_bounds, utc, week_bounds, zone_of

DAY, HOUR = 86_400_000, 3_600_000
ZONES = [
    *("UTC", "Europe/Berlin", "America/New_York", "America/Havana", "America/Sao_Paulo", "America/St_Johns"),
    *("Africa/Cairo", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"),
    *("Pacific/Apia", "Pacific/Kiritimati", "Asia/Beirut", "America/Scoresbysund", "Asia/Tehran"),
]


def at(text: str) -> int:
    """Read a time."""
    found = parse_time(text)
    assert found is not None
    return found


def local_date(moment: int, zone: str) -> date:
    """Give the date that clocks in a zone show."""
    found = zone_named(zone)
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(found).date()


@pytest.mark.parametrize(
    ("traits", "phones", "expected"),
    [
        ({"timezone": "America/New_York", "country": "DE"}, ["+4915112345678"], "America/New_York"),
        ({"timezone": " europe/vienna "}, [], "Europe/Vienna"),
        ({"timezone": "Mars/Olympus", "country": "AT"}, ["+4915112345678"], "Europe/Berlin"),
        ({"timezone": "../../etc/passwd"}, [], "UTC"),
        ({"timezone": "Factory"}, [], "UTC"),
        ({"timezone": 2.0, "country": ["DE"], "address": "Berlin"}, [], "UTC"),
        ({}, ["nonsense", "+18005551234", "+12125551234"], "America/New_York"),
        ({"country": "AT"}, ["+18005551234"], "Europe/Vienna"),
        ({"country": "de"}, [], "Europe/Berlin"),
        ({"country": "Germany"}, [], "Europe/Berlin"),
        ({"country": "United Kingdom"}, [], "Europe/London"),
        ({"country": "US"}, [], "UTC"),
        ({"country": "Atlantis", "address": {"country": "JP"}}, [], "Asia/Tokyo"),
        ({"address": {"country": "in"}}, [], "Asia/Kolkata"),
        ({"address": {"city": "Berlin"}}, [], "UTC"),
    ],
)
def test_the_surest_word_on_the_zone_is_taken(
    traits: dict[str, Any], phones: list[str], expected: str
) -> None:
    """Ask the trait, then the phones, then the country; pass over what is not understood or not one zone."""
    assert zone_of(traits, phones).key == expected


def test_who_has_no_zone_gets_the_fallback_or_utc() -> None:
    """Take UTC also where the fallback is no zone."""
    assert zone_of({}, [], fallback="Asia/Tokyo").key == "Asia/Tokyo"
    assert zone_of({}, [], fallback="nowhere") is utc()


def test_zones_of_a_country_that_tell_the_same_time_are_one() -> None:
    """Give Argentina's twelve names one time; Spain keeps the islands apart, and so has none."""
    assert str(zone_of_country("AR")) == "America/Argentina/Buenos_Aires"
    assert zone_of_country("ES") is None
    assert zone_of_phone("+34911234567") is not None


def test_the_machine_has_no_say_in_a_zone() -> None:
    """Find the same zone on a machine whose own zone and zone files say otherwise."""
    script = (
        "from core.engine.zone import zone_of, day_bounds;"
        "z = zone_of({'timezone': 'Europe/Berlin'}, []); print(z.key, day_bounds(1774738800000, z))"
    )
    for machine in ({}, {"TZ": "Asia/Tokyo", "PYTHONTZPATH": "/nonexistent"}):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=machine,
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        assert done.stdout == "Europe/Berlin (1774738800000, 1774821600000)\n"


@pytest.mark.parametrize(
    ("zone", "moment", "start", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", 23),
        ("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", 25),
        ("America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", 23),
        ("America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", 25),
        ("Asia/Kathmandu", "2024-02-29T00:00:00Z", "2024-02-28T18:15:00Z", 24),
        ("Australia/Lord_Howe", "2026-04-04T20:00:00Z", "2026-04-04T13:00:00Z", 24.5),
        ("America/Havana", "2024-03-10T12:00:00Z", "2024-03-10T05:00:00Z", 23),
        ("America/Havana", "2024-11-03T12:00:00Z", "2024-11-03T04:00:00Z", 25),
        ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", 23),
        ("America/Toronto", "1919-03-31T12:00:00Z", "1919-03-31T04:30:00Z", 23.5),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", 24),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_clocks_make_it(zone: str, moment: str, start: str, hours: float) -> None:
    """Begin at midnight, or where clocks skip it at the first moment they show of the day."""
    found = zone_named(zone)
    assert found is not None
    assert day_bounds(at(moment), found) == (at(start), at(start) + hours * HOUR)


def test_a_day_that_has_begun_goes_on_when_clocks_go_back_over_its_midnight() -> None:
    """Count the repeated end of the evening before, at 00:01 in Newfoundland, to the day that began."""
    found = zone_named("America/St_Johns")
    assert found is not None
    start, end = day_bounds(at("2006-10-29T12:00:00Z"), found)
    assert (start, end - start) == (at("2006-10-29T02:30:00Z"), 25 * HOUR)
    repeated = at("2006-10-29T03:00:00Z")
    assert local_date(repeated, "America/St_Johns") == date(2006, 10, 28)
    assert day_bounds(repeated, found) == (start, end)


@given(st.sampled_from(ZONES), st.integers(at("1996-01-01"), at("2040-01-01")))
def test_days_follow_each_other_without_a_gap_and_hold_their_moment(zone: str, moment: int) -> None:
    """Hold the moment, meet the next day, and begin where the local date becomes a new one."""
    found = zone_named(zone)
    assert found is not None
    start, end = day_bounds(moment, found)
    assert start <= moment < end
    assert day_bounds(start, found) == day_bounds(end - 1, found) == (start, end)
    assert day_bounds(end, found)[0] == end
    assert local_date(start - 1, zone) < local_date(start, zone)


@given(st.sampled_from(ZONES), st.integers(at("1996-01-01"), at("2040-01-01")))
def test_a_week_is_the_days_from_monday_on(zone: str, moment: int) -> None:
    """Begin on a Monday and hold whole days up to the next."""
    found = zone_named(zone)
    assert found is not None
    start, end = week_bounds(moment, found)
    assert start <= moment < end
    assert local_date(start, zone).weekday() == local_date(end, zone).weekday() == 0
    edge, days = start, 0
    while edge < end:
        edge, days = day_bounds(edge, found)[1], days + 1
    assert (edge, days) == (end, 6 if zone == "Pacific/Apia" and start < at("2011-12-30T10:00Z") < end else 7)


@pytest.mark.parametrize("moment", [EARLIEST, EARLIEST - DAY, LATEST, LATEST + 10**15])
def test_the_ends_of_the_calendar_are_days_too(moment: int) -> None:
    """Give some day rather than fail."""
    for name in ZONES:
        found = zone_named(name)
        assert found is not None
        for bounds in (day_bounds, week_bounds):
            start, end = bounds(moment, found)
            assert EARLIEST <= start < end <= LATEST


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2026-05-01", "Europe/Berlin", "2026-04-30T22:00:00Z"),
        ("20260501", "Asia/Kolkata", "2026-04-30T18:30:00Z"),
        ("2024-03-10", "America/Havana", "2024-03-10T05:00:00Z"),
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("2024-02-29", "America/New_York", "2024-02-29T05:00:00Z"),
        ("2026-05-01T08:00:00", "Europe/Berlin", "2026-05-01T08:00:00Z"),
        ("2026-05-01T08:00:00+02:00", "America/New_York", "2026-05-01T06:00:00Z"),
        (1_777_593_600.0, "Europe/Berlin", "2026-05-01T00:00:00Z"),
        ("9999-12-31", "Europe/Berlin", "9999-12-30T23:00:00Z"),
    ],
)
def test_a_date_is_due_at_midnight_of_the_person_and_a_time_when_it_says(
    value: Any, zone: str, expected: str
) -> None:
    """Read dates in the zone; a time without an offset is UTC, as everywhere."""
    found = zone_named(zone)
    assert found is not None
    assert date_due(value, found) == at(expected)


@pytest.mark.parametrize("value", ["soon", "2026-02-30", "", None, True, [], "0001-01-01"])
def test_what_is_no_date_is_never_due(value: Any) -> None:
    """Give None, also for a date whose midnight lies before the calendar."""
    found = zone_named("Europe/Berlin")
    assert found is not None
    assert date_due(value, found) is None


def test_every_name_of_the_database_is_found() -> None:
    """What is offered as a name is one, whatever its case."""
    assert {"Europe/Berlin", "UTC"} <= set(zone_names())
    assert all(zone_named(name.upper()) for name in zone_names())
