"""Split an mParticle request into batches and their events, each judged alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from core.errors import BadRequest, SenderError, TooLarge
from core.ports import RawEvent, SetAside
from webhooks.payload import read_array, read_with_items
from webhooks.sources.base import Call, Door, check_count, reason_of
from webhooks.sources.loose import Object, a_map
from webhooks.sources.mparticle.batch import Batch

Items = list[RawEvent | SetAside]


def read_batches(body: bytes, door: Door, *, is_history: bool = False) -> Items:
    """Read an array of batches; one that cannot be read is set aside and costs the others nothing."""
    batches = read_array(body)
    check_count(batches, door.limits.batch_items)
    items: Items = []
    for raw in batches:
        try:
            items += read_batch(raw, door, is_history=is_history)
        except SenderError as error:
            items.append(SetAside(raw, reason_of(error)))
    return items


def read_batch(raw: bytes, door: Door, *, is_history: bool = False) -> Items:
    """Read one batch: an item for each event, or one for the person where there is none."""
    if len(raw) > door.limits.batch:
        raise TooLarge(f"The batch is larger than {door.limits.batch:,} bytes.", field="body")
    rest, events = read_with_items(raw, "events")
    if rest.get("request_type") == "alias":
        return door.read_items(raw, lambda alias: [alias_of(alias)])
    batch = Batch(rest)
    batch.is_history = is_history
    if not events:
        return [RawEvent(raw, batch.identify(), is_history=is_history)]
    check_count(events, door.limits.array_items)
    items = [
        item
        for index, event in enumerate(events)
        for item in door.read_items(event, partial(read_event, batch, index))
    ]
    # An event that came alone keeps the whole batch as its bytes: whose it was stands only there.
    items = [replace(item, raw=raw) for item in items] if len(events) == 1 else items
    return [past(item) for item in items] if is_history else items


def past(item: RawEvent | SetAside) -> RawEvent | SetAside:
    """Let an event be history, which sets nothing off."""
    return replace(item, is_history=True) if isinstance(item, RawEvent) else item


def alias_of(request: Object) -> Call:
    """Read an alias request, whose ids stand where a batch has its own."""
    told = a_map(request.get("data")) or request
    return Batch({**request, "mpid": told.get("destination_mpid")}).alias(request)


def read_event(batch: Batch, index: int, event: Object) -> list[Call]:
    """Read the event at this place."""
    return batch.read(event, index)


def check_any(items: Items) -> None:
    """Refuse a batch of which no event can be used, so that its sender hears why."""
    reasons = [item.reason for item in items if isinstance(item, SetAside)]
    if items and len(reasons) == len(items):
        field, _, message = reasons[0].partition(": ")
        raise BadRequest(message, field=field)
