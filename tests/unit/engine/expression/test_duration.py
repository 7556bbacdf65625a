"""Durations as admins write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.duration import LONGEST, UNITS, format_duration, parse_duration
from core.errors import FormulaError


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30_000), ("15m", 900_000), ("24h", 86_400_000), ("7d", 604_800_000), ("0s", 0)],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, expected: int) -> None:
    """Seconds, minutes, hours and days are known."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "s", "15", "500ms", "1.5h", "-1d", "7 d", "7D", "1w", "٣d", "P7D", "36501d", "9" * 20 + "s"]
)
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    """A slip is found when mappings load, as a ValueError that says what to write."""
    with pytest.raises(ValueError, match=r"duration|too long") as caught:
        parse_duration(text)
    assert isinstance(caught.value, FormulaError)
    assert "d" in caught.value.hint


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0s"),
        (1_000, "1s"),
        (90_000, "90s"),
        (900_000, "15m"),
        (5_400_000, "90m"),
        (86_400_000, "1d"),
        (1_500, "1.5s"),
    ],
)
def test_a_duration_is_written_in_its_largest_unit(milliseconds: int, text: str) -> None:
    """The shortest way to say it exactly."""
    assert format_duration(milliseconds) == text


@given(st.integers(0, 10_000), st.sampled_from(sorted(UNITS)))
def test_what_is_written_reads_back(number: int, unit: str) -> None:
    """Writing and reading are inverse."""
    length = number * UNITS[unit]
    assert parse_duration(format_duration(length)) == length <= LONGEST
