"""Acme, an invented shop system: a list of happenings, proven by a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from core.engine.rule import SourceMapping
from core.errors import BadRequest, Unauthorised
from webhooks.api.openapi.operation import Access
from webhooks.payload import read_array
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted
from webhooks.sources.base import Call, GiveSecret, Setting, Source, check_count, success

HEADER = "X-Acme-Token"
TOKEN = Access("acmeToken", "token", {"type": "apiKey", "in": "header", "name": HEADER})


class Acme(Source):
    """Take lists of happenings."""

    ways = (TOKEN,)
    settings = (Setting("token", "What Acme sends as its token."),)

    def receive(self, source: str) -> Response:
        """Take a list, of which each item is judged alone."""
        received_at = self.door.services.clock.now()
        if not is_accepted(self.door.secret(source, "token"), request.headers.get(HEADER, "")):
            raise Unauthorised(
                "The token is missing or wrong.", field=HEADER, hint="Set the same one in Acme."
            )
        items = read_array(read_body(request.environ, self.door.limits.array))
        check_count(items, self.door.limits.array_items)
        self.door.accept(source, [self.door.read_item(raw, read_call) for raw in items], received_at)
        return success()

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Translate one happening, or a list of them."""
        items = body if isinstance(body, list) else [body]
        if not all(isinstance(item, dict) for item in items):
            raise BadRequest("A happening is an object.", field="item", hint="Send {...}.")
        return [read_call(item) for item in items]

    @staticmethod
    def sign(path: str, body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Send the token."""
        return {HEADER: secret("token").reveal()}


def read_call(item: Mapping[str, Any]) -> Call:
    """Write a happening in Segment's spelling."""
    what = item.get("what")
    if not isinstance(what, str) or not what:
        raise BadRequest("What happened is missing.", field="what", hint="Send its name.")
    return {
        "type": "track",
        "event": what,
        "messageId": item.get("id"),
        "timestamp": item.get("when"),
        "userId": item.get("who"),
        "properties": item.get("details") or {},
    }
