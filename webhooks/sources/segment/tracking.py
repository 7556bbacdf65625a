"""Segment's tracking API: calls and batches, as SDKs in servers, browsers and apps send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from core.errors import BadRequest, Unauthorised
from core.ports import RawEvent
from webhooks.payload import Envelope, read_envelope, read_object
from webhooks.receiver import read_body
from webhooks.signatures import basic_user, is_accepted
from webhooks.sources.base import Door, check_count, success
from webhooks.sources.segment.call import check_call, check_person, tracked

CALL_PATHS = ("track", "identify", "page", "screen", "group", "alias")
BATCH_PATHS = ("batch", "import", "b")

#: The path gives the type; the short forms are those of the browser library.
TYPE_OF_PATH = {path: kind for kind in CALL_PATHS for path in (kind, kind[0])}


class Sender(NamedTuple):
    """Whose events a key brings; ``is_public`` where anyone can read the key, as in a page."""

    source: str
    is_public: bool = False


class TrackingApi:
    """Read what SDKs send, whatever Content-Type they say it is."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes(self) -> Blueprint:
        """Give all the routes, long and short."""
        routes = Blueprint("segment_tracking", __name__, url_prefix="/v1")
        for path, kind in TYPE_OF_PATH.items():
            routes.add_url_rule(f"/{path}", path, self.single, methods=["POST"], defaults={"kind": kind})
        for path in BATCH_PATHS:
            routes.add_url_rule(f"/{path}", path, self.batch, methods=["POST"])
        routes.add_url_rule("/m", "m", success, methods=["POST"])  # the browser library's own metrics
        return routes

    def single(self, kind: str) -> Response:
        """Take one call."""
        received_at = self.door.services.clock.now()
        body = read_body(request.environ, self.door.limits.event)
        call = read_object(body)
        sender = self.sender_of([call.get("writeKey")], count=1)
        call["type"] = kind
        check_call(call)
        check_person(call)
        self.door.accept(sender.source, [RawEvent(body, tracked(call), sender.is_public)], received_at)
        return success()

    def batch(self) -> Response:
        """Take a batch; each item is judged alone."""
        received_at = self.door.services.clock.now()
        envelope, items = read_envelope(read_body(request.environ, self.door.limits.batch))
        check_count(items, self.door.limits.batch_items)
        sender = self.sender_of([envelope.write_key, *keys_of_items(items)], count=len(items))
        shared = Shared(envelope)
        read = [self.door.read_item(raw, shared.call, is_public=sender.is_public) for raw in items]
        self.door.accept(sender.source, read, received_at)
        return success()

    def sender_of(self, body_keys: Sequence[Any], *, count: int) -> Sender:
        """Find whose write key came with the request, in its header, address or body, and count it as used."""
        header, query = request.environ.get("HTTP_AUTHORIZATION", ""), request.args.get("writeKey")
        offered = [basic_user(header), query, *body_keys]
        keys = [key for key in offered if isinstance(key, str) and key]
        names = self.door.sources("segment")
        secrets = {name: self.door.services.secrets(name, "write_key") for name in names}
        for name, secret in secrets.items():
            if any(is_accepted(secret, key) for key in keys):
                return Sender(name)
        made = next((one for key in keys if (one := self.door.services.keys.find(key))), None)
        if made is not None and made.source in names:
            self.door.services.keys.spend(made, count)
            return Sender(made.source, is_public=made.kind == "browser")
        if not any(secrets.values()):
            raise self.door.not_set(names[0] if names else "segment", "write_key")
        raise Unauthorised(
            "The write key is missing or not one of ours.",
            field="writeKey",
            hint="Send the write key as the user name of Basic authentication, or as writeKey in the body.",
        )


def keys_of_items(items: Sequence[bytes]) -> list[Any]:
    """Give the write key of the first readable item that has one: browsers repeat it in each."""
    for item in items:
        if b'"writeKey"' in item:
            with suppress(BadRequest):
                return [read_object(item).get("writeKey")]
    return []


class Shared:
    """What a batch's envelope says for all its items."""

    def __init__(self, envelope: Envelope) -> None:
        objects = {"context": envelope.context, "integrations": envelope.integrations}
        self.objects = {name: value for name, value in objects.items() if isinstance(value, dict) and value}
        self.sent_at = envelope.sent_at

    def call(self, item: dict[str, Any]) -> Mapping[str, Any]:
        """Turn an item into a call; what it says itself stands above the envelope."""
        check_call(item)
        for name, value in self.objects.items():
            item[name] = {**value, **(item.get(name) or {})}
        item["sentAt"] = item.get("sentAt") or self.sent_at
        return tracked(item)
