"""One item of a request: the event it is, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from msgspec import structs

from core.engine.callback import Stranger
from core.engine.event import Event
from core.engine.own import hops_of, is_own
from core.pipeline.glimpse import glimpse
from core.pipeline.privacy import DELETE, LISTED, kind_of
from core.pipeline.rows import event_row
from core.pipeline.working import WorkingSet
from core.ports import EventRow, Transaction
from core.trace import place_of

log = structlog.get_logger()

_encoder = msgspec.json.Encoder()

#: What becomes of an item that has no effect: kept for a person to look at, caused by ourselves, or of no interest.
SET_ASIDE, ECHO, IGNORED = "set_aside", "echo", "ignored"


@dataclass
class Item:
    """One item of a request on its way through: mapped, or set aside with the reason.

    ``unknown`` says what is done where nobody has its identifiers yet. ``told`` is the call that was read: kept whole
    where it has no effect, so that it can be read again after somebody has mended the file.
    """

    raw: bytes
    event: Event | None = None
    reason: str = ""
    status: str = SET_ASIDE
    call: bytes = b""
    is_public: bool = False
    unknown: Stranger = "create"
    told: Mapping[str, Any] | None = None


OURS = "echo: Cuewire sent this call itself"
IN_A_CIRCLE = "echo: {hops} of our own sends led to it, and `hops` of policy.yaml allows {most}"
ONLY_SERVERS_ASK = (
    "a request about a person's data is believed of servers only, and anyone could have sent this"
)
NOBODY = "no such person: nobody has any of its identifiers"


def take(people: WorkingSet, item: Item) -> EventRow:
    """Apply one event; one that fails is kept with the reason and costs the others nothing."""
    event = item.event
    assert event is not None
    if item.unknown != "create" and not any(one in people.owners for one in event.identifiers):
        item.status = IGNORED if item.unknown == "ignore" else SET_ASIDE
        item.reason = NOBODY
        return _without_effect(item, event)
    try:
        profile = people.take(event)
    except Exception as problem:
        log.error("event_failed", event_id=event.id, source=event.source, place=place_of(problem))
        item.reason = f"processing failed: {type(problem).__name__}: {problem}"
        return _without_effect(item, event)
    item.status = "applied"
    return event_row(
        event,
        item.raw,
        status=item.status,
        profile_id=profile.id,
        call=item.call,
        is_public=item.is_public,
    )


def _without_effect(item: Item, event: Event) -> EventRow:
    """Give the row of an item that may have an effect later: with all that is needed to read it again."""
    call = item.call or (b"" if item.told is None else _encoder.encode(item.told))
    return event_row(
        event, item.raw, status=item.status, reason=item.reason, call=call, is_public=item.is_public
    )


def aside(tx: Transaction, source: str, item: Item, received_at: int) -> EventRow:
    """Give the row of an item that is not applied."""
    if item.event is None:
        seq = tx.events.next_seq()
        told = glimpse(item.raw)
        row = EventRow(seq, told.id, source, told.type, told.event, received_at, received_at, "set_aside")
        return structs.replace(row, raw=item.raw, reason=item.reason)
    if item.status == "duplicate":
        return event_row(item.event, b"", status=item.status, reason=item.reason)
    return _without_effect(item, item.event)


def in_order(items: list[Item]) -> list[Item]:
    """Order a request's events by event time; equal times keep their order of arrival."""
    return sorted(items, key=lambda item: item.event.timestamp if item.event else 0)


def echo(event: Event, most_hops: int) -> str:
    """Say why an event is known to come of our own sends; empty when it is not, and for a request to delete."""
    if is_own(event.data):
        return OURS
    hops = hops_of(event.data)
    is_in_circle = hops > most_hops and event.type != DELETE
    return IN_A_CIRCLE.format(hops=hops, most=most_hops) if is_in_circle else ""


def unusable(event: Event, *, is_public: bool) -> str:
    """Say why an event cannot be applied; empty when it can."""
    if event.type == DELETE:
        if is_public:
            return ONLY_SERVERS_ASK
        return LISTED.format(kind=kind_of(event.data))
    if event.identifiers:
        return ""
    unbelieved = ", or only addresses, of which a public sender is not believed" if is_public else ""
    return f"no usable identifier: none is present, or all are blocked{unbelieved}"
