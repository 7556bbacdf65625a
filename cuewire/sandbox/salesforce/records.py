"""Records of the fake organisation: by external id or new, one or a collection, with its rules about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cuewire.sandbox.contacts import Book, Contacts, Row
from cuewire.sandbox.salesforce.schema import CUSTOM, EVENT, is_object, problem_of
from cuewire.sandbox.salesforce.wire import Problem

PEOPLE = ("Contact", "Lead")

#: The kind of row for leads that were converted, by the lead's id.
CONVERTED = "converted lead"


@dataclass(frozen=True)
class Written:
    """A record that was written."""

    row: Row
    is_new: bool

    def as_row(self) -> Row:
        """Write it as the row of a collection."""
        return {"id": self.row["id"], "success": True, "errors": [], "created": self.is_new}


class Organisation:
    """All records of one organisation."""

    def __init__(self, contacts: Contacts, book: Book) -> None:
        self.contacts = contacts
        self.book = book

    def of(self, kind: str) -> Contacts:
        """Give the records of an object."""
        return self.contacts if kind == "Contact" else self.book.of(kind)

    def upsert(self, kind: str, field: str, value: str, fields: Any) -> Written | Problem:
        """Create or update the record with this external id."""
        missing = Problem("NOT_FOUND", "The requested resource does not exist", status=404)
        if not is_object(kind):
            return missing
        if not CUSTOM.fullmatch(field):
            said = f"Provided external ID field does not exist or is not accessible: {field}"
            return replace(missing, message=said)
        if not isinstance(fields, dict):
            return Problem("JSON_PARSER_ERROR", "The body is not a JSON object")
        if field in fields:
            return Problem("INVALID_FIELD", f"The field {field} stands in the path and in the body")
        known = self.of(kind).get(f"{field}/{value}")
        problem = problem_of(kind, fields, is_new=not known) or self._rule(kind, known, fields)
        if problem:
            return problem
        return Written(*self.of(kind).upsert(f"{field}/{value}", {**fields, field: value}))

    def create(self, kind: str, fields: Row) -> Written | Problem:
        """Create a record."""
        if not is_object(kind):
            return Problem("NOT_FOUND", "The requested resource does not exist", status=404)
        resolved = self._resolved(kind, fields)
        if isinstance(resolved, Problem):
            return resolved
        problem = problem_of(kind, resolved, is_new=True)
        if problem:
            return problem
        kept = self.of(kind)
        key = member_key(resolved) if kind == "CampaignMember" else str(len(kept.rows()) + 1)
        if kind == "CampaignMember" and kept.get(key):
            return Problem("DUPLICATE_VALUE", "Already a campaign member.")
        return Written(*kept.upsert(key, resolved))

    def update(self, kind: str, identifier: str, fields: Row) -> Written | Problem:
        """Update the record with this id."""
        known = self.of(kind).find("", identifier)
        if known is None:
            return Problem("NOT_FOUND", "The requested resource does not exist", status=404)
        problem = problem_of(kind, fields, is_new=False)
        return problem or Written(*self.of(kind).upsert(known["key"], fields))

    def convert(self, lead: Row) -> Row:
        """Make a contact of a lead, as a seller does."""
        names = ("FirstName", "LastName", "Email", "Phone")
        fields = {name: value for name, value in lead["fields"].items() if name in names}
        contact, _ = self.contacts.upsert(f"lead/{lead['id']}", fields)
        self.book.of(CONVERTED).upsert(lead["id"], {"ConvertedContactId": contact["id"]})
        return contact

    def contact_of(self, lead: Row) -> str | None:
        """Give the contact that a lead became."""
        found = self.book.of(CONVERTED).get(lead["id"])
        return str(found["fields"]["ConvertedContactId"]) if found else None

    def _rule(self, kind: str, known: Row | None, fields: Row) -> Problem | None:
        """Refuse a write to a converted lead, and a new person whose e-mail another record has."""
        if kind == "Lead" and known and self.contact_of(known):
            return Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        email = str(fields.get("Email") or "")
        match = self.of(kind).find("Email", email) if kind in PEOPLE and email and not known else None
        return duplicate(kind, match["id"]) if match else None

    def _resolved(self, kind: str, fields: Row) -> Row | Problem:
        """Replace people that are named by an external id by their ids."""
        found = dict(fields)
        for relation in ("Contact", "Lead", "Who"):
            named = found.pop(relation, None)
            if named is None or EVENT.fullmatch(kind):
                continue
            given = dict(named)
            of = (given.pop("attributes", None) or {}).get("type", relation)
            ((field, value),) = given.items()
            row = self.of(of).get(f"{field}/{value}")
            if row is None:
                said = f"Foreign key external ID: {value} not found for field {field} in entity {of}"
                return Problem("INVALID_FIELD", said)
            found[f"{relation}Id"] = row["id"]
        return found


def member_key(fields: Row) -> str:
    """Tell members of campaigns apart."""
    return f"{fields.get('CampaignId')}/{fields.get('ContactId') or fields.get('LeadId')}"


def duplicate(kind: str, identifier: str) -> Problem:
    """Write what a duplicate rule says, with the record that it found."""
    record = {"attributes": {"type": kind}, "Id": identifier}
    matches = [
        {"entityType": kind, "matchRecords": [{"matchConfidence": 100.0, "record": record}], "size": 1}
    ]
    result = {"allowSave": False, "duplicateRule": f"Standard_{kind}_Duplicate_Rule", "matchResults": matches}
    return Problem("DUPLICATES_DETECTED", "Use one of these records?", more={"duplicateResult": result})
