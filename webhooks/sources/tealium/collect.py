"""Tealium's Collect API, as its client libraries call it: no secret, only accounts that we know."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, request

from core.errors import BadRequest, SenderError, Unauthorised
from core.ports import RawEvent
from webhooks.answers import json_answer, refusal
from webhooks.payload import read_object, read_with_items
from webhooks.signatures import bearer_token, is_accepted
from webhooks.sources.base import Call, Door, check_count
from webhooks.sources.loose import Object, a_map, text_of
from webhooks.sources.tealium.body import read_document
from webhooks.sources.tealium.call import read_event

V3 = ("/v3/collect", "/v3/collect/regional")
EVENT_PATHS = ("/event", *(f"{base}/event" for base in V3))
BULK_PATHS = ("/bulk-event", *(f"{base}/bulk-event" for base in V3))

#: Here the address itself says whose event it is.
PLACES = "/accounts/<account>/profiles/<profile>/datasources/<datasource>"
NAMED_PATHS = tuple(f"{base}/integration/event{PLACES}" for base in V3)
NO_CONTENT = 204

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
    "TealiumNamedEvent": {
        "type": "object",
        "properties": {"tealium_event": {"type": "string"}},
        "additionalProperties": True,
    },
    "TealiumRefusal": {
        "anyOf": [
            {"$ref": "#/components/schemas/Error"},
            {
                "type": "object",
                "required": ["returnCode", "message"],
                "properties": {"returnCode": {"type": "integer"}, "message": {"type": "string"}},
            },
        ]
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
    """Take events, alone and in bulk.

    Without the token they have the rights of a browser's key: addresses and consent are not believed.
    """

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes(self) -> Blueprint:
        """Give all the routes, of both versions."""
        routes = Blueprint("tealium_collect", __name__)
        for view, paths in ((self.event, EVENT_PATHS), (self.bulk, BULK_PATHS)):
            for path in paths:
                name = path.strip("/").replace("/", "_")
                routes.add_url_rule(path, name, view, methods=["GET", "POST"])
        for index, path in enumerate(NAMED_PATHS):
            routes.add_url_rule(path, f"named_{index}", self.named, methods=["POST"])
        routes.register_error_handler(SenderError, self.refuse)
        return routes

    def named(self, account: str, profile: str, datasource: str) -> Response:
        """Take one event whose account the address names."""
        names = {"account": account, "profile": profile, "datasource": datasource}
        self.event({f"tealium_{name}": value for name, value in names.items()})
        return Response(b"", status=NO_CONTENT)

    def event(self, named: Mapping[str, str] = MappingProxyType({})) -> Response:
        """Take one event; what the address names stands above the body."""
        if request.method == "HEAD":
            return taken()
        received_at = self.door.services.clock.now()
        document, beside = read_document(request.environ, self.door.limits.event)
        self.door.check_size(document)
        item = {**beside, **read_object(document), **named}
        source = self.source_of([item])
        is_public = self.is_public(source)
        calls = read_event(item, self.door.mapping(source))
        self.door.accept(source, [RawEvent(document, call, is_public) for call in calls], received_at)
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
        is_public, read = self.is_public(source), partial(self.read, source, shared)
        items = [item for raw in events for item in self.door.read_items(raw, read, is_public=is_public)]
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

    def is_public(self, source: str) -> bool:
        """Tell whether anyone may have sent this: only the source's token, as a Bearer token, proves a server."""
        header = request.environ.get("HTTP_AUTHORIZATION", "")
        if not header.lower().startswith("bearer"):
            return True
        if not is_accepted(self.door.services.secrets(source, "token"), bearer_token(header)):
            raise Unauthorised(
                "The Bearer token is not ours.",
                field="Authorization",
                hint=f"Send CUEWIRE_{source.upper()}_TOKEN, or none and be believed less.",
            )
        return False

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
