"""mParticle's Events API, as its server SDKs call it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from core.errors import SenderError, Unauthorised
from core.secret import Secret
from webhooks.answers import json_answer, refusal
from webhooks.receiver import read_body
from webhooks.signatures import basic_pair, is_accepted
from webhooks.sources.base import Door
from webhooks.sources.mparticle.reading import check_any, read_batch, read_batches

#: mParticle's codes for what it refuses.
CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "SERVICE_UNAVAILABLE",
}
ACCEPTED = 202

SCHEMAS: dict[str, dict[str, Any]] = {
    "MParticleBatch": {
        "type": "object",
        "properties": {
            "events": {"type": ["array", "null"], "items": {"type": "object"}},
            "user_identities": {"type": ["object", "array", "null"]},
            "user_attributes": {"type": ["object", "null"]},
        },
        "additionalProperties": True,
    },
    "FirehoseMessage": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string"}, "id": {"type": "string"}},
        "additionalProperties": True,
    },
    "OpenDsrCallback": {
        "type": "object",
        "required": ["subject_request_id", "request_status"],
        "properties": {"subject_request_id": {"type": "string"}, "request_status": {"type": "string"}},
        "additionalProperties": True,
    },
    "MParticleRefusal": {
        "type": "object",
        "required": ["errors"],
        "properties": {
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                },
            }
        },
    },
    "MParticleBatches": {"type": "array", "items": {"$ref": "#/components/schemas/MParticleBatch"}},
}


class Forbidden(Unauthorised):
    """Refuse a pair that was sent and is not ours; mParticle tells this from a missing one."""

    code = "forbidden"
    status = 403


class EventsApi:
    """Take a batch, or an array of batches, by key and secret."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def routes(self) -> Blueprint:
        """Give all the routes."""
        routes = Blueprint("mparticle_events", __name__, url_prefix="/v2")
        routes.add_url_rule("/events", "events", self.events, methods=["POST"])
        routes.add_url_rule("/bulkevents", "bulkevents", self.bulk, methods=["POST"])
        routes.add_url_rule("/bulkevents/historical", "historical", self.historical, methods=["POST"])
        routes.register_error_handler(SenderError, self.refuse)
        return routes

    def events(self) -> Response:
        """Take one batch."""
        received_at = self.door.services.clock.now()
        source = self.source_of()
        items = read_batch(read_body(request.environ, self.door.limits.batch), self.door)
        check_any(items)
        self.door.accept(source, items, received_at)
        return Response(b"", status=ACCEPTED)

    def bulk(self) -> Response:
        """Take an array of batches; a bad one is set aside, and the answer is the same."""
        return self.take_bulk(is_history=False)

    def historical(self) -> Response:
        """Take batches of the past: they are counted and set nothing off."""
        return self.take_bulk(is_history=True)

    def take_bulk(self, *, is_history: bool) -> Response:
        """Take an array of batches."""
        received_at = self.door.services.clock.now()
        source = self.source_of()
        body = read_body(request.environ, self.door.limits.batch)
        items = read_batches(body, self.door, is_history=is_history)
        self.door.accept(source, items, received_at)
        return Response(b"", status=ACCEPTED)

    def source_of(self) -> str:
        """Find whose key and secret came with the request."""
        header = request.environ.get("HTTP_AUTHORIZATION", "")
        key, secret = basic_pair(header)
        names = self.door.sources("mparticle")
        held = {name: (self.given(name, "key"), self.given(name, "secret")) for name in names}
        for name, (keys, secrets) in held.items():
            # Both are compared in any case, so that the time tells nothing.
            if is_accepted(keys, key) & is_accepted(secrets, secret):
                return name
        if not any(keys and secrets for keys, secrets in held.values()):
            raise self.door.not_set(names[0] if names else "mparticle", "key")
        hint = "Send the key and the secret as Basic authentication."
        if not header:
            raise Unauthorised("The key and the secret are missing.", field="Authorization", hint=hint)
        raise Forbidden("The key and the secret are not ours.", field="Authorization", hint=hint)

    def given(self, source: str, name: str) -> Secret:
        """Give one setting of a source."""
        return self.door.services.secrets(source, name)

    def refuse(self, error: SenderError) -> Response:
        """Say what is wrong in the shape that mParticle's SDKs read."""
        if error.status < 500:
            self.door.tally.refused.inc()
        answer = refusal(error)
        found = {"code": CODES.get(error.status, CODES[400]), "message": error.message}
        answer.set_data(json_answer({"errors": [found]}).get_data())
        return answer
