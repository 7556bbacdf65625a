"""Durations as admins write them: ``30s 15m 24h 7d``."""

from __future__ import annotations

from core.errors import FormulaError

UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

#: A hundred years: what is longer is a slip of the finger, and would leave the range of dates.
LONGEST = 36_500 * UNITS["d"]


class DurationError(FormulaError, ValueError):
    """Refuse a text that is no duration."""


def parse_duration(text: str) -> int:
    """Read a duration as milliseconds."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit()):
        raise DurationError(
            f"{text!r} is no duration", hint="write a whole number and s, m, h or d: 30s 15m 24h 7d"
        )
    if len(number) > 12 or int(number) * UNITS[unit] > LONGEST:
        raise DurationError(f"{text!r} is too long", hint="the longest duration is 36500d")
    return int(number) * UNITS[unit]


def format_duration(milliseconds: int) -> str:
    """Write a duration in the largest unit that says it exactly."""
    for unit in ("d", "h", "m"):
        if milliseconds and milliseconds % UNITS[unit] == 0:
            return f"{milliseconds // UNITS[unit]}{unit}"
    return f"{milliseconds / 1_000:g}s" if milliseconds % 1_000 else f"{milliseconds // 1_000}s"
