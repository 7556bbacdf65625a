"""Values in the types that a vendor's fields have, where an action's ``types`` names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from connectors.value import is_nested, is_no_number, plain_text, whole
from core.engine.instant import read_time
from core.ports import FieldSpec

TYPES = FieldSpec(
    "types",
    "A map of field to its type: date, time, number, boolean or text.",
    words=("date", "time", "number", "boolean", "text"),
)

YES, NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


def as_date(value: object) -> date | None:
    """Read a calendar day: of a time with an offset, the day as it is written there."""
    found = read_time(value)
    return found.date() if found else None


def as_time(value: object) -> datetime | None:
    """Read a moment, in UTC."""
    found = read_time(value)
    return found.astimezone(UTC) if found else None


def as_number(value: object) -> object:
    """Read a number, also out of text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and not is_no_number(value)
    return whole(value) if is_number else None


def as_boolean(value: object) -> bool | None:
    """Read true or false, also as people write them."""
    if isinstance(value, bool):
        return value
    said = plain_text(value).strip().lower()
    return True if said in YES else False if said in NO else None


def as_text(value: object) -> str | None:
    """Write a value as text."""
    return None if isinstance(value, list) or is_nested(value) else plain_text(value)


READERS: Mapping[str, Callable[[object], object]] = {
    "date": as_date,
    "time": as_time,
    "number": as_number,
    "boolean": as_boolean,
    "text": as_text,
}


def type_problem(fields: Mapping[str, object]) -> str:
    """Say which value is not of its type; empty when all are."""
    types = fields.get("types") or {}
    if not isinstance(types, Mapping):
        return "the field types is not a map of field to type"
    for name, kind in types.items():
        if str(kind) not in READERS:
            return f"the field types gives {name} a type that is none of {', '.join(READERS)}"
        if fields.get(name) not in (None, "") and coerce(fields, name) is None:
            return f"the field {name} is not a {kind}"
    return ""


def coerce(fields: Mapping[str, object], name: str) -> object:
    """Give a field's value in its type; without one, and where it is empty, as it is."""
    value, types = fields.get(name), fields.get("types")
    kind = types.get(name) if isinstance(types, Mapping) else None
    return value if kind is None or value in (None, "") else READERS[str(kind)](value)
