"""Batches of contacts and companies: 200 for all, 207 for some, 400 for none where rows cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify

from cuewire.sandbox.contacts import Contacts, Row
from cuewire.sandbox.hubspot.wire import EMAIL, PROPERTY, invalid, shown_as
from cuewire.sandbox.ledger import iso_now

BATCH_LIMIT = 100

#: HubSpot's own property for the record id.
RECORD_ID = "hs_object_id"


@dataclass(frozen=True)
class Refusal:
    """Why one row was not written."""

    message: str
    category: str = "VALIDATION_ERROR"


def upsert(body: Any, kept: Contacts, blocked: Contacts, *, are_people: bool) -> Response:
    """Write a batch; ``blocked`` holds addresses that no contact may have."""
    rows = read_rows(body)
    if rows is None:
        return invalid("Invalid input JSON: inputs must hold rows of text properties")
    if len(rows) > BATCH_LIMIT:
        return invalid(f"A batch may hold {BATCH_LIMIT} rows")
    keys = [(row.get("idProperty"), str(row.get("id")).lower()) for row in rows]
    traces = {row.get("objectWriteTraceId") for row in rows} - {None, ""}
    doubles = sorted({key[1] for key in keys if keys.count(key) > 1})
    refused = [
        (row, found) for row in rows if (found := problem_of(row, kept, blocked, are_people=are_people))
    ]
    if doubles and len(traces) == len(rows):
        return invalid(f"Duplicate IDs found in batch input: [{', '.join(doubles)}]. IDs must be unique")
    if refused and len(traces) < len(rows):
        return invalid(refused[0][1].message)
    bad = [id(row) for row, _ in refused]
    return answer([write(row, kept) for row in rows if id(row) not in bad], refused)


def update(body: Any, kept: Contacts, blocked: Contacts, *, are_people: bool) -> Response:
    """Write a batch of rows by record id, as an upsert does that finds only what exists."""
    rows = read_rows(body)
    found = {**body, "inputs": [{**row, "idProperty": RECORD_ID} for row in rows]} if rows else body
    return upsert(found, kept, blocked, are_people=are_people)


def read(body: Any, kept: Contacts) -> Response:
    """Give the records of a batch that exist, and name those that do not."""
    rows = read_rows(body)
    if rows is None or len(rows) > BATCH_LIMIT:
        return invalid(f"Invalid input JSON: inputs must hold up to {BATCH_LIMIT} ids")
    finder = str(body.get("idProperty") or RECORD_ID)
    found = {str(row.get("id")): find(kept, finder, str(row.get("id"))) for row in rows}
    now = iso_now()
    shown = [shown_as(one) for one in found.values() if one]
    told = {"status": "COMPLETE", "results": shown, "startedAt": now, "completedAt": now}
    missing = [name for name, one in found.items() if not one]
    if not missing:
        return jsonify(told)
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some CONTACT objects",
    }
    mixed = jsonify({**told, "numErrors": 1, "errors": [{**error, "context": {"ids": missing}}]})
    mixed.status_code = 207
    return mixed


def answer(written: list[Row], refused: list[tuple[Row, Refusal]]) -> Response:
    """Tell what was written, and what was not."""
    now = iso_now()
    told = {"status": "COMPLETE", "results": written, "startedAt": now, "completedAt": now}
    if not refused:
        return jsonify(told)
    errors = [row_error(row, refusal) for row, refusal in refused]
    mixed = jsonify({**told, "numErrors": len(errors), "errors": errors})
    mixed.status_code = 207
    return mixed


def read_rows(body: Any) -> list[Row] | None:
    """Give the rows of a batch, or nothing where the body is none."""
    found = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        return None
    values = [value for row in found for value in (row.get("properties") or {}).values()]
    return found if all(isinstance(value, str) for value in values) else None


def problem_of(row: Row, kept: Contacts, blocked: Contacts, *, are_people: bool) -> Refusal | None:
    """Say why HubSpot would refuse one row."""
    finder, value = str(row.get("idProperty") or ""), str(row.get("id") or "")
    properties = row.get("properties") or {}
    email = value if finder == "email" else properties.get("email", "")
    if not PROPERTY.fullmatch(finder) or (finder == "email" and not are_people):
        return Refusal(f'Property "{finder}" is not a unique property of this object')
    if not value or (email and not EMAIL.fullmatch(email)):
        return Refusal(f"Email address {email or value} is invalid")
    if email and blocked.get(email.lower()):
        return Refusal(f"Email address {email} is blocklisted: it was deleted under the GDPR")
    if finder == RECORD_ID and not find(kept, finder, value):
        return Refusal(f"Object not found. objectId are usually numeric: {value}", "OBJECT_NOT_FOUND")
    names = [name for name in properties if not PROPERTY.fullmatch(name)]
    if names:
        return Refusal(f'Property "{names[0]}" does not exist')
    return taken(row, kept) if are_people else None


def taken(row: Row, kept: Contacts) -> Refusal | None:
    """Refuse to give one contact the address of another."""
    email = (row.get("properties") or {}).get("email")
    other = find(kept, "email", email) if email else None
    own = find(kept, row["idProperty"], row["id"])
    if other is None or (own and own["id"] == other["id"]):
        return None
    return Refusal(f"Contact already exists. Existing ID: {other['id']}", "CONFLICT")


def find(kept: Contacts, finder: str, value: str) -> Row | None:
    """Find the record with this value of a unique property."""
    return kept.find("" if finder == RECORD_ID else finder, value)


def write(row: Row, kept: Contacts) -> Row:
    """Create or update one record and give HubSpot's row for it."""
    finder, value = row["idProperty"], row["id"]
    value = value.lower() if finder == "email" else value
    known = find(kept, finder, value)
    key = known["key"] if known else value if finder == "email" else f"{finder}/{value}"
    own = {} if finder == RECORD_ID else {finder: value}
    record, is_new = kept.upsert(key, {**own, **(row.get("properties") or {})})
    shown = {**shown_as(record), "new": is_new}
    trace = row.get("objectWriteTraceId")
    return {**shown, "objectWriteTraceId": trace} if trace else shown


def row_error(row: Row, refusal: Refusal) -> Row:
    """Write the refusal of one row."""
    context = {"objectWriteTraceId": [row["objectWriteTraceId"]]}
    shared = {"status": "error", "category": refusal.category, "errors": [], "links": {}}
    return {**shared, "message": refusal.message, "context": context}
