"""Everything known of one person, as one value with canonical bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from core.engine.event import Event

SCHEMA = 2

#: Bounds of one profile; the oldest entries are dropped first, at each event.
TIMELINE_LIMIT = 200
MARKS_LIMIT = 1_000
FIRINGS_LIMIT = 200
SENT_LIMIT = 500
HELD_LIMIT = 50
WAITING_LIMIT = 50
BURST_LIMIT = 50
DIGEST_LIMIT = 50
DIGEST_BYTES = 256 * 1024
CASE_EVENTS_LIMIT = 50
TIMELINE_BYTES = 256 * 1024

#: The arrival number of what time alone brings about: behind every event of its millisecond.
LAST_SEQ = 2**62

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_data_decoder = msgspec.msgpack.Decoder(dict[str, Any])


class Mark(NamedTuple):
    """An event that matched: its time, its arrival number, which is unique, and what was read from it.

    Marks are in order by their first two parts alone; a pair of these compares with a mark.
    """

    timestamp: int
    seq: int
    value: Any = None


class Trait(Struct, frozen=True, array_like=True):
    """A trait's value and where and when it came from; the newest wins. None: it was taken away."""

    value: Any
    at: int
    seq: int
    source: str


class Consent(Struct, frozen=True, array_like=True):
    """The last statement about one purpose and channel."""

    granted: bool
    at: int
    source: str


class Moment(Struct, frozen=True, array_like=True):
    """An event kept in a profile's timeline, for case data, late events and merges.

    ``raw`` holds the event's data as bytes: most moments are only carried along, never looked into.
    ``quiet`` is the event's: no replay of the timeline may open a case or fire for it.
    """

    timestamp: int
    seq: int
    id: str
    name: str
    source: str
    raw: msgspec.Raw
    lateness: int = 0
    quiet: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """Decode the event's data."""
        return _data_decoder.decode(self.raw)


def thin_moment(at: int, seq: int, event_id: str, *, lateness: int = 0) -> Moment:
    """Make a moment of which nothing but its place and id is known."""
    return Moment(at, seq, event_id, "", "", msgspec.Raw(_encoder.encode({})), lateness)


def event_of(moment: Moment) -> str:
    """Give the id of the event; empty where time alone brought the moment about."""
    return "" if moment.seq == LAST_SEQ else moment.id


def moment_of(event: Event) -> Moment:
    """Keep an event as a moment."""
    raw = msgspec.Raw(_encoder.encode(event.data))
    known = (event.timestamp, event.seq, event.id, event.name, event.source)
    return Moment(*known, raw, event.lateness, event.quiet)


class Case(Struct, frozen=True):
    """One open instance of an absence anchor; an empty key is the keyless case.

    ``anchor`` is the event that (re)started the clock; ``events`` the last of those it holds, oldest first;
    ``count`` and ``sum`` cover all of them.
    """

    key: str
    anchor: Moment
    due: int
    wake_at: int
    first: Moment
    events: tuple[Moment, ...]
    count: int
    sum: float
    anchor_hash: str


class Journey(Struct, frozen=True):
    """A fired decision whose next step waits until ``due``; ``shadow`` where its trigger was one when it fired."""

    decision_id: str
    step: int
    due: int
    wake_at: int
    at: int
    anchor: Moment
    case: dict[str, Any]
    journey_hash: str
    shadow: bool = False


class Total(Struct, frozen=True, array_like=True):
    """What was gathered for ever for a computed trait, from the events that first came to one profile.

    ``values`` holds different values by their text, each with its last mark; its bound drops the oldest.
    """

    count: int = 0
    sum: float = 0.0
    low: Any = None
    high: Any = None
    first: Mark | None = None
    last: Mark | None = None
    values: dict[str, Mark] = {}


class Date(Struct, frozen=True):
    """A date that a trigger waits for; one that is not ``armed`` is only remembered, not to be taken for new."""

    due: int
    wake_at: int
    anchor: Moment
    anchor_hash: str
    armed: bool = True


class Firing(Struct, frozen=True, array_like=True):
    """A decision that fired, kept for limits and for telling what late events change."""

    at: int
    decision_id: str
    key: str | None
    event_id: str
    shadow: bool = False


class Sent(Struct, frozen=True, array_like=True):
    """A message for which the intent to send was committed; caps count these."""

    at: int
    id: str
    channel: str
    purpose: str
    tags: tuple[str, ...] = ()


class Held(Struct, frozen=True):
    """A match that is judged when ``due``: held back by its group (``until`` then at the latest), or a burst's last."""

    key: str
    due: int
    wake_at: int
    at: int
    anchor: Moment
    case: dict[str, Any]
    anchor_hash: str
    until: int | None = None


class Waiting(Struct, frozen=True):
    """A message that was let go at ``since`` and leaves when ``due``; an exit event up to then takes it back."""

    action_id: str
    key: str
    anchor: Moment
    due: int
    since: int

    @property
    def is_held(self) -> bool:
        """Tell whether it waits for a free moment; any other leaves at once."""
        return self.due > self.since


class Joined(Struct, frozen=True):
    """A firing that was let go at ``since`` and waits to leave in one message with others of its kind.

    ``due`` and ``wake_at`` are the digest's where this firing opened it. ``held`` is when a digest that could not leave
    at its due is asked again; nobody joins it any more. One that ``is_out`` opened a digest and was taken out of it.
    """

    action_id: str
    decision_id: str
    trigger: str
    step: int
    key: str
    since: int
    at: int
    anchor: Moment
    case: dict[str, Any]
    due: int
    wake_at: int
    journey_hash: str
    held: int | None = None
    is_out: bool = False


class Profile(Struct):
    """One person. Dictionaries are keyed by namespace, trait, ``purpose/channel``, condition id or trigger.

    ``clock`` is the latest event time applied and ``drained`` the latest ``wake_at`` that was drained.
    ``settled`` names the profiles whose timelines the open cases cover. ``totals`` are keyed by tally and by the id
    of the profile that first gathered them, ``dates`` and ``above`` by trigger. ``members`` gives since when a
    segment holds, ``above`` since when a trigger's score is up; ``judged`` is when they were last judged, ``recheck``
    when time alone may change them. ``sent`` are messages, ``grouped`` firings by group (their keys are triggers),
    ``held`` matches by trigger, ``bursts`` when a trigger and key matched lately, ``waiting`` messages that may not
    have left yet, ``digests`` by message the firings that wait to leave together. ``measures`` is the rule set's that
    all this covers, ``covered`` names its parts.
    """

    id: str
    identifiers: dict[str, dict[str, Mark]] = {}
    traits: dict[str, Trait] = {}
    consent: dict[str, Consent] = {}
    merged_from: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    first_seen: int = 0
    last_seen: int = 0
    clock: int = 0
    drained: int = 0
    marks: dict[str, list[Mark]] = {}
    timeline: list[Moment] = []
    cases: dict[str, list[Case]] = {}
    journeys: dict[str, dict[str, Journey]] = {}
    firings: dict[str, list[Firing]] = {}
    totals: dict[str, dict[str, Total]] = {}
    last_active: int | None = None
    members: dict[str, int] = {}
    above: dict[str, int] = {}
    judged: int = 0
    recheck: int | None = None
    dates: dict[str, Date] = {}
    sent: list[Sent] = []
    grouped: dict[str, list[Firing]] = {}
    held: dict[str, dict[str, Held]] = {}
    bursts: dict[str, dict[str, list[int]]] = {}
    waiting: dict[str, list[Waiting]] = {}
    digests: dict[str, list[Joined]] = {}
    measures: str = ""
    covered: tuple[str, ...] = ()
    schema: int = SCHEMA


_decoder = msgspec.msgpack.Decoder(Profile)


def new_profile(profile_id: str, at: int) -> Profile:
    """Begin a profile, first seen at ``at``."""
    return Profile(id=profile_id, settled=(profile_id,), first_seen=at, last_seen=at)


def encode(profile: Profile) -> bytes:
    """Give a profile's canonical bytes: equal profiles have equal bytes."""
    return _encoder.encode(profile)


def decode(state: bytes) -> Profile:
    """Read a profile back from its bytes."""
    return _decoder.decode(state)
