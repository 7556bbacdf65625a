"""Times as they are read and written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.instant import EARLIEST, LATEST, iso, moment, parse_time, read_time


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05.123Z"),
        ("2026-01-02T03:04:05.123456+00:00", "2026-01-02T03:04:05.123Z"),
        ("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29", "2020-05-09T23:54:49.209Z"),
        ("1700000000", "2023-11-14T22:13:20.000Z"),
        (1_700_000_000, "2023-11-14T22:13:20.000Z"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
        (1_700_000_000.5, "2023-11-14T22:13:20.500Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_every_form_in_which_times_arrive_is_read(value: Any, expected: str) -> None:
    """ISO with any fraction and offset, seconds and milliseconds; without a zone it is UTC."""
    found = parse_time(value)
    assert found is not None
    assert iso(found) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2020-05-09 23:54:49 +0000 UTC",
        "a b c UTC",
        "9" * 15,
        "9" * 40,
        "0001-01-01T00:00:00+10:00",
        True,
        None,
        [],
        float("nan"),
        float("inf"),
        1e300,
    ],
)
def test_anything_else_is_no_time(value: Any) -> None:
    """What cannot be read is absent and never raises."""
    assert parse_time(value) is None


def test_a_time_keeps_its_offset_where_it_is_only_read() -> None:
    """Templates print the hour that the sender wrote."""
    found = read_time("2026-01-02T03:04:05+02:00")
    assert found is not None
    assert found.hour == 3


@given(st.integers(EARLIEST, LATEST))
def test_what_is_written_reads_back(milliseconds: int) -> None:
    """Writing and reading are inverse over the whole calendar."""
    assert parse_time(iso(milliseconds)) == milliseconds


@given(st.integers(-(10**20), 10**20))
def test_times_beyond_the_calendar_stop_at_its_edge(milliseconds: int) -> None:
    """No number makes writing fail."""
    edge = min(max(milliseconds, EARLIEST), LATEST)
    assert iso(milliseconds) == iso(edge)
    assert moment(milliseconds) == moment(edge)
