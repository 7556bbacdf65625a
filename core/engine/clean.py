"""Data as formulas meet it: no nulls, no empty values, every number a float."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite
from typing import Any

#: Names whose values are read as numbers even when they were sent as text.
NUMERIC = frozenset({"price", "quantity", "revenue", "total", "value"})

#: Containers nested deeper than this are dropped.
DEPTH = 32

#: Whole numbers beyond this stay text: a float no longer holds each of them.
EXACT = 2**53

# CEL ends a text at this character, so that one could pass for another; no sender means it.
_NUL = "\0"

#: In bits; about 300 digits, as many as the largest float has.
_LONGEST_NUMBER = 1_024

_ABSENT = object()


def clean(call: Mapping[str, Any], numeric: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Copy a call without what is null or empty, its numbers as floats.

    Text under a name in ``numeric``, or one of ``NUMERIC``, becomes a number where it is one.
    """
    return _clean_map(call, _all_numeric(numeric), DEPTH)


@cache
def _all_numeric(numeric: frozenset[str]) -> frozenset[str]:
    """Add a source's own names; there is one set per source."""
    return NUMERIC | numeric


def _clean_map(source: Mapping[str, Any], numeric: frozenset[str], depth: int) -> dict[str, Any]:
    """Clean a map; text, by far the commonest, is settled without a call."""
    cleaned: dict[str, Any] = {}
    for name, value in source.items():
        if _NUL in name:
            name = name.replace(_NUL, "")
        if type(value) is str:
            if _NUL in value:
                value = value.replace(_NUL, "")
            if value:
                cleaned[name] = _number_in(value) if name in numeric else value
        else:
            kept = _clean_value(value, numeric, depth)
            if kept is not _ABSENT:
                cleaned[name] = kept
    return cleaned


def _clean_value(value: Any, numeric: frozenset[str], depth: int) -> Any:
    """Clean anything but text in a map; what is none of JSON's types is absent."""
    kind = type(value)
    if kind is dict:
        return (_clean_map(value, numeric, depth - 1) if depth > 1 else None) or _ABSENT
    if kind is float:
        return value if isfinite(value) else _ABSENT
    if kind is int:
        return float(value) if -EXACT <= value <= EXACT else _digits(value) or _ABSENT
    if kind is list:
        return (_clean_list(value, numeric, depth - 1) if depth > 1 else None) or _ABSENT
    if kind is str:
        return value.replace(_NUL, "") or _ABSENT
    return value if kind is bool else _ABSENT


def _clean_list(source: list[Any], numeric: frozenset[str], depth: int) -> list[Any]:
    """Clean a list; what is absent takes no place in it."""
    cleaned = [_clean_value(item, numeric, depth) for item in source]
    return [item for item in cleaned if item is not _ABSENT]


def _number_in(text: str) -> float | str:
    """Read a text as a number where it is a plain finite one that a float holds."""
    # Python also takes 1_000, infinity and foreign digits, which no sender means as a number.
    if not text.isascii() or "_" in text:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if -EXACT < number < EXACT else text


def event_key(value: Any) -> str | None:
    """Write a value as the text of a key or an identifier; None for what cannot be one."""
    if type(value) is str:
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    return _digits(value) if isinstance(value, int) else None


def _digits(number: int) -> str | None:
    """Write a whole number out; one of thousands of digits, which Python refuses to write, is nobody's data."""
    return str(number) if number.bit_length() <= _LONGEST_NUMBER else None
