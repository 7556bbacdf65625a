"""Quiet hours: when a person may not be written to, and when they next may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from core.engine.formula import Formula
from core.engine.instant import moment
from core.engine.places import zone_named, zones_of_country, zones_of_phone
from core.engine.policy import QuietHours
from core.engine.scope import Scope
from core.engine.zone import utc

#: Zones whose nights follow each other can leave no free moment; then none is found within this many of them.
_ROUNDS = 60

MINUTE, DAY = 60_000, 86_400_000


def possible_zones(quiet: QuietHours, scope: Scope) -> tuple[ZoneInfo, ...]:
    """Give the zones in which a person may be, by the first thing that tells any."""
    for tells in quiet.zones:
        found = _told(tells, scope)
        if found:
            return found
    return quiet.otherwise or (utc(),)


def free_from(quiet: QuietHours, zones: Sequence[ZoneInfo], at: int) -> int | None:
    """Give the first moment from ``at`` on that is quiet in no zone; None when there is none for weeks."""
    free = at
    for _ in range(_ROUNDS):
        ends = [_end(quiet, zone, free) for zone in zones if is_quiet(quiet, zone, free)]
        if not ends:
            return free
        free = max(ends)
    return None


def is_quiet(quiet: QuietHours, zone: ZoneInfo, at: int) -> bool:
    """Tell whether the clock in a zone stands within the quiet hours; their end is free again."""
    local = moment(at).astimezone(zone)
    minute = local.hour * 60 + local.minute
    if quiet.begin <= quiet.end:
        return quiet.begin <= minute < quiet.end
    return minute >= quiet.begin or minute < quiet.end


def _end(quiet: QuietHours, zone: ZoneInfo, at: int) -> int:
    """Give the next time after ``at`` at which the clock shows the end, or is changed before."""
    local = moment(at).astimezone(zone)
    since = (local.hour * 60 + local.minute) * MINUTE + local.second * 1_000 + local.microsecond // 1_000
    end = at + (quiet.end * MINUTE - since) % DAY
    return _changed(zone, at, end) if _offset(zone, end) != local.utcoffset() else end


def _changed(zone: ZoneInfo, at: int, end: int) -> int:
    """Find when between two times the clock is changed."""
    before, after, offset = at, end, _offset(zone, at)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: int) -> timedelta | None:
    return moment(at).astimezone(zone).utcoffset()


def _told(tells: Formula | str, scope: Scope) -> tuple[ZoneInfo, ...]:
    if isinstance(tells, Formula):
        value = tells.evaluate(scope)
        zone = zone_named(value) if isinstance(value, str) else None
        return (zone,) if zone else ()
    if tells == "phone":
        phones = scope.profile.get("identifiers", {}).get("phone", [])
        found = [zones for phone in phones if (zones := zones_of_phone(phone))]
        return found[0] if found else ()
    traits = scope.profile.get("traits", {})
    address = traits.get("address")
    countries = [traits.get("country"), address.get("country") if isinstance(address, dict) else None]
    return next((z for one in countries if isinstance(one, str) and (z := zones_of_country(one))), ())
