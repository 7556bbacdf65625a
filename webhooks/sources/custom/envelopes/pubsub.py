"""Google Cloud Pub/Sub: push subscriptions, wrapped or not, proven by Google's token or by one of ours."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.engine.receive import TokenAuth
from core.errors import BadRequest
from core.ports import SetAside
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.sources.base import Door, GiveSecret, Setting, success
from webhooks.sources.custom.envelopes.base import Envelope, decode
from webhooks.sources.custom.envelopes.google import GoogleTokens
from webhooks.sources.custom.items import Reader, Taken
from webhooks.sources.custom.proof import Environ, Gate, header_of
from webhooks.sources.loose import a_map, text_of

#: Google's own name for it.
QUERY = "token"
#: Headers of a message that comes without its wrapping.
ID_HEADER = "x-goog-pubsub-message-id"


class PubSub(Envelope):
    """Take what a push subscription sends; an answer of 200 is its acknowledgement."""

    settings = (
        Setting(
            "service_account", "The service account whose token the subscription sends.", is_secret=False
        ),
        Setting("audience", "The audience of that token, where it is not this address.", is_secret=False),
        Setting("token", f"A token in the address: `?{QUERY}=`."),
        Setting("base_url", "Where Google's keys are, for tests.", is_secret=False),
    )

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.tokens = GoogleTokens(door)

    def receive(self, source: str, reader: Reader, environ: Environ, received_at: int) -> Response:
        """Prove the subscription, then read its message."""
        self.prove(source, environ, received_at)
        body = read_body(environ, self.door.limits.array)
        around, data = unwrapped(environ, body) if header_of(environ, ID_HEADER) else wrapped(body)
        taken: Taken = []
        if data is None:
            taken.append(SetAside(body, "message.data: it is not base64"))
        elif data.strip():
            taken = Reader(reader.mapping, around).take_leniently(self.door, data)
        self.accept(source, taken, received_at)
        return success()

    def prove(self, source: str, environ: Environ, now: int) -> None:
        """Ask for each proof that is set; at least one must be."""
        accounts, token = self.setting(source, "service_account"), self.setting(source, QUERY)
        if not accounts and not token:
            raise self.door.not_set(source, "service_account")
        if token:
            Gate(self.door, source, environ, bytes).check(TokenAuth(query=QUERY))
        if accounts:
            self.tokens.check(source, environ, now)

    @staticmethod
    def sign(body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Send our own token; Google's only Google can make."""
        return {"X-Cuewire-Token": secret(QUERY).reveal()}


def wrapped(body: bytes) -> tuple[dict[str, Any], bytes | None]:
    """Take a message out of its envelope; one of attributes alone has no data."""
    envelope = read_object(body)
    message = envelope.get("message")
    if not isinstance(message, dict):
        raise BadRequest(
            "message is missing or no object.",
            field="message",
            hint='Send {"message": {"data": ..., "messageId": ...}, "subscription": ...}.',
        )
    attributes = a_map(message.get("attributes"))
    found = {
        "id": text_of(message.get("messageId") or message.get("message_id")),
        "timestamp": text_of(message.get("publishTime") or message.get("publish_time")),
        "topic": text_of(envelope.get("subscription")),
        "attributes": {name: one for name, one in attributes.items() if isinstance(one, str) and one},
    }
    data = message.get("data")
    return {name: one for name, one in found.items() if one}, b"" if data in (None, "") else decode(data)


def unwrapped(environ: Environ, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a message whose own data Google writes into headers."""
    found = {
        "id": header_of(environ, ID_HEADER)[:200],
        "timestamp": header_of(environ, "x-goog-pubsub-publish-time"),
        "topic": header_of(environ, "x-goog-pubsub-subscription-name"),
    }
    return {name: one for name, one in found.items() if one}, body
