"""Custom events, tasks, single e-mails and subscriptions of the fake HubSpot."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify

from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.hubspot.wire import EMAIL, created, invalid, not_found, read_object, shown_as
from cuewire.sandbox.ledger import iso_now

EVENT_NAME = re.compile(r"pe\d+_[a-z0-9_]+", re.ASCII)
EVENT_LIMIT = 500
STATUSES = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")


def add_activity(routes: Blueprint, contacts: Contacts, book: Book) -> None:
    """Add the routes of what happens around a contact."""

    @routes.post("/events/v3/send/batch")
    def send_events() -> Response:
        return keep_events(read_object().get("inputs"), book)

    @routes.post("/crm/v3/objects/tasks")
    def create_task() -> Response:
        return keep_task(read_object(), contacts, book)

    @routes.post("/marketing/v3/transactional/single-email/send")
    @routes.post("/marketing/v4/email/single-send")
    def send_mail() -> Response:
        return keep_mail(read_object(), book)

    @routes.post("/communication-preferences/v4/statuses/<email>")
    def set_status(email: str) -> Response:
        return keep_subscription(email, read_object(), book)


def keep_events(inputs: Any, book: Book) -> Response:
    """Keep events by their uuid; one that is wrong keeps all of them out."""
    if not isinstance(inputs, list) or not 0 < len(inputs) <= EVENT_LIMIT:
        return invalid(f"inputs must hold up to {EVENT_LIMIT} events")
    for one in inputs:
        if not EVENT_NAME.fullmatch(str(one.get("eventName"))):
            return invalid(f"There is no event definition with the name {one.get('eventName')}")
        if not any(one.get(name) for name in ("email", "objectId", "utk")):
            return invalid("One of email, objectId or utk must be given")
    for one in inputs:
        book.of("event").upsert(str(one.get("uuid") or len(book.of("event").rows())), one)
    return Response(status=204)


def keep_task(body: Row, contacts: Contacts, book: Book) -> Response:
    """Create a task; nothing keeps a second one away."""
    properties = body.get("properties")
    if not isinstance(properties, dict) or not properties.get("hs_timestamp"):
        return invalid("Required properties were not set: [hs_timestamp]")
    people = [str(one["to"]["id"]) for one in body.get("associations") or []]
    if not all(contacts.find("", one) for one in people):
        return not_found()
    tasks = book.of("task")
    made, _ = tasks.upsert(str(len(tasks.rows()) + 1), {**properties, "contacts": people})
    return created(201, **{**shown_as(made), "properties": properties})


def keep_mail(body: Row, book: Book) -> Response:
    """Send an e-mail once for each ``sendId``, and say what came of it."""
    message = body.get("message") or {}
    if not isinstance(body.get("emailId"), int):
        return invalid("emailId must be the number of an e-mail")
    if not EMAIL.fullmatch(str(message.get("to"))):
        return jsonify(sent("INVALID_TO_ADDRESS", "0"))
    mails = book.of("e-mail")
    key = str(message.get("sendId") or f"nobody-{len(mails.rows())}")
    is_known = mails.get(key) is not None
    kept, _ = mails.upsert(key, body)
    return jsonify(sent("IDEMPOTENT_IGNORE" if is_known else "SENT", kept["id"]))


def sent(result: str, number: str) -> Row:
    """Write the status of an e-mail as HubSpot does."""
    now = iso_now()
    times = {"requestedAt": now, "startedAt": now, "completedAt": now}
    return {**times, "statusId": number, "status": "COMPLETE", "sendResult": result}


def keep_subscription(email: str, body: Row, book: Book) -> Response:
    """Keep what an address subscribed to."""
    number, status = body.get("subscriptionId"), body.get("statusState")
    if body.get("channel") != "EMAIL" or status not in STATUSES or not isinstance(number, int):
        return invalid("channel, statusState and subscriptionId are required")
    if not EMAIL.fullmatch(email):
        return invalid(f"Email address {email} is invalid")
    book.of("subscription").upsert(f"{email.lower()}/{number}", body)
    told = {"channel": "EMAIL", "subscriberIdString": email, "subscriptionId": number, "status": status}
    return jsonify(**told, source="API", timestamp=iso_now())
