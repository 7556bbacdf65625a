"""The fake campaigns, canvases, messages and transactional e-mail; only the last knows a repetition."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, Response

from cuewire.sandbox.braze.wire import answered, invalid, is_alias, objects_in, read_object
from cuewire.sandbox.contacts import Book

SEND_ID = re.compile(r"[a-zA-Z0-9\-_+/=]+", re.ASCII)

#: A canvas of this id takes everybody and starts nobody.
PAUSED = "paused"


def add_messages(routes: Blueprint, book: Book) -> None:
    """Add the routes by which people are written to."""

    @routes.post("/campaigns/trigger/send")
    def campaign() -> Response:
        return start(book, "campaign", read_object())

    @routes.post("/canvas/trigger/send")
    def canvas() -> Response:
        return start(book, "canvas", read_object())

    @routes.post("/messages/send")
    def send() -> Response:
        body = read_object()
        people = [*(body.get("external_user_ids") or []), *(body.get("user_aliases") or [])]
        if not people or len(people) > 50 or not body.get("messages"):
            return invalid("'external_user_ids' and 'messages' must be given")
        return dispatched(book, "message", [{"to": one, "messages": body["messages"]} for one in people])

    @routes.post("/transactional/v1/campaigns/<campaign_id>/send")
    def transactional(campaign_id: str) -> Response:
        body = read_object()
        key = str(body.get("external_send_id") or secrets.token_hex(8))
        if not is_person(body.get("recipient")) or not SEND_ID.fullmatch(key):
            return invalid("'recipient' and 'external_send_id' must be valid")
        row, _ = book.of("transactional").upsert(key, {"campaign_id": campaign_id, **body["recipient"]})
        return answered(201, dispatch_id=row["id"], status="sent", metadata={"external_send_id": key})


def start(book: Book, kind: str, body: dict[str, Any]) -> Response:
    """Start a campaign or canvas for each recipient."""
    people = objects_in(body, "recipients")
    if not body.get(f"{kind}_id"):
        return invalid(f"'{kind}_id' is required")
    if not people or not all(is_person(one) for one in people):
        return invalid("'recipients' must be an array of up to 50 people")
    if kind == "canvas" and body["canvas_id"] == PAUSED:
        return answered(
            201, message="success", dispatch_id=secrets.token_hex(16), notice="The Canvas is paused."
        )
    return dispatched(book, kind, [{f"{kind}_id": body[f"{kind}_id"], **one} for one in people])


def dispatched(book: Book, kind: str, rows: list[dict[str, Any]]) -> Response:
    """Keep what was sent, each time anew."""
    dispatch = secrets.token_hex(16)
    for place, row in enumerate(rows):
        book.of(kind).upsert(f"{dispatch} {place}", row)
    return answered(201, dispatch_id=dispatch, message="success")


def is_person(value: Any) -> bool:
    """Say whether a recipient is named in one of the ways that Braze knows here."""
    if not isinstance(value, dict):
        return False
    by_email = value.get("email") and value.get("prioritization")
    return bool(value.get("external_user_id") or is_alias(value.get("user_alias")) or by_email)
