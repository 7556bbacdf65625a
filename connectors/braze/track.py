"""Events, purchases and attributes: what /users/track takes, many objects in one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.braze.api import Api, read_answer
from connectors.braze.person import tracked, when
from connectors.braze.sent import Sent, written
from connectors.rows import Rows
from core.ports import Delivered, DeliveryRow, Outcome

#: Objects in one request, over all three arrays; some contracts say 50.
MOST = 75

UNCHANGED = Delivered("nothing has changed since it was last sent")

Object = dict[str, Any]


def track_events(api: Api, batch: Sequence[DeliveryRow], limit: int) -> list[Outcome]:
    """Record events."""
    return track(api, "events", batch, {row.id: event(row) for row in batch}, limit=limit)


def track_purchases(api: Api, batch: Sequence[DeliveryRow], limit: int) -> list[Outcome]:
    """Record purchases."""
    return track(api, "purchases", batch, {row.id: purchase(row) for row in batch}, limit=limit)


def update(api: Api, batch: Sequence[DeliveryRow], sent: Sent, limit: int) -> list[Outcome]:
    """Send those attributes that have changed since they were last sent: each one that is written is paid for."""
    people = {row.id: tracked(row.fields) for row in batch}
    known = {row.id: attributes(row) for row in batch}
    often = Counter(written(person) for person in people.values())
    # Who is written to twice in one request is so in full: the first value may undo what was sent last.
    changed = {
        row.id: known[row.id]
        if often[written(people[row.id])] > 1
        else sent.changed(people[row.id], known[row.id])
        for row in batch
    }
    objects = {name: {**found, **people[name]} for name, found in changed.items() if found is not None}
    rows = [row for row in batch if row.id in objects]
    outcomes = dict(
        zip([row.id for row in rows], track(api, "attributes", rows, objects, limit=limit), strict=True)
    )
    for row in rows:
        if isinstance(outcomes[row.id], Delivered):
            sent.learn(people[row.id], known[row.id])
        else:
            sent.forget(people[row.id])
    return [outcomes.get(row.id, UNCHANGED) for row in batch]


def track(
    api: Api, array: str, batch: Sequence[DeliveryRow], objects: Mapping[str, Object], *, limit: int
) -> list[Outcome]:
    """Send objects of one kind and read the answer for each of them."""

    def call(rows: Rows) -> list[Outcome]:
        body = api.post("/users/track", {array: [objects[row.id] for row in rows]})
        return read_answer(body, array, len(rows))

    return api.together(batch, call, limit=limit, key=lambda row: row.id)


def event(delivery: DeliveryRow) -> Object:
    """Build Braze's event object."""
    fields = delivery.fields
    made = {**tracked(fields), "name": str(fields["name"]), "time": when(delivery)}
    return made | extras(fields)


def purchase(delivery: DeliveryRow) -> Object:
    """Build Braze's purchase object."""
    fields = delivery.fields
    made = {
        **tracked(fields),
        "product_id": str(fields["product_id"]),
        "currency": str(fields["currency"]),
        "price": fields["price"],
        "time": when(delivery),
    }
    count = fields.get("quantity")
    return made | extras(fields) | ({} if count is None else {"quantity": int(count)})


def extras(fields: Mapping[str, Any]) -> Object:
    """Give what events and purchases may have."""
    return {name: fields[name] for name in ("properties", "app_id") if fields.get(name)}


def attributes(delivery: DeliveryRow) -> Object:
    """Give a person's attributes; e-mail and phone are attributes too."""
    named = {"external_id", "braze_id", "user_alias"}
    return {name: value for name, value in delivery.fields.items() if name not in named}
