"""Values as data gives them, written as vendors take them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping


def plain_text(value: object) -> str:
    """Write a value as text: a whole number from data is a double and loses its fraction, a truth value is a word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(whole(value))


def whole(value: object) -> object:
    """Give a whole number without its fraction, and anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def choices(values: list[object]) -> str:
    """Write a list as both CRMs write the chosen ones of a multiple choice."""
    return ";".join(plain_text(value) for value in values)


def is_no_number(value: object) -> bool:
    """Say whether a value is a number that JSON cannot carry."""
    return isinstance(value, float) and not math.isfinite(value)


def is_nested(value: object) -> bool:
    """Say whether a value is a map, or a list that holds more than plain values."""
    if isinstance(value, list):
        return any(isinstance(part, list | Mapping) for part in value)
    return isinstance(value, Mapping)


def leaves(value: object) -> Iterator[object]:
    """Give the plain values in a value, however deep they lie."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    if inner is None:
        yield value
        return
    for part in inner:
        yield from leaves(part)
