"""A fake of HubSpot's contacts: batch upsert by e-mail, with a refused row among good ones as HubSpot tells it."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.contacts import Contacts, Row
from cuewire.sandbox.faults import Fault
from cuewire.sandbox.ledger import iso_now
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, answer_as_asked, watch

BATCH_LIMIT = 100
CONTACTS = "/crm/v3/objects/contacts"
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

#: HubSpot's internal names; one in another spelling does not exist there.
PROPERTY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def new_contacts() -> Contacts:
    """Keep contacts under ids as HubSpot writes them."""
    return Contacts("hubspot", lambda number: str(50_000 + number))


def error(status: int, category: str, message: str, **more: Any) -> Response:
    """Write an error as HubSpot does."""
    answer = jsonify(
        status="error", message=message, category=category, correlationId=secrets.token_hex(8), **more
    )
    answer.status_code = status
    return answer


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


def problem_of(row: Any) -> str:
    """Say why HubSpot would refuse one row; empty text means it would not."""
    if row.get("idProperty") != "email":
        return "Only the property email finds a contact here"
    if not EMAIL.fullmatch(str(row.get("id") or "")):
        return f"Email address {row.get('id')} is invalid"
    names = [name for name in row.get("properties") or {} if not PROPERTY.fullmatch(name)]
    return f'Property "{names[0]}" does not exist' if names else ""


def read_rows(body: Any) -> list[Row] | None:
    """Give the rows of a batch, or nothing where the body is none."""
    found = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        return None
    values = [value for row in found for value in (row.get("properties") or {}).values()]
    return found if all(isinstance(value, str) for value in values) else None


def upsert(body: Any, contacts: Contacts) -> Response:
    """Write a batch: 200 for all, 207 for some, 400 for none where rows cannot be told apart."""
    rows = read_rows(body)
    if rows is None:
        return error(400, "VALIDATION_ERROR", "Invalid input JSON: inputs must hold rows of text properties")
    if len(rows) > BATCH_LIMIT:
        return error(400, "VALIDATION_ERROR", f"A batch may hold {BATCH_LIMIT} rows")
    refused = [(row, problem) for row in rows if (problem := problem_of(row))]
    traces = {row.get("objectWriteTraceId") for row in rows} - {None, ""}
    if refused and len(traces) < len(rows):
        return error(400, "VALIDATION_ERROR", refused[0][1])
    written = [write(row, contacts) for row in rows if not problem_of(row)]
    now = iso_now()
    answer = {"status": "COMPLETE", "results": written, "startedAt": now, "completedAt": now}
    if not refused:
        return jsonify(answer)
    errors = [row_error(row, problem) for row, problem in refused]
    mixed = jsonify({**answer, "numErrors": len(errors), "errors": errors})
    mixed.status_code = 207
    return mixed


def write(row: Row, contacts: Contacts) -> Row:
    """Create or update one contact and give HubSpot's row for it."""
    key = row["id"].lower()
    contact, is_new = contacts.upsert(key, {"email": key, **(row.get("properties") or {})})
    shown = {**shown_as(contact), "new": is_new}
    return (
        {**shown, "objectWriteTraceId": row["objectWriteTraceId"]} if row.get("objectWriteTraceId") else shown
    )


def shown_as(contact: Row) -> Row:
    """Write a contact as HubSpot's API does."""
    return {
        "id": contact["id"],
        "properties": contact["fields"],
        "createdAt": contact["created_at"],
        "updatedAt": contact["updated_at"],
        "archived": False,
    }


def row_error(row: Row, problem: str) -> Row:
    """Write the refusal of one row."""
    context = {"objectWriteTraceId": [row["objectWriteTraceId"]]}
    shared = {"status": "error", "category": "VALIDATION_ERROR", "errors": [], "links": {}}
    return {**shared, "message": problem, "context": context}


def hubspot(settings: SandboxSettings, desk: Desk, contacts: Contacts) -> Blueprint:
    """Build the routes of api.hubapi.com that we fake."""
    routes = Blueprint("hubspot", __name__, url_prefix="/hubspot")
    watch(routes, desk, refuse)

    @routes.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        token = (given.token or "") if given and given.type == "bearer" else ""
        if hmac.compare_digest(token.encode(), settings.hubspot_access_token.encode()):
            return None
        return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or not valid")

    @routes.post(f"{CONTACTS}/batch/upsert")
    def batch_upsert() -> Response:
        try:
            body = msgspec.json.decode(request.get_data())
        except msgspec.DecodeError:
            body = None
        return upsert(body, contacts)

    @routes.get(f"{CONTACTS}/<path:key>")
    def fetch(key: str) -> Response:
        rows = [row for row in contacts.rows() if key.lower() in (row["id"], row["key"])]
        return jsonify(shown_as(rows[0])) if rows else error(404, "OBJECT_NOT_FOUND", "resource not found")

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return error(404, "NOT_FOUND", f"There is nothing at /{path} here")

    return routes
