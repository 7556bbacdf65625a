"""Requests of privacy: listed, fulfilled and closed while the server runs."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from core.engine.instant import iso
from core.errors import BadRequest
from core.ports.privacy import PrivacyRequest
from webhooks.answers import json_answer
from webhooks.api.query import read_args
from webhooks.api.trigger import check_fields
from webhooks.payload import read_object
from webhooks.receiver import read_body
from webhooks.services import Services


class PrivacyApi:
    """Hands each act over to the desk of privacy."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def privacy_requests(self) -> Response:
        """List every request, the last to come first."""
        read_args(())
        return json_answer({"requests": [shape(one) for one in self.services.privacy.all()]})

    def erase_person(self, request_id: str) -> Response:
        """Erase whom a request is about, and close it with a receipt."""
        read_args(())
        return json_answer(shape(self.services.privacy.erase(request_id)))

    def close_request(self, request_id: str) -> Response:
        """Close a request with a note."""
        read_args(())
        body = read_object(read_body(request.environ, self.services.limits.event))
        check_fields(body, ("note",))
        note = body.get("note")
        if not isinstance(note, str):
            raise BadRequest("must be text", field="note", hint="say what was done")
        return json_answer(shape(self.services.privacy.close(request_id, note)))


def shape(one: PrivacyRequest) -> dict[str, Any]:
    """Give a request as the API shows it."""
    return {
        "id": one.id,
        "source": one.source,
        "kind": one.kind,
        "state": one.state,
        "identifiers": one.identifiers,
        "asked_as": one.asked_as,
        "regulation": one.regulation,
        "sender_status": one.sender_status,
        "times": one.times,
        "note": one.note,
        "received_at": iso(one.received_at),
        "closed_at": None if one.closed_at is None else iso(one.closed_at),
    }
