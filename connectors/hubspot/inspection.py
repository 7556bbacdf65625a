"""What HubSpot says of our key and of the properties that the mappings write; it is only read."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.hubspot.api import Api
from connectors.hubspot.record import NOT_PROPERTIES, RECORD_ID
from core.ports import Inspected, Written

CONTACTS = ("crm.objects.contacts.read", "crm.objects.contacts.write")
COMPANIES = ("crm.objects.companies.read", "crm.objects.companies.write")
LISTS = ("crm.lists.read", "crm.lists.write")

#: Scopes that each action needs; ``send_email`` has either of two, and is not judged.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "upsert_contact": CONTACTS,
    "upsert_company": COMPANIES,
    "associate_company": (*CONTACTS, *COMPANIES),
    "track_event": ("behavioral_events.event_definitions.read_write",),
    "add_to_list": LISTS,
    "remove_from_list": LISTS,
    "set_subscription": ("communication_preferences.read_write",),
    "create_task": CONTACTS,
    "merge_contacts": CONTACTS,
    "erase": CONTACTS,
}

#: Actions whose open fields are properties, and of what.
KINDS = {"upsert_contact": "contacts", "upsert_company": "companies"}

#: Fields that hold the name of a property: of what, and whether records are found by it.
NAMING = {
    ("upsert_contact", "id_property"): ("contacts", True),
    ("upsert_company", "id_property"): ("companies", True),
    ("associate_company", "company_id_property"): ("companies", True),
    ("enrol_contact", "property"): ("contacts", False),
}

#: By these records are found though they are no properties with unique values.
ALWAYS_UNIQUE = ("email", RECORD_ID)

#: Properties by kind, each with its type and whether records are found by it.
Wanted = dict[str, dict[str, tuple[str, bool]]]

#: HubSpot's type and field type for each type that ``types`` may give a field.
TYPES = {
    "date": ("date", "date"),
    "time": ("datetime", "date"),
    "number": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "text": ("string", "text"),
}
GROUPS = {"contacts": "contactinformation", "companies": "companyinformation"}

TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105  # an address, not a secret


def inspect(api: Api, written: Written, *, token: str, base_url: str, setting: str) -> list[Inspected]:
    """Ask for the token's scopes, then for the properties of each kind of record that is written.

    ``token`` is that of a private app; the scopes of one that OAuth gave are not told.
    """
    found = [Inspected("the token's scopes", is_doubt=True)]
    if token:
        held = api.post(TOKEN_INFO, {"tokenKey": token}).body.get("scopes")
        found = [scopes_told(held if isinstance(held, list) else [], written)]
    for kind, wanted in wanted_of(written).items():
        answer = api.call("crm.properties.core_api.get_all", kind)
        known = {str(one.get("name")): one for one in answer.body.get("results") or ()}
        found += properties_told(kind, known, wanted, base_url=base_url, setting=setting)
    return found


def scopes_told(held: list[Any], written: Written) -> Inspected:
    """Name the scopes that the actions in use need and the token lacks."""
    needed = dict.fromkeys(scope for action in written for scope in scopes_of(action, written[action]))
    missing = [scope for scope in needed if scope not in held]
    problem = f"the private app lacks {', '.join(missing)}" if missing else ""
    mend = "HubSpot > Settings > Integrations > Private Apps > Scopes: add them, then commit the change"
    return Inspected("the token's scopes", problem, mend if missing else "")


def scopes_of(action: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Name the scopes of an action; an enrolment needs those of what the workflow starts from."""
    if action != "enrol_contact":
        yield from SCOPES.get(action, ())
    for fields in steps if action == "enrol_contact" else ():
        yield from LISTS if "list_id" in fields else CONTACTS


def wanted_of(written: Written) -> Wanted:
    """Gather the properties that are written, and those by which records are found."""
    wanted: Wanted = {kind: {} for action, kind in KINDS.items() if action in written}
    for action, steps in written.items():
        for fields in steps:
            types = fields.get("types")
            for name in fields if action in KINDS else ():
                if name not in NOT_PROPERTIES:
                    type_ = types.get(name, "text") if isinstance(types, Mapping) else "text"
                    wanted[KINDS[action]].setdefault(name, (str(type_), False))
            for (of, field), (kind, is_key) in NAMING.items():
                if of == action and fields.get(field):
                    wanted.setdefault(kind, {})[str(fields[field])] = ("text", is_key)
    return wanted


def properties_told(
    kind: str,
    known: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, tuple[str, bool]],
    *,
    base_url: str,
    setting: str,
) -> Iterator[Inspected]:
    """Name each property that is not there, with the call that makes it, or that finds nobody."""
    is_sound = True
    for name, (type_, is_key) in wanted.items():
        what = f"the property {name} of {kind}" + (", by which records are found" if is_key else "")
        if name in ALWAYS_UNIQUE:
            continue
        if name not in known:
            made = body_of(kind, name, TYPES.get(type_, TYPES["text"]), is_key=is_key)
            yield Inspected(
                what, "HubSpot does not have it", command(kind, made, base_url=base_url, setting=setting)
            )
        elif is_key and not known[name].get("hasUniqueValue"):
            yield Inspected(what, "its values are not unique", "make one with unique values, and name that")
        else:
            continue
        is_sound = False
    if is_sound:
        yield Inspected(f"the {len(wanted)} properties of {kind} that are written")


def body_of(kind: str, name: str, type_: tuple[str, str], *, is_key: bool) -> dict[str, Any]:
    """Describe a property as HubSpot wants it."""
    body: dict[str, Any] = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": type_[0],
        "fieldType": type_[1],
        "groupName": GROUPS[kind],
    }
    if is_key:
        body["hasUniqueValue"] = True
    if type_[0] == "bool":
        pairs = (("Yes", "true"), ("No", "false"))
        body["options"] = [
            {"label": label, "value": value, "displayOrder": place, "hidden": False}
            for place, (label, value) in enumerate(pairs)
        ]
    return body


def command(kind: str, body: Mapping[str, Any], *, base_url: str, setting: str) -> str:
    """Write the call that makes a property."""
    return (
        f'curl -X POST {base_url}/crm/v3/properties/{kind} -H "Authorization: Bearer ${setting}"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}"
    )
