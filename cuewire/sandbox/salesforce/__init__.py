"""A fake of Salesforce's REST API: four ways to sign in, records by external id, collections, platform events."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.salesforce.access import add_access, new_sessions
from cuewire.sandbox.salesforce.records import Organisation, Written
from cuewire.sandbox.salesforce.schema import EVENT
from cuewire.sandbox.salesforce.wire import Problem, new_book, new_contacts, not_found, read_json, refuse
from cuewire.sandbox.session import Sessions
from cuewire.sandbox.settings import SandboxSettings
from cuewire.sandbox.vendor import ALL_METHODS, Desk, watch

__all__ = ["Organisation", "new_book", "new_contacts", "new_sessions", "salesforce"]

DATA = "/services/data/v<version>"
BY_KEY = f"{DATA}/sobjects/<kind>/<field>/<path:value>"
COLLECTION_LIMIT = 200


def salesforce(
    settings: SandboxSettings, desk: Desk, contacts: Contacts, book: Book, *, sessions: Sessions
) -> Blueprint:
    """Build the routes of one organisation that we fake."""
    routes = Blueprint("salesforce", __name__, url_prefix="/salesforce")
    organisation = Organisation(contacts, book)
    watch(routes, desk, refuse)
    add_access(routes, settings, sessions)
    add_records(routes, organisation)
    add_collections(routes, organisation)

    @routes.route("/<path:path>", methods=ALL_METHODS)
    def unknown(path: str) -> Response:
        return not_found()

    return routes


def add_records(routes: Blueprint, organisation: Organisation) -> None:
    """Write and read a record alone."""

    @routes.patch(BY_KEY)
    def upsert(version: str, kind: str, field: str, value: str) -> Response:
        return told(organisation.upsert(kind, field, value, read_json()))

    @routes.get(BY_KEY)
    def fetch(version: str, kind: str, field: str, value: str) -> Response:
        row = organisation.of(kind).get(f"{field}/{value}")
        return jsonify(shown(organisation, kind, row)) if row else not_found()

    @routes.patch(f"{DATA}/sobjects/<kind>/<identifier>")
    def update(version: str, kind: str, identifier: str) -> Response:
        written = organisation.update(kind, identifier, read_json() or {})
        return written.as_answer() if isinstance(written, Problem) else Response(status=204)

    @routes.post(f"{DATA}/sobjects/<kind>")
    def create(version: str, kind: str) -> Response:
        body = read_json()
        if not isinstance(body, dict):
            return Problem("JSON_PARSER_ERROR", "The body is not a JSON object").as_answer()
        written = organisation.create(kind, body)
        is_event = EVENT.fullmatch(kind) and isinstance(written, Written)
        return published(written.as_row()) if is_event and isinstance(written, Written) else told(written)


def add_collections(routes: Blueprint, organisation: Organisation) -> None:
    """Write several records of one object, each with an answer of its own."""

    @routes.patch(f"{DATA}/composite/sobjects/<kind>/<field>")
    def upsert_all(version: str, kind: str, field: str) -> Response:
        def write(fields: Row) -> Written | Problem:
            if field not in fields:
                return Problem("MISSING_ARGUMENT", f"{field} not specified")
            return organisation.upsert(kind, field, str(fields.pop(field)), fields)

        return collected(write, kind=kind, key=field)

    @routes.post(f"{DATA}/composite/sobjects")
    def create_all(version: str) -> Response:
        records = (read_json() or {}).get("records") or [{}]
        kind = str((records[0].get("attributes") or {}).get("type"))
        return collected(lambda fields: organisation.create(kind, fields), kind=kind, key="")


def collected(write: Any, *, kind: str, key: str) -> Response:
    """Write each record of the request; 200 whatever came of them."""
    body = read_json()
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not 0 < len(records) <= COLLECTION_LIMIT:
        return Problem("INVALID_INPUT", f"records must hold up to {COLLECTION_LIMIT} records").as_answer()
    if any((one.get("attributes") or {}).get("type") != kind for one in records):
        return Problem("INVALID_INPUT", "All records must be of the type that the path names").as_answer()
    values = [one.get(key) for one in records]
    rows = []
    for one, value in zip(records, values, strict=True):
        fields = {name: part for name, part in one.items() if name != "attributes"}
        is_double = bool(key) and values.count(value) > 1
        found = (
            Problem("DUPLICATE_VALUE", f"Duplicate external id specified: {value}")
            if is_double
            else write(fields)
        )
        rows.append(found.as_row())
    return jsonify(rows)


def told(written: Written | Problem) -> Response:
    """Tell of one record."""
    if isinstance(written, Problem):
        return written.as_answer()
    answer = jsonify(written.as_row())
    answer.status_code = 201 if written.is_new else 200
    return answer


def published(row: Row) -> Response:
    """Tell of an event that was taken: success, and an error that is none."""
    enqueued = {"statusCode": "OPERATION_ENQUEUED", "message": str(uuid.uuid4()), "fields": []}
    answer = jsonify({**row, "id": "e00xx0000000001AAA", "errors": [enqueued]})
    answer.status_code = 201
    return answer


def shown(organisation: Organisation, kind: str, row: Row) -> Row:
    """Write a record as the API does; of a lead also what became of it."""
    contact = organisation.contact_of(row) if kind == "Lead" else None
    more = {"IsConverted": contact is not None, "ConvertedContactId": contact} if kind == "Lead" else {}
    found = {"Id": row["id"], **row["fields"], **more}
    wanted = request.args.get("fields")
    return {name: found.get(name) for name in ("Id", *wanted.split(","))} if wanted else found
