"""Ids that a CRM answers with for what we wrote: they join the person for whom it was written, and fire nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.engine import Profile
from core.engine.digest import derive
from core.engine.event import Event, Identifier
from core.engine.instant import iso
from core.engine.mapping import normalise
from core.engine.rule import IdentityRules
from core.pipeline.item import Item, take
from core.pipeline.ledger import EVIDENCE
from core.pipeline.pipeline import Pipeline
from core.pipeline.working import WorkingSet
from core.ports import DeliveryRow, EventRow, Transaction

#: The type of an event that says nothing but an identifier.
LINK = "link"

_encoder = msgspec.json.Encoder()
_objects = msgspec.json.Decoder(dict[str, Any])


class Links:
    """Takes ids through the same pipeline as events, in the transaction of the delivery's outcome."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def delivered(self, tx: Transaction, row: DeliveryRow, namespace: str, now: int) -> None:
        """Give the person the id that stands in ``reference``, as far as the limits of identity.yaml let them."""
        rules = self._pipeline.rules
        found = normalise({namespace: row.reference}, rules.identity)
        owner = tx.profiles.canonical(row.profile_id)
        people = WorkingSet(tx, rules, now)
        people.load_profiles([owner])
        person = people.profiles.get(owner)
        if not found or person is None or found[0].value in person.identifiers.get(namespace, {}):
            return
        event = link_event(row, in_order(person, found[0], rules.identity), now)
        event = msgspec.structs.replace(event, seq=tx.events.next_seq())
        people.load([event])
        # What is due by the clock is no part of this, and must not be passed over as history.
        people.wake(owner)
        raw = _encoder.encode(event.data)
        stored = take(people, Item(raw, event, call=raw))
        tx.events.add([msgspec.structs.replace(stored, profile_id=people.standing(stored.profile_id))])
        self._pipeline.save(people)


def in_order(person: Profile, found: Identifier, identity: IdentityRules) -> tuple[Identifier, ...]:
    """Give the new id with the strongest that the person has, the stronger one first."""
    names = [rule.namespace for rule in identity.identifiers]
    strongest = next((name for name in names if person.identifiers.get(name)), None)
    own = [Identifier(strongest, min(person.identifiers[strongest]))] if strongest else []
    return tuple(sorted([*own, found], key=lambda one: names.index(one.namespace)))


def link_event(row: DeliveryRow, identifiers: tuple[Identifier, ...], now: int) -> Event:
    """Make the event that says whose id it is; quiet, so that it sets off nothing."""
    event_id = derive("l", row.id)
    data = {"type": LINK, "messageId": event_id, "timestamp": iso(now), EVIDENCE: {"delivery_id": row.id}}
    return Event(event_id, 0, row.destination, LINK, "", now, now, data, identifiers, quiet=True)


def told_link(row: EventRow) -> Event | None:
    """Read such an event back as it was taken; None where its row no longer tells it."""
    try:
        data: Mapping[str, Any] = _objects.decode(row.call or row.raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    identifiers = tuple(Identifier(ns, value) for ns, values in row.identifiers.items() for value in values)
    times = (row.timestamp, row.received_at)
    return Event(row.id, row.seq, row.source, LINK, "", *times, dict(data), identifiers, quiet=True)
