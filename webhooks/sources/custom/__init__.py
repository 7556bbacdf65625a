"""Any other sender, described by its source file alone: ``receive`` says how it proves itself and what it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from core.engine.clean import clean
from core.engine.receive import Answer, Receive
from core.engine.rule import SourceMapping
from core.errors import BadRequest
from webhooks.answers import json_answer
from webhooks.api.openapi.operation import Access
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.sources.base import Call, Door, GiveSecret, Setting, Source, check_count, success
from webhooks.sources.custom.documents import documents
from webhooks.sources.custom.envelopes import ENVELOPES
from webhooks.sources.custom.items import Reader
from webhooks.sources.custom.playing import headers_of
from webhooks.sources.custom.proof import Gate, auth_of, settings_of
from webhooks.sources.custom.scope import RawScope, value_of
from webhooks.sources.form import as_json

ACCESS = Access(
    "sourceToken",
    "as its file says",
    {
        "type": "http",
        "scheme": "bearer",
        "description": "A source of `receive`: its token, or what its file asks for instead.",
    },
)


class Custom(Source):
    """Take what a sender without code sends."""

    methods = ("POST", "PUT")
    ways = (ACCESS,)

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.envelopes = {name: kind(door) for name, kind in ENVELOPES.items()}

    def receive(self, source: str) -> Response:
        """Take an event, a list of events, or what a queue wraps them in."""
        received_at = self.door.services.clock.now()
        reader = Reader(self.door.mapping(source))
        receive = reader.receive
        if receive.envelope:
            return self.envelopes[receive.envelope].receive(source, reader, request.environ, received_at)
        held: list[bytes] = []

        def body() -> bytes:
            if not held:
                held.append(read_body(request.environ, self.door.limits.array))
            return held[0]

        Gate(self.door, source, request.environ, body).pass_any(auth_of(receive))
        data = as_json(body(), request.environ.get("CONTENT_TYPE", ""))
        taken = reader.take(self.door, data)
        check_count([one.raw for one in taken], self.door.limits.array_items)
        self.door.accept(source, taken, received_at)
        return answer_of(receive.answer, data)

    @classmethod
    def settings_of(cls, mapping: SourceMapping) -> tuple[Setting, ...]:
        """Name the settings that this source's file makes needed."""
        receive = mapping.receive or Receive()
        if receive.envelope:
            return ENVELOPES[receive.envelope].settings
        return tuple({one.name: one for auth in auth_of(receive) for one in settings_of(auth)}.values())

    @staticmethod
    def read(body: Any, mapping: SourceMapping) -> list[Call]:
        """Translate a body as its sender writes it, without an envelope."""
        return list(Reader(mapping).read(json.dumps(body).encode()))

    @classmethod
    def proof(
        cls, path: str, body: bytes, secret: GiveSecret, *, mapping: SourceMapping, now: int
    ) -> dict[str, str]:
        """Prove a request as the sender would."""
        receive = mapping.receive or Receive()
        if receive.envelope:
            return ENVELOPES[receive.envelope].sign(body, secret)
        return headers_of(auth_of(receive)[0], body, secret, now=now)


def answer_of(answer: Answer | None, body: bytes) -> Response:
    """Give the answer that the sender waits for; its formulas read the body."""
    if answer is None:
        return success()
    if not isinstance(answer.body, Mapping):
        content_type = answer.content_type or "text/plain; charset=utf-8"
        return Response(str(answer.body), status=answer.status, content_type=content_type)
    try:
        shown = clean(read_object(documents(body)[0]))
    except BadRequest:
        shown = {}
    found = value_of(answer.body, RawScope(body=shown, item=shown)) or {}
    told = json_answer(found, answer.status)
    if answer.content_type:
        told.headers["Content-Type"] = answer.content_type
    return told
