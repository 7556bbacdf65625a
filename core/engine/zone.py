"""A person's zone, and the days and weeks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from core.engine.instant import EARLIEST, LATEST, milliseconds_of, moment, parse_time
from core.engine.places import zone_named, zone_of_country, zone_of_phone
from core.engine.profile import Profile

#: Days this close to the ends of the calendar have no neighbour to end at.
_EDGE = 14 * 86_400_000

_DAY = timedelta(days=1)


def utc() -> ZoneInfo:
    """Give the zone of whoever has none."""
    return zone_named("UTC") or ZoneInfo("UTC")


def zone_of(traits: Mapping[str, Any], phones: Sequence[str], fallback: str = "UTC") -> ZoneInfo:
    """Find a person's zone: by ``timezone``, else by phone, else by country. What is not understood is passed over."""
    for find, value in _candidates(traits, phones):
        zone = find(value) if isinstance(value, str) else None
        if zone is not None:
            return zone
    return zone_named(fallback) or utc()


def zone_of_person(profile: Profile) -> ZoneInfo:
    """Find the zone of a profile's person."""
    traits = {name: trait.value for name, trait in profile.traits.items()}
    return zone_of(traits, sorted(profile.identifiers.get("phone", {})))


def _candidates(
    traits: Mapping[str, Any], phones: Sequence[str]
) -> Iterator[tuple[Callable[[str], ZoneInfo | None], Any]]:
    """Give what may tell the zone, the surest first."""
    yield zone_named, traits.get("timezone")
    for phone in phones:
        yield zone_of_phone, phone
    yield zone_of_country, traits.get("country")
    address = traits.get("address")
    yield zone_of_country, address.get("country") if isinstance(address, Mapping) else None


def day_bounds(at: int, zone: ZoneInfo) -> tuple[int, int]:
    """Give the first moment of the calendar day of ``at``, and the first of the day after."""
    day = _day_of(at, zone)
    return _start_of(day, zone), _start_of(day + _DAY, zone)


def week_bounds(at: int, zone: ZoneInfo) -> tuple[int, int]:
    """Give the first moment of the calendar week of ``at``, a Monday's, and the first of the week after."""
    day = _day_of(at, zone)
    monday = day - day.weekday() * _DAY
    return _start_of(monday, zone), _start_of(monday + 7 * _DAY, zone)


def date_due(value: Any, zone: ZoneInfo) -> int | None:
    """Read a time; a date without a time of day is the first moment of that day in the zone."""
    day = _bare_date(value)
    if day is None:
        return parse_time(value)
    start = _midnight(day, zone, fold=0)
    return _start_of(day, zone) if EARLIEST <= start <= LATEST else None


def _bare_date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _day_of(at: int, zone: ZoneInfo) -> date:
    """Give the day of a moment. Once begun, a day lasts: clocks set back over midnight do not bring the last again."""
    day = moment(min(max(at, EARLIEST + _EDGE), LATEST - _EDGE)).astimezone(zone).date()
    return day + _DAY if at >= _start_of(day + _DAY, zone) else day


def at_clock(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Find the first moment of a day at which the clock shows so many minutes since midnight, or has passed them."""
    return _first(day, time(*divmod(minutes, 60)), zone)


def _start_of(day: date, zone: ZoneInfo) -> int:
    """Find the first moment of a day."""
    return _first(day, time.min, zone)


@lru_cache(maxsize=4_096)
def _first(day: date, clock: time, zone: ZoneInfo) -> int:
    """Find when a clock first shows a time, or where clocks skip it the moment at which they do."""
    wanted = datetime.combine(day, clock)
    start = _moment_of(wanted, zone, fold=0)
    if _local(start, zone) == wanted:
        return start
    before, after = _moment_of(wanted, zone, fold=1), start
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _local(middle, zone) >= wanted else (middle, after)
    return after


def _midnight(day: date, zone: ZoneInfo, *, fold: int) -> int:
    """Take a day's midnight at the offset in force before (``fold`` 0) or after a change of clocks that it meets."""
    return _moment_of(datetime.combine(day, time.min), zone, fold=fold)


def _moment_of(local: datetime, zone: ZoneInfo, *, fold: int) -> int:
    return milliseconds_of(local.replace(tzinfo=zone, fold=fold))


def _local(at: int, zone: ZoneInfo) -> datetime:
    """Give what clocks in the zone show."""
    return moment(at).astimezone(zone).replace(tzinfo=None, fold=0)
