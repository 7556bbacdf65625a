"""Lists, enrolment and associations: what ties a contact to something else in HubSpot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.hubspot.api import Api
from connectors.hubspot.person import (
    Ids,
    by_email,
    find_contact,
    given_id,
    id_of,
    read_contacts,
    with_contacts,
)
from connectors.hubspot.record import RECORD_ID, property_text, upsert
from connectors.rows import Rows, Together, carry_on, send_together
from connectors.value import plain_text
from core.ports import Delivered, DeliveryRow, Outcome, Rejected, Unknown

MEMBERS = "crm.lists.memberships_api"


def add(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Put contacts on static lists, those of one list in one request."""
    return with_contacts(api, batch, lambda ids: _change(api, batch, ids, method="add"))


def remove(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Take contacts off static lists; who is no contact is on none, and must not become one here."""
    return carry_on(batch, _known(api, batch), lambda ids: _change(api, batch, ids, method="remove"))


def enrol(api: Api, batch: Sequence[DeliveryRow]) -> list[Outcome]:
    """Make workflows start: by a list for some, by a property for the others."""
    to_list = [row for row in batch if row.fields.get("list_id") is not None]
    to_set = [row for row in batch if row.fields.get("list_id") is None]
    done = dict(zip([row.id for row in to_list], add(api, to_list), strict=True)) if to_list else {}
    rows = {row.id: _with_property(row) for row in to_set}
    done |= dict(zip(rows, upsert(api, "contacts", to_set, rows), strict=True)) if rows else {}
    return [done[row.id] for row in batch]


def associate(api: Api, row: DeliveryRow) -> Outcome:
    """Tie a contact to a company, each by its record id or by what an upsert answers."""

    def call(ids: Ids) -> dict[str, Outcome]:
        company = _company(api, row)
        return {row.id: _tie(api, row, ids[row.id], company) if isinstance(company, str) else company}

    return with_contacts(api, [row], call)[0]


def _known(api: Api, batch: Sequence[DeliveryRow]) -> list[str | Outcome]:
    """Give contacts' record ids without creating anybody; several are read in one request."""
    unknown = [str(row.fields["email"]) for row in batch if not given_id(row)]
    try:
        read = read_contacts(api, unknown) if len(unknown) > 1 else {}
    # SDKs raise anything.
    except Exception as error:  # noqa: BLE001
        outcome, read = api.read_error(error), {}
        if not isinstance(outcome, Rejected):
            return [given_id(row) or outcome for row in batch]
    return [given_id(row) or _known_by_email(api, str(row.fields["email"]), read) for row in batch]


def _known_by_email(api: Api, email: str, read: Mapping[str, str]) -> str | Outcome:
    """Give a contact's record id; whom the one request did not speak of is looked up alone."""
    key = email.strip().lower()
    try:
        found = read[key] if key in read else find_contact(api, email)
    # SDKs raise anything; the other rows of the batch go on.
    except Exception as error:  # noqa: BLE001
        return api.read_error(error)
    return found or Delivered("HubSpot has no contact with this e-mail address, so it is on no list")


def _change(api: Api, batch: Sequence[DeliveryRow], ids: Ids, *, method: str) -> dict[str, Outcome]:
    """Change the members of lists, and say of each contact what came of it."""

    def call(part: Rows) -> list[Outcome]:
        answer = api.call(f"{MEMBERS}.{method}", _list_of(part[0]), [ids[row.id] for row in part])
        return [_read_member(answer.body, ids[row.id], method) for row in part]

    ready = [row for row in batch if row.id in ids]
    how = Together(call, api.read_error, key=lambda row: ids[row.id], group=_list_of, by_halves=False)
    return dict(zip([row.id for row in ready], send_together(ready, how), strict=True))


def _list_of(row: DeliveryRow) -> str:
    return plain_text(row.fields["list_id"]).strip()


def _read_member(body: Mapping[str, Any], contact: str, method: str) -> Outcome:
    """Say what a list made of one contact; one that is on it already, or not at all, is not named."""
    missing, changed = (body.get(name) for name in ("recordIdsMissing", NAMES[method]))
    if not isinstance(changed, list):
        return Unknown("HubSpot gave an answer that does not name the list's members")
    if contact in map(str, missing if isinstance(missing, list) else ()):
        return Rejected(f"HubSpot has no contact with the record id {contact}")
    done = contact in map(str, changed)
    return Delivered(SAID[method][0 if done else 1], reference=contact)


#: HubSpot's own spelling, which differs from one list to the other.
NAMES = {"add": "recordsIdsAdded", "remove": "recordIdsRemoved"}
SAID = {"add": ("added", "was on the list"), "remove": ("removed", "was not on the list")}


def _with_property(row: DeliveryRow) -> dict[str, Any]:
    properties = {plain_text(row.fields["property"]): property_text(row.fields["value"])}
    if given_id(row):
        return {"id": given_id(row), "idProperty": RECORD_ID, "properties": properties}
    return by_email(row, properties)


def _company(api: Api, row: DeliveryRow) -> str | Outcome:
    """Give a company's record id, by an upsert where only a unique property of it is known."""
    if given_id(row, "company_id"):
        return given_id(row, "company_id")
    key = {
        "id": given_id(row, "company"),
        "idProperty": given_id(row, "company_id_property"),
        "properties": {},
    }
    (outcome,) = upsert(api, "companies", [row], {row.id: key})
    return id_of(outcome)


def _tie(api: Api, row: DeliveryRow, contact: str, company: str) -> Outcome:
    label = row.fields.get("label")
    if label is None:
        pair = {"inputs": [{"from": {"id": contact}, "to": {"id": company}}]}
        answer = api.call("crm.associations.v4.batch_api.create_default", "contacts", "companies", pair)
        done = answer.body.get("results")
    else:
        kind = [{"associationCategory": "USER_DEFINED", "associationTypeId": int(plain_text(label))}]
        answer = api.call(
            "crm.associations.v4.basic_api.create", "contacts", contact, "companies", company, kind
        )
        done = answer.body.get("fromObjectId")
    if not done:
        return Unknown("HubSpot gave an answer that does not name the association")
    return Delivered("associated", reference=contact)
