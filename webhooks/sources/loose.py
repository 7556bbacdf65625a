"""Read untrusted JSON loosely: what is not of the kind that is asked for counts as absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.json import Encoder

from core.engine.clean import EXACT, event_key
from core.engine.digest import derive
from core.engine.instant import parse_time

Object = dict[str, Any]

#: Equal values give equal bytes.
_canonical = Encoder(order="deterministic")


def a_map(value: Any) -> Object:
    """Give an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def a_list(value: Any) -> list[Any]:
    """Give a list, or an empty one."""
    return value if isinstance(value, list) else []


def maps_in(value: Any) -> list[Object]:
    """Give the objects of a list."""
    return [item for item in a_list(value) if isinstance(item, dict)]


def text_of(value: Any) -> str:
    """Give text, or a number's digits; a fraction, or a float that no longer holds each whole number, is none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and not (value.is_integer() and abs(value) <= EXACT):
        return ""
    return "" if isinstance(value, bool) else event_key(value) or ""


def number_of(value: Any) -> float | None:
    """Give a number, also one that was sent as plain text."""
    if isinstance(value, str):
        try:
            value = float(value) if len(value) < 40 else None
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < EXACT else None


def first_time(values: Sequence[Any]) -> Any:
    """Give the first value that is a time after 1970; senders write 0 where they know none."""
    return next((value for value in values if (parse_time(value) or 0) > 0), None)


def present(found: Mapping[str, Any]) -> Object:
    """Leave out what is null or empty."""
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def derived_id(*parts: Any) -> str:
    """Give an id that equal content gives again."""
    return derive("e", *(_canonical.encode(part).decode() for part in parts))
