"""What would address something else in Salesforce, or be refused there, told before anything leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.coercion import as_date, type_problem
from connectors.salesforce.activity import PEOPLE
from connectors.value import is_no_number, leaves, plain_text
from core.ports import DeliveryRow

Fields = Mapping[str, Any]

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
EVENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*__e", re.ASCII)

#: Ids of records: 15 letters and digits, or 18 with a checksum.
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", re.ASCII)
IDS = ("campaign_id", "contact_id", "lead_id", "owner_id")

UPSERTS = ("upsert_contact", "upsert_lead", "upsert_record")
PEOPLE_OF = ("add_to_campaign", "create_task")


def unfit(row: DeliveryRow) -> str:
    """Say why a delivery cannot be sent as it is; empty when it can."""
    fields, action = row.fields, row.action
    found = ""
    if action in UPSERTS:
        found = _key(fields) or _object(fields, action)
    elif action in PEOPLE_OF:
        found = _person(fields) or _ids(fields) or _task(fields)
    elif not EVENT_NAME.fullmatch(plain_text(fields["event"])):
        found = "the field event is not the API name of a platform event, such as Cart_Left__e"
    return found or _values(fields, is_open=action not in PEOPLE_OF)


def _key(fields: Fields) -> str:
    if not FIELD_NAME.fullmatch(str(fields["external_id_field"])):
        return "the field external_id_field is not the API name of a field, such as Cuewire_Id__c"
    if plain_text(fields["external_id"]) in (".", ".."):
        return "the field external_id names no record"
    return ""


def _object(fields: Fields, action: str) -> str:
    if action == "upsert_record" and not FIELD_NAME.fullmatch(plain_text(fields["object"])):
        return "the field object is not the API name of an object, such as Order__c"
    return ""


def _person(fields: Fields) -> str:
    if any(fields.get(name) not in (None, "") for name in ("contact_id", "lead_id")):
        return ""
    if fields.get("person") not in (None, *PEOPLE):
        return "the field person is neither Contact nor Lead"
    if any(fields.get(name) in (None, "") for name in ("external_id_field", "external_id")):
        return "the field contact_id, lead_id, or external_id_field and external_id, must name the person"
    return _key(fields)


def _ids(fields: Fields) -> str:
    given = [name for name in IDS if fields.get(name) not in (None, "")]
    wrong = [name for name in given if not RECORD_ID.fullmatch(plain_text(fields[name]))]
    return f"the field {wrong[0]} is not a record id of Salesforce" if wrong else ""


def _task(fields: Fields) -> str:
    if fields.get("due") not in (None, "") and as_date(fields["due"]) is None:
        return "the field due is not a day, such as 2027-01-15"
    key = fields.get("task_id_field")
    if key and not FIELD_NAME.fullmatch(str(key)):
        return "the field task_id_field is not the API name of a field, such as Cuewire_Id__c"
    return ""


def _values(fields: Fields, *, is_open: bool) -> str:
    for name, value in fields.items():
        if is_open and name.lower() == "id":
            return f"the field {name} is Salesforce's own; the record is found by the external id"
        if any(map(is_no_number, leaves(value))):
            return f"the field {name} is not a number"
    return type_problem(fields) if is_open else ""
