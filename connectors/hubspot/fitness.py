"""What HubSpot would refuse, or would take for something else, told before anything leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.coercion import type_problem
from connectors.hubspot.mail import STATUSES
from connectors.value import is_nested, is_no_number, leaves, plain_text
from core.engine.instant import parse_time

Fields = Mapping[str, Any]

#: Fields that are maps of properties, which HubSpot takes as text; those of an e-mail may hold anything.
PROPERTIES = ("properties", "contact_properties")
MAPS = (*PROPERTIES, "custom_properties")
NUMBERS = ("contact_id", "merged_contact_id", "company_id", "list_id", "email_id", "subscription_id", "label")
TIMES = ("occurred_at", "due")


def unfit(action: str, fields: Fields) -> str:
    """Say why a delivery cannot be sent as it is; empty when it can."""
    return PROBLEMS[action](fields) or _shape(fields, action in OPEN)


def is_email(value: object) -> bool:
    """Say whether a value may be an e-mail address."""
    return isinstance(value, str) and "@" in value


def _shape(fields: Fields, is_open: bool) -> str:
    """Refuse values that have no place in a request; in an open action every field is a property."""
    if is_open:
        return type_problem(fields) or _first(_property, fields)
    return _first(_value, fields) or next(
        (found for name in PROPERTIES if (found := _first(_property, fields.get(name) or {}))), ""
    )


def _first(judge: Callable[[str, Any], str], values: Fields) -> str:
    """Give the first problem that there is."""
    return next((found for name, value in values.items() if (found := judge(name, value))), "")


def _value(name: str, value: object) -> str:
    """Say what is wrong with a field of its own kind."""
    if value is None:
        return ""
    text = plain_text(value).strip()
    if name in NUMBERS and not (text.isascii() and text.isdigit()):
        return f"the field {name} is not a number"
    if name in TIMES and text and parse_time(value) is None:
        return f"the field {name} is not a time, such as 2027-01-15T08:00:00Z"
    if name in MAPS and not isinstance(value, Mapping):
        return f"the field {name} is not a map"
    if any(map(is_no_number, leaves(value))):
        return f"the field {name} holds a number that JSON cannot carry"
    return ""


def _property(name: str, value: object) -> str:
    if name != "types" and (is_nested(value) or is_no_number(value)):
        return f"the field {name} is not a text, a number, true or false, or a list of these"
    return ""


def _contact(fields: Fields) -> str:
    if fields.get("id_property") not in (None, ""):
        return _company(fields)
    if fields.get("email") in (None, ""):
        return "the field email is missing"
    return "" if is_email(fields["email"]) else "the field email is not an e-mail address"


def _company(fields: Fields) -> str:
    name = fields["id_property"]
    if not isinstance(name, str) or not name.strip():
        return "the field id_property is not the name of a property"
    if fields.get("id") in (None, "") or is_nested(fields["id"]):
        return "the field id is missing: it is the value of the property that id_property names"
    return ""


def _person(fields: Fields) -> str:
    if fields.get("contact_id") not in (None, ""):
        return ""
    if fields.get("email") in (None, ""):
        return "one of the fields contact_id, email must name the person"
    return "" if is_email(fields["email"]) else "the field email is not an e-mail address"


def _event(fields: Fields) -> str:
    return "" if fields.get("utk") and not fields.get("email") else _person(fields)


def _association(fields: Fields) -> str:
    by_property = fields.get("company") not in (None, "") and fields.get("company_id_property")
    if fields.get("company_id") in (None, "") and not by_property:
        return "the field company_id, or company_id_property and company, must name the company"
    return _person(fields)


def _enrolment(fields: Fields) -> str:
    by_property = fields.get("property") and fields.get("value") is not None
    if fields.get("list_id") is None and not by_property:
        return "the field list_id, or property and value, must say what the workflow starts from"
    return _person(fields)


def _mail(fields: Fields) -> str:
    return "" if is_email(fields["to"]) else "the field to is not an e-mail address"


def _subscription(fields: Fields) -> str:
    if not is_email(fields["email"]):
        return "the field email is not an e-mail address"
    return "" if fields["status"] in STATUSES else f"the field status is none of {', '.join(STATUSES)}"


def _merge(fields: Fields) -> str:
    is_one = plain_text(fields["contact_id"]) == plain_text(fields["merged_contact_id"])
    return "the fields contact_id and merged_contact_id name the same contact" if is_one else ""


OPEN = ("upsert_contact", "upsert_company", "complete_action")

PROBLEMS: Mapping[str, Callable[[Fields], str]] = {
    "upsert_contact": _contact,
    "upsert_company": _company,
    "associate_company": _association,
    "track_event": _event,
    "add_to_list": _person,
    "remove_from_list": _person,
    "enrol_contact": _enrolment,
    "send_email": _mail,
    "set_subscription": _subscription,
    "create_task": _person,
    "merge_contacts": _merge,
    "erase": _person,
    "complete_action": lambda _: "",
}
