"""mParticle: its webhook output, its Events API as server SDKs call it, its Firehose, and OpenDSR callbacks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from core.engine.rule import SourceMapping
from core.errors import BadRequest, Unauthorised
from webhooks.api.openapi.operation import INTAKE, Access, Operation, Parameter
from webhooks.receiver import read_body
from webhooks.signatures import is_accepted
from webhooks.sources.base import Call, GiveSecret, Setting, Source, success
from webhooks.sources.loose import maps_in, text_of
from webhooks.sources.mparticle.api import ACCEPTED, SCHEMAS, EventsApi, Forbidden
from webhooks.sources.mparticle.batch import Batch
from webhooks.sources.mparticle.firehose import Firehose
from webhooks.sources.mparticle.opendsr import DOMAIN, SIGNATURE, OpenDsr
from webhooks.sources.mparticle.reading import alias_of, read_batch, read_batches
from webhooks.sources.mparticle.told import MESSAGES, told_calls

VALUE = Access(
    "mparticleAuthorization",
    "Authorization value",
    {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The value set for the webhook in mParticle, word for word.",
    },
)
PROCESSOR = Access(
    "openDsrSignature",
    SIGNATURE,
    {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE,
        "description": f"RSA-SHA256 of the body in base64, by the certificate of the domain in {DOMAIN}.",
    },
)
NAME = (Parameter("name", "path", "The name of an mParticle source file.", is_required=True),)
PAIR = Access(
    "mparticlePair",
    "key and secret",
    {"type": "http", "scheme": "basic", "description": "The key as user name, the secret as password."},
)


def described(path: str, help: str, takes: str) -> Operation:
    """Describe one route of the Events API."""
    refuses = (*INTAKE, Forbidden.status)
    return Operation(
        "POST",
        path,
        help,
        PAIR.name,
        takes=takes,
        status=ACCEPTED,
        refuses=refuses,
        refusal="MParticleRefusal",
    )


class MParticle(Source):
    """Take batches that mParticle forwards, and batches that Events API clients send."""

    ways = (VALUE,)
    own_ways = (PAIR, PROCESSOR)
    settings = (
        Setting("authorization", "The whole value of the Authorization header that the webhook sends."),
        Setting("key", "The key of Events API clients."),
        Setting("secret", "The secret of Events API clients."),
        Setting("opendsr_domains", "The domains whose OpenDSR callbacks are believed.", is_secret=False),
    )
    operations = (
        described("/v2/events", "Take one batch of an Events API client.", "MParticleBatch"),
        described("/v2/bulkevents", "Take several batches of an Events API client.", "MParticleBatches"),
        described(
            "/v2/bulkevents/historical",
            "Take batches of the past: they are counted and set nothing off.",
            "MParticleBatches",
        ),
        Operation(
            "POST",
            "/webhooks/{name}/firehose",
            "Take a message of mParticle's Firehose, and give the answer of its type.",
            VALUE.name,
            takes="FirehoseMessage",
            gives="FirehoseMessage",
            refuses=(*INTAKE, 404),
            parameters=NAME,
        ),
        Operation(
            "POST",
            "/webhooks/{name}/opendsr",
            "Take the status of a data subject's request from a processor.",
            PROCESSOR.name,
            takes="OpenDsrCallback",
            status=ACCEPTED,
            refuses=(*INTAKE, 404),
            parameters=NAME,
        ),
    )
    schemas = SCHEMAS

    def routes(self) -> Sequence[Blueprint]:
        """Give the Events API, and the routes of typed messages."""
        messages = Blueprint("mparticle_messages", __name__, url_prefix="/webhooks")
        for path, view in (
            ("firehose", Firehose(self.door).receive),
            ("opendsr", OpenDsr(self.door).receive),
        ):
            messages.add_url_rule(f"/<name>/{path}", path, view, methods=["POST"])
        return EventsApi(self.door).routes(), messages

    def receive(self, source: str) -> Response:
        """Take a batch, or an array of batches; each event is judged alone."""
        received_at = self.door.services.clock.now()
        secret = self.door.secret(source, "authorization")
        if not is_accepted(secret, request.environ.get("HTTP_AUTHORIZATION", "")):
            raise Unauthorised(
                "The Authorization header is missing or not ours.",
                field="Authorization",
                hint="Set the same value in mParticle's webhook and here.",
            )
        body = read_body(request.environ, self.door.limits.array)
        is_array = body.lstrip()[:1] == b"["
        items = read_batches(body, self.door) if is_array else read_batch(body, self.door)
        self.door.accept(source, items, received_at)
        return success()

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Translate one batch, a list of batches, or a message of Firehose."""
        if isinstance(body, list):
            return [call for item in maps_in(body) for call in MParticle.read(item, mapping)]
        if not isinstance(body, dict):
            raise BadRequest("A batch is an object.", field="item", hint="Send {...}.")
        if body.get("request_type") == "alias":
            return [alias_of(body)]
        if text_of(body.get("type")) in MESSAGES:
            return told_calls(body)
        batch = Batch(body)
        events = maps_in(body.get("events"))
        if not events:
            return [batch.identify()]
        return [call for index, event in enumerate(events) for call in batch.read(event, index)]

    @staticmethod
    def sign(path: str, body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Send the webhook's value, or a client's key and secret."""
        if path.startswith("/webhooks/"):
            return {"Authorization": secret("authorization").reveal()}
        pair = f"{secret('key').reveal()}:{secret('secret').reveal()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
