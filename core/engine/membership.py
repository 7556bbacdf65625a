"""What a customer data platform computes of a person, told again: an audience that they are in already."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from core.engine.event import Event
from core.engine.profile import Profile

#: Under these names an event says which of its properties the platform computed.
_KEYS = ("audience_key", "trait_key")


def as_news(event: Event, profile: Profile) -> Event:
    """Give an event as it counts: one that tells what the person is known for already sets nothing off.

    A platform tells the same once for each identifier, under another id each time. The identifiers still join.
    """
    key = computed_key(event)
    held = profile.traits.get(key) if key else None
    if held is None or held.value != event.traits[key]:
        return event
    return structs.replace(event, type="identify", name="")


def computed_key(event: Event) -> str:
    """Name the trait that an event says was computed; empty where it is no such event."""
    properties: Any = event.data.get("properties")
    if event.type != "track" or not isinstance(properties, dict):
        return ""
    keys = [key for name in _KEYS if isinstance(key := properties.get(name), str)]
    return next((key for key in keys if key in event.traits and key in properties), "")
