"""Tealium: its webhook connector, which forwards events and visitors, and its Collect API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from core.engine.rule import SourceMapping
from core.errors import BadRequest, Unauthorised
from core.ports import RawEvent
from webhooks.api.openapi.operation import INTAKE, OPEN, Access, Operation, Parameter
from webhooks.payload import read_object
from webhooks.signatures import basic_pair, bearer_token, is_accepted
from webhooks.sources.base import Call, Door, GiveSecret, Setting, Source, check_count, success
from webhooks.sources.loose import Object, a_map, maps_in
from webhooks.sources.tealium.body import items_of, read_document
from webhooks.sources.tealium.call import read_event
from webhooks.sources.tealium.collect import (
    BULK_PATHS,
    EVENT_PATHS,
    NAMED_PATHS,
    NO_CONTENT,
    SCHEMAS,
    Collect,
)
from webhooks.sources.tealium.visitor import is_visitor, read_visitor

TOKEN_HEADER = "X-Cuewire-Token"  # noqa: S105  # the header's name

BEARER = Access("tealiumToken", "token", {"type": "http", "scheme": "bearer", "description": "The token."})
HEADER = Access("tealiumHeader", TOKEN_HEADER, {"type": "apiKey", "in": "header", "name": TOKEN_HEADER})
BASIC = Access(
    "tealiumBasic",
    "token as Basic password",
    {"type": "http", "scheme": "basic", "description": "Any user name, the token as password."},
)


def described(method: str, path: str, help: str, takes: str) -> Operation:
    """Describe one route of the Collect API."""
    return Operation(
        method,
        path,
        help,
        OPEN,
        takes=takes if method == "POST" else "",
        refuses=INTAKE,
        gives_type="image/gif",
        refusal="TealiumRefusal" if path in BULK_PATHS else "Error",
    )


def named(path: str) -> Operation:
    """Describe a route of the Collect API whose address says whose event it is."""
    return Operation(
        "POST",
        path,
        "Take one event of the account, profile and data source that the address names.",
        OPEN,
        takes="TealiumNamedEvent",
        status=NO_CONTENT,
        refuses=(*INTAKE, 404),
        parameters=tuple(
            Parameter(name, "path", f"Tealium's name of the {word}.", is_required=True)
            for name, word in (("account", "account"), ("profile", "profile"), ("datasource", "data source"))
        ),
    )


class Tealium(Source):
    """Take what the webhook connector forwards with a token, and what Collect clients send."""

    methods = ("GET", "POST", "PUT", "PATCH")
    ways = (BEARER, HEADER, BASIC)
    settings = (
        Setting("token", "What the webhook connector sends as its token."),
        Setting("accounts", "The accounts whose Collect clients may send events.", is_secret=False),
    )
    operations = (
        *(
            described(method, path, help, takes)
            for paths, help, takes in (
                (EVENT_PATHS, "Take one event of a Collect client.", "TealiumEvent"),
                (BULK_PATHS, "Take several events of a Collect client.", "TealiumBulk"),
            )
            for path in paths
            for method in ("GET", "POST")
        ),
        *(named(path.replace("<", "{").replace(">", "}")) for path in NAMED_PATHS),
    )
    schemas = SCHEMAS
    browser_paths = (*EVENT_PATHS, *BULK_PATHS)

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.collect = Collect(door)

    def routes(self) -> Sequence[Blueprint]:
        """Give the Collect API."""
        return (self.collect.routes(),)

    def receive(self, source: str) -> Response:
        """Take an event or a visitor, or an array of them, of which each is judged alone."""
        received_at = self.door.services.clock.now()
        self.prove(source)
        document, beside = read_document(request.environ, self.door.limits.array)
        read = partial(read_item, mapping=self.door.mapping(source), beside=beside)
        items = items_of(document)
        if items is None:
            self.door.check_size(document)
            calls = read(read_object(document))
            self.door.accept(source, [RawEvent(document, call) for call in calls], received_at)
        else:
            check_count(items, self.door.limits.array_items)
            taken = [one for raw in items for one in self.door.read_items(raw, read)]
            self.door.accept(source, taken, received_at)
        return success()

    def prove(self, source: str) -> None:
        """Refuse who does not know the token, in whichever of three places the connector puts it."""
        secret = self.door.secret(source, "token")
        header = request.environ.get("HTTP_AUTHORIZATION", "")
        given = (
            bearer_token(header),
            request.environ.get("HTTP_X_CUEWIRE_TOKEN", ""),
            basic_pair(header)[1],
        )
        if not any(one and is_accepted(secret, one) for one in given):
            raise Unauthorised(
                "The token is missing or wrong.",
                field="Authorization",
                hint=f"Send it as a Bearer token, in {TOKEN_HEADER}, or as the password of Basic authentication.",
            )

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Translate one event, one visitor, a bulk of events, or a list of these."""
        if isinstance(body, list):
            return [call for item in maps_in(body) for call in Tealium.read(item, mapping)]
        if not isinstance(body, dict):
            raise BadRequest("A JSON object is needed here.", field="item", hint="Send {...}.")
        if isinstance(body.get("events"), list) and "shared" in body:
            shared = a_map(body["shared"])
            layers = [{**shared, **event} for event in maps_in(body["events"])]
            return [call for layer in layers for call in read_event(layer, mapping)]
        return read_item(body, mapping=mapping, beside={})

    @staticmethod
    def sign(path: str, body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Send the token as the webhook connector does; Collect clients send nothing."""
        if not path.startswith("/webhooks/"):
            return {}
        return {"Authorization": f"Bearer {secret('token').reveal()}"}


def read_item(item: Object, *, mapping: SourceMapping, beside: Object) -> list[Call]:
    """Read a visitor or an event; attributes of the address stand in for those that the body lacks."""
    if is_visitor(item):
        return read_visitor(item, mapping, beside)
    return read_event({**beside, **item}, mapping)
