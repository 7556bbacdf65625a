"""What can still be told of an item that cannot be used, so that it is found again by its id."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from core.engine.digest import derive

#: Longer texts are no ids or names.
LONGEST = 100


class Glimpse(NamedTuple):
    """An item's id, or the hash of its bytes, and what it calls itself."""

    id: str
    type: str
    event: str


def glimpse(raw: bytes) -> Glimpse:
    """Read an unusable item's own words where they are texts; anything else stays empty."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    item: dict[str, Any] = found if isinstance(found, dict) else {}
    hashed = derive("e", raw.decode("utf-8", "replace"))
    return Glimpse(_text(item.get("messageId")) or hashed, _text(item.get("type")), _text(item.get("event")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST else ""
