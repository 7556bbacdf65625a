"""What happens around a contact: custom events, tasks, merges and erasure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from connectors.hubspot.api import NO_CONTENT, Api
from connectors.hubspot.fault import is_missing
from connectors.hubspot.person import Ids, find_contact, given_id, with_contacts
from connectors.hubspot.record import property_text
from connectors.rows import Rows, Together, send_together
from core.engine.instant import iso, milliseconds_of, parse_time, read_time
from core.ports import Delivered, DeliveryRow, Outcome, Unknown

#: Out of it and a delivery's id comes the same uuid each time, by which HubSpot may know a second copy.
EVENTS = uuid5(NAMESPACE_URL, "https://cuewire.dev/hubspot/event")

#: Custom events of one request at most, of which HubSpot takes more than of records.
BATCH = 500

#: HubSpot's number for the association of a task with a contact.
TASK_TO_CONTACT = 204


def track(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Send custom events together; the answer has no body, so a refusal is narrowed down by halves."""

    def call(part: Rows) -> list[Outcome]:
        answer = api.call("events.send.batch_api.send", {"inputs": [event(row) for row in part]})
        if answer.status != NO_CONTENT:
            return [Unknown("HubSpot gave an answer that does not say that it took the event")] * len(part)
        return [Delivered("accepted", reference=event_uuid(row)) for row in part]

    return send_together(batch, Together(call, api.read_error, key=lambda row: row.id))


def event(row: DeliveryRow) -> dict[str, Any]:
    """Build HubSpot's event."""
    fields = row.fields
    at = parse_time(fields.get("occurred_at"))
    properties = fields.get("properties") or {}
    who = {"objectId": given_id(row), "email": fields.get("email"), "utk": fields.get("utk")}
    name, value = next((name, value) for name, value in who.items() if value)
    return {
        "eventName": str(fields["event_name"]),
        name: str(value).strip(),
        "occurredAt": iso(row.created_at if at is None else at),
        "uuid": event_uuid(row),
        "properties": {name: property_text(value) for name, value in properties.items() if value is not None},
    }


def event_uuid(row: DeliveryRow) -> str:
    """Name an event by its delivery, so that a second copy has the same name."""
    return str(uuid5(EVENTS, row.id))


def create_task(api: Api, row: DeliveryRow) -> Outcome:
    """Create a task for a contact; HubSpot has no key that would make a second one harmless."""

    def call(ids: Ids) -> dict[str, Outcome]:
        made = task(row, ids[row.id])
        return {row.id: once(api, "crm.objects.tasks.basic_api.create", made, said="created")}

    return with_contacts(api, [row], call)[0]


def task(row: DeliveryRow, contact: str) -> dict[str, Any]:
    """Build HubSpot's task."""
    fields = row.fields
    due = read_time(fields.get("due"))
    named = {
        "hs_task_subject": fields["subject"],
        "hs_task_body": fields.get("body"),
        "hs_task_priority": fields.get("priority"),
        "hs_task_type": fields.get("task_type") or "TODO",
        "hs_task_status": "NOT_STARTED",
        "hubspot_owner_id": fields.get("owner_id"),
        "hs_timestamp": milliseconds_of(due) if due else row.created_at,
    }
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_TO_CONTACT}
    return {
        "properties": {name: property_text(value) for name, value in named.items() if value is not None},
        "associations": [{"to": {"id": contact}, "types": [kind]}],
    }


def merge(api: Api, row: DeliveryRow) -> Outcome:
    """Merge one contact into another; the one that remains may get a new record id, which is the reference."""
    kept, gone = given_id(row), given_id(row, "merged_contact_id")
    pair = {"primaryObjectId": kept, "objectIdToMerge": gone}
    return once(api, "crm.contacts.basic_api.merge", pair, said="merged")


def once(api: Api, method: str, body: Any, *, said: str) -> Outcome:
    """Do what must not be done twice: 503 does not say that nothing was done."""
    try:
        answer = api.call(method, body)
    # Each package of the SDK has an exception class of its own.
    except Exception as error:
        if getattr(error, "status", None) != 503:
            raise
        return Unknown(f"HubSpot answered 503, which does not say whether it was {said}")
    made = answer.body.get("id")
    if not made:
        return Unknown(f"HubSpot gave an answer that does not say what was {said}")
    return Delivered(said, reference=str(made))


def erase(api: Api, row: DeliveryRow) -> Outcome:
    """Erase a contact for good, only ever by its record id: an unknown e-mail address would be blocked for ever."""
    contact = given_id(row) or find_contact(api, str(row.fields["email"]))
    if not contact:
        return Delivered("HubSpot has no contact with this e-mail address: there was nothing to erase")
    try:
        answer = api.call("crm.contacts.basic_api.purge", {"objectId": contact})
    # Each package of the SDK has an exception class of its own; so it is after a lost answer too.
    except Exception as error:
        if not is_missing(error):
            raise
        return Delivered("HubSpot has no such contact: there was nothing to erase")
    if answer.status != 204:
        return Unknown(f"HubSpot answered {answer.status}, which does not say that it erased the contact")
    return Delivered("erased", reference=contact)
