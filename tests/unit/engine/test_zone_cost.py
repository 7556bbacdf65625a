"""Zones of an area are compared once, not for each number in it: comparing takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from core.engine import places


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Count which zones are compared, beginning with nothing known."""
    seen: list[tuple[str, str]] = []
    same_time = places._same_time

    def counted(one: ZoneInfo, other: ZoneInfo) -> bool:
        seen.append((one.key, other.key))
        return same_time(one, other)

    monkeypatch.setattr(places, "_same_time", counted)
    for known in (places._only, places.zone_of_phone):
        known.cache_clear()
    yield seen


def test_numbers_of_one_area_share_a_comparison(compared: list[tuple[str, str]]) -> None:
    """A hundred people with British mobile numbers compare its four zones as often as one does."""
    numbers = [f"+4479460{number:05d}" for number in range(100)]
    assert {str(places.zone_of_phone(one)) for one in numbers} == {"Europe/Guernsey"}
    assert len(compared) == len(set(compared)) == 3
