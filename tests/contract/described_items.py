"""What the pipeline makes of what an app handed over, as the fixtures write it."""

from __future__ import annotations

from typing import Any

from edge.doubles import Edge
from edge.reader import NOW
from recorded_sources import shipped

from core.engine.event import Event
from core.engine.instant import iso
from core.pipeline.arriving import arrived
from core.pipeline.item import Item


def items_of(app: Edge, source: str) -> list[Item]:
    """Give what the pipeline makes of what was handed over."""
    return [arrived(source, item, shipped(), NOW) for item in app.intake.items]


def described(item: Item) -> dict[str, Any]:
    """Give an item as the fixtures write it, without what is empty."""
    event = item.event
    found = {} if event is None else of_event(event)
    if event is not None and event.id in item.raw.decode():
        found = {"id": event.id} | found
    return {name: value for name, value in {**found, "reason": item.reason}.items() if value}


def of_event(event: Event) -> dict[str, Any]:
    """Give all that is mapped of an event."""
    return {
        "type": event.type,
        "name": event.name,
        "at": iso(event.timestamp),
        "identifiers": [f"{one.namespace} {one.value}" for one in event.identifiers],
        "traits": event.traits,
        "properties": event.data.get("properties", {}),
        "consent": {
            f"{one.purpose} {one.channel}".strip(): one.granted
            for one in sorted(event.consent, key=lambda one: (one.purpose, one.channel))
        },
    }
