"""Make the OpenAPI document from the table of routes."""

from __future__ import annotations

from typing import Any

from webhooks.api.openapi import (
    alerts,
    codes,
    control,
    delivering,
    keys,
    outcomes,
    people,
    privacy,
    replaying,
    requests,
)
from webhooks.api.openapi.operation import KEY, TWILIO, Operation, Parameter
from webhooks.api.openapi.schema import SCHEMAS, Schema, ref
from webhooks.api.openapi.table import OPERATIONS
from webhooks.callbacks import kinds as callback_kinds
from webhooks.console.operation import SESSION
from webhooks.console.session import COOKIE
from webhooks.sources import kinds

#: A proof that stands where no scheme can say it.
ELSEWHERE: dict[str, list[str]] = {}

REFUSALS = {
    400: "The body or a parameter is wrong; `field` says which.",
    401: "The key or the signature is missing or wrong.",
    403: "The key and the secret are not ours, or the key is good but not for this.",
    404: "Nothing by that name is known here.",
    409: "The Idempotency-Key came before with another body.",
    413: "The body or the batch is too large.",
    415: "The Content-Encoding cannot be read.",
    429: "The key's quota is used up: come again after Retry-After seconds.",
    503: "Come again after Retry-After seconds.",
}

#: How the sources and callbacks prove who sends, by name.
SOURCE_WAYS = {way.name: way for one in kinds().values() for way in (*one.ways, *one.own_ways)}
SOURCE_WAYS |= {way.name: way for one in callback_kinds().values() for way in one.ways}

SECURITY = {
    KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "The value of CUEWIRE_API_KEY, or a key made for this.",
    },
    **{name: dict(way.scheme) for name, way in SOURCE_WAYS.items()},
    TWILIO: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Twilio-Signature",
        "description": "Made by Twilio with the Auth Token.",
    },
    SESSION: {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Made by the sign-in."},
}


def build(operations: tuple[Operation, ...] = OPERATIONS) -> dict[str, Any]:
    """Give the whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cuewire", "version": "1", "description": "Events in, decisions, deliveries out."},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS
            | people.SCHEMAS
            | outcomes.SCHEMAS
            | control.SCHEMAS
            | delivering.SCHEMAS
            | replaying.SCHEMAS
            | requests.SCHEMAS
            | codes.SCHEMAS
            | keys.SCHEMAS
            | privacy.SCHEMAS
            | alerts.SCHEMAS
            | source_schemas(),
            "securitySchemes": SECURITY,
        },
    }


def describe(operation: Operation) -> dict[str, Any]:
    """Describe one operation."""
    described: dict[str, Any] = {
        "operationId": f"{operation.method} {operation.path}",
        "summary": operation.help,
        "security": access_of(operation),
        "responses": {str(operation.status): success_of(operation)}
        | {
            str(code): refusal(code, operation.refusal)
            for code in sorted({*operation.refuses, *refused_by_key(operation)})
        },
    }
    if operation.parameters:
        described["parameters"] = [parameter(one) for one in operation.parameters]
    if operation.takes:
        described["requestBody"] = {
            "required": True,
            "content": content(operation.takes_type, ref(operation.takes)),
        }
    return described


def refused_by_key(operation: Operation) -> tuple[int, ...]:
    """Give what any route behind a key of the API may answer: it may lack the right, or have used up its quota."""
    return (403, 429) if KEY in operation.ways else ()


def source_schemas() -> dict[str, Schema]:
    """Gather the schemas of the sources' and callbacks' own bodies."""
    found = [one.schemas for one in kinds().values()] + [one.schemas for one in callback_kinds().values()]
    return {name: schema for schemas in found for name, schema in schemas.items()}


def access_of(operation: Operation) -> list[dict[str, list[str]]]:
    """Say what a caller needs, any one of several; some proofs may also stand in the body."""
    needed: list[dict[str, list[str]]] = [{way: []} for way in operation.ways]
    if any(way in SOURCE_WAYS and SOURCE_WAYS[way].is_optional for way in operation.ways):
        needed.append(ELSEWHERE)
    return needed


def success_of(operation: Operation) -> dict[str, Any]:
    """Describe the answer of a success."""
    described: dict[str, Any] = {"description": "Done, and durably stored where anything was sent."}
    if operation.gives or operation.method == "GET":
        schema = ref(operation.gives) if operation.gives else {}
        described["content"] = content(operation.gives_type, schema)
    return described


def refusal(status: int, shape: str) -> dict[str, Any]:
    """Describe an error's answer."""
    return {"description": REFUSALS[status], "content": content("application/json", ref(shape))}


def content(media_type: str, schema: Schema) -> dict[str, Any]:
    """Describe a body."""
    return {media_type: {"schema": schema}}


def parameter(one: Parameter) -> dict[str, Any]:
    """Describe one parameter."""
    return {
        "name": one.name,
        "in": one.place,
        "required": one.is_required,
        "description": one.help,
        "schema": {"type": "string"},
    }


DOCUMENT = build()
