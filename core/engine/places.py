"""Where people are: the zones of the IANA database, and the one zone of a country or of a phone number.

Everything comes from packaged data, never from the machine: the same person has the same zone everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

#: Zones of one country that agree on each of these days are one zone: its names tell of an older past.
_COMPARED_FROM, _COMPARED_DAYS = datetime(2015, 1, 1, tzinfo=UTC), 23 * 365

#: Common names that the database writes otherwise.
_OTHER_NAMES = {
    "bosnia and herzegovina": "BA",
    "czechia": "CZ",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "macedonia": "MK",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "scotland": "GB",
    "south korea": "KR",
    "the netherlands": "NL",
    "türkiye": "TR",
    "uae": "AE",
    "uk": "GB",
    "united kingdom": "GB",
    "viet nam": "VN",
    "wales": "GB",
}

_DATABASE = files("tzdata") / "zoneinfo"


def zone_named(name: str) -> ZoneInfo | None:
    """Find a zone by its name, in any case; None for what is no name of the database."""
    known = _names().get(name.strip().casefold())
    return None if known is None else _load(known)


def zone_names() -> Iterable[str]:
    """Give every name of the database."""
    return _names().values()


@lru_cache(maxsize=10_000)
def zone_of_phone(phone: str) -> ZoneInfo | None:
    """Find the one zone of an international number's area; None where there is none or more than one."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return None
    return _only(tuple(time_zones_for_number(number)))


@lru_cache(maxsize=10_000)
def zones_of_phone(phone: str) -> tuple[ZoneInfo, ...]:
    """Give every zone of an international number's area; none for what is no number."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ()
    return _known(time_zones_for_number(number))


def zones_of_country(country: str) -> tuple[ZoneInfo, ...]:
    """Give every zone of a country, by its two letters or its English name, in any case."""
    folded = country.strip().casefold()
    return _known(_zones_of_codes().get(_codes().get(folded, folded.upper()), ()))


def zone_of_country(country: str) -> ZoneInfo | None:
    """Find the one zone of a country, by its two letters or its English name, in any case."""
    folded = country.strip().casefold()
    return _zone_of_code(_codes().get(folded, folded.upper()))


@cache
def _names() -> dict[str, str]:
    """Give every name of the database by its folded spelling."""
    names = (files("tzdata") / "zones").read_text("utf-8").split()
    return {name.casefold(): name for name in names if name != "Factory"}


@cache
def _load(name: str) -> ZoneInfo:
    """Read one zone from the packaged database, not from the machine's."""
    with _DATABASE.joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@cache
def _codes() -> dict[str, str]:
    """Give the two letters of a country by its folded name."""
    return {name.casefold(): code for code, name in _table("iso3166.tab")} | _OTHER_NAMES


@cache
def _zones_of_codes() -> dict[str, list[str]]:
    """Give the zones of each country, the one of most people first."""
    zones: dict[str, list[str]] = {}
    for code, _, name, *_ in _table("zone.tab"):
        zones.setdefault(code, []).append(name)
    return zones


@lru_cache(maxsize=512)
def _zone_of_code(code: str) -> ZoneInfo | None:
    return _only(tuple(_zones_of_codes().get(code, ())))


def _table(name: str) -> Iterable[list[str]]:
    """Read the rows of one of the database's tables."""
    lines = (_DATABASE / name).read_text("utf-8").splitlines()
    return (line.split("\t") for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=4_096)
def _only(names: tuple[str, ...]) -> ZoneInfo | None:
    """Give the first of these zones where they all tell the same time; compared once, as that takes long."""
    zones = _known(names)
    if not zones:
        return None
    return zones[0] if all(_same_time(zones[0], other) for other in zones[1:]) else None


def _known(names: Sequence[str]) -> tuple[ZoneInfo, ...]:
    return tuple(zone for zone in map(zone_named, names) if zone is not None)


def _same_time(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Tell whether two zones agree on every day looked at."""
    days = (_COMPARED_FROM + timedelta(days=day) for day in range(_COMPARED_DAYS))
    return all(day.astimezone(one).utcoffset() == day.astimezone(other).utcoffset() for day in days)
