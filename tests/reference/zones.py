"""The person's zone, its days and weeks, the zones in which a person may be, and dates of the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

#: What the stories' countries and numbers leave open, as the public tables say.
COUNTRIES = {
    "JP": ("Asia/Tokyo",),
    "IN": ("Asia/Kolkata",),
    "GB": ("Europe/London",),
    "PT": ("Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores"),
    "CL": ("America/Santiago", "America/Coyhaique", "America/Punta_Arenas", "Pacific/Easter"),
}
PHONES = {
    "+491701234567": ("Europe/Berlin",),
    "+12025550123": ("America/New_York",),
    "+351912345678": ("Atlantic/Azores", "Europe/Lisbon"),
    "+976881234567": (),
}


def zone_of(traits: Mapping[str, Any], phones: Sequence[str] = ()) -> tzinfo:
    """Give the zone of the trait ``timezone``, else the one of a number, else the one of the country, else UTC."""
    told = [zones_of_name(traits.get("timezone")), *map(zones_of_phone, phones)]
    told.append(zones_of_country(traits.get("country")))
    return next((found[0] for found in told if len(found) == 1), UTC)


def zones_of_name(name: object) -> tuple[tzinfo, ...]:
    """Give the zone of a name; none for what is no name of the IANA database."""
    return (ZoneInfo(name),) if isinstance(name, str) and name in known_zones() else ()


def zones_of_phone(phone: str) -> tuple[tzinfo, ...]:
    """Give the zones of a number's area."""
    return tuple(ZoneInfo(name) for name in PHONES.get(phone, ()))


def zones_of_country(country: object) -> tuple[tzinfo, ...]:
    """Give the zones of a country."""
    return tuple(ZoneInfo(name) for name in COUNTRIES.get(str(country), ()))


@cache
def known_zones() -> frozenset[str]:
    """Name the zones of the IANA database."""
    return frozenset(available_timezones())


def local_day(at: int, zone: tzinfo) -> date:
    """Give the calendar day of a time."""
    return datetime.fromtimestamp(at / 1_000, zone).date()


def period_of(at: int, unit: str, zone: tzinfo) -> date:
    """Name the calendar day, or the week by its Monday, in which a time lies."""
    day = local_day(at, zone)
    return day if unit == "day" else day - timedelta(days=day.weekday())


def instant_of(value: object, zone: tzinfo) -> int | None:
    """Read a date of the profile; one without a time of day is 00:00 in the person's zone."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if "T" not in value:
        found = found.replace(tzinfo=zone)
    return round(found.timestamp() * 1_000)


def first_shown(minutes: Sequence[int], zone: tzinfo, after: int) -> list[tuple[int, date, int]]:
    """Give when clocks show these minutes of the days around a moment: the first at which each is there or past."""
    quarter = 15 * 60_000
    first: dict[tuple[date, int], int] = {}
    begin = after - after % quarter - 120 * quarter
    for at in range(begin, begin + 360 * quarter, quarter):
        local = datetime.fromtimestamp(at / 1_000, zone)
        for minute in minutes:
            if local.hour * 60 + local.minute >= minute:
                first.setdefault((local.date(), minute), at)
    whole = sorted({day for day, _ in first})[1:]
    return sorted((at, day, minute) for (day, minute), at in first.items() if day in whole)


def next_shown(minute: int, zone: tzinfo, after: int) -> int:
    """Give when a clock next shows a minute of the day."""
    return min(at for at, _, _ in first_shown([minute], zone, after) if at > after)


def begin_of_hours(zone: tzinfo, after: int) -> list[tuple[int, date, int]]:
    """Give when the hours of the days around a moment begin, with their day and hour."""
    return [(at, day, minute // 60) for at, day, minute in first_shown(range(0, 24 * 60, 60), zone, after)]
