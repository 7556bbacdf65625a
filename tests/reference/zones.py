"""The person's zone, its days and weeks, and dates of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

#: Countries that lie in one zone; of the others the trait is passed over.
ONE_ZONE = {"JP": "Asia/Tokyo", "IN": "Asia/Kolkata", "GB": "Europe/London"}


def zone_of(traits: Mapping[str, Any]) -> tzinfo:
    """Give the zone of the trait ``timezone``, else the one of the country, else UTC."""
    name = traits.get("timezone")
    if name in known_zones():
        return ZoneInfo(name)
    country = ONE_ZONE.get(traits.get("country", ""))
    return ZoneInfo(country) if country else UTC


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
    found = datetime.fromisoformat(value)
    if "T" not in value:
        found = found.replace(tzinfo=zone)
    return round(found.timestamp() * 1_000)
