"""How the fake HubSpot writes: its errors, its limits, and the shape of its records."""

from __future__ import annotations

import re
import secrets
from typing import Any

import msgspec
from flask import Response, jsonify, request

from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.vendor import answer_as_asked

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

#: HubSpot's internal names; one in another spelling does not exist there.
PROPERTY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def new_contacts() -> Contacts:
    """Keep contacts under ids as HubSpot writes them."""
    return Contacts("hubspot", lambda number: str(50_000 + number))


def new_book() -> Book:
    """Keep everything else under numbers too."""
    return Book("hubspot", lambda _kind, number: str(70_000 + number))


def error(status: int, category: str, message: str, **more: Any) -> Response:
    """Write an error as HubSpot does."""
    answer = jsonify(
        status="error", message=message, category=category, correlationId=secrets.token_hex(8), **more
    )
    answer.status_code = status
    return answer


def invalid(message: str) -> Response:
    """Refuse a request that is not as it must be."""
    return error(400, "VALIDATION_ERROR", message)


def not_found() -> Response:
    """Say that there is no such record."""
    return error(404, "OBJECT_NOT_FOUND", "resource not found")


def refuse(fault: Fault) -> Response:
    """Answer a fault, as the limit that was asked for where one was; HubSpot names no time with it."""
    if not fault.rate_limit:
        return answer_as_asked(
            fault, {"status": "error", "message": "internal error", "category": "INTERNAL"}
        )
    policy = fault.rate_limit.policy
    limit = {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": secrets.token_hex(8),
        "policyName": policy,
    }
    return answer_as_asked(fault, limit)


def read_json() -> Any:
    """Read the request's body; nothing where it is no JSON."""
    try:
        return msgspec.json.decode(request.get_data())
    except msgspec.DecodeError:
        return None


def read_object() -> dict[str, Any]:
    """Read the request's body where it must be an object; an empty one where it is not."""
    body = read_json()
    return body if isinstance(body, dict) else {}


def created(code: int, /, **body: Any) -> Response:
    """Answer with a status other than 200."""
    answer = jsonify(**body)
    answer.status_code = code
    return answer


def shown_as(contact: Row) -> Row:
    """Write a record as HubSpot's API does."""
    return {
        "id": contact["id"],
        "properties": contact["fields"],
        "createdAt": contact["created_at"],
        "updatedAt": contact["updated_at"],
        "archived": False,
    }
