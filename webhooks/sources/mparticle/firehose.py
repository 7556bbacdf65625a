"""mParticle's Firehose: typed messages to one address, each with its typed answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from core.errors import BadRequest, NotFound, Unauthorised
from core.ports import RawEvent
from webhooks.answers import json_answer
from webhooks.payload import read_with_items
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted
from webhooks.sources.base import Call, Door, check_count
from webhooks.sources.loose import Object, a_map, text_of
from webhooks.sources.mparticle.batch import Batch
from webhooks.sources.mparticle.reading import Items
from webhooks.sources.mparticle.registration import registration
from webhooks.sources.mparticle.told import (
    EVENTS_REQUEST,
    MEMBERS,
    REGISTER,
    SUBJECT,
    SUBSCRIBE,
    batch_of,
    event_of,
    memberships,
    subject_request,
)

VERSION = "3.2.0"


class Firehose:
    """Take messages of every type; who asks proves it by the header, or by a setting of the account."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.readers: dict[str, Callable[[bytes, Object], Items]] = {
            SUBSCRIBE: lambda body, message: [],
            EVENTS_REQUEST: self.events,
            MEMBERS: self.members,
            SUBJECT: lambda body, message: [RawEvent(body, subject_request(message))],
        }

    def receive(self, name: str) -> Response:
        """Take one message and give the answer of its type."""
        received_at = self.door.services.clock.now()
        if name not in self.door.sources("mparticle"):
            raise NotFound(f"There is no mParticle source {name!r}.", hint="Name it in mappings/sources/.")
        is_proven, body = self.prove(name)
        message = head_of(body)
        kind = text_of(message.get("type"))
        if kind == REGISTER:
            # It is asked before anybody could set a key, and is the same for everyone.
            domain = urlsplit(self.door.services.public_url).hostname or ""
            return answer(message, received_at, registration(domain))
        if not is_proven and not self.is_set(name, message):
            raise Unauthorised(
                "Neither the Authorization header nor a setting of the account is ours.",
                field="Authorization",
                hint="Set the same value in mParticle and here.",
            )
        if kind not in self.readers:
            raise BadRequest(
                "The type is missing or unknown.", field="type", hint=f"Use one of {', '.join(self.readers)}."
            )
        self.door.accept(name, self.readers[kind](body, message), received_at)
        return answer(message, received_at, more(kind))

    def prove(self, name: str) -> tuple[bool, bytes]:
        """Tell whether the header proves the sender, and give the body; of a stranger's only a small one is read."""
        secret = self.door.secret(name, "authorization")
        is_proven = is_accepted(secret, request.environ.get("HTTP_AUTHORIZATION", ""))
        limits = self.door.limits
        return is_proven, read_body(request.environ, limits.array if is_proven else limits.batch)

    def is_set(self, name: str, message: Object) -> bool:
        """Tell whether a setting of the account is the source's secret."""
        secret = self.door.secret(name, "authorization")
        settings = a_map(a_map(message.get("account")).get("account_settings"))
        # Each is compared in any case, so that the time tells nothing.
        found = [is_accepted(secret, one) for one in settings.values() if isinstance(one, str)]
        return any(found)

    def events(self, body: bytes, message: Object) -> Items:
        """Read a message of events; one without any only checks that we are here."""
        _, events = read_with_items(body, "events")
        if not events:
            return []
        check_count(events, self.door.limits.array_items)
        batch = batch_of(message)
        items = [
            item
            for index, raw in enumerate(events)
            for item in self.door.read_items(raw, partial(read_told, batch, index))
        ]
        return [replace(item, raw=body) for item in items] if len(events) == 1 else items

    def members(self, body: bytes, message: Object) -> Items:
        """Read a message of people who enter audiences or leave them."""
        _, profiles = read_with_items(body, "user_profiles")
        check_count(profiles or (), self.door.limits.array_items)
        read = partial(memberships, message=message)
        return [item for raw in profiles or () for item in self.door.read_items(raw, read)]


def head_of(body: bytes) -> Object:
    """Decode a message without the list that it carries, of which each item is judged alone."""
    try:
        return read_with_items(body, "events")[0]
    except BadRequest:
        return read_with_items(body, "user_profiles")[0]


def read_told(batch: Batch, index: int, event: Object) -> list[Call]:
    """Read the event at this place."""
    return batch.read(event_of(event), index)


def answer(message: Object, now: int, told: Object) -> Response:
    """Answer with the type that belongs to the message."""
    kind = text_of(message.get("type")).removesuffix("_request")
    return json_answer(
        {
            "type": f"{kind}_response",
            "id": text_of(message.get("id")),
            "timestamp_ms": now,
            "firehose_version": text_of(message.get("firehose_version")) or VERSION,
            **told,
        }
    )


def more(kind: str) -> dict[str, Any]:
    """Give what the answer to a type says beyond the type itself."""
    if kind == MEMBERS:
        return {"suspend_subscription": False}
    return {"audience_subscription_settings": {}} if kind == SUBSCRIBE else {}
