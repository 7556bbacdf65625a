"""Which contact a delivery is about: its record id, or the one that an upsert by e-mail answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.hubspot.api import Api
from connectors.hubspot.fault import is_missing
from connectors.hubspot.record import Row, rows_of, upsert
from connectors.rows import carry_on
from connectors.value import plain_text
from core.ports import Delivered, DeliveryRow, Outcome, RetryLater, Unknown

Ids = dict[str, str]


def given_id(row: DeliveryRow, field: str = "contact_id") -> str:
    """Give the record id that a delivery names itself, or nothing."""
    value = row.fields.get(field)
    return "" if value is None else plain_text(value).strip()


def with_contacts(
    api: Api, batch: Sequence[DeliveryRow], call: Callable[[Ids], dict[str, Outcome]]
) -> list[Outcome]:
    """Go on with the contact of each delivery; where none could be had, say why."""
    return carry_on(batch, contact_ids(api, batch), call)


def contact_ids(api: Api, batch: Sequence[DeliveryRow]) -> list[str | Outcome]:
    """Find the contacts: an upsert answers the id of each, so nothing is ever looked up; it creates who is new."""
    unknown = [row for row in batch if not given_id(row)]
    rows: dict[str, Row] = {row.id: by_email(row) for row in unknown}
    found = dict(zip(rows, map(id_of, upsert(api, "contacts", unknown, rows)), strict=True)) if rows else {}
    return [found[row.id] if row.id in found else given_id(row) for row in batch]


def by_email(row: DeliveryRow, properties: Mapping[str, str] | None = None) -> Row:
    """Build the row of a contact that is found by e-mail."""
    return {
        "id": str(row.fields["email"]).strip(),
        "idProperty": "email",
        "properties": dict(properties or {}),
    }


def id_of(outcome: Outcome) -> str | Outcome:
    """Take the record id out of what an upsert came to."""
    if not isinstance(outcome, Delivered):
        # Nothing but the upsert was sent: it may be repeated, whatever comes after it may not.
        return RetryLater(outcome.reason) if isinstance(outcome, Unknown) else outcome
    return outcome.reference or RetryLater("HubSpot did not say the contact's record id")


def find_contact(api: Api, email: str) -> str:
    """Look a contact up by e-mail, for what must create nobody; empty where there is none."""
    try:
        answer = api.call("crm.contacts.basic_api.get_by_id", email.strip(), id_property="email")
    # Each package of the SDK has an exception class of its own.
    except Exception as error:
        if not is_missing(error):
            raise
        return ""
    return str(answer.body.get("id") or "")


def read_contacts(api: Api, emails: Sequence[str]) -> dict[str, str]:
    """Read several contacts by e-mail in one request: the record id of each, nothing for those who are none.

    Somebody who has the address as a second one is answered with the first, and so is not among them.
    """
    keys = list(dict.fromkeys(email.strip().lower() for email in emails))
    asked = {"idProperty": "email", "properties": ["email"], "propertiesWithHistory": []}
    body = api.call("crm.contacts.batch_api.read", {"inputs": [{"id": key} for key in keys], **asked}).body
    contexts = [row.get("context") for row in rows_of(body, "errors")]
    ids = [one.get("ids") for one in contexts if isinstance(one, Mapping)]
    missing = {str(one).lower(): "" for listed in ids if isinstance(listed, list) for one in listed}
    known = {
        str(row["properties"].get("email")).lower(): str(row["id"])
        for row in rows_of(body, "results")
        if row.get("id") and isinstance(row.get("properties"), Mapping)
    }
    return missing | known
