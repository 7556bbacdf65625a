"""Quiet hours: where it is quiet, for whom, and when it ends; over midnight and both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.engine.formula import compile_formula
from core.engine.instant import milliseconds_of, moment
from core.engine.places import zone_named
from core.engine.policy import QuietHours
from core.engine.quiet import free_from, is_quiet, possible_zones
from core.engine.scope import Scope

MINUTE = 60_000
TIMEZONE = compile_formula("profile.traits.timezone")


def zone(name: str) -> ZoneInfo:
    """Load a zone as the engine does."""
    found = zone_named(name)
    assert found is not None
    return found


BERLIN, NEW_YORK, LORD_HOWE = (
    zone(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
)


def minutes(clock: str) -> int:
    """Read a time of day."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def quiet(begin: str, end: str, **more: Any) -> QuietHours:
    """Make quiet hours from two times of day."""
    return QuietHours(minutes(begin), minutes(end), **more)


def utc(text: str) -> int:
    """Read a UTC time."""
    return milliseconds_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def shown(at: int | None, where: ZoneInfo) -> str:
    """Write what the clock shows, with the zone's own name for its offset."""
    assert at is not None
    return moment(at).astimezone(where).strftime("%m-%d %H:%M:%S.%f %Z")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("20:59:59.999", False),
        ("21:00", True),
        ("23:59:59.999", True),
        ("00:00", True),
        ("07:59:59.999", True),
        ("08:00", False),
        ("12:00", False),
    ],
)
def test_a_night_begins_at_its_first_minute_and_is_over_at_its_end(clock: str, expected: bool) -> None:
    """Over midnight the beginning is quiet and the end is free, to the millisecond."""
    at = utc(f"2026-01-15T{clock}")
    assert is_quiet(quiet("21:00", "08:00"), zone("UTC"), at) is expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("12:59:59.999", False), ("13:00", True), ("14:59:59.999", True), ("15:00", False), ("02:00", False)],
)
def test_quiet_hours_may_lie_within_a_day(clock: str, expected: bool) -> None:
    """A rest at noon is quiet from its beginning to its end and at no other time."""
    assert is_quiet(quiet("13:00", "15:00"), zone("UTC"), utc(f"2026-01-15T{clock}")) is expected


@pytest.mark.parametrize("clock", ["00:00", "07:59", "08:00", "23:59"])
def test_quiet_hours_that_end_as_they_begin_are_never(clock: str) -> None:
    """Where beginning and end are the same nothing is held."""
    at = utc(f"2026-01-15T{clock}")
    assert free_from(quiet("08:00", "08:00"), (BERLIN,), at) == at


@pytest.mark.parametrize(
    ("where", "at", "expected"),
    [
        # Berlin loses 02:00 to 03:00 on 29 March 2026, and has it twice on 25 October.
        (BERLIN, "2026-03-28T20:00", "03-29 08:00:00.000000 CEST"),
        (BERLIN, "2026-10-24T19:00", "10-25 08:00:00.000000 CET"),
        (NEW_YORK, "2026-03-08T03:00", "03-08 08:00:00.000000 EDT"),
        (NEW_YORK, "2026-11-01T02:00", "11-01 08:00:00.000000 EST"),
        (LORD_HOWE, "2026-04-04T11:00", "04-05 08:00:00.000000 +1030"),
        (LORD_HOWE, "2026-10-03T12:00", "10-04 08:00:00.000000 +11"),
    ],
)
def test_a_night_in_which_the_clocks_change_ends_by_the_clock(
    where: ZoneInfo, at: str, expected: str
) -> None:
    """However long the night was, it is over when the clock shows its end."""
    assert shown(free_from(quiet("21:00", "08:00"), (where,), utc(at)), where) == expected


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # The end is skipped: free at the change. It comes twice: free at the first, quiet again, free at the second.
        (("21:00", "02:30"), "2026-03-29T00:30", "03-29 03:00:00.000000 CEST"),
        (("21:00", "02:30"), "2026-10-25T00:10", "10-25 02:30:00.000000 CEST"),
        (("21:00", "02:30"), "2026-10-25T01:10", "10-25 02:30:00.000000 CET"),
        # The clocks are set back out of the quiet hours, and come into them a second time.
        (("02:50", "08:00"), "2026-10-25T00:55", "10-25 02:00:00.000000 CET"),
        (("02:50", "08:00"), "2026-10-25T01:55", "10-25 08:00:00.000000 CET"),
        # The whole of them is skipped.
        (("02:00", "03:00"), "2026-03-29T00:59:59.999", "03-29 01:59:59.999000 CET"),
        (("01:30", "02:30"), "2026-03-29T00:45", "03-29 03:00:00.000000 CEST"),
    ],
)
def test_quiet_hours_that_meet_a_change_of_clocks_hold_while_the_clock_shows_them(
    hours: tuple[str, str], at: str, expected: str
) -> None:
    """What the clock shows twice is judged twice, what it skips is never."""
    assert shown(free_from(quiet(*hours), (BERLIN,), utc(at)), BERLIN) == expected


NAMES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
CHANGES = tuple(
    utc(text)
    for text in (
        "2026-03-29T01:00",
        "2026-10-25T01:00",
        "2026-03-08T07:00",
        "2026-11-01T06:00",
        "2026-04-04T15:00",
        "2026-10-03T15:30",
    )
)


LOOKED_AHEAD = 6 * 24 * 60


def first_free(begin: int, end: int, zones: tuple[ZoneInfo, ...], at: int) -> int | None:
    """Look at every minute of six days until none of the clocks shows a quiet one."""
    for minute in range(LOOKED_AHEAD):
        one = at if minute == 0 else (at // MINUTE + minute) * MINUTE
        clocks = [moment(one).astimezone(where) for where in zones]
        shows = [clock.hour * 60 + clock.minute for clock in clocks]
        is_night = [begin <= now < end if begin < end else now >= begin or now < end for now in shows]
        if begin == end or not any(is_night):
            return one
    return None


@settings(max_examples=150, deadline=None)
@example(begin=511, end=0, names=["Australia/Lord_Howe", "Europe/Berlin"], near=CHANGES[0], off=0)
@given(
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
    near=st.sampled_from(CHANGES),
    off=st.integers(-24 * 60 * MINUTE, 24 * 60 * MINUTE),
)
def test_the_first_free_moment_is_the_first_at_which_no_clock_is_quiet(
    begin: int, end: int, names: list[str], near: int, off: int
) -> None:
    """Agree with a look at every minute around every kind of change, in one zone or several."""
    zones = tuple(zone(name) for name in names)
    hours, at = QuietHours(begin, end), near + off
    free, expected = free_from(hours, zones, at), first_free(begin, end, zones, at)
    if expected is None:
        # A change of clocks weeks later may open a gap that the look at six days does not reach.
        assert free is None or free >= at + (LOOKED_AHEAD - 1) * MINUTE
    else:
        assert free == expected
    if free is not None:
        assert not any(is_quiet(hours, where, free) for where in zones)
        assert free == at or any(is_quiet(hours, where, free - 1) for where in zones)


def test_nights_that_follow_each_other_around_the_world_leave_no_free_moment() -> None:
    """Where it is always night somewhere the answer is none, and not a search without end."""
    world = tuple(zone(f"Etc/GMT{hours:+d}") for hours in range(-11, 12, 3))
    assert free_from(quiet("20:00", "08:00"), world, utc("2026-06-01T00:00")) is None
    assert free_from(QuietHours(0, 24 * 60), (BERLIN,), utc("2026-06-01T00:00")) is None


def person(phone: str | list[str] = "", **traits: Any) -> Scope:
    """Make a person by phone and traits."""
    phones = [phone] if isinstance(phone, str) else phone
    identifiers = {"phone": phones} if phones != [""] else {}
    return Scope(event={}, profile={"identifiers": identifiers, "traits": traits}, now=0)


def zones_of(scope: Scope, **more: Any) -> list[str]:
    """Name the possible zones of a person, asked for trait, phone and country."""
    hours = quiet("21:00", "08:00", zones=(TIMEZONE, "phone", "country"), **more)
    return [one.key for one in possible_zones(hours, scope)]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (person(timezone="America/New_York", country="DE"), ["America/New_York"]),
        (person(timezone=" europe/berlin "), ["Europe/Berlin"]),
        (person("+491701234567", timezone="Mars/Olympus", country="US"), ["Europe/Berlin"]),
        (person("+491701234567", timezone=7.0), ["Europe/Berlin"]),
        (person("+12125550123"), ["America/New_York"]),
        (person("nonsense", country="Germany"), ["Europe/Berlin", "Europe/Busingen"]),
        (person("+999123", country="AT"), ["Europe/Vienna"]),
        (person(["nonsense", "+12125550123"]), ["America/New_York"]),
        (person(address={"country": "AT"}), ["Europe/Vienna"]),
        (person(country=3.0, address={"country": "AT"}), ["Europe/Vienna"]),
        (person(country="Atlantis", address="Vienna"), ["UTC"]),
        (person(), ["UTC"]),
    ],
)
def test_the_first_thing_that_tells_a_zone_is_believed(who: Scope, expected: list[str]) -> None:
    """Ask in the order written; what is not understood is passed over, and who cannot be placed is in UTC."""
    assert zones_of(who) == expected


def test_who_cannot_be_placed_is_in_the_zones_of_otherwise() -> None:
    """Only a person of whom nothing tells is taken for one of those."""
    assert zones_of(person(), otherwise=(BERLIN, NEW_YORK)) == ["Europe/Berlin", "America/New_York"]
    assert zones_of(person(country="AT"), otherwise=(NEW_YORK,)) == ["Europe/Vienna"]


@pytest.mark.parametrize("who", [person(country="US"), person("+18005550123")], ids=["country", "phone"])
def test_it_is_quiet_where_it_is_quiet_in_any_zone_of_many(who: Scope) -> None:
    """A person somewhere in a wide country is written to only while it is day in all of it."""
    hours = quiet("21:00", "08:00")
    zones = possible_zones(hours, who)
    assert {"America/New_York", "Pacific/Honolulu"} <= {one.key for one in zones}
    # 08:00 in New York is 02:00 or 03:00 in Hawaii; 08:00 in Hawaii is 18:00 UTC, all year.
    for day in ("2026-01-15", "2026-07-15"):
        free = free_from(hours, zones, utc(f"{day}T13:00"))
        assert free is not None
        assert not any(is_quiet(hours, one, free) for one in zones)
        assert any(is_quiet(hours, one, free - 1) for one in zones)


def test_a_person_in_one_zone_is_written_to_in_its_day() -> None:
    """The hours between end and beginning are free at once."""
    at = utc("2026-01-15T12:00")
    assert free_from(quiet("21:00", "08:00"), (NEW_YORK,), at) == utc("2026-01-15T13:00")
    for ahead in (timedelta(hours=1), timedelta(hours=8)):
        later = at + int(ahead.total_seconds()) * 1_000
        assert free_from(quiet("21:00", "08:00"), (NEW_YORK,), later) == later
