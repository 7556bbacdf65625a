"""What HubSpot says of our key and of the properties that the mappings write; it is only read."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.hubspot.api import Api
from connectors.hubspot.record import NOT_PROPERTIES
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
    for action, kind in KINDS.items():
        if action in written:
            answer = api.call("crm.properties.core_api.get_all", kind)
            known = {str(one.get("name")) for one in answer.body.get("results") or ()}
            found += properties_told(kind, known, written[action], base_url=base_url, setting=setting)
    return found


def scopes_told(held: list[Any], written: Written) -> Inspected:
    """Name the scopes that the actions in use need and the token lacks."""
    needed = dict.fromkeys(scope for action in written for scope in SCOPES.get(action, ()))
    missing = [scope for scope in needed if scope not in held]
    problem = f"the private app lacks {', '.join(missing)}" if missing else ""
    mend = "HubSpot > Settings > Integrations > Private Apps > Scopes: add them, then commit the change"
    return Inspected("the token's scopes", problem, mend if missing else "")


def properties_told(
    kind: str, known: set[str], steps: Any, *, base_url: str, setting: str
) -> Iterator[Inspected]:
    """Name each property that is written and not there, with the call that makes it."""
    wanted: dict[str, str] = {}
    for fields in steps:
        types = fields.get("types")
        for name in fields:
            if name not in NOT_PROPERTIES:
                wanted[name] = str(types.get(name, "text")) if isinstance(types, Mapping) else "text"
    for name, type_ in wanted.items():
        if name not in known:
            mend = command(kind, name, TYPES.get(type_, TYPES["text"]), base_url=base_url, setting=setting)
            yield Inspected(f"the property {name} of {kind}", "HubSpot does not have it", mend)
    missing = [name for name in wanted if name not in known]
    if not missing:
        yield Inspected(f"the {len(wanted)} properties of {kind} that are written")


def command(kind: str, name: str, type_: tuple[str, str], *, base_url: str, setting: str) -> str:
    """Write the call that makes a property."""
    body = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": type_[0],
        "fieldType": type_[1],
        "groupName": GROUPS[kind],
    }
    if type_[0] == "bool":
        pairs = (("Yes", "true"), ("No", "false"))
        body["options"] = [  # type: ignore[assignment]  # JSON
            {"label": label, "value": value, "displayOrder": place, "hidden": False}
            for place, (label, value) in enumerate(pairs)
        ]
    return (
        f'curl -X POST {base_url}/crm/v3/properties/{kind} -H "Authorization: Bearer ${setting}"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}"
    )
