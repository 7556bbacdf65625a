"""Tell everything that belongs to one id: the event, what was decided on account of it, and what was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Response

from core.engine import decode
from core.engine.digests import digests_of
from core.engine.instant import iso
from core.errors import NotFound
from core.ports import ConversionRow, DecisionRow, DeliveryRow, EventRow, Filter, LinkRow, Reader
from webhooks.answers import json_answer
from webhooks.api.outcomes import conversion_shape
from webhooks.api.person import person_shape
from webhooks.api.query import read_args
from webhooks.api.reading import Reading
from webhooks.api.shapes import decision_shape, delivery_shape, event_shape, link_shape, profile_shape
from webhooks.api.stops import delivery_of, stops_of

#: Of a person's story this many of each kind are told, the newest first.
LATEST = 20

Story = dict[str, Any]

#: Shows a profile from its bytes.
Show = Callable[[bytes], dict[str, Any]]


class Explaining:
    """Answer by id, or by ``namespace:value``."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def explain(self, subject: str) -> Response:
        """Tell what happened."""
        read_args(())
        services = self.reading.services
        show = partial(person_shape, services)
        story = explain(services.reader, subject, show)
        if story is None and ":" in subject:
            story = of_profile(services.reader, self.reading.profile_id(subject) or "", show)
        if story is None:
            raise not_found()
        return json_answer(story)


def not_found() -> NotFound:
    """Say what could have been asked for."""
    return NotFound(
        "Nothing here has this id.",
        field="id",
        hint="Give the id of an event, a decision, a delivery or a profile, or NAMESPACE:VALUE.",
    )


def explain(reader: Reader, subject: str, show: Show = profile_shape) -> Story | None:
    """Find what an id stands for, and tell all that belongs to it; None when nothing has it."""
    event = reader.event(subject)
    if event is not None:
        return of_event(reader, event)
    decision = reader.decision(subject)
    if decision is not None:
        return of_decision(reader, decision)
    delivery = reader.delivery(subject)
    if delivery is not None:
        return of_delivery(reader, delivery)
    return of_profile(reader, subject, show)


def of_event(reader: Reader, event: EventRow) -> Story:
    """Tell an event, how it joined people, what was decided and what was sent."""
    decisions = reader.decisions_of_event(event.id)
    ids = [one.id for one in decisions]
    deliveries, conversions = reader.deliveries_of(ids), reader.conversions_of(ids)
    links = [link for link in links_of(reader, event.profile_id) if link.event_id == event.id]
    story = tell(
        "event",
        event=event,
        links=links,
        decisions=decisions,
        deliveries=deliveries,
        conversions=conversions,
    )
    return story | {"waiting": waiting_of(reader, event.profile_id, event.id)}


def of_decision(reader: Reader, decision: DecisionRow) -> Story:
    """Tell a decision with the event it goes back to, and with what was stopped of it, or what it stopped."""
    event, stopped = reader.event(decision.event_id), delivery_of(reader, decision)
    deliveries = [stopped] if stopped else reader.deliveries_of([decision.id])
    begun = reader.decision(stopped.decision_id) if stopped else None
    decisions = [decision, *([begun] if begun else stops_of(reader, deliveries))]
    conversions = reader.conversions_of([decision.id])
    return tell("decision", event=event, decisions=decisions, deliveries=deliveries, conversions=conversions)


def of_delivery(reader: Reader, delivery: DeliveryRow) -> Story:
    """Tell a delivery with the decision that asked for it, and the one that stopped it."""
    decision = reader.decision(delivery.decision_id)
    event = reader.event(decision.event_id) if decision else None
    found = [decision] if decision else []
    conversions = reader.conversions_of([one.id for one in found])
    found += stops_of(reader, [delivery])
    return tell("delivery", event=event, decisions=found, deliveries=[delivery], conversions=conversions)


def of_profile(reader: Reader, profile_id: str, show: Show = profile_shape) -> Story | None:
    """Tell a person: how the identifiers joined, and the latest of everything."""
    state = reader.profile(profile_id) if profile_id else None
    if state is None:
        return None
    shape = show(state)
    narrow = Filter(profile=shape["id"], limit=LATEST)
    story = tell(
        "profile",
        links=reader.links(shape["id"]),
        decisions=reader.decisions(narrow).rows,
        deliveries=reader.deliveries(narrow).rows,
        conversions=reader.conversions(narrow).rows,
    )
    return story | {
        "profile": shape,
        "events": [event_shape(row) for row in reader.events(narrow).rows],
        "waiting": waiting_of(reader, profile_id),
    }


def waiting_of(reader: Reader, profile_id: str, event_id: str = "") -> list[dict[str, Any]]:
    """Tell the open cases and waits of a person, or those that an event has part in."""
    state = reader.profile(profile_id) if profile_id else None
    if state is None:
        return []
    profile = decode(state)
    found = [
        (name, case.key, case.due)
        for name, cases in profile.cases.items()
        for case in cases
        if not event_id or event_id in {moment.id for moment in case.events}
    ]
    found += [
        (name, key, journey.due)
        for name, journeys in profile.journeys.items()
        for key, journey in journeys.items()
        if event_id in ("", journey.anchor.id)
    ]
    found += [
        (one.trigger, one.key, digest.moment)
        for digest in digests_of(profile)
        for one in digest.staying
        if event_id in ("", one.anchor.id)
    ]
    return [{"trigger": name, "key": key or None, "until": iso(due)} for name, key, due in sorted(found)]


def links_of(reader: Reader, profile_id: str) -> Sequence[LinkRow]:
    """Give the identity log of the person an event went to."""
    return reader.links(profile_id) if profile_id else ()


def tell(
    kind: str,
    *,
    event: EventRow | None = None,
    links: Sequence[LinkRow] = (),
    decisions: Sequence[DecisionRow] = (),
    deliveries: Sequence[DeliveryRow] = (),
    conversions: Sequence[ConversionRow] = (),
) -> Story:
    """Give a story in the API's shapes."""
    return {
        "kind": kind,
        "profile": None,
        "events": [event_shape(event)] if event else [],
        "links": [link_shape(link) for link in links],
        "decisions": [decision_shape(row) | {"shadow": row.shadow} for row in decisions],
        "deliveries": [delivery_shape(row) for row in deliveries],
        "conversions": [conversion_shape(row) for row in conversions],
        "waiting": [],
    }
