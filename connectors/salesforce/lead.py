"""A lead that was converted goes on as its contact: what is written to it is written there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.salesforce.org import Org
from connectors.salesforce.record import path_of, record, upsert
from core.ports import Delivered, DeliveryRow, Outcome, Rejected

#: Salesforce's code for a write to a lead that has become a contact.
CONVERTED = "CANNOT_UPDATE_CONVERTED_LEAD"

#: Fields of a lead that a contact does not have; its company is an account of its own by then.
LEAD_ALONE = {"Company", "Status", "Rating", "Industry", "NumberOfEmployees", "AnnualRevenue", "Website"}

#: Fields that a contact has under another name.
RENAMED = {part: f"Mailing{part}" for part in ("Street", "City", "State", "PostalCode", "Country")}


def upsert_leads(org: Org, batch: Sequence[DeliveryRow], *, now: int) -> list[Outcome]:
    """Create or update leads; for each that was converted, its contact."""
    outcomes = upsert(org, batch, lambda _row: "Lead", now=now)
    return [
        update_contact(org, row) if was_converted(outcome) else outcome
        for row, outcome in zip(batch, outcomes, strict=True)
    ]


def was_converted(outcome: Outcome) -> bool:
    """Say whether Salesforce refused a lead because it is a contact now."""
    return isinstance(outcome, Rejected) and CONVERTED in outcome.reason


def update_contact(org: Org, row: DeliveryRow) -> Outcome:
    """Write to the contact that a lead became."""
    try:
        return _update_contact(org, row)
    # SDKs raise anything; the other rows of the batch keep what they came to.
    except Exception as error:  # noqa: BLE001
        return org.read_error(error)


def _update_contact(org: Org, row: DeliveryRow) -> Outcome:
    lead = org.call("GET", f"{path_of('Lead', row)}?fields=ConvertedContactId")
    contact = lead.get("ConvertedContactId") if isinstance(lead, dict) else None
    if not contact:
        return Rejected("the lead was converted, and Salesforce does not say into which contact")
    fields = as_contact(record(row.fields))
    if fields:
        org.call("PATCH", f"sobjects/Contact/{contact}", fields)
    return Delivered("the lead was converted: its contact is updated", reference=str(contact))


def as_contact(fields: dict[str, Any]) -> dict[str, Any]:
    """Give a lead's fields the names that a contact has for them."""
    return {RENAMED.get(name, name): value for name, value in fields.items() if name not in LEAD_ALONE}
