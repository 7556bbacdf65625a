"""The description of /api/trigger for tools that read OpenAPI 3.0 and little of it, such as Salesforce's flows.

They know no unions, no maps with free keys and no references to nothing: so every field here has a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.errors import BadRequest
from webhooks.api.openapi.schema import TEXT, Schema, record, ref

#: What a field of ``metadata`` may be; text unless it is said.
TYPES = ("string", "number", "integer", "boolean")
LONGEST = 50

KEY = "apiKey"


def external(public_url: str, namespaces: Sequence[str], fields: Schema) -> dict[str, Any]:
    """Give the document; ``fields`` are those of ``metadata``."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Cuewire",
            "version": "1",
            "description": "Fire a trigger, and ask what came of it.",
        },
        "servers": [{"url": public_url or "/"}],
        "security": [{KEY: []}],
        "paths": {
            "/api/trigger": {"post": _fire()},
            "/api/trigger/status": {"get": _status()},
        },
        "components": {
            "securitySchemes": {KEY: {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(namespaces, fields),
        },
    }


def read_fields(text: str) -> Schema:
    """Read ``cart_id,price:number`` as the fields of ``metadata``."""
    fields: Schema = {}
    for one in [part.strip() for part in text.split(",") if part.strip()]:
        name, _, kind = one.partition(":")
        if not name.isidentifier() or len(name) > LONGEST or kind not in ("", *TYPES):
            raise BadRequest(
                f"{one[:80]!r} is no field.",
                field="fields",
                hint=f"Write NAME or NAME:TYPE, the type one of {', '.join(TYPES)}.",
            )
        fields[name] = {"type": kind or "string"}
    return fields


def _fire() -> dict[str, Any]:
    return {
        "operationId": "fireTrigger",
        "summary": "Fire a trigger for a person, its anchor taken as met.",
        "parameters": [
            _parameter("Idempotency-Key", "header", "Makes a repeat harmless.", is_required=False)
        ],
        "requestBody": {"required": True, "content": _content("TriggerCall")},
        "responses": _responses("202", "TriggerId", ("400", "401", "404", "409", "503")),
    }


def _status() -> dict[str, Any]:
    return {
        "operationId": "triggerStatus",
        "summary": "Show the decision of a call and its deliveries.",
        "parameters": [_parameter("trigger_id", "query", "The id that the call answered with.")],
        "responses": _responses("200", "TriggerStatus", ("400", "401", "404")),
    }


def _schemas(namespaces: Sequence[str], fields: Schema) -> dict[str, Schema]:
    return {
        "TriggerCall": record(
            {"trigger_type": TEXT},
            user_id=TEXT,
            identifiers=ref("Identifiers"),
            metadata=ref("Metadata"),
        ),
        "Identifiers": _optional(**dict.fromkeys(namespaces, TEXT)),
        "Metadata": _optional(**fields),
        "TriggerId": record({"trigger_id": TEXT}),
        "TriggerStatus": record(
            {"trigger_id": TEXT},
            decision=ref("Decision"),
            deliveries={"type": "array", "items": ref("Delivery")},
            converted={"type": "boolean"},
        ),
        "Decision": record({"outcome": TEXT}, id=TEXT, trigger=TEXT, at=TEXT),
        "Delivery": record({"status": TEXT}, id=TEXT, destination=TEXT, action=TEXT, reason=TEXT),
        "Error": record({"error": ref("Problem")}),
        "Problem": record({"code": TEXT, "message": TEXT}, field=TEXT, hint=TEXT),
    }


def _optional(**fields: Schema) -> Schema:
    """Describe an object of which nothing is owed; OpenAPI 3.0 takes no empty list for that."""
    return {"type": "object", "properties": fields}


def _responses(success: str, schema: str, refusals: Iterable[str]) -> dict[str, Any]:
    good = {success: {"description": "Done.", "content": _content(schema)}}
    return good | {
        code: {"description": "Refused; the message says why.", "content": _content("Error")}
        for code in refusals
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": ref(schema)}}


def _parameter(name: str, place: str, text: str, *, is_required: bool = True) -> dict[str, Any]:
    told = {"name": name, "in": place, "description": text, "schema": TEXT}
    return {**told, "required": is_required}
