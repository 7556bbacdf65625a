"""One event as the engine sees it: mapped, cleaned, ordered and free of vendor shapes."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct

#: The seven calls of the Segment spec, and ``trigger`` for a call to ``/api/trigger``.
EVENT_TYPES = ("track", "identify", "page", "screen", "group", "alias", "delete", "trigger")

#: Calls that have no event name of their own are the events of these names.
NAMES_OF_TYPES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "group": "Grouped",
}


class Identifier(NamedTuple):
    """A namespace of ``identity.yaml`` and a normalised value in it."""

    namespace: str
    value: str


class ConsentStatement(Struct, frozen=True):
    """What an event says of one purpose; an empty channel means all its channels.

    ``at`` is when it was said, where the sender tells it; 0 where the event's time says it. ``text`` is the version of
    the text that was agreed to.
    """

    purpose: str
    channel: str
    granted: bool
    at: int = 0
    text: str = ""

    def said_at(self, timestamp: int) -> int:
        """Give when it was said, by the time of its event: no statement is newer than the event that brings it."""
        return min(self.at or timestamp, timestamp)


class Event(Struct, frozen=True):
    """An event after its source's mapping. Times are milliseconds since 1970, UTC.

    ``seq`` is the arrival number: unique, growing, given by the shell; it breaks ties between equal timestamps.
    ``data`` is the whole event in Segment's spelling, cleaned: no nulls, no empty texts, numbers as floats.
    ``identifiers`` are normalised, unblocked and strongest first.
    A trait that is None is taken away.
    ``trigger`` names the trigger whose anchor the API declares met; empty for everything else.
    ``quiet`` marks imported history: it is remembered and counted, closes what it closes, and sets off nothing.
    """

    id: str
    seq: int
    source: str
    type: str
    name: str
    timestamp: int
    received_at: int
    data: dict[str, Any]
    identifiers: tuple[Identifier, ...] = ()
    traits: dict[str, Any] = {}
    consent: tuple[ConsentStatement, ...] = ()
    lateness: int = 0
    trigger: str = ""
    quiet: bool = False
