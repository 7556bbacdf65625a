"""Which fields the objects of the fake organisation have, and which of them a new record needs."""

from __future__ import annotations

import re
from typing import Any

from cuewire.sandbox.contacts import Row
from cuewire.sandbox.salesforce.wire import Problem

PERSON = (
    "FirstName|LastName|Email|Phone|MobilePhone|Title|Department|LeadSource|Description|Birthdate|Salutation"
    "|HasOptedOutOfEmail"
)
ADDRESS = "Street|City|State|PostalCode|Country"

#: Standard fields; others exist when they are named as custom fields and relations are.
STANDARD = {
    "Contact": re.compile(f"{PERSON}|Mailing({ADDRESS})|Account"),
    "Lead": re.compile(
        f"{PERSON}|{ADDRESS}|Company|Status|Rating|Industry|Website|AnnualRevenue|NumberOfEmployees"
    ),
    "CampaignMember": re.compile("CampaignId|ContactId|LeadId|Contact|Lead|Status"),
    "Task": re.compile("Subject|Description|Status|Priority|ActivityDate|OwnerId|WhoId|Who"),
}
NEEDED = {
    "Contact": ("LastName",),
    "Lead": ("LastName", "Company"),
    "CampaignMember": ("CampaignId",),
    "Task": ("Subject",),
}
CUSTOM = re.compile(r"[A-Za-z]\w*__[cr]", re.ASCII)

#: An organisation has objects and platform events of its own beside these.
OWN = re.compile(r"[A-Za-z]\w*__c", re.ASCII)
EVENT = re.compile(r"[A-Za-z]\w*__e", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DAYS = ("Birthdate", "ActivityDate")
FLAGS = ("HasOptedOutOfEmail",)


def is_object(kind: str) -> bool:
    """Say whether there is an object of this name."""
    return kind in STANDARD or bool(OWN.fullmatch(kind) or EVENT.fullmatch(kind))


def problem_of(kind: str, fields: Row, *, is_new: bool) -> Problem | None:
    """Say why Salesforce would refuse a record's fields."""
    standard = STANDARD.get(kind)
    unknown = [
        name for name in fields if not CUSTOM.fullmatch(name) and not (standard and standard.fullmatch(name))
    ]
    if unknown:
        return Problem("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {kind}")
    wrong = next(filter(None, (wrong_type(name, value) for name, value in fields.items())), None)
    missing = [name for name in NEEDED.get(kind, ()) if is_new and not fields.get(name)]
    if wrong or not missing:
        return wrong
    return Problem(
        "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", tuple(missing)
    )


def wrong_type(name: str, value: Any) -> Problem | None:
    """Refuse a day that is a moment, and a flag that is text."""
    if value is None:
        return None
    if name in DAYS and not (isinstance(value, str) and DAY.fullmatch(value)):
        return Problem(
            "JSON_PARSER_ERROR", f"Cannot deserialize instance of date from VALUE_STRING value {value}"
        )
    if name in FLAGS and not isinstance(value, bool):
        return Problem(
            "JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from VALUE_STRING value {value}"
        )
    return None
