"""Contacts one by one: read, merged, and erased for good with HubSpot's trap in it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from cuewire.sandbox.contacts import Book, Contacts
from cuewire.sandbox.hubspot.upsert import RECORD_ID, find, read, update, upsert
from cuewire.sandbox.hubspot.wire import invalid, not_found, read_json, read_object, shown_as

CONTACTS = "/crm/v3/objects/contacts"
COMPANIES = "/crm/v3/objects/companies"

#: The kind of row for addresses that were erased before any contact had them.
BLOCKED = "blocked e-mail"


def add_people(routes: Blueprint, contacts: Contacts, book: Book) -> None:
    """Add the routes of contacts and companies."""

    @routes.post(f"{CONTACTS}/batch/upsert")
    def upsert_contacts() -> Response:
        return upsert(read_json(), contacts, book.of(BLOCKED), are_people=True)

    @routes.post(f"{COMPANIES}/batch/upsert")
    def upsert_companies() -> Response:
        return upsert(read_json(), book.of("company"), book.of(BLOCKED), are_people=False)

    @routes.post(f"{CONTACTS}/batch/update")
    def update_contacts() -> Response:
        return update(read_json(), contacts, book.of(BLOCKED), are_people=True)

    @routes.post(f"{COMPANIES}/batch/update")
    def update_companies() -> Response:
        return update(read_json(), book.of("company"), book.of(BLOCKED), are_people=False)

    @routes.post(f"{CONTACTS}/batch/read")
    def read_contacts() -> Response:
        return read(read_json(), contacts)

    @routes.get(f"{CONTACTS}/<path:key>")
    def fetch(key: str) -> Response:
        named = request.args.get("idProperty")
        found = find(contacts, named, key) if named else contacts.find("", key) or contacts.get(key.lower())
        return jsonify(shown_as(found)) if found else not_found()

    @routes.post(f"{CONTACTS}/merge")
    def merge() -> Response:
        return merge_contacts(contacts)

    @routes.post(f"{CONTACTS}/gdpr-delete")
    def purge() -> Response:
        return erase(contacts, book.of(BLOCKED))


def merge_contacts(contacts: Contacts) -> Response:
    """Fold one contact into another; the one that stays keeps its own values."""
    body = read_object()
    kept = contacts.find("", str(body.get("primaryObjectId")))
    gone = contacts.find("", str(body.get("objectIdToMerge")))
    if kept is None or gone is None:
        return not_found()
    if kept["id"] == gone["id"]:
        return invalid("Cannot merge a contact with itself")
    contacts.remove(gone["key"])
    merged, _ = contacts.upsert(kept["key"], {**gone["fields"], **kept["fields"]})
    return jsonify(shown_as(merged))


def erase(contacts: Contacts, blocked: Contacts) -> Response:
    """Delete a contact for good; an address that nobody has is kept away for ever, which is the trap."""
    body = read_object()
    finder, value = str(body.get("idProperty") or RECORD_ID), str(body.get("objectId") or "")
    found = find(contacts, finder, value)
    if found is None and finder != "email":
        return not_found()
    if found is None:
        blocked.upsert(value.lower(), {"email": value.lower()})
    else:
        contacts.remove(found["key"])
    return Response(status=204)
