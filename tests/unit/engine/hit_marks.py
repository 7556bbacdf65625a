"""Makes marks of told events, as the engine would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from core.engine.hits import Hit, Reading, hits, read
from core.engine.profile import Mark
from core.engine.scope import Scope
from core.engine.when import MarkAnchor

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@dataclass(frozen=True)
class Told:
    """An event of a story."""

    name: str
    at: int
    seq: int = 0
    properties: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    kind: str = "track"
    source: str = "segment"
    quiet: bool = False
    call_name: str = ""

    @property
    def id(self) -> str:
        """Give the event's id."""
        return f"e{self.seq}"


def told(name: str, at: int, **properties: Any) -> Told:
    """Tell a track event."""
    return Told(name, at, properties=properties)


def numbered(events: Iterable[Told]) -> list[Told]:
    """Give events that have none an arrival number, and put all in order."""
    found = [
        event if event.seq else Told(**{**vars(event), "seq": place + 1})
        for place, event in enumerate(events)
    ]
    return sorted(found, key=lambda event: (event.at, event.seq))


def reading_of(event: Told) -> tuple[Reading, Scope]:
    """Give what an anchor may look at."""
    data: dict[str, Any] = {"event": event.name, "properties": event.properties, "context": event.context}
    if event.call_name:
        data["name"] = event.call_name
    scope = Scope(event=data, profile={}, now=event.at)
    return Reading(event.kind, event.id, event.name, event.source, event.quiet), scope


def marks_of(anchor: MarkAnchor, events: Iterable[Told]) -> list[Mark]:
    """Give the marks of events, as they come back from the store."""
    found = []
    for event in numbered(events):
        value = read(anchor, *reading_of(event))
        if value is not None:
            found.append(Mark(event.at, event.seq, value))
    return msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=list[Mark])


def all_hits(anchor: MarkAnchor, *events: Told) -> list[Hit]:
    """Give every match in a story."""
    return hits(anchor, marks_of(anchor, events), 0)


def matched_at(anchor: MarkAnchor, *events: Told) -> list[int]:
    """Give the times of all matches in a story."""
    return [hit.mark.timestamp for hit in all_hits(anchor, *events)]


def check_against(
    anchor: MarkAnchor, events: list[Told], naive: list[tuple[int, str, tuple[int, ...]]]
) -> None:
    """Compare with (arrival number, key, events) worked out another way, for every start and in order."""
    marks = marks_of(anchor, events)
    found = hits(anchor, marks, 0)
    assert [(hit.mark.seq, hit.key, hit.seqs) for hit in found] == naive
    for start, mark in enumerate(marks):
        assert hits(anchor, marks, start) == [hit for hit in found if hit.mark[:2] >= mark[:2]]
    assert hits(anchor, marks, len(marks)) == []
    in_order = [hit for n in range(len(marks)) for hit in hits(anchor, marks[: n + 1], n)]
    assert in_order == found


def moments(random: Random, most: int, steps: tuple[int, ...]) -> list[int]:
    """Make up times, with ties and with distances that lie on the edges of windows."""
    at, found = 1_000_000, []
    for _ in range(random.randint(0, most)):
        found.append(at)
        at += random.choice(steps)
    return found
