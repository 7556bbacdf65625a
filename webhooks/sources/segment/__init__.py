"""Segment: its tracking API, as any Segment or RudderStack SDK calls it, and its webhook destinations."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response

from core.engine.rule import SourceMapping
from core.errors import BadRequest
from webhooks.api.openapi.operation import INTAKE, OPEN, Access, Operation, Parameter
from webhooks.signatures import hmac_hex
from webhooks.sources.base import Call, Door, GiveSecret, Setting, Source
from webhooks.sources.segment.audiences import Audiences
from webhooks.sources.segment.call import forwarded
from webhooks.sources.segment.tracking import CALL_PATHS, TrackingApi
from webhooks.sources.segment.webhook import HEADER, Webhook, signed_parts

WRITE_KEY = Access(
    "writeKey",
    "write key",
    {
        "type": "http",
        "scheme": "basic",
        "description": "The write key as user name without a password; or as `writeKey` in the body.",
    },
    is_optional=True,
)
SIGNATURE = Access(
    "segmentSignature",
    HEADER,
    {
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "HMAC-SHA1 of the body, or of an array's first item, in hex.",
    },
)


def take(path: str, help: str, takes: str) -> Operation:
    """Describe one route of the tracking API."""
    return Operation(
        "POST", f"/v1/{path}", help, WRITE_KEY.name, takes=takes, gives="Success", refuses=INTAKE
    )


class Segment(Source):
    """Take what SDKs send, and what Segment forwards signed with a shared secret."""

    methods = ("POST", "PUT", "PATCH")
    ways = (SIGNATURE,)
    own_ways = (WRITE_KEY,)
    settings = (
        Setting("write_key", "What SDKs send as their write key."),
        Setting("shared_secret", "What Segment signs its webhooks with."),
    )
    operations = (
        *(take(path, f"Take one {kind} call.", "Call") for kind in CALL_PATHS for path in (kind, kind[0])),
        take("batch", "Take a batch of calls.", "Batch"),
        take("b", "Take a batch of calls, as browsers name it.", "Batch"),
        take("import", "Take a batch of calls, as older libraries name it.", "Batch"),
        Operation(
            "POST", "/v1/m", "Take the browser library's own metrics and drop them.", OPEN, gives="Success"
        ),
        Operation(
            "POST",
            "/webhooks/{name}/audiences",
            "Give an audience of Segment's Webhook Audiences its id; nothing is kept.",
            OPEN,
            takes="SegmentAudience",
            gives="SegmentAudienceId",
            refuses=(400, 404, 413, 415),
            parameters=(Parameter("name", "path", "The name of a Segment source file.", is_required=True),),
        ),
    )
    schemas: ClassVar[Mapping[str, dict[str, Any]]] = {
        "SegmentAudience": {
            "type": "object",
            "properties": {"audienceName": {"type": "string"}, "externalId": {"type": "string"}},
            "additionalProperties": True,
        },
        "SegmentAudienceId": {
            "type": "object",
            "required": ["externalId"],
            "properties": {"externalId": {"type": "string"}},
            "additionalProperties": False,
        },
    }
    browser_paths = ("/v1/",)

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.webhook = Webhook(door)

    def receive(self, source: str) -> Response:
        """Take one call, or an array of which Segment signs only the first."""
        return self.webhook.receive(source)

    def routes(self) -> Sequence[Blueprint]:
        """Give the tracking API, and the route of Webhook Audiences."""
        return TrackingApi(self.door).routes(), Audiences(self.door).routes()

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Take a call as Segment forwards it: it is in Segment's spelling already."""
        if not isinstance(body, dict):
            raise BadRequest("A call is an object.", field="item", hint="Send {...}.")
        return [forwarded(dict(body))]

    @staticmethod
    def sign(path: str, body: bytes, secret: GiveSecret) -> dict[str, str]:
        """Sign a webhook as Segment does; SDKs send their write key instead."""
        if not path.startswith("/webhooks/"):
            key = f"{secret('write_key').reveal()}:".encode()
            return {"Authorization": f"Basic {base64.b64encode(key).decode()}"}
        return {HEADER: hmac_hex("sha1", secret("shared_secret").reveal(), signed_parts(body)[-1])}


__all__ = ["Segment", "TrackingApi", "Webhook"]
