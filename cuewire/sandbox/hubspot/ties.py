"""Static lists and associations of the fake HubSpot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify

from cuewire.sandbox.contacts import Book, Contacts
from cuewire.sandbox.hubspot.wire import created, invalid, not_found, read_json, read_object
from cuewire.sandbox.ledger import iso_now

LISTS = "/crm/v3/lists/<int:number>/memberships"
MEMBER = "list member"
ASSOCIATION = "association"

#: HubSpot's numbers for the kinds of record, and for the unlabelled association between these two.
CONTACT, COMPANY, PLAIN = "0-1", "0-2", 279


def add_ties(routes: Blueprint, contacts: Contacts, book: Book) -> None:
    """Add the routes of lists and associations."""

    @routes.put(f"{LISTS}/add")
    def add(number: int) -> Response:
        ids = read_ids()
        if ids is None:
            return invalid("The body must be a list of record ids")
        known = [one for one in ids if contacts.find("", one)]
        new = [one for one in known if book.of(MEMBER).upsert(f"{number}/{one}", {"list": number})[1]]
        return members(added=new, missing=[one for one in ids if one not in known])

    @routes.put(f"{LISTS}/remove")
    def remove(number: int) -> Response:
        ids = read_ids()
        if ids is None:
            return invalid("The body must be a list of record ids")
        gone = [one for one in ids if book.of(MEMBER).remove(f"{number}/{one}")]
        return members(removed=gone, missing=[one for one in ids if not contacts.find("", one)])

    @routes.post("/crm/v4/associations/contacts/companies/batch/associate/default")
    def associate() -> Response:
        return tie_all(contacts, book)

    @routes.put("/crm/v4/objects/contacts/<contact>/associations/companies/<company>")
    def label(contact: str, company: str) -> Response:
        return tie_labelled(contact, company, contacts, book)


def read_ids() -> list[str] | None:
    """Read a list of record ids."""
    body = read_json()
    return body if isinstance(body, list) and body and all(isinstance(one, str) for one in body) else None


def members(*, missing: list[str], added: Sequence[str] = (), removed: Sequence[str] = ()) -> Response:
    """Tell what changed, in HubSpot's own spelling."""
    return jsonify(recordsIdsAdded=list(added), recordIdsRemoved=list(removed), recordIdsMissing=missing)


def tie_all(contacts: Contacts, book: Book) -> Response:
    """Associate pairs without a label."""
    pairs: list[Any] = read_object().get("inputs") or []
    ids = [(str(pair["from"]["id"]), str(pair["to"]["id"])) for pair in pairs]
    if not ids:
        return invalid("inputs must hold pairs of records")
    if not all(contacts.find("", one) and book.of("company").find("", two) for one, two in ids):
        return not_found()
    for one, two in ids:
        book.of(ASSOCIATION).upsert(f"{one}-{two}", {"contact": one, "company": two})
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": PLAIN}
    results = [{"from": {"id": one}, "to": {"id": two}, "associationSpec": kind} for one, two in ids]
    return jsonify(status="COMPLETE", results=results, startedAt=iso_now(), completedAt=iso_now())


def tie_labelled(contact: str, company: str, contacts: Contacts, book: Book) -> Response:
    """Associate two records under a label."""
    kinds = read_json()
    if not isinstance(kinds, list) or not all(
        isinstance(kind.get("associationTypeId"), int) for kind in kinds
    ):
        return invalid("The body must be a list of association types")
    if not contacts.find("", contact) or not book.of("company").find("", company):
        return not_found()
    fields = {"contact": contact, "company": company, "label": kinds[0]["associationTypeId"]}
    book.of(ASSOCIATION).upsert(f"{contact}-{company}", fields)
    named = {"fromObjectTypeId": CONTACT, "fromObjectId": contact, "toObjectTypeId": COMPANY}
    return created(201, **named, toObjectId=company, labels=[])
