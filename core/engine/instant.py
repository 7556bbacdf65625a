"""Points in time: milliseconds inside, ISO text at the edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1)
_AWARE_EPOCH = _EPOCH.replace(tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

#: The years 1 to 9999, which is what ISO text and CEL can say.
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999

#: Numbers below this are seconds since 1970, from here on milliseconds.
_FIRST_AS_MILLISECONDS = 100_000_000_000


def iso(milliseconds: int) -> str:
    """Write a time as ``2026-01-02T03:04:05.000Z``; what lies outside the years 1 to 9999 is moved to its edge."""
    seconds, rest = divmod(min(max(milliseconds, EARLIEST), LATEST), 1_000)
    return f"{_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    """Write a whole second: events come many to one, and writing it out is the dearer part."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def moment(milliseconds: int) -> datetime:
    """Give an aware UTC time; what lies outside the years 1 to 9999 is moved to its edge."""
    return _AWARE_EPOCH + timedelta(milliseconds=min(max(milliseconds, EARLIEST), LATEST))


def parse_time(value: object) -> int | None:
    """Read ISO text (without a zone: UTC), or a number of seconds or milliseconds since 1970."""
    found = read_time(value)
    if found is None:
        return None
    milliseconds = milliseconds_of(found)
    # An offset can lead out of the calendar on its first and last day.
    return milliseconds if EARLIEST <= milliseconds <= LATEST else None


def milliseconds_of(found: datetime) -> int:
    """Give an aware time as milliseconds since 1970."""
    return (found - _AWARE_EPOCH) // _MILLISECOND


def read_time(value: object) -> datetime | None:
    """Read the same forms as an aware time that keeps its offset."""
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_number(value)
    return None


def _read_text(text: str) -> datetime | None:
    """Read ISO text, or digits alone."""
    if len(text) >= 9 and text.isdecimal():
        return _read_number(int(text)) if len(text) < 20 else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _read_printed(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _read_printed(text: str) -> datetime | None:
    """Read ``2020-05-09 23:54:49.2098 +0000 UTC m=+70366.29``, which stands in Segment's ``delete`` calls."""
    parts = text.split(" ", 4)
    if len(parts) < 4 or parts[3] != "UTC":
        return None
    try:
        return datetime.strptime(f"{parts[0]} {parts[1][:15]} {parts[2]}", "%Y-%m-%d %H:%M:%S.%f %z")
    except ValueError:
        return None


def _read_number(number: float) -> datetime | None:
    """Read seconds or milliseconds since 1970, told apart by their size."""
    scaled = number * 1_000 if abs(number) < _FIRST_AS_MILLISECONDS else number
    return moment(int(scaled)) if EARLIEST <= scaled <= LATEST else None
