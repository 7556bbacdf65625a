"""Tealium's Collect API, as its client libraries call it: no secret, only accounts that we know."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, request

from core.errors import BadRequest, SenderError, Unauthorised
from core.ports import RawEvent
from webhooks.answers import json_answer, refusal
from webhooks.payload import read_object, read_with_items
from webhooks.sources.base import Call, Door, check_count
from webhooks.sources.loose import Object, a_map, text_of
from webhooks.sources.tealium.body import read_document
from webhooks.sources.tealium.call import read_event

EVENT_PATHS = ("/event", "/v3/collect/event")
BULK_PATHS = ("/bulk-event", "/v3/collect/bulk-event")

#: The 43 bytes that a page's image tag waits for.
GIF = base64.b64decode("R0lGODlhAQABAPAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
X_ERROR = "X-Error"
X_ERROR_LENGTH = 200

SCHEMAS: dict[str, dict[str, Any]] = {
    "TealiumEvent": {
        "type": "object",
        "required": ["tealium_account"],
        "properties": {"tealium_account": {"type": "string"}, "tealium_event": {"type": "string"}},
        "additionalProperties": True,
    },
    "TealiumBulk": {
        "type": "object",
        "required": ["events"],
        "properties": {
            "shared": {"type": "object", "additionalProperties": True},
            "events": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        },
    },
}


class NoEvents(BadRequest):
    """Refuse a bulk body without events, in Tealium's own words."""

    WORDS = "Request body must contain 'events' key."
    CODE = 1400


class Collect:
    """Take events, alone and in bulk, with the rights of a browser's key: addresses and consent are not believed."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes(self) -> Blueprint:
        """Give all the routes, of both versions."""
        routes = Blueprint("tealium_collect", __name__)
        for view, paths in ((self.event, EVENT_PATHS), (self.bulk, BULK_PATHS)):
            for path in paths:
                name = path.strip("/").replace("/", "_")
                routes.add_url_rule(path, name, view, methods=["GET", "POST"])
        routes.register_error_handler(SenderError, self.refuse)
        return routes

    def event(self) -> Response:
        """Take one event."""
        if request.method == "HEAD":
            return taken()
        received_at = self.door.services.clock.now()
        document, beside = read_document(request.environ, self.door.limits.event)
        self.door.check_size(document)
        item = {**beside, **read_object(document)}
        source = self.source_of([item])
        calls = read_event(item, self.door.mapping(source))
        self.door.accept(source, [RawEvent(document, call, True) for call in calls], received_at)
        return taken()

    def bulk(self) -> Response:
        """Take several events that share attributes; each is judged alone."""
        if request.method == "HEAD":
            return taken()
        received_at = self.door.services.clock.now()
        document, _ = read_document(request.environ, self.door.limits.batch)
        rest, events = read_with_items(document, "events")
        if events is None:
            raise NoEvents(NoEvents.WORDS, field="events")
        check_count(events, self.door.limits.batch_items)
        shared = a_map(rest.get("shared"))
        source = self.source_of([shared, *readable(events)])
        items = [
            item
            for raw in events
            for item in self.door.read_items(raw, lambda one: self.read(source, shared, one), is_public=True)
        ]
        self.door.accept(source, items, received_at)
        return taken()

    def read(self, source: str, shared: Object, item: Object) -> list[Call]:
        """Lay an event over what it shares; its account must be one of the same source's."""
        layer = {**shared, **item}
        if text_of(layer.get("tealium_account")) not in self.accounts(source):
            raise BadRequest("The account is missing or not one of ours.", field="tealium_account")
        return read_event(layer, self.door.mapping(source))

    def source_of(self, items: Sequence[Object]) -> str:
        """Find whose account the first of these items names."""
        names = self.door.sources("tealium")
        if not any(self.accounts(name) for name in names):
            raise self.door.not_set(names[0] if names else "tealium", "accounts")
        account = next((text for item in items if (text := text_of(item.get("tealium_account")))), "")
        if not account:
            raise BadRequest(
                "tealium_account is missing.", field="tealium_account", hint="Send the account's name."
            )
        for name in names:
            if account in self.accounts(name):
                return name
        raise Unauthorised(
            "The account is not one of ours.",
            field="tealium_account",
            hint="Whoever runs this server names it in CUEWIRE_TEALIUM_ACCOUNTS.",
        )

    def accounts(self, source: str) -> tuple[str, ...]:
        """Give the accounts that may send to a source."""
        return self.door.services.secrets(source, "accounts").accepted()

    def refuse(self, error: SenderError) -> Response:
        """Say what is wrong in the body, and in the header that Tealium's clients look at."""
        if error.status < 500:
            self.door.tally.refused.inc()
        answer = refusal(error)
        if isinstance(error, NoEvents):
            answer = json_answer({"returnCode": NoEvents.CODE, "message": NoEvents.WORDS}, 400)
        plain = " ".join(error.message.encode("ascii", "replace").decode().split())
        answer.headers[X_ERROR] = plain[:X_ERROR_LENGTH]
        return answer


def readable(events: Sequence[bytes]) -> list[Object]:
    """Give the first event that can be read, for the account in it."""
    for raw in events:
        with suppress(BadRequest):
            return [read_object(raw)]
    return []


def taken() -> Response:
    """Answer as Tealium does: an image to a GET, nothing to a POST."""
    if request.method == "POST":
        return Response(b"", status=200)
    return Response(GIF, mimetype="image/gif", headers={"Cache-Control": "no-store"})
