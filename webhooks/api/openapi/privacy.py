"""Routes about requests of privacy."""

from __future__ import annotations

from webhooks.api.openapi.operation import Operation, Parameter
from webhooks.api.openapi.schema import ANY_OBJECT, MAYBE_TEXT, TEXT, TIME, Schema, record

_REQUEST: dict[str, Schema] = {
    **dict.fromkeys(("id", "source", "kind", "asked_as", "regulation", "sender_status", "note"), TEXT),
    "state": {"type": "string", "enum": ["open", "closed", "told"]},
    "identifiers": ANY_OBJECT,
    "times": {"type": "integer"},
    "received_at": TIME,
    "closed_at": MAYBE_TEXT,
}
_ID = (Parameter("request_id", "path", "The id of a request.", is_required=True),)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/privacy-requests",
        "List what people asked of their data by way of a source, such as Segment's deletions.",
        gives="PrivacyRequests",
        refuses=(400, 401),
    ),
    Operation(
        "POST",
        "/api/privacy-requests/{request_id}/erase",
        "Erase for good whom a request is about, and close it with a receipt.",
        gives="PrivacyRequest",
        refuses=(400, 401, 404, 409, 503),
        parameters=_ID,
    ),
    Operation(
        "POST",
        "/api/privacy-requests/{request_id}/close",
        "Close a request that was seen to elsewhere, or is refused.",
        takes="PrivacyNote",
        gives="PrivacyRequest",
        refuses=(400, 401, 404, 409, 413, 415, 503),
        parameters=_ID,
    ),
)

SCHEMAS: dict[str, Schema] = {
    "PrivacyRequest": record(_REQUEST),
    "PrivacyRequests": record({"requests": {"type": "array", "items": record(_REQUEST)}}),
    "PrivacyNote": {**record({"note": TEXT}), "additionalProperties": False},
}
